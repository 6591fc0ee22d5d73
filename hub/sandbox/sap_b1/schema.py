"""The types the Service Layer serves, and the small language they are declared in.

A declaration is a list of properties parted by semicolons, each `Name Kind[(length)][=default][!]`:

* kinds: `S` text, `I` whole number, `D` decimal number, `date`, `time`, `YN` yes or no, the name of an enumeration,
  `[Type]` a collection of rows, `Type` one embedded row;
* `length`: the longest text the property takes;
* `!`: computed by the company; clients may send it and it is ignored without a word.

Inside the sandbox a value is a str, an int, a Decimal, `2026-11-21` for a date, `13:14:45` for a time, the member's
name for an enumeration, or None. Records hold only what was set; reading fills in the defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Record = dict[str, Any]

#: Kinds and their types in the metadata of OData v4.
PRIMITIVES = {
    "S": "Edm.String",
    "I": "Edm.Int32",
    "D": "Edm.Double",
    "date": "Edm.DateTimeOffset",
    "time": "Edm.TimeOfDay",
}

_DECLARATION = re.compile(
    r"(?P<name>\w+) (?P<kind>\[?\w+\]?)(\((?P<length>\d+)\))?(=(?P<default>[^!]*))?(?P<computed>!)?$"
)


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a type."""

    name: str
    kind: str
    default: Any = None
    length: int | None = None
    computed: bool = False

    @property
    def row_type(self) -> str:
        """The type of the rows of a collection; empty for anything else."""
        return self.kind[1:-1] if self.kind.startswith("[") else ""

    @property
    def edm_type(self) -> str:
        """The type as the metadata of OData v4 names it."""
        if self.row_type:
            return f"Collection(SAPB1.{self.row_type})"
        return PRIMITIVES.get(self.kind) or f"SAPB1.{self.kind}"


@dataclass(frozen=True, slots=True)
class Type:
    """An entity type (with a key) or a row type."""

    name: str
    properties: dict[str, Property]
    #: Names of the key properties; for rows: what tells the rows of one parent apart.
    key: tuple[str, ...] = ()
    #: False: the type takes no user fields.
    open: bool = True
    #: Other sets of names that identify a row, tried after `key`.
    other_keys: tuple[tuple[str, ...], ...] = field(default=())


def declare(name: str, key: str, text: str, *, other_keys: Iterable[str] = (), is_open: bool = True) -> Type:
    """A type from its declaration; `key` and each of `other_keys` are names parted by blanks."""
    properties = {one.name: one for one in map(_property, filter(None, map(str.strip, text.split(";"))))}
    others = tuple(tuple(one.split()) for one in other_keys)
    unknown = {name for group in (key.split(), *others) for name in group} - properties.keys()
    if unknown:
        raise ValueError(f"{name}: the key names {unknown}, which the type does not have")
    return Type(name, properties, tuple(key.split()), is_open, others)


def _property(text: str) -> Property:
    found = _DECLARATION.match(" ".join(text.split()))
    if found is None:
        raise ValueError(f"not a declaration of a property: {text!r}")
    kind = "BoYesNoEnum" if found["kind"] == "YN" else found["kind"]
    length = found["length"]
    return Property(
        found["name"],
        kind,
        _default(kind, found["default"]),
        int(length) if length else None,
        bool(found["computed"]),
    )


def _default(kind: str, text: str | None) -> Any:
    if kind.startswith("["):
        return ()
    if text is None:
        return None
    if kind == "I":
        return int(text)
    return Decimal(text).quantize(Decimal("0.1")) if kind == "D" else text
