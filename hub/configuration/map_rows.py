"""The maps of a draft as rows of a table: what is in them, what both sides offer for them, and what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError

from hub.configuration import variables
from hub.configuration.reference import Reference
from hub.configuration.schema import ENTRY_SCHEMAS
from hub.configuration.unmapped import types_without_group
from hub.store.maps import GROUPS

_SCHEMAS = {name: schema() for name, schema in ENTRY_SCHEMAS.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a map as it is typed."""

    shop: str = ""
    erp: str = ""
    valid_from: str = ""
    default: bool = False
    rank: str = ""
    #: True: both sides offer it, and nobody has said so yet.
    proposed: bool = False
    fault: str = ""

    @property
    def filled(self) -> bool:
        """Whether anything stands in it."""
        return bool(self.shop or self.erp)

    def written(self) -> dict[str, Any]:
        """As it stands in the file."""
        row: dict[str, Any] = {"shop": variables.written(self.shop), "erp": variables.written(self.erp)}
        row |= self.more()
        return row | ({"default": True} if self.default else {})

    def more(self) -> dict[str, Any]:
        """What stands beside both sides."""
        day = {"valid_from": self.valid_from} if self.valid_from else {}
        return day | ({"rank": int(self.rank) if self.rank.isdecimal() else self.rank} if self.rank.strip("0") else {})


def rows(written: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rows of a map of the file."""
    return [
        Row(
            variables.filled(str(one.get("shop", "")), {}),
            variables.filled(str(one.get("erp", "")), {}),
            str(one.get("valid_from") or ""),
            str(one.get("default")).lower() == "true",
            str(one.get("rank") or ""),
        )
        for one in written
    ]


def proposed(map_name: str, known: Sequence[Row], reference: Reference, seen: Iterable[str] = ()) -> list[Row]:
    """Rows for what the shop has and the map does not know: half filled, or whole where only one answer fits.

    `seen` are values of recent orders.
    """
    if map_name in GROUPS:
        return _proposed_types(known, reference) if map_name == "item_group" else []
    mapped = {row.shop.casefold() for row in known}
    taken = {row.erp for row in known}
    offered = [one for one in reference.maps.get((map_name, "shop"), ()) if one.active]
    left = [one for one in offered if one.value.casefold() not in mapped]
    free = [one for one in reference.maps.get((map_name, "erp"), ()) if one.active and one.value not in taken]
    found = []
    for one in left:
        same = [other for other in free if other.label.casefold() == one.label.casefold()]
        only = free if map_name == "location" and len(free) == len(left) == 1 else []
        fitting = same or only
        found.append(Row(one.value, fitting[0].value if len(fitting) == 1 else "", proposed=True))
    listed = mapped | {one.value.casefold() for one in offered}
    found += [Row(value, proposed=True) for value in seen if value.casefold() not in listed]
    if map_name == "location" and not known and found:
        usual = [place for place, row in enumerate(found) if row.erp and row.erp == reference.default_warehouse]
        place = usual[0] if usual else 0
        found[place] = replace(found[place], default=True)
    return found


def _proposed_types(known: Sequence[Row], reference: Reference) -> list[Row]:
    """Rows for product types that no item group is named like: of a customer's tags most are no group's."""
    mapped = {row.shop.casefold() for row in known}
    groups = {one.label for one in reference.maps.get(("item_group", "erp"), ())}
    types = [one.value for one in reference.maps.get(("item_group", "shop"), ())]
    return [Row(name, proposed=True) for name in types_without_group(types, groups) if name.casefold() not in mapped]


def checked(map_name: str, typed: Sequence[Row]) -> list[Row]:
    """The same rows with words beside those that are wrong."""
    found: list[Row] = []
    seen: set[tuple[str, str, str]] = set()
    defaults = 0
    for given in typed:
        row, said = _loaded(map_name, given)
        keys = [("shop", row.shop.casefold(), "" if map_name == "location" else row.valid_from)]
        keys += [("erp", row.erp.casefold(), "")] if map_name == "location" else []
        for key in keys:
            if key in seen and not said:
                what = row.shop if key[0] == "shop" else row.erp
                said = f"{what} stands in a row above already. Pair each value once."
            seen.add(key)
        defaults += row.default
        if row.default and defaults > 1 and not said:
            said = "There is one default only."
        found.append(replace(row, fault=said))
    return found


def _loaded(map_name: str, row: Row) -> tuple[Row, str]:
    """A row as its map keeps it, and what is wrong with it."""
    if not row.shop or not row.erp:
        return row, "Fill in both sides, or tick the row to take it out."
    try:
        loaded = _SCHEMAS[map_name].load({"shop": row.shop, "erp": row.erp, **row.more()})
    except ValidationError as error:
        return row, " ".join(str(text) for texts in error.messages_dict.values() for text in texts)
    return replace(row, shop=loaded["shop"]), ""
