"""Values as the Service Layer writes and reads them: exact numbers, flags, dates, keys in an address."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import orjson

#: BoYesNoEnum.
YES = "tYES"
NO = "tNO"
ETAG = "@odata.etag"
#: Names under which the two OData versions say the same thing.
_ETAGS = (ETAG, "odata.etag")


def encode(body: Any) -> bytes:
    """A request's body. A Decimal becomes a JSON number with every digit it has, never by way of a float."""
    return orjson.dumps(body, default=_number)


def _number(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} has no form in the Service Layer's JSON")


def decimal(value: Any) -> Decimal:
    """A number of an answer; the API gives numbers and, in some fields, numeric strings. None counts as 0."""
    return Decimal(0) if value is None else Decimal(value)


def yes(value: Any) -> bool:
    """Whether a flag is set; one that was never set is not."""
    return bool(value == YES)


def day(value: date) -> str:
    """A date as bodies and filters carry it."""
    return value.isoformat()


def text(value: Any) -> str:
    """A text field of an answer; null and missing read as empty."""
    return "" if value is None else str(value)


def etag(native: dict[str, Any]) -> str:
    """The version tag of a record as it was read; empty where the set has none."""
    return next((str(native[name]) for name in _ETAGS if native.get(name)), "")
