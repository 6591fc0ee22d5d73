"""What a `$filter` tree means: a test for one record, and the short way to the records that can pass it.

A comparison with null is neither true nor false, as in SQL: `U_X ne 'a'` does not find records without U_X.
Text keeps its case, as in a HANA database, unless the request says otherwise. Times count to the minute only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.sandbox.sap_b1.filters import Both, Comparison, Node, Not, TextTest
from hub.sandbox.sap_b1.schema import Property, Record
from hub.sandbox.sap_b1.tables import Key, Table

Test = Callable[[Record], bool | None]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": operator.contains,
}


def test_of(node: Node, properties: Mapping[str, Property], *, ignore_case: bool = False) -> Test:
    """A test for one record: True, False, or None for unknown (which finds nothing)."""
    if isinstance(node, Not):
        inner = test_of(node.inner, properties, ignore_case=ignore_case)
        return lambda record: None if (value := inner(record)) is None else not value
    if isinstance(node, Both):
        tests = [test_of(part, properties, ignore_case=ignore_case) for part in node.parts]
        return _all(tests) if node.word == "and" else _any(tests)
    one = properties[node.name]
    if isinstance(node, TextTest):
        return _compared(one, _TEXT_TESTS[node.function], node.text, ignore_case=ignore_case)
    if node.value is None:
        return _null_test(one, node.operator)
    return _compared(one, _OPERATORS[node.operator], node.value, ignore_case=ignore_case)


def _all(tests: list[Test]) -> Test:
    def test(record: Record) -> bool | None:
        unknown = False
        for one in tests:
            value = one(record)
            if value is False:
                return False
            unknown = unknown or value is None
        return None if unknown else True

    return test


def _any(tests: list[Test]) -> Test:
    def test(record: Record) -> bool | None:
        unknown = False
        for one in tests:
            value = one(record)
            if value:
                return True
            unknown = unknown or value is None
        return None if unknown else False

    return test


def _null_test(one: Property, word: str) -> Test:
    name, default = one.name, one.default
    if word == "eq":
        return lambda record: record.get(name, default) is None
    if word == "ne":
        return lambda record: record.get(name, default) is not None
    return lambda record: None


def _compared(one: Property, compare: Callable[[Any, Any], bool], wanted: Any, *, ignore_case: bool) -> Test:
    name, default = one.name, one.default
    prepare: Callable[[Any], Any] | None = None
    if one.kind == "S" and ignore_case:
        prepare = str.casefold
    elif one.kind == "time":
        prepare = _to_the_minute
    if prepare is None:
        return lambda record: None if (value := record.get(name, default)) is None else compare(value, wanted)
    wanted = prepare(wanted)
    return lambda record: None if (value := record.get(name, default)) is None else compare(prepare(value), wanted)


def _to_the_minute(time: str) -> str:
    return time[:5]


@dataclass(slots=True)
class Shortcut:
    """Where to look: a set of keys, or a stretch of the key order. Every key still has to pass the test."""

    keys: set[Key] | None = None
    start: Key = None
    stop: Key = None


def shortcut(node: Node, table: Table, properties: Mapping[str, Property]) -> Shortcut:
    """The smallest superset of the matching keys that can be named without reading records."""
    found = Shortcut(keys=_candidates(node, table, properties))
    if len(table.type.key) == 1:
        key = table.type.key[0]
        for part in node.parts if isinstance(node, Both) and node.word == "and" else (node,):
            if not isinstance(part, Comparison) or part.name != key or part.value is None:
                continue
            if part.operator in {"gt", "ge"}:
                found.start = part.value if found.start is None else max(found.start, part.value)
            elif part.operator in {"lt", "le"}:
                found.stop = part.value if found.stop is None else min(found.stop, part.value)
    return found


def _candidates(node: Node, table: Table, properties: Mapping[str, Property]) -> set[Key] | None:
    if isinstance(node, Both):
        known = [_candidates(part, table, properties) for part in node.parts]
        if node.word == "and":
            return min((keys for keys in known if keys is not None), key=len, default=None)
        sets = [keys for keys in known if keys is not None]
        return set().union(*sets) if len(sets) == len(known) else None
    if not isinstance(node, Comparison) or node.operator != "eq" or node.value is None:
        return None
    if table.type.key == (node.name,):
        return {node.value} if node.value in table else set()
    one = properties[node.name]
    # A property with a default is not written into most records, so a look-up would miss them; figures change in place.
    if one.kind not in {"S", "I"} or one.default is not None:
        return None
    return table.keys_where(one.name, node.value)
