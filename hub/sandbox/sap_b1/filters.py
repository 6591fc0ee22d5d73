"""The `$filter` language: tokens, grammar and the tree they make.

Only what the Service Layer knows: eq ne gt ge lt le, and or not, parentheses, startswith endswith contains substringof.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hub.sandbox.sap_b1.enums import ENUMS, member
from hub.sandbox.sap_b1.errors import ServiceError, bad_request, unknown_property
from hub.sandbox.sap_b1.schema import Property
from hub.sandbox.sap_b1.values import read_date, read_number, read_time

COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
FUNCTIONS = frozenset({"startswith", "endswith", "contains", "substringof"})

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>(?:[\w.]+)?'(?:[^']|'')*')        # 'text', datetime'2014-04-23', SAPB1.BoCardTypes'cCustomer'
      | (?P<moment>\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?|\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)
      | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[mMdDfFlL]?)
      | (?P<word>[A-Za-z_]\w*(?:/\w+)*)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`property operator value`; value None = null."""

    name: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class TextTest:
    """startswith, endswith or contains."""

    name: str
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Both:
    """All conditions hold (and), or one of them (or)."""

    word: str
    parts: tuple[Node, ...]


Node = Comparison | TextTest | Not | Both


@dataclass(frozen=True, slots=True)
class _Literal:
    """A value as it was written, not yet given the type of the property it stands beside."""

    text: str
    quoted: bool


def invalid_filter() -> ServiceError:
    """The answer to a `$filter` that is none."""
    return bad_request("Query string error - Invalid filter condition")


def parse(text: str, properties: Mapping[str, Property], type_name: str) -> Node:
    """The tree of a `$filter`; raises ServiceError for bad grammar, an unknown property, a value of the wrong type."""
    parser = _Parser(_tokens(text), properties, type_name)
    node = parser.any_of()
    parser.expect_end()
    return node


@lru_cache(maxsize=512)
def _tokens(text: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise invalid_filter()
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tuple(found)


class _Parser:
    """Recursive descent; `or` binds loosest, then `and`, then `not`."""

    def __init__(self, tokens: tuple[tuple[str, str], ...], properties: Mapping[str, Property], type_name: str) -> None:
        self._tokens = tokens
        self._next = 0
        self._properties = properties
        self._type_name = type_name

    def any_of(self) -> Node:
        return self._joined("or", self.all_of)

    def all_of(self) -> Node:
        return self._joined("and", self.one)

    def _joined(self, word: str, operand: Any) -> Node:
        parts = [operand()]
        while self._take("word", word):
            parts.append(operand())
        return parts[0] if len(parts) == 1 else Both(word, tuple(parts))

    def one(self) -> Node:
        if self._take("word", "not"):
            return Not(self.one())
        if self._take("mark", "("):
            inner = self.any_of()
            self._expect("mark", ")")
            return inner
        kind, text = self._advance()
        if kind == "word" and text in FUNCTIONS and self._peek() == ("mark", "("):
            return self._function(text)
        if kind == "word" and text not in {"null", "true", "false"}:
            return self._comparison(self._property(text))
        raise invalid_filter()

    def _comparison(self, one: Property) -> Node:
        kind, operator = self._advance()
        if kind != "word" or operator not in COMPARISONS:
            raise invalid_filter()
        return Comparison(one.name, operator, self._typed(one, self._literal()))

    def _function(self, function: str) -> Node:
        self._expect("mark", "(")
        if function == "substringof":
            literal = self._literal()
            self._expect("mark", ",")
            one = self._property(self._advance()[1])
        else:
            one = self._property(self._advance()[1])
            self._expect("mark", ",")
            literal = self._literal()
        self._expect("mark", ")")
        # `contains(...) eq true` is the older spelling of the same thing.
        if self._take("word", "eq"):
            self._expect("word", "true")
        if literal is None or not literal.quoted or one.kind != "S":
            raise invalid_filter()
        return TextTest(one.name, "contains" if function == "substringof" else function, literal.text)

    def _property(self, name: str) -> Property:
        one = self._properties.get(name)
        if one is None:
            raise unknown_property(name, self._type_name)
        if one.row_type or (one.edm_type.startswith("SAPB1.") and one.kind not in ENUMS):
            raise invalid_filter()
        return one

    def _literal(self) -> _Literal | None:
        kind, text = self._advance()
        if kind == "text":
            start = text.index("'")
            return _Literal(text[start + 1 : -1].replace("''", "'"), quoted=True)
        if kind in {"number", "moment"}:
            return _Literal(text, quoted=False)
        if (kind, text) == ("word", "null"):
            return None
        raise invalid_filter()

    def _typed(self, one: Property, literal: _Literal | None) -> Any:
        if literal is None:
            return None
        value: Any = None
        if one.kind == "S" and literal.quoted:
            value = literal.text
        elif one.kind in ENUMS:
            value = member(one.kind, literal.text)
        elif one.kind == "date":
            value = read_date(literal.text)
        elif one.kind == "time":
            value = read_time(literal.text)
        elif one.kind in {"I", "D"}:
            value = read_number(literal.text.rstrip("mMdDfFlL"))
        if value is None:
            raise invalid_filter()
        return value

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _advance(self) -> tuple[str, str]:
        token = self._peek()
        self._next += 1
        return token

    def _take(self, kind: str, text: str) -> bool:
        if self._peek() == (kind, text):
            self._next += 1
            return True
        return False

    def _expect(self, kind: str, text: str) -> None:
        if not self._take(kind, text):
            raise invalid_filter()

    def expect_end(self) -> None:
        if self._next != len(self._tokens):
            raise invalid_filter()
