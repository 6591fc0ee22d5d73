"""Pages: how long they may be, and where the next one begins.

A cursor is opaque to whoever asks and simple inside: which list it belongs to, and the place (a key) that was reached.
There is no counting of rows to skip, so rows that are added meanwhile move nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

import orjson
from marshmallow import Schema, fields, validate

from admin.api.problems import Problem

T = TypeVar("T")

DEFAULT, LARGEST = 50, 200
#: The largest number that an id can be.
MOST = 2**31 - 1
_LONGEST = 2000


class PageSchema(Schema):
    """Which page of a list is wanted."""

    limit = fields.Integer(
        load_default=DEFAULT,
        validate=validate.Range(1, LARGEST),
        metadata={"description": "Entries of a page at most."},
    )
    cursor = fields.String(
        load_default="",
        validate=validate.Length(max=_LONGEST),
        metadata={"description": "`next` of the page before; left out, the first page."},
    )


@cache
def listed(item: type[Schema]) -> type[Schema]:
    """The schema of a page of such items."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Where the next page begins; null = this is the last one."},
            ),
        },
        name=f"{item.__name__.removesuffix('Schema')}PageSchema",
    )


def written(name: str, *place: Any) -> str:
    """The cursor of a place in a list."""
    return base64.urlsafe_b64encode(orjson.dumps([name, *place])).decode().rstrip("=")


def read(text: str, name: str, *kinds: type) -> tuple[Any, ...] | None:
    """The place that a cursor names; None for the beginning. A 422 where it was not made for this list."""
    if not text:
        return None
    try:
        found = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise _wrong() from error
    fits = isinstance(found, list) and len(found) == len(kinds) + 1 and found[0] == name
    if not fits or not all(_is(value, kind) for value, kind in zip(found[1:], kinds, strict=True)):
        raise _wrong()
    return tuple(found[1:])


def _is(value: Any, kind: type) -> bool:
    if kind is int:
        return type(value) is int and 0 <= value <= MOST
    return isinstance(value, kind) and "\0" not in str(value)


def _wrong() -> Problem:
    return Problem(422, "The cursor does not belong to this list.", fix="Take it from `next` of the page before.")


def page(rows: Sequence[T], limit: int, name: str, place: Callable[[T], Sequence[Any]]) -> dict[str, Any]:
    """A page of rows of which one more than `limit` was asked for."""
    shown = list(rows[:limit])
    return {"items": shown, "next": written(name, *place(shown[-1])) if len(rows) > limit else None}


def gathered(fetch: Callable[[T | None], Sequence[T]], wanted: Callable[[T], bool], count: int) -> list[T]:
    """The first `count` of what is wanted, from a list that `fetch` reads on behind an entry (None: the beginning)."""
    found: list[T] = []
    last: T | None = None
    while len(found) < count and (rows := fetch(last)):
        found += filter(wanted, rows)
        last = rows[-1]
    return found[:count]
