"""Values: how clients write them, how the sandbox keeps them, how answers show them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from hub.sandbox.sap_b1.enums import ENUMS, member
from hub.sandbox.sap_b1.errors import bad_value
from hub.sandbox.sap_b1.schema import Property

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?$")
_TIME = re.compile(r"(?:.*[T ])?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.Z+-].*)?$")
#: Whole numbers are 32 bits wide.
LARGEST_INTEGER = 2**31 - 1
#: Decimal numbers have 19 digits, six of them after the point.
LARGEST_NUMBER = 10**13


@lru_cache(maxsize=200_000)
def tidy(number: Decimal) -> Decimal:
    """The number without trailing zeros but for the first (3.0), as the platform writes it.

    One object per value, as half a million document lines share a few thousand.
    """
    short = number.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal("0.1")) if isinstance(exponent, int) and exponent >= 0 else short


def read_date(text: str) -> str | None:
    """A date in any of the accepted forms as `2026-11-21`, its time part ignored; None = not a date."""
    found = _DATE.match(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


def read_time(text: str) -> str | None:
    """A time as `13:14:45`, a date before it ignored; None = not a time."""
    found = _TIME.match(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return f"{int(found[1]):02}:{found[2]}:{found[3] or '00'}"


def read_number(value: Any) -> Decimal | None:
    """A number, or text that is one; None = neither."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return tidy(number) if number.is_finite() and abs(number) < LARGEST_NUMBER else None


def accept(one: Property, value: Any, type_name: str) -> Any:
    """A client's value as the sandbox keeps it; raises ServiceError where the property cannot take it."""
    if value is None:
        return None
    kept = _convert(one, value)
    if kept is None:
        raise bad_value(f"Invalid value {value!r} for property '{one.name}' of '{type_name}'")
    if one.length is not None and isinstance(kept, str) and len(kept) > one.length:
        raise bad_value(f"Value too long in property '{one.name}' of '{type_name}'")
    return kept


def _convert(one: Property, value: Any) -> Any:
    if one.kind in ENUMS:
        return member(one.kind, value)
    if one.kind == "S":
        return value if isinstance(value, str) else None
    if one.kind == "date":
        return read_date(value) if isinstance(value, str) else None
    if one.kind == "time":
        return read_time(value) if isinstance(value, str) else None
    number = read_number(value)
    if one.kind == "I":
        whole = number is not None and number == number.to_integral_value() and abs(number) <= LARGEST_INTEGER
        return int(number) if number is not None and whole else None
    return number


def shown(kind: str, value: Any, version: int) -> Any:
    """A kept value as an answer of that OData version carries it. The `Z` of v2 dates is decoration: they are local."""
    if kind == "date" and value is not None and version == 2:
        return f"{value}T00:00:00Z"
    return value
