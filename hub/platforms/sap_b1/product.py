"""Items as products, as a source and as a target; order lines find their items here, too.

A native item has the same form wherever it comes from: read as a change, by its code, or back after it was written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hub.errors import HubError
from hub.platforms.endpoint import (
    Brief,
    ClientKey,
    CreateGuard,
    Criteria,
    Endpoint,
    Mark,
    Native,
    Outcome,
    Page,
    Probe,
    Ranges,
    Source,
    Step,
    Verb,
)
from hub.platforms.sap_b1 import item, item_custom, item_list, item_price, item_ranges, shapes, stamps
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.item_input import NO_MANUFACTURER
from hub.platforms.sap_b1.item_price import TAX_RATE, PriceRules
from hub.platforms.sap_b1.item_writer import ItemWriter
from hub.platforms.sap_b1.query import one_of
from hub.platforms.sap_b1.texts import LIMITS
from hub.platforms.sap_b1.wire import ETAG, decimal, text, yes
from objects.fields import FieldMap

#: Names the hub adds to a native item: what a number of the item's stands for in another list.
GROUP_NAME = "ItemsGroupName"
WEIGHT_FACTOR = "KilogramsPerWeightUnit"
MANUFACTURER_NAME = "ManufacturerName"


class ProductEndpoint(Endpoint):
    """Items. A native item holds one row of `ItemPrices` at most, that of the price list which feeds the shop."""

    object = "product"
    kind = "variant"
    listing = item_list.LISTING
    verbs: ClassVar[frozenset[Verb]] = frozenset({"create", "update"})
    #: Items are written one by one and read back together.
    batch_size = 10
    #: A code is refused the second time.
    create_guard: CreateGuard = ClientKey()
    volatile: ClassVar[frozenset[str]] = frozenset({*shapes.STAMPS, ETAG})

    def __init__(self, company: Company, settings: Mapping[str, Any], limits: Mapping[str, int] = LIMITS) -> None:
        self._company = company
        self._prices = PriceRules(
            int(settings.get("price_list", 1)),
            str(settings.get("currency", "EUR")),
            bool(settings.get("prices_include_tax", True)),
        )
        self._by_tax = settings.get("convert_prices") == "tax"
        fields: FieldMap | None = (settings.get("fields") or {}).get(self.object)
        self._custom = fields.custom if fields else ()
        self._types = _types(settings.get("item_groups", {}))
        self._shape = _shape(fields, by_tax=self._by_tax)
        self._selected = shapes.select(self._shape)
        self._ignores_case = bool(settings.get("erp_ignores_case", False))
        self._overlap = timedelta(seconds=float(settings.get("overlap_seconds", 120)))
        self._size = int(settings.get("page_size") or 100)
        minutes = float(settings.get("price_compare_minutes", 15))
        self.read_timeout = company.read_timeout
        # A new price does not stamp its item, so prices are compared in full, at a slower pace.
        self.sources = (Source("items", "time"), Source("prices", "full", timedelta(minutes=minutes)))
        self._writer = ItemWriter(
            company,
            settings,
            read=self.read,
            prices=self._prices,
            custom=self._custom,
            converts=self._converts,
            limits=limits,
        )

    # -- reading ------------------------------------------------------------------------------------------------

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Items by stamp, or (prices) all items. The mark moves with the last page: pages are in the order of codes."""
        began = self._company.clock()
        timed = source.kind == "time"
        condition = stamps.since(mark, self._company.zone, self._overlap) if timed and mark is not None else ""
        seen = None
        for rows in self._company.layer.walk("Items", "ItemCode", self._selected, condition=condition, size=self._size):
            seen = stamps.latest(rows, seen)
            yield Page([(row["ItemCode"], self._native(row)) for row in rows])
        if timed:
            yield Page([], stamps.advanced(mark, seen, began, self._company.zone))

    def ranges(self, count: int, smallest: int) -> Ranges:
        """Ranges of codes. The mark is the latest stamp there is before any of them is looked for."""
        layer = self._company.layer
        began = self._company.clock()
        newest = {"$select": ",".join(shapes.STAMPS), "$orderby": "UpdateDate desc,UpdateTime desc", "$top": "1"}
        seen = stamps.latest(layer.rows("Items", newest), None)
        mark = stamps.advanced(None, seen, began, self._company.zone)
        limits = item_ranges.ranges(layer, count, smallest)
        return Ranges(limits, {"items": mark} if mark is not None else {})

    def within(self, limits: Mapping[str, Any]) -> Iterator[Page]:
        """Items in a range of codes."""
        for rows in item_ranges.pages(self._company.layer, limits, self._selected, self._size):
            yield Page([(row["ItemCode"], self._native(row)) for row in rows])

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Items by their exact code."""
        wanted = set(keys)
        return {row["ItemCode"]: self._native(row) for row in self._by_code(keys) if row["ItemCode"] in wanted}

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Items by `code`, and by `barcode` where a probe brings one.

        Where the company's database ignores case, or a probe asks for it (`folded`), also those whose code differs by
        case only.
        """
        found: defaultdict[str, dict[str, Native]] = defaultdict(dict)
        for name, wanted, ignore_case in (
            ("ItemCode", _values(probes, "code"), self._ignores_case),
            ("ItemCode", _values(probes, "folded"), True),
            ("BarCode", _values(probes, "barcode"), False),
        ):
            there: defaultdict[str, list[Native]] = defaultdict(list)
            for row in self._rows(name, list(wanted.values()), self._selected, ignore_case=ignore_case):
                there[_folded(text(row.get(name)), ignore_case=ignore_case)].append(self._native(row))
            for key, value in wanted.items():
                for native in there.get(_folded(value, ignore_case=ignore_case), ()):
                    found[key][native["ItemCode"]] = native
        return {key: list(natives.values()) for key, natives in found.items()}

    def browse(self, criteria: Criteria, after: str, limit: int, *, facts: bool = True) -> list[Brief]:
        """Items by ranges of codes and of groups, and by text in code or name; with price and stock in one request."""
        if not facts:
            rows = item_list.rows(self._company, criteria, after, limit)
            return [item_list.brief(self._company, row) for row in rows]
        return [self._brief(row) for row in item_list.rows(self._company, criteria, after, limit, self._listed)]

    def briefs(self, keys: Sequence[str]) -> dict[str, Brief]:
        """Items by their exact code."""
        wanted = set(keys)
        rows = self._rows("ItemCode", keys, self._listed, ignore_case=self._ignores_case)
        return {row["ItemCode"]: self._brief(row) for row in rows if row["ItemCode"] in wanted}

    def count(self, criteria: Criteria) -> int:
        """How many items meet the criteria."""
        return item_list.count(self._company, criteria)

    def identities(self) -> Iterator[list[str]]:
        """Codes of all items."""
        return item_list.codes(self._company)

    def key(self, native: Native) -> str:
        """The item code."""
        return str(native["ItemCode"])

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """A product of one variant; the price is that of the integration's price list, as it stands there."""
        price = item_price.shop_price(native, self._prices)
        return {
            "title": text(native.get("ItemName")) or native["ItemCode"],
            "description": text(native.get("User_Text")),
            "vendor": text(native.get(MANUFACTURER_NAME)),
            "product_type": self._types.get(native.get("ItemsGroupCode")) or text(native.get(GROUP_NAME)),
            "active": item.active(native),
            "siblings": 1,
            "custom": item_custom.values(native, self._custom),
            "variants": [
                {
                    "code": native["ItemCode"],
                    "barcode": text(native.get("BarCode")),
                    "price": price,
                    "currency": text(item_price.row_of(native).get("Currency")) if price is not None else "",
                    "weight": _kilograms(native),
                    "tracked": item.tracked(native),
                    "taxable": yes(native["VatLiable"]) if "VatLiable" in native else True,
                    "kind": item.kind(native),
                }
            ],
        }

    # -- writing ------------------------------------------------------------------------------------------------

    def write(self, steps: Sequence[Step]) -> list[Outcome]:
        """Write items one by one, then read all of them back in one request."""
        return self._writer.write(steps, super().write)

    def foretell(self, step: Step) -> dict[str, Any]:
        """What a new item is given; a group or manufacturer that the ERP does not have is told now."""
        return self._writer.foretell(step)

    def create(self, step: Step) -> Outcome:
        """Create an item under the record's code; its native record is read back by `write`."""
        return self._writer.create(step)

    def update(self, step: Step) -> Outcome:
        """Change the chosen fields of an item; its native record is read back by `write`."""
        return self._writer.update(step)

    def mirror(self, keys: Sequence[str], *, marked: bool) -> dict[str, HubError]:
        """Write into the items' field U_HubSync whether they are marked."""
        return item_list.mirror(self._company, keys, marked=marked)

    # -- inside -------------------------------------------------------------------------------------------------

    @property
    def _listed(self) -> tuple[str, ...]:
        """What a list to choose from reads: the item as it would be carried, and its stock."""
        return (*self._selected, item_list.STOCK)

    def _brief(self, row: Native) -> Brief:
        return item_list.brief(self._company, row, self._native(row))

    def _by_code(self, codes: Sequence[str]) -> list[Native]:
        return self._rows("ItemCode", codes, self._selected, ignore_case=self._ignores_case)

    def _rows(self, name: str, values: Sequence[str], select: Sequence[str], *, ignore_case: bool) -> list[Native]:
        options = {"$select": ",".join(select), "$orderby": "ItemCode"}
        return [
            row
            for condition in one_of(name, values)
            for row in self._company.layer.rows("Items", {**options, "$filter": condition}, ignore_case=ignore_case)
        ]

    def _native(self, row: Native) -> Native:
        native = shapes.cut(row, self._shape)
        masters = self._company.masters
        native["ItemPrices"] = [
            {**price, "Currency": text(price.get("Currency")) or self._list_currency()}
            for price in native.get("ItemPrices", ())
            if price.get("PriceList") == self._prices.price_list
        ]
        group = native.get("ItemsGroupCode")
        native[GROUP_NAME] = masters.item_group(group) if group is not None else ""
        unit = native.get("SalesWeightUnit")
        if unit is not None and native.get("SalesUnitWeight"):
            native[WEIGHT_FACTOR] = masters.weight_units().get(unit)
        if "Manufacturer" in native:
            maker = native["Manufacturer"]
            native[MANUFACTURER_NAME] = "" if maker in (None, NO_MANUFACTURER) else masters.manufacturer(maker)
        if self._converts():
            code = masters.tax_codes().get(text(native.get("SalesVATGroup")))
            native[TAX_RATE] = code.rate if code else None
        return native

    def _converts(self) -> bool:
        """Whether prices are converted: it is asked for, and of list and shop only one is with tax."""
        if not self._by_tax:
            return False
        price_list = self._company.masters.price_lists().get(self._prices.price_list)
        return price_list is not None and price_list.gross != self._prices.gross

    def _list_currency(self) -> str:
        """The currency of a price that names none: that of its list, else the company's own."""
        price_list = self._company.masters.price_lists().get(self._prices.price_list)
        return (price_list.currency if price_list else "") or self._company.masters.admin().currency


def _types(groups: Mapping[str, int]) -> dict[int | None, str]:
    """What the shop calls each group that its map has; of several product types the first."""
    found: dict[int | None, str] = {}
    for name, number in groups.items():
        found.setdefault(number, name)
    return found


def _kilograms(native: Native) -> Decimal | None:
    """The weight of the sales unit; an item without a unit of weight is weighed in kilograms."""
    weight = decimal(native.get("SalesUnitWeight"))
    if not weight:
        return None
    factor = native.get(WEIGHT_FACTOR, Decimal(1))
    return None if factor is None else weight * factor


def _shape(fields: FieldMap | None, *, by_tax: bool) -> shapes.Shape:
    """What is read of an item: nothing that the integration does not synchronise."""
    chosen = [names for name, names in shapes.ITEM_FIELDS.items() if fields is None or name in fields.owners]
    names = [name for names in chosen for name in names]
    names += ["SalesVATGroup"] if by_tax else []
    names += [field.erp for field in fields.custom] if fields else []
    return {**shapes.ITEM, **dict.fromkeys(names)}


def _values(probes: Sequence[Probe], name: str) -> dict[str, str]:
    return {probe.key: probe.values[name] for probe in probes if probe.values.get(name)}


def _folded(value: str, *, ignore_case: bool) -> str:
    return value.casefold() if ignore_case else value
