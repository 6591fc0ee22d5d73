"""Many rows by one statement: compiled once per database, executed with plain values.

This is SQLAlchemy Core with the work per row left out that it repeats for every execution (looking up each value by
name in a dictionary built for the row). It is about a sixth of all that a message costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    LargeBinary,
    Table,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.types import TypeEngine

from message_log.models import UtcTime

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Prepared:
    sql: str
    names: tuple[str, ...]
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]
    positional: bool

    def parameters(self, rows: Rows) -> Sequence[Any]:
        found: list[Any] = list(map(self.values, rows))
        if self.converters:
            columns: list[Sequence[Any]] = list(zip(*found, strict=True))
            for place, convert in self.converters:
                # Null is null for every type.
                columns[place] = [None if value is None else convert(value) for value in columns[place]]
            found = list(zip(*columns, strict=True))
        return found if self.positional else [dict(zip(self.names, values, strict=True)) for values in found]


class Bulk:
    """A statement for rows that all carry the same names: an insert's columns, an update's bound parameters.

    The parameters of an update may not be called as its columns are; `prefix` is what they bear before a row's name.
    """

    def __init__(self, statement: Insert | Update, columns: Sequence[str] | None = None, prefix: str = "") -> None:
        self._statement = statement
        self._columns = columns
        self._prefix = prefix
        self._prepared: dict[str, _Prepared] = {}

    def write(self, connection: Connection, rows: Rows) -> None:
        """Write the rows; none is fine."""
        if not rows:
            return
        prepared = self._prepared.get(connection.dialect.name)
        if prepared is None:
            prepared = self._prepared[connection.dialect.name] = self._prepare(connection.dialect)
        connection.exec_driver_sql(prepared.sql, prepared.parameters(rows))

    def _prepare(self, dialect: Dialect) -> _Prepared:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        names = tuple(compiled.positiontup or compiled.binds)
        converters = []
        for place, name in enumerate(names):
            if convert := _converter(compiled.binds[name].type, dialect):
                converters.append((place, convert))
        return _Prepared(
            sql=str(compiled),
            names=names,
            values=itemgetter(*(name.removeprefix(self._prefix) for name in names)),
            converters=tuple(converters),
            positional=bool(compiled.positiontup),
        )


class Sparse:
    """A statement for rows much of which is null: it names only what at least one of the rows gives.

    To SQLite's driver a null is the most costly of all values, and an index that needs no change is not looked at.
    """

    def __init__(self, make: Callable[[frozenset[str]], Bulk], optional: Iterable[str]) -> None:
        """Take what makes the bulk that names these of the optional columns; to leave one out has to mean null."""
        self._make = make
        self._optional = tuple(optional)
        self._bulks: dict[frozenset[str], Bulk] = {}

    def write(self, connection: Connection, rows: Rows) -> None:
        """Write the rows; none is fine."""
        given = frozenset(name for name in self._optional if any(row[name] is not None for row in rows))
        bulk = self._bulks.get(given)
        if bulk is None:
            bulk = self._bulks[given] = self._make(given)
        bulk.write(connection, rows)


def insert_into(table: Table) -> Sparse:
    """Return the insert of whole rows into a table, which must not fill in anything else for a null."""

    def insert(given: frozenset[str]) -> Bulk:
        return Bulk(table.insert(), [c.name for c in table.columns if not c.nullable or c.name in given])

    return Sparse(insert, [column.name for column in table.columns if column.nullable])


def _converter(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what makes a value one of the driver's."""
    if isinstance(type_, LargeBinary):
        # Both drivers take bytes as they are.
        return None
    if isinstance(type_, UtcTime):
        # Without the detour over the type below it, which leaves times alone.
        return type_.converter(dialect)
    return type_.dialect_impl(dialect).bind_processor(dialect)


class Among:
    """The condition that a column holds one of many numbers, all in one parameter: a statement with it stays the same.

    Written as a list, each number would be a parameter with a name of its own, made anew for every execution.
    """

    def __init__(self, column: ColumnElement[int], name: str = "among") -> None:
        self._name = name
        numbers = func.json_each(bindparam(name, type_=Text())).table_valued("value")
        self._conditions = {
            "sqlite": column.in_(select(numbers.c.value)),
            "postgresql": column == func.any(bindparam(name, type_=ARRAY(BigInteger))),
        }

    def condition(self, dialect: str) -> ColumnElement[bool]:
        """Return it for a database; the statement is executed with `parameters`."""
        return self._conditions[dialect]

    def parameters(self, dialect: str, numbers: Iterable[int]) -> dict[str, Any]:
        """Return the parameters of one execution."""
        return {self._name: f"[{','.join(map(str, numbers))}]" if dialect == "sqlite" else list(numbers)}
