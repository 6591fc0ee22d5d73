"""Values in use that no map knows yet: found before an order fails on them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.platforms.platform import Choice
from hub.store.maps import Entry, Translator
from objects.fields import Side

#: What stands for the other side's value in the command that maps a value of the shop.
_STAND_IN = {
    "location": "WAREHOUSE",
    "payment": "card:N",
    "tax": "CODE",
    "item_group": "NUMBER",
    "customer_group": "NUMBER",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A value of the shop's recent orders that a map has to translate, with its wider forms."""

    map: str
    value: str
    wider: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A value of one side that its map does not know."""

    map: str
    side: Side
    value: str
    #: What people call it, where that is not the value itself.
    label: str = ""
    #: How many of the recent orders have it.
    orders: int = 0

    def command(self, integration: str) -> str:
        """The command that maps it; capital letters stand for what only a person knows."""
        shop, erp = (self.value, _STAND_IN[self.map]) if self.side == "shop" else ("LOCATION", self.value)
        quoted = [f'"{word}"' if word == self.value else word for word in (shop, erp)]
        return f"hub maps set {integration} {self.map} {' '.join(quoted)}"


def unmapped(
    entries: Sequence[Entry],
    seen: Mapping[Seen, int],
    gateways: Collection[str] = (),
    places: Mapping[Side, Sequence[Choice]] | None = None,
    types: Collection[str] = (),
) -> list[Unmapped]:
    """Values that no map knows, by map, the most frequent first.

    `seen` are the values of recent orders, `gateways` those that the shop names of a longer time, `places` the
    locations and warehouses that both sides list, `types` the shop's product types of which the ERP has no group.
    """
    found: dict[tuple[str, str, str], Unmapped] = {}
    named = (*_of_names(entries, "payment", gateways), *_of_names(entries, "item_group", types))
    for one in (*_of_orders(entries, seen), *named, *_of_places(entries, places or {})):
        key = (one.map, one.side, one.value.casefold())
        known = found.get(key, one)
        found[key] = Unmapped(one.map, one.side, known.value, one.label or known.label, known.orders)
    return sorted(found.values(), key=lambda one: (one.map, one.side != "shop", -one.orders, one.value))


def _of_orders(entries: Sequence[Entry], seen: Mapping[Seen, int]) -> Iterator[Unmapped]:
    translator = Translator(entries, to_erp=True)
    for one, count in seen.items():
        if translator.translate(one.map, (one.value, *one.wider), None) is None:
            yield Unmapped(one.map, "shop", one.value, orders=count)


def types_without_group(types: Collection[str], groups: Collection[str]) -> list[str]:
    """Product types that no item group of the ERP is named like, letter for letter."""
    return [name for name in types if name not in groups]


def _of_names(entries: Sequence[Entry], map_name: str, names: Collection[str]) -> Iterator[Unmapped]:
    translator = Translator(entries, to_erp=True)
    for name in names:
        if translator.translate(map_name, (name,), None) is None:
            yield Unmapped(map_name, "shop", name)


def _of_places(entries: Sequence[Entry], places: Mapping[Side, Sequence[Choice]]) -> Iterator[Unmapped]:
    for side, choices in places.items():
        translator = Translator(entries, to_erp=side == "shop")
        for choice in choices:
            if choice.active and translator.translate("location", (choice.value,), None) is None:
                yield Unmapped("location", side, choice.value, choice.label)
