"""Fields of an object in one integration: which are synchronised, and who owns each.

An object declares its fields with their usual owners (`FieldRule`); an integration may untick those that are not
locked, change the owner of those that are not fixed, and add fields of its own (`CustomField`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

Side = Literal["shop", "erp"]
#: "none": nobody; where both sides have moved, a person decides.
Owner = Literal["shop", "erp", "none"]
OWNERS: tuple[Owner, ...] = ("shop", "erp", "none")
FieldType = Literal["text", "integer", "decimal", "boolean"]
TYPES: tuple[FieldType, ...] = ("text", "integer", "decimal", "boolean")
#: How the canonical name of an integration's own field begins: `custom.material`.
CUSTOM = "custom."


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of an object."""

    name: str
    owner: Owner
    #: True: it cannot be unticked.
    locked: bool = False
    #: True: its owner cannot be changed.
    fixed: bool = False
    #: True: it is compared, and a difference is listed, but no update ever writes it.
    kept: bool = False
    #: False: it is synchronised only where an integration asks for it.
    ticked: bool = True
    #: True: in the shop it belongs to the whole product, so one of several variants does not change it there.
    shared: bool = False
    #: The map under which its values are compared: two that stand for one thing of the ERP are the same. Empty = none.
    map: str = ""


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of the shop (`namespace.key` of a metafield) that is a user-defined field of the ERP (`U_Name`)."""

    name: str
    shop: str
    erp: str
    type: FieldType = "text"
    owner: Owner = "erp"

    @property
    def canonical(self) -> str:
        """Its name among the values of a record."""
        return f"{CUSTOM}{self.name}"


@dataclass(frozen=True, slots=True)
class FieldMap:
    """What one integration synchronises of one object."""

    #: Owner by canonical name; what is not here is not synchronised.
    owners: Mapping[str, Owner] = field(default_factory=dict)
    custom: tuple[CustomField, ...] = ()

    def flows(self, source: Side, *, both_ways: bool) -> Mapping[str, Owner]:
        """The fields that a route from `source` has a say in.

        Where the object goes one way only, those that the other side owns stay as they are.
        """
        if both_ways:
            return self.owners
        return {name: owner for name, owner in self.owners.items() if owner in (source, "none")}


def field_map(rules: Sequence[FieldRule], stored: Mapping[str, Any]) -> FieldMap:
    """The fields of an object from its rules and what an integration has stored of its own.

    `stored`: name -> owner or False (unticked); `custom` -> list of {name, shop, erp, type, owner}. It was validated
    when it was stored.
    """
    owners: dict[str, Owner] = {}
    for rule in rules:
        choice = stored.get(rule.name, rule.owner if rule.ticked else False)
        if choice is False and not rule.locked:
            continue
        owners[rule.name] = rule.owner if rule.fixed or choice in (False, True) else cast(Owner, choice)
    custom = tuple(CustomField(**row) for row in stored.get("custom", ()))
    owners |= {own.canonical: own.owner for own in custom}
    return FieldMap(owners, custom)
