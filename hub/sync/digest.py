"""What a native record looked like, in a few bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import orjson

from objects.base import Mapped, Ref


def plain(value: Any) -> Any:
    """What orjson cannot write by itself: decimals and references, as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Ref):
        return {"kind": value.kind, "source_id": value.source_id, "code": value.code}
    if isinstance(value, Mapped):
        return {"map": value.map, "value": value.value}
    raise TypeError(f"{type(value).__name__} has no plain form")


def digest(native: Mapping[str, Any], volatile: Collection[str], version: str = "") -> str:
    """A digest (32 hex digits) of a native record without its fields that move without meaning.

    The mapping version is part of it: under another mapping the same record is news, whichever direction looks first.
    """
    kept = {key: value for key, value in native.items() if key not in volatile}
    content = orjson.dumps(kept, plain, orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(content, digest_size=16, salt=version.encode()[:16]).hexdigest()
