"""The query options of a read: what is asked for, which records answer it, and where the next page is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import quote

from hub.sandbox.message import Request
from hub.sandbox.sap_b1.conditions import Test, shortcut, test_of
from hub.sandbox.sap_b1.errors import bad_request, unknown_property
from hub.sandbox.sap_b1.filters import Node, parse
from hub.sandbox.sap_b1.schema import Property, Record
from hub.sandbox.sap_b1.tables import Table

_LEFT_AS_IT_IS = "$,'()/:*"
KNOWN_OPTIONS = frozenset({"$filter", "$select", "$orderby", "$top", "$skip", "$count", "$inlinecount", "$format"})


@dataclass(frozen=True, slots=True)
class Query:
    """The options of one read, checked against the type they ask about."""

    filter: Node | None = None
    select: tuple[str, ...] | None = None
    #: (property, descending)
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one answer. `next_skip` is None on what looks like the last page."""

    records: list[Record]
    count: int | None
    next_skip: int | None


def read_query(request: Request, properties: Mapping[str, Property], type_name: str) -> Query:
    """The query options of a request; raises ServiceError for what the Service Layer does not understand."""
    options = {name: value for name, value in request.query if name.startswith("$")}
    if unknown := options.keys() - KNOWN_OPTIONS:
        raise bad_request(f"Query string error - {sorted(unknown)[0]} is not supported here")
    condition = options.get("$filter", "").strip()
    return Query(
        filter=parse(condition, properties, type_name) if condition else None,
        select=_select(options.get("$select"), properties, type_name),
        order=tuple(_order(options.get("$orderby", ""), properties, type_name)),
        top=_count(options, "$top"),
        skip=_count(options, "$skip") or 0,
        count=options.get("$count") == "true" or options.get("$inlinecount") == "allpages",
        ignore_case=request.headers.get("B1S-CaseInsensitive", "").lower() == "true",
    )


def _select(text: str | None, properties: Mapping[str, Property], type_name: str) -> tuple[str, ...] | None:
    names = tuple(filter(None, (name.strip() for name in (text or "").split(","))))
    if not names or "*" in names:
        return None
    for name in names:
        if name not in properties:
            raise unknown_property(name, type_name)
    return tuple(dict.fromkeys(names))


def _order(text: str, properties: Mapping[str, Property], type_name: str) -> Iterator[tuple[str, bool]]:
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, direction = part.partition(" ")
        if name not in properties or properties[name].row_type:
            raise unknown_property(name, type_name)
        if direction.strip().lower() not in {"", "asc", "desc"}:
            raise bad_request("Query string error - Invalid orderby")
        yield name, direction.strip().lower() == "desc"


def _count(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    return None if text is None else read_count(text, name)


def read_count(text: str, name: str) -> int:
    """The value of `$top` or `$skip`; raises ServiceError where it is not a whole number."""
    if not text.isdecimal() or len(text) > 10:
        raise bad_request(f"Query string error - {name} must be a whole number")
    return int(text)


def page_size(request: Request, default: int) -> tuple[int, dict[str, str | list[str]]]:
    """Records per page (0 = no paging), and the header that says a wish of the client was followed."""
    for preference in request.headers.get("Prefer", "").replace(";", ",").split(","):
        name, _, value = preference.strip().partition("=")
        if name == "odata.maxpagesize" and value.isdecimal() and len(value) < 10:
            return int(value), {"Preference-Applied": f"odata.maxpagesize={value}"}
    wish = request.headers.get("B1S-PageSize", "")
    return (int(wish) if wish.isdecimal() and len(wish) < 10 else default), {}


def matching(table: Table, query: Query, properties: Mapping[str, Property]) -> Iterable[Record]:
    """All records that the filter finds, in the order asked for (by key where none is)."""
    key = table.type.key
    by_key = not query.order or (len(key) == 1 and query.order[0][0] == key[0])
    backwards = by_key and bool(query.order) and query.order[0][1]
    found = _filtered(table, query, properties, backwards=backwards)
    if by_key:
        return found
    records = list(found)
    for name, descending in reversed(query.order):
        default = properties[name].default
        records.sort(key=lambda record: _sortable(record.get(name, default)), reverse=descending)
    return records


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)


def _filtered(table: Table, query: Query, properties: Mapping[str, Property], *, backwards: bool) -> Iterator[Record]:
    if query.filter is None:
        return (table[key] for key in table.keys(backwards=backwards))
    test: Test = test_of(query.filter, properties, ignore_case=query.ignore_case)
    if query.ignore_case:
        # The keys and look-ups keep their case, so they cannot lead to what differs by case only.
        keys: Iterable[Any] = table.keys(backwards=backwards)
    else:
        way = shortcut(query.filter, table, properties)
        if way.keys is None:
            keys = table.keys(way.start, way.stop, backwards=backwards)
        else:
            keys = sorted(way.keys, reverse=backwards)
    return (record for key in keys if test(record := table[key]))


def run(table: Table, query: Query, properties: Mapping[str, Property], size: int) -> Page:
    """One page of the answer.

    A full page always has a next link, also when nothing follows: the Service Layer does not look ahead.
    """
    found = matching(table, query, properties)
    count = None
    if query.count:
        found = list(found)
        count = len(found)
    wanted = min(size or len(table), len(table) if query.top is None else query.top)
    records = list(islice(found, query.skip, query.skip + wanted))
    more = size and len(records) == size and (query.top is None or query.top > size)
    return Page(records, count, query.skip + size if more else None)


def next_link(request: Request, query: Query, size: int, next_skip: int, *, with_options: bool) -> str:
    """The query string of the next page; `with_options` False leaves out all but `$skip`, as some releases do."""
    left = replace(query, top=None if query.top is None else query.top - size)
    kept = [(name, value) for name, value in request.query if name not in {"$skip", "$top"}] if with_options else []
    if with_options and left.top is not None:
        kept.append(("$top", str(left.top)))
    kept.append(("$skip", str(next_skip)))
    return "&".join(f"{name}={quote(value, safe=_LEFT_AS_IT_IS)}" for name, value in kept)
