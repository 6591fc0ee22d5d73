"""Connections: pages of at most 250 rows, and cursors that hold the last id and the last sort value."""

from __future__ import annotations

from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from hub.sandbox.shopify.index import Index, Row
from hub.sandbox.shopify.refusal import FieldFault
from hub.sandbox.shopify.search_fields import cursor_text

MAX_PAGE = 250


@dataclass(slots=True)
class Page:
    """One page of a connection: the source of its `nodes`, `edges` and `pageInfo`."""

    nodes: Sequence[Any]
    #: The cursor of the node at that place; made only when it is asked for.
    cursor: Callable[[int], str]
    has_next: bool = False
    has_previous: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """One node with its cursor."""

    page: Page
    place: int


def make_cursor(number: int, value: Any) -> str:
    """An opaque cursor."""
    return b64encode(orjson.dumps({"last_id": number, "last_value": cursor_text(value)})).decode()


def read_cursor(text: str) -> tuple[int, str]:
    """(id, sort value) of a cursor; refused where it is none."""
    try:
        value = orjson.loads(b64decode(text, validate=True))
        return int(value["last_id"]), str(value["last_value"])
    except (ValueError, KeyError, TypeError) as error:
        raise FieldFault(f"Invalid cursor for current pagination sort: {text}", "BAD_REQUEST") from error


def page_size(args: Mapping[str, Any], *, limited: bool = True) -> tuple[int, bool]:
    """(rows wanted, from the end?). Outside bulk operations one of first and last is needed."""
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        if limited:
            raise FieldFault("you must provide one of first or last", "BAD_REQUEST")
        return 2**31, False
    size = int(first if first is not None else last or 0)
    if first is not None and last is not None:
        raise FieldFault("providing both first and last is not supported", "BAD_REQUEST")
    if size < 0:
        raise FieldFault("first and last must not be negative", "BAD_REQUEST")
    if size > MAX_PAGE and limited:
        raise FieldFault(f"The page size {size} is greater than the maximum of {MAX_PAGE}.", "BAD_REQUEST")
    return size, first is None


def page_of_index(
    index: Index,
    args: Mapping[str, Any],
    test: Callable[[Any], bool] | None,
    get: Callable[[int], Any],
    *,
    limited: bool = True,
    among: Collection[int] | None = None,
) -> Page:
    """A page of a root list. Rows are tested only until the page is full and one more is known to follow.

    `among`: only these records can match; None = any can.
    """
    size, backwards = page_size(args, limited=limited)
    sort = args.get("sortKey") or "ID"
    rows = index.rows(sort) if among is None else sorted(index.key(sort, one) for one in among if index.known(one))
    reverse = bool(args.get("reverse"))
    low, high = _bounds(index, sort, rows, args, reverse)
    from_end = backwards != reverse
    order = range(high - 1, low - 1, -1) if from_end else range(low, high)
    matching = _matching(index, rows, order, test)
    found = list(islice(matching, size + 1))
    more = len(found) > size
    page_rows = found[:size]
    if backwards:
        page_rows.reverse()
    before, after = bool(args.get("after")), bool(args.get("before"))
    return Page(
        [get(number) for _, number in page_rows],
        lambda place: make_cursor(page_rows[place][1], page_rows[place][0]),
        has_next=after if backwards else more,
        has_previous=more if backwards else before,
    )


def _matching(index: Index, rows: list[Row], order: range, test: Callable[[Any], bool] | None) -> Iterator[Row]:
    known = index.known
    for place in order:
        row = rows[place]
        if known(row[1]) and (test is None or test(index.entry(row[1]))):
            yield row


def _bounds(index: Index, sort: str, rows: list[Row], args: Mapping[str, Any], reverse: bool) -> tuple[int, int]:
    """The part of the rows that `after` and `before` leave, in ascending order."""
    low, high = 0, len(rows)
    for name, upper in (("after", reverse), ("before", not reverse)):
        if not args.get(name):
            continue
        number, text = read_cursor(args[name])
        value = index.value_like(sort, text)
        if value is None:
            raise FieldFault(f"Invalid cursor for current pagination sort: {args[name]}", "BAD_REQUEST")
        if upper:
            high = bisect_left(rows, (value, number))
        else:
            low = bisect_right(rows, (value, number))
    return low, high


def page_of_list(
    rows: Sequence[Any], args: Mapping[str, Any], number: Callable[[Any], int], *, limited: bool = True
) -> Page:
    """A page of a list that hangs on a record, in its own order."""
    size, backwards = page_size(args, limited=limited)
    rows = list(reversed(rows)) if args.get("reverse") else rows
    low, high = 0, len(rows)
    if args.get("after") or args.get("before"):
        places = {number(row): place for place, row in enumerate(rows)}
        if args.get("after"):
            low = places.get(read_cursor(args["after"])[0], -1) + 1
        if args.get("before"):
            high = places.get(read_cursor(args["before"])[0], high)
    start, end = (max(low, high - size), high) if backwards else (low, min(high, low + size))
    shown = rows[start:end]
    return Page(
        shown,
        lambda place: make_cursor(number(shown[place]), number(shown[place])),
        has_next=end < len(rows),
        has_previous=start > 0,
    )
