"""The three-way comparison: the source now, what both sides last agreed on, the target now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

#: Hashes a value, so that a base gives nothing away.
Hash = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a difference: what the target holds and what it is to hold."""

    old: Any
    new: Any


def normal(value: Any) -> Any:
    """A value in the form in which two platforms' versions of it can be compared.

    Numbers by value (19.90 = 19.9), texts without surrounding blanks and with one kind of line end, nothing = "".
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return format(Decimal(value).normalize(), "f")
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, Mapping):
        return {key: normal(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [normal(entry) for entry in value]
    return str(value)


def fingerprint(values: Mapping[str, Any], keyed: Hash) -> dict[str, str]:
    """The base of a set of values: a keyed hash per field."""
    return {name: keyed(repr(normal(value))) for name, value in values.items()}


def difference(
    source: Mapping[str, Any], target: Mapping[str, Any], base: Mapping[str, str], keyed: Hash
) -> dict[str, Change]:
    """The fields that the source has moved since the base and that the target does not hold yet.

    A field that only the target has moved is left alone: the source did not speak. Without a base the source speaks
    in every field.
    """
    now = fingerprint(source, keyed)
    return {
        name: Change(target.get(name), value)
        for name, value in source.items()
        if now[name] != base.get(name) and normal(value) != normal(target.get(name))
    }
