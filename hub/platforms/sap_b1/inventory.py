"""Stock per item and mapped warehouse. A movement does not stamp the item, so all of it is compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hub.platforms.endpoint import Endpoint, Mark, Native, Page, Ranges, Source
from hub.platforms.sap_b1 import item, item_list, item_ranges, shapes
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.query import one_of
from hub.platforms.sap_b1.wire import ETAG, decimal
from objects.base import Mapped, Ref


def level_key(code: str, warehouse: str) -> str:
    """`ItemCode@warehouse`. An item code may hold any sign, so an `@` or `%` of the warehouse is escaped."""
    return f"{code}@{warehouse.replace('%', '%25').replace('@', '%40')}"


def split_key(key: str) -> tuple[str, str]:
    """Item code and warehouse of a key: the last `@` parts them."""
    code, _, warehouse = key.rpartition("@")
    return code, warehouse.replace("%40", "@").replace("%25", "%")


class InventoryEndpoint(Endpoint):
    """Stock. A native record is one item in one warehouse: the item's flags and that warehouse's figures."""

    object = "inventory"
    kind = "level"
    listing = item_list.LISTING
    sources = (Source("stock", "full"),)

    def __init__(self, company: Company, settings: Mapping[str, Any]) -> None:
        self._company = company
        self._warehouses = tuple(settings.get("locations") or ())
        self._size = int(settings.get("page_size") or 100)
        self.read_timeout = company.read_timeout

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Every item at every mapped warehouse."""
        if not self._warehouses:
            return
        yield from self.within({})

    def ranges(self, count: int, smallest: int) -> Ranges:
        """Ranges of codes; an item is a record in each mapped warehouse."""
        if not self._warehouses:
            return Ranges()
        items = max(smallest // len(self._warehouses), 1)
        return Ranges(item_ranges.ranges(self._company.layer, count, items))

    def within(self, limits: Mapping[str, Any]) -> Iterator[Page]:
        """Items in a range of codes, at every mapped warehouse."""
        for rows in item_ranges.pages(self._company.layer, limits, shapes.select(shapes.STOCK), self._size):
            natives = [_level(row, warehouse) for row in rows for warehouse in self._warehouses]
            yield Page([(self.key(native), native) for native in natives])

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Levels by key; a warehouse that is not mapped any more is gone."""
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for key in keys:
            code, warehouse = split_key(key)
            if warehouse in self._warehouses:
                wanted[code].append(warehouse)
        options = {"$select": ",".join(shapes.select(shapes.STOCK)), "$orderby": "ItemCode"}
        natives = [
            _level(row, warehouse)
            for condition in one_of("ItemCode", list(wanted))
            for row in self._company.layer.rows("Items", {**options, "$filter": condition})
            for warehouse in wanted.get(row["ItemCode"], ())
        ]
        return {self.key(native): native for native in natives}

    def identities(self) -> Iterator[list[str]]:
        """Codes of all items: a level is gone with its item, not with a warehouse that is no longer mapped."""
        return item_list.codes(self._company)

    def identity(self, key: str) -> str:
        """The item of a level."""
        return split_key(key)[0]

    def key(self, native: Native) -> str:
        """`ItemCode@warehouse`."""
        return level_key(native["ItemCode"], native["WarehouseCode"])

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """The canonical stock record; `units` are the ERP's units in one sales unit, in which the shop counts."""
        code, warehouse = native["ItemCode"], native["WarehouseCode"]
        return {
            "code": code,
            "warehouse": warehouse,
            "variant": Ref("variant", code, code=code, absent="skip"),
            "location": Mapped("location", warehouse),
            "in_stock": decimal(native["InStock"]),
            "committed": decimal(native["Committed"]),
            "units": decimal(native.get("SalesItemsPerUnit")) or Decimal(1),
            "kind": item.kind(native),
            "active": item.active(native),
            "tracked": item.tracked(native),
        }


def _level(row: Native, warehouse: str) -> Native:
    """One warehouse's part of an item. An item that is not kept in the warehouse has none of it there."""
    native = shapes.cut(row, shapes.STOCK)
    native.pop(ETAG, None)
    places = native.pop("ItemWarehouseInfoCollection", ())
    figures: dict[str, Any] = next((place for place in places if place.get("WarehouseCode") == warehouse), {})
    return {
        **native,
        "WarehouseCode": warehouse,
        "InStock": figures.get("InStock", 0),
        "Committed": figures.get("Committed", 0),
    }
