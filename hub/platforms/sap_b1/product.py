"""Items as products: the ERP is their source, and order lines find their items here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hub.platforms.endpoint import Endpoint, Mark, Native, Page, Probe, Source
from hub.platforms.sap_b1 import item, shapes, stamps
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.query import one_of
from hub.platforms.sap_b1.wire import ETAG, decimal, text

#: Names the hub adds to a native item: what a number of the item's stands for in another list.
GROUP_NAME = "ItemsGroupName"
WEIGHT_FACTOR = "KilogramsPerWeightUnit"


class ProductEndpoint(Endpoint):
    """Items. A native item holds one row of `ItemPrices` at most, that of the price list which feeds the shop."""

    object = "product"
    kind = "variant"
    volatile: ClassVar[frozenset[str]] = frozenset({*shapes.STAMPS, ETAG})

    def __init__(self, company: Company, settings: Mapping[str, Any]) -> None:
        self._company = company
        self._price_list = int(settings.get("price_list", 1))
        self._ignores_case = bool(settings.get("erp_ignores_case", False))
        self._overlap = timedelta(seconds=float(settings.get("overlap_seconds", 120)))
        self._size = int(settings.get("page_size") or 100)
        minutes = float(settings.get("price_compare_minutes", 15))
        self.read_timeout = company.read_timeout
        # A new price does not stamp its item, so prices are compared in full, at a slower pace.
        self.sources = (Source("items", "time"), Source("prices", "full", timedelta(minutes=minutes)))

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Items by stamp, or (prices) all items. The mark moves with the last page: pages are in the order of codes."""
        began = self._company.clock()
        timed = source.kind == "time"
        condition = stamps.since(mark, self._company.zone, self._overlap) if timed and mark is not None else ""
        seen = None
        for rows in self._company.layer.walk(
            "Items", "ItemCode", shapes.select(shapes.ITEM), condition=condition, size=self._size
        ):
            seen = stamps.latest(rows, seen)
            yield Page([(row["ItemCode"], self._native(row)) for row in rows])
        if timed:
            yield Page([], stamps.advanced(mark, seen, began, self._company.zone))

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Items by their exact code."""
        wanted = set(keys)
        return {row["ItemCode"]: self._native(row) for row in self._by_code(keys) if row["ItemCode"] in wanted}

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Items by `code`; where the company's database ignores case, also those that differ by case only."""
        codes = {probe.key: probe.values["code"] for probe in probes if probe.values.get("code")}
        found: defaultdict[str, list[Native]] = defaultdict(list)
        for row in self._by_code(list(codes.values())):
            found[self._folded(row["ItemCode"])].append(self._native(row))
        return {key: found[folded] for key, code in codes.items() if (folded := self._folded(code)) in found}

    def key(self, native: Native) -> str:
        """The item code."""
        return str(native["ItemCode"])

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """A product of one variant; the price is that of the integration's price list, as it stands there."""
        price: dict[str, Any] = next(iter(native.get("ItemPrices") or ()), {})
        amount = price.get("Price")
        return {
            "title": text(native.get("ItemName")) or native["ItemCode"],
            "product_type": text(native.get(GROUP_NAME)),
            "active": item.active(native),
            "variants": [
                {
                    "code": native["ItemCode"],
                    "barcode": text(native.get("BarCode")),
                    "price": None if amount is None else decimal(amount),
                    "currency": text(price.get("Currency")) if amount is not None else "",
                    "weight": _kilograms(native),
                    "tracked": item.tracked(native),
                    "kind": item.kind(native),
                }
            ],
        }

    def _by_code(self, codes: Sequence[str]) -> list[Native]:
        options = {"$select": ",".join(shapes.select(shapes.ITEM)), "$orderby": "ItemCode"}
        return [
            row
            for condition in one_of("ItemCode", codes)
            for row in self._company.layer.rows(
                "Items", {**options, "$filter": condition}, ignore_case=self._ignores_case
            )
        ]

    def _folded(self, code: str) -> str:
        return code.casefold() if self._ignores_case else code

    def _native(self, row: Native) -> Native:
        native = shapes.cut(row, shapes.ITEM)
        masters = self._company.masters
        native["ItemPrices"] = [
            {**price, "Currency": text(price.get("Currency")) or self._list_currency()}
            for price in native.get("ItemPrices", ())
            if price.get("PriceList") == self._price_list
        ]
        group = native.get("ItemsGroupCode")
        native[GROUP_NAME] = masters.item_group(group) if group is not None else ""
        unit = native.get("SalesWeightUnit")
        if unit is not None and native.get("SalesUnitWeight"):
            native[WEIGHT_FACTOR] = masters.weight_units().get(unit)
        return native

    def _list_currency(self) -> str:
        """The currency of a price that names none: that of its list, else the company's own."""
        price_list = self._company.masters.price_lists().get(self._price_list)
        return (price_list.currency if price_list else "") or self._company.masters.admin().currency


def _kilograms(native: Native) -> Decimal | None:
    """The weight of the sales unit; an item without a unit of weight is weighed in kilograms."""
    weight = decimal(native.get("SalesUnitWeight"))
    if not weight:
        return None
    factor = native.get(WEIGHT_FACTOR, Decimal(1))
    return None if factor is None else weight * factor
