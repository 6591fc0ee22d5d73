"""Turns a search tree into a test of one entry, by the kind of each field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.sandbox.shopify.ids import parse_gid
from hub.sandbox.shopify.search_syntax import Both, Node, Not, Term

Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class TimeRules:
    """How times are compared: `exclusive` (from version 2026-10 on) `>` leaves the whole second out; a time without a
    zone is the shop's."""

    exclusive: bool = False
    zone: tzinfo = UTC


Getter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class SearchField:
    """One field that can be searched.

    `kind`: id, time, number, flag, text (whole words), exact (the whole value), tags (one of several, exact).
    `get` reads it from an entry of the index; several values may come as a tuple.
    """

    kind: str
    get: Getter


def never(_: Any) -> bool:
    """Matches nothing."""
    return False


def compile_search(
    node: Node | None, fields: Mapping[str, SearchField], default: tuple[str, ...], times: TimeRules
) -> tuple[Test | None, list[Term]]:
    """A test for the tree, and the terms whose field nobody knows (they are left out, as Shopify does)."""
    unknown: list[Term] = []

    def build(part: Node) -> Test | None:
        if isinstance(part, Not):
            inner = build(part.part)
            return None if inner is None else lambda entry: not inner(entry)
        if isinstance(part, Both):
            tests = [test for test in map(build, part.parts) if test is not None]
            if not tests:
                return None
            chosen = tuple(tests)
            if part.word == "and":
                return lambda entry: all(test(entry) for test in chosen)
            return lambda entry: any(test(entry) for test in chosen)
        return leaf(part)

    def leaf(term: Term) -> Test | None:
        if not term.field:
            tests = tuple(test_of(Term(name, "", term.value, term.quoted), fields[name]) for name in default)
            return lambda entry: any(test(entry) for test in tests)
        negated = term.field.endswith("_not") and term.field.removesuffix("_not") in fields
        found = fields.get(term.field.removesuffix("_not") if negated else term.field)
        if found is None:
            unknown.append(term)
            return None
        test = test_of(term, found)
        return (lambda entry: not test(entry)) if negated else test

    def test_of(term: Term, found: SearchField) -> Test:
        if term.value == "*" and not term.quoted:
            return lambda entry: bool(found.get(entry))
        return _KINDS[found.kind](term, found.get, times)

    return (build(node) if node is not None else None), unknown


# ---------------------------------------------------------------------------------------------------- one kind each


def _compare(op: str, get: Getter, bound: Any) -> Test:
    if op == ">":
        return lambda entry: (value := get(entry)) is not None and value > bound
    if op == ">=":
        return lambda entry: (value := get(entry)) is not None and value >= bound
    if op == "<":
        return lambda entry: (value := get(entry)) is not None and value < bound
    if op == "<=":
        return lambda entry: (value := get(entry)) is not None and value <= bound
    return lambda entry: bool(get(entry) == bound)


def _id_test(term: Term, get: Getter, times: TimeRules) -> Test:
    parsed = parse_gid(term.value)
    text = str(parsed.number) if parsed else term.value
    return _compare(term.op, get, int(text)) if text.isdecimal() else never


def _number_test(term: Term, get: Getter, times: TimeRules) -> Test:
    try:
        return _compare(term.op, get, Decimal(term.value))
    except InvalidOperation:
        return never


def _flag_test(term: Term, get: Getter, times: TimeRules) -> Test:
    wanted = term.value.lower() in {"true", "1", "yes"}
    return lambda entry: bool(get(entry)) == wanted


def parse_time(text: str, zone: tzinfo = UTC) -> datetime | None:
    """A date or date-time of a query; `zone` is that of a time that names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _time_test(term: Term, get: Getter, times: TimeRules) -> Test:
    """Quoted: exact to the second. Unquoted: only the date counts, whatever time of day is written."""
    moment = parse_time(term.value, times.zone)
    if moment is None:
        return never
    exact = term.quoted and len(term.value) > len("2026-11-20")
    width = timedelta(seconds=1) if exact else timedelta(days=1)
    start = moment.replace(microsecond=0) if exact else moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if term.op == ">" and exact and not times.exclusive:
        # Some rows keep fractions of a second that answers do not show, so `>` lets rows of that second through.
        return _compare(">=", get, start)
    if term.op in {">", "<="}:
        return _compare(">=" if term.op == ">" else "<", get, start + width)
    if term.op in {">=", "<"}:
        return _compare(term.op, get, start)
    end = start + width
    return lambda entry: (value := get(entry)) is not None and start <= value < end


def values_of(value: Any) -> tuple[str, ...]:
    """The texts of a field, which may have one, several or none."""
    if value is None or value == "":
        return ()
    return value if isinstance(value, tuple) else (str(value),)


def _exact_test(term: Term, get: Getter, times: TimeRules) -> Test:
    """The whole value, without regard to case; a star at the end is a prefix; commas list alternatives."""
    wanted = tuple(part.strip().casefold() for part in ([term.value] if term.quoted else term.value.split(",")))
    prefixes = tuple(part[:-1] for part in wanted if part.endswith("*") and not term.quoted)
    whole = frozenset(wanted)

    def test(entry: Any) -> bool:
        folded = [value.casefold() for value in values_of(get(entry))]
        return any(value in whole or (prefixes and value.startswith(prefixes)) for value in folded)

    return test


_WORDS = re.compile(r"\w+")


def _text_test(term: Term, get: Getter, times: TimeRules) -> Test:
    """Whole words in any order; quoted, in that order; a star at the end is a prefix of the last word."""
    folded = term.value.casefold()
    prefix = folded.endswith("*") and not term.quoted
    words = _WORDS.findall(folded)
    if not words:
        return never

    def phrase(have: list[str]) -> bool:
        return any(have[at : at + len(words)] == words for at in range(len(have)))

    def test(entry: Any) -> bool:
        for value in values_of(get(entry)):
            have = _WORDS.findall(value.casefold())
            if term.quoted:
                found = phrase(have)
            elif prefix:
                found = all(word in have for word in words[:-1]) and any(one.startswith(words[-1]) for one in have)
            else:
                found = all(word in have for word in words)
            if found:
                return True
        return False

    return test


_KINDS: dict[str, Callable[[Term, Getter, TimeRules], Test]] = {
    "id": _id_test,
    "time": _time_test,
    "number": _number_test,
    "flag": _flag_test,
    "exact": _exact_test,
    "text": _text_test,
}
