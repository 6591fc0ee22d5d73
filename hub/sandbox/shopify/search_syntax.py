"""Shopify's search syntax: `updated_at:>='2026-11-20T10:00:00Z' (tag:a OR tag:b) -status:draft name*`.

Malformed looking queries are not refused; as the real search does, the parser makes the best of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<open>\() | (?P<close>\)) |
    (?P<minus>-)(?=\S) |
    (?P<field>[A-Za-z_][\w.\-]*):(?P<op>>=|<=|>|<)?(?P<space>[ ](?=["'\w]))? |
    (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*') |
    (?P<word>[^\s()]+)
    )""",
    re.VERBOSE,
)
_VALUE = re.compile(r"""(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>\([^\s]*|[^\s()]+)""")
_MOMENT = re.compile(r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9]{2}:(?P<minute>[0-9]{2}):(?P<rest>\S+)\Z")
_RANGES = {">": "range_gt", ">=": "range_gte", "<": "range_lt", "<=": "range_lte"}


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison. `field` is empty for a bare word; `op` is "", ">", ">=", "<" or "<="."""

    field: str
    op: str
    value: str
    quoted: bool = False

    def to_json(self) -> dict[str, Any]:
        """The form in extensions.search."""
        how = _RANGES.get(self.op) or ("match_phrase" if self.quoted else "match_all")
        return {"field": self.field or "default", how: self.value}


@dataclass(frozen=True, slots=True)
class Not:
    """What the part does not match."""

    part: Node

    def to_json(self) -> dict[str, Any]:
        """The form in extensions.search."""
        return {"not": self.part.to_json()}


@dataclass(frozen=True, slots=True)
class Both:
    """Several parts joined by AND ("and") or OR ("or")."""

    word: str
    parts: tuple[Node, ...]

    def to_json(self) -> dict[str, Any]:
        """The form in extensions.search."""
        return {self.word: [part.to_json() for part in self.parts]}


Node = Term | Not | Both


def parse_search(text: str | None) -> Node | None:
    """The query as a tree; None where nothing is asked."""
    return _Parser(text or "").parse()


def terms(node: Node | None) -> list[Term]:
    """All comparisons in a tree, in their order."""
    if node is None:
        return []
    if isinstance(node, Term):
        return [node]
    parts = (node.part,) if isinstance(node, Not) else node.parts
    return [term for part in parts for term in terms(part)]


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def parse(self) -> Node | None:
        parts = []
        while self._at < len(self._text):
            part = self._alternatives()
            if part is not None:
                parts.append(part)
            # A closing bracket that nobody opened is passed over.
            self._accept("close")
        return _join("and", parts)

    def _alternatives(self) -> Node | None:
        parts = [self._sequence()]
        while self._accept_word("OR"):
            parts.append(self._sequence())
        return _join("or", [part for part in parts if part is not None])

    def _sequence(self) -> Node | None:
        parts = []
        while (match := _TOKEN.match(self._text, self._at)) is not None:
            if match["close"] or match["word"] == "OR":
                break
            if match["word"] == "AND":
                self._at = match.end()
                continue
            part = self._factor(match)
            if part is not None:
                parts.append(part)
        else:
            self._at = len(self._text)
        return _join("and", parts)

    def _factor(self, match: re.Match[str]) -> Node | None:
        self._at = match.end()
        if match["minus"] or match["word"] == "NOT":
            following = _TOKEN.match(self._text, self._at)
            part = self._factor(following) if following and not following["close"] else None
            return Not(part) if part is not None else None
        if match["open"]:
            part = self._alternatives()
            self._accept("close")
            return part
        if match["field"]:
            return self._value_of(match["field"], match["op"] or "")
        if match["quoted"]:
            return Term("", "", _unquoted(match["quoted"]), True)
        return Term("", "", match["word"])

    def _value_of(self, field: str, op: str) -> Node | None:
        match = _VALUE.match(self._text, self._at)
        if match is None:
            return Term(field, op, "")
        self._at = match.end()
        if match["quoted"]:
            return Term(field, op, _unquoted(match["quoted"]), True)
        moment = _MOMENT.match(match["word"])
        if moment is not None:
            # A colon ends a word, so the rest of an unquoted date-time is read as a field of its own.
            rest = Term(moment["minute"], "", moment["rest"])
            return Both("and", (Term(field, op, moment["date"]), rest))
        return Term(field, op, match["word"])

    def _accept(self, name: str) -> bool:
        match = _TOKEN.match(self._text, self._at)
        if match is None or not match[name]:
            return False
        self._at = match.end()
        return True

    def _accept_word(self, word: str) -> bool:
        match = _TOKEN.match(self._text, self._at)
        if match is None or match["word"] != word:
            return False
        self._at = match.end()
        return True


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _flat(part: Node) -> tuple[Node, ...]:
    return part.parts if isinstance(part, Both) and part.word == "and" else (part,)


def _join(word: str, parts: list[Node]) -> Node | None:
    if not parts:
        return None
    if word == "and":
        parts = [one for part in parts for one in _flat(part)]
    return parts[0] if len(parts) == 1 else Both(word, tuple(parts))
