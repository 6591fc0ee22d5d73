"""The SELECT statements of SQLQueries: their grammar, and what they mean over a few allowed tables.

`SELECT columns FROM table [alias] [JOIN table [alias] ON a = b ...] [WHERE condition] [ORDER BY columns]`; columns may
be computed with + - * and must then have an alias. No star, no functions. Errors carry the Service Layer's numbers.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hub.sandbox.sap_b1.errors import ServiceError

GRAMMAR, TABLE, COLUMN, PARAMETER = 701, 702, 703, 704

#: Allowed tables and their columns.
COLUMNS: dict[str, frozenset[str]] = {
    "OITW": frozenset({"ItemCode", "WhsCode", "OnHand", "IsCommited", "OnOrder"}),
    "OITM": frozenset(
        {
            "ItemCode",
            "ItemName",
            "ItmsGrpCod",
            "CodeBars",
            "OnHand",
            "IsCommited",
            "validFor",
            "frozenFor",
            "InvntItem",
            "SellItem",
        }
    ),
    "ITM1": frozenset({"ItemCode", "PriceList", "Price", "Currency"}),
    "OPLN": frozenset({"ListNum", "ListName", "IsGrossPrc"}),
}

Row = Mapping[str, Any]
#: Alias -> the row of that table.
Bound = dict[str, Row]
Value = Callable[[Bound, Mapping[str, Any]], Any]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<parameter>:\w+)
    |(?P<name>(?:"\w+"|[A-Za-z_]\w*)(?:\.(?:"\w+"|\w+))?)|(?P<mark><=|>=|<>|!=|[=<>(),*+-]))""",
    re.VERBOSE,
)
_KEYWORDS = frozenset(
    [
        "select",
        "from",
        "as",
        "inner",
        "join",
        "on",
        "where",
        "and",
        "or",
        "not",
        "order",
        "by",
        "asc",
        "desc",
        "is",
        "null",
    ]
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_CALCULATE: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def sql_error(code: int, message: str) -> ServiceError:
    """A refusal of a query's text or parameters."""
    return ServiceError(400, code, message)


@dataclass(slots=True)
class Select:
    """A statement that has been understood."""

    #: Alias -> table, in the order of FROM and JOIN.
    tables: dict[str, str] = field(default_factory=dict)
    #: Per joined alias: (a column of it, the value it must equal).
    joins: dict[str, tuple[str, Value]] = field(default_factory=dict)
    columns: list[tuple[str, Value]] = field(default_factory=list)
    where: Value | None = None
    order: list[tuple[Value, bool]] = field(default_factory=list)
    parameters: set[str] = field(default_factory=set)


def parse_select(text: str) -> Select:
    """Understand a statement; raises ServiceError 701 for grammar, 702 for a table, 703 for a column."""
    return _Parser(text).statement()


def parse_parameters(text: str) -> dict[str, Any]:
    """`p='v'&n=1` as values by name; raises ServiceError 704."""
    values: dict[str, Any] = {}
    for part in filter(None, text.split("&")):
        name, separator, literal = part.partition("=")
        if not separator:
            raise sql_error(PARAMETER, f"Invalid parameter '{part}'")
        values[name.strip()] = _literal(literal.strip())
    return values


def _literal(text: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Decimal(text)
    raise sql_error(PARAMETER, f"Invalid parameter value {text}")


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._select = Select()

    def statement(self) -> Select:
        self._expect("select")
        start = self._next
        # The columns can only be understood once the tables are known, which come after them.
        while self._peek() != ("keyword", "from"):
            if self._advance()[0] == "end":
                raise sql_error(GRAMMAR, "Invalid SQL syntax: FROM is missing")
        self._expect("from")
        self._tables()
        after = self._next
        self._next = start
        self._columns()
        self._expect("from")
        self._next = after
        if self._take("where"):
            self._select.where = self._any()
        if self._take("order"):
            self._expect("by")
            self._ordering()
        if self._peek()[0] != "end":
            raise sql_error(GRAMMAR, f"Invalid SQL syntax near '{self._peek()[1]}'")
        return self._select

    def _tables(self) -> None:
        self._table()
        while self._take("inner") or self._peek() == ("keyword", "join"):
            self._expect("join")
            alias = self._table()
            self._expect("on")
            left_name, left = self._column()
            self._expect("=")
            right_name, right = self._column()
            mine = left_name if left_name.partition(".")[0] == alias else right_name
            self._select.joins[alias] = (mine.partition(".")[2], right if mine is left_name else left)

    def _table(self) -> str:
        name = self._name()
        if name not in COLUMNS:
            raise sql_error(TABLE, f"Table '{name}' is not allowed")
        self._take("as")
        alias = self._name() if self._peek()[0] == "name" else name
        self._select.tables[alias] = name
        return alias

    def _columns(self) -> None:
        while True:
            start = self._next
            value = self._sum()
            plain = self._next == start + 1 and self._tokens[start][0] == "name"
            name = self._tokens[start][1].rpartition(".")[2] if plain else ""
            if self._take("as") or self._peek()[0] == "name":
                name = self._name()
            if not name:
                raise sql_error(GRAMMAR, "A computed column needs an alias")
            self._select.columns.append((name, value))
            if not self._take(","):
                return

    def _ordering(self) -> None:
        while True:
            value = self._sum()
            self._select.order.append((value, not self._take("asc") and self._take("desc")))
            if not self._take(","):
                return

    def _any(self) -> Value:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return lambda bound, given: any(part(bound, given) for part in parts)

    def _all(self) -> Value:
        parts = [self._condition()]
        while self._take("and"):
            parts.append(self._condition())
        return lambda bound, given: all(part(bound, given) for part in parts)

    def _condition(self) -> Value:
        if self._take("not"):
            inner = self._condition()
            return lambda bound, given: not inner(bound, given)
        if self._take("("):
            inner = self._any()
            self._expect(")")
            return inner
        left = self._sum()
        if self._take("is"):
            negated = self._take("not")
            self._expect("null")
            return lambda bound, given: (left(bound, given) is None) != negated
        word = self._advance()[1]
        if word not in _COMPARE:
            raise sql_error(GRAMMAR, f"Invalid SQL syntax near '{word}'")
        right, compare = self._sum(), _COMPARE[word]
        return lambda bound, given: _known(compare, left(bound, given), right(bound, given)) or False

    def _sum(self) -> Value:
        value = self._one()
        while self._peek()[1] in _CALCULATE and self._peek()[0] == "mark":
            calculate = _CALCULATE[self._advance()[1]]
            value = _calculated(calculate, value, self._one())
        return value

    def _one(self) -> Value:
        kind, text = self._peek()
        if kind == "name":
            return self._column()[1]
        self._next += 1
        if kind == "parameter":
            name = text[1:]
            self._select.parameters.add(name)
            return lambda bound, given: given[name]
        if kind in {"text", "number"}:
            literal = _literal(text)
            return lambda bound, given: literal
        raise sql_error(GRAMMAR, f"Invalid SQL syntax near '{text}'")

    def _column(self) -> tuple[str, Value]:
        text = self._name()
        alias, separator, name = text.rpartition(".")
        if not separator:
            owners = [one for one, table in self._select.tables.items() if text in COLUMNS[table]]
            alias, name = (owners[0] if len(owners) == 1 else ""), text
        if alias not in self._select.tables or name not in COLUMNS[self._select.tables[alias]]:
            raise sql_error(COLUMN, f"Column '{text}' is not allowed")
        return f"{alias}.{name}", lambda bound, given: bound[alias][name]

    def _name(self) -> str:
        kind, text = self._advance()
        if kind != "name":
            raise sql_error(GRAMMAR, f"Invalid SQL syntax near '{text}'")
        return text

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _advance(self) -> tuple[str, str]:
        token = self._peek()
        self._next += 1
        return token

    def _take(self, word: str) -> bool:
        kind, text = self._peek()
        if kind in {"keyword", "mark"} and text == word:
            self._next += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise sql_error(GRAMMAR, f"Invalid SQL syntax near '{self._peek()[1]}', expected {word.upper()}")


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position, text = 0, text.rstrip().rstrip(";")
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise sql_error(GRAMMAR, f"Invalid SQL syntax near '{text[position : position + 20]}'")
        kind, word = match.lastgroup, match[match.lastgroup]
        if kind == "name" and word.lower() in _KEYWORDS:
            found.append(("keyword", word.lower()))
        else:
            found.append((kind, word.replace('"', "") if kind == "name" else word))
        position = match.end()
    return found


def _known(compute: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    return None if left is None or right is None else compute(left, right)


def _calculated(compute: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    return lambda bound, given: _known(compute, left(bound, given), right(bound, given))
