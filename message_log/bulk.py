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
            found = [self._converted(values) for values in found]
        return found if self.positional else [dict(zip(self.names, values, strict=True)) for values in found]

    def _converted(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        changed = list(values)
        for place, convert in self.converters:
            # Null is null for every type.
            if changed[place] is not None:
                changed[place] = convert(changed[place])
        return tuple(changed)


def insert_into(table: Table) -> Bulk:
    """Return the insert of whole rows into a table."""
    return Bulk(table.insert(), [column.name for column in table.columns])


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
