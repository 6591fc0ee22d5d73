"""The tables of the ledger, on a declarative base of their own and without foreign keys to live tables.

SQLite and PostgreSQL alike. The text index is no table that SQLAlchemy could describe (FTS5 here, tsvector there);
`message_log.search` creates it together with these.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    TIMESTAMP,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

BigKey = BigInteger().with_variant(Integer(), "sqlite")


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a naive time cannot be stored: {value.isoformat()}")
    return value


def _microseconds(value: datetime) -> int:
    return (_aware(value) - _EPOCH) // _MICROSECOND


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: a timestamp with zone on PostgreSQL, microseconds since 1970 on SQLite.

    SQLite has no type for times; the number takes a third of the room of the text, in the index too.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the database at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times; they would be read back as something else."""
        return None if value is None else self.converter(dialect)(value)

    @staticmethod
    def converter(dialect: Dialect) -> Callable[[datetime], Any]:
        """Return what makes a time a value of the database."""
        return _aware if dialect.name == "postgresql" else _microseconds

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        if value is None:
            return None
        moment: datetime = value if dialect.name == "postgresql" else _EPOCH + value * _MICROSECOND
        return moment.astimezone(UTC)


class LogBase(DeclarativeBase):
    """The base of the ledger's tables, apart from the hub's."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text(), datetime: UtcTime(), int: BigInteger(), bytes: LargeBinary()}  # noqa: RUF012


# Identifiers are never given out twice, so that what refers to a message means it for ever.
_NEVER_AGAIN = {"sqlite_autoincrement": True}
# A link table is its own primary index: one tree instead of two.
_LINK = {"sqlite_with_rowid": False}


class Message(LogBase):
    """One record in one run; open while `verdict` is null, never changed once it is closed.

    `source`, `canonical` and `diff` are keys of payloads. `label` is the human key (SKU, order number); a personal one
    is encrypted in `label_sealed` instead. `children` lists documents and variants: kind, source_id, target_id, action.
    """

    __tablename__ = "message"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    integration: Mapped[str]
    route: Mapped[int]
    object: Mapped[str]
    direction: Mapped[str]
    run: Mapped[int]
    job: Mapped[int]
    key: Mapped[str]
    source_id: Mapped[str | None]
    target_id: Mapped[str | None]
    label: Mapped[str | None]
    label_sealed: Mapped[bytes | None]
    action: Mapped[str]
    verdict: Mapped[str | None]
    cause: Mapped[str | None]
    detail: Mapped[str | None]
    fix: Mapped[str | None]
    duration_ms: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str]
    actor: Mapped[str | None]
    follows: Mapped[int | None]
    digest: Mapped[str | None]
    mapping_version: Mapped[str | None]
    fence: Mapped[int | None]
    source: Mapped[int | None]
    canonical: Mapped[int | None]
    diff: Mapped[int | None]
    children: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))


class Attempt(LogBase):
    """One try inside a run; written once."""

    __tablename__ = "attempt"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    message: Mapped[int] = mapped_column(BigInteger, index=True)
    number: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime]
    duration_ms: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str]
    cause: Mapped[str | None]
    detail: Mapped[str | None]


class Exchange(LogBase):
    """One HTTP call; written once.

    `request` and `response` are keys of payloads; where a body is not kept they are null and the hash stands for it.
    """

    __tablename__ = "exchange"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    connection: Mapped[str]
    operation: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    status: Mapped[int | None] = mapped_column(Integer)
    started_at: Mapped[datetime]
    duration_ms: Mapped[int] = mapped_column(Integer)
    writes: Mapped[bool]
    error: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    request: Mapped[int | None]
    request_size: Mapped[int | None]
    request_hash: Mapped[bytes | None]
    response: Mapped[int | None]
    response_size: Mapped[int | None]
    response_hash: Mapped[bytes | None]


class MessageExchange(LogBase):
    """Which messages an exchange served, in which attempt, and which row of the batch was each one's own."""

    __tablename__ = "message_exchange"
    __table_args__ = _LINK

    message: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    exchange: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, index=True)
    row_index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Payload(LogBase):
    """A body, once by its keyed hash: zstd-compressed, then encrypted; null once it is erased.

    The hash has no index on purpose: a unique index on a random value is the measured brake of the whole ledger.
    """

    __tablename__ = "payload"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    hash: Mapped[bytes | None]
    size: Mapped[int]
    body: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]


class MessagePerson(LogBase):
    """The keyed hashes of a person's identifiers: how messages are found, and erased, without storing a name."""

    __tablename__ = "message_person"
    __table_args__ = _LINK

    message: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(Text, primary_key=True, index=True)


def table_of(model: type[LogBase]) -> Table:
    """Return the Core table of a model; the ledger writes rows, not objects."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is not mapped to a table")
    return table


MESSAGE = table_of(Message)
ATTEMPT = table_of(Attempt)
EXCHANGE = table_of(Exchange)
MESSAGE_EXCHANGE = table_of(MessageExchange)
PAYLOAD = table_of(Payload)
MESSAGE_PERSON = table_of(MessagePerson)

MESSAGE.append_constraint(CheckConstraint("(verdict IS NULL) = (closed_at IS NULL)", name="closed"))


def differs_from_key(name: str) -> ColumnElement[bool]:
    """Return the condition that a name of a message is another than its key; a name that is null is none.

    A record is mostly called the same by its key, its source id and its label. The indexes of the latter two hold only
    what the key's index does not, so whoever looks a name up through them has to repeat this very condition.
    """
    return MESSAGE.c[name] != MESSAGE.c.key


def _index(*columns: str, where: ColumnElement[bool]) -> None:
    """Add an index over some rows; a message enters the larger ones only when it is closed, that is, once."""
    Index(None, *(MESSAGE.c[name] for name in columns), sqlite_where=where, postgresql_where=where)


Index(None, MESSAGE.c.opened_at)
Index(None, MESSAGE.c.key)
# Closed messages, newest first within a route and verdict, within a run and verdict, within a cause and route.
# Wider filters (an object, a verdict alone) are merged from these streams by `message_log.queries`.
_index("route", "verdict", "id", where=MESSAGE.c.verdict.is_not(None))
_index("run", "verdict", "id", where=MESSAGE.c.verdict.is_not(None))
_index("cause", "route", "id", where=MESSAGE.c.cause.is_not(None))
_index("source_id", where=differs_from_key("source_id"))
_index("target_id", where=MESSAGE.c.target_id.is_not(None))
_index("label", where=differs_from_key("label"))
_index("follows", where=MESSAGE.c.follows.is_not(None))
# The few open ones: what a take-over after a crash asks for.
Index(
    "ix_message_open",
    MESSAGE.c.route,
    MESSAGE.c.id,
    sqlite_where=MESSAGE.c.verdict.is_(None),
    postgresql_where=MESSAGE.c.verdict.is_(None),
)
