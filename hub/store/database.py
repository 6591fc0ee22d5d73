"""The door to the database: engine, transactions, column types and the declarative base of the store's tables."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Table,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase


class StoreBase(DeclarativeBase):
    """Base of the store's tables (the message log has one of its own)."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; a naive one is refused. SQLite would otherwise drop the zone silently."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring to UTC on the way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time reached the store: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back on the way out."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


#: PostgreSQL ends a session that does nothing in mid-transaction for so many milliseconds.
_GIVEN_UP = "-c idle_in_transaction_session_timeout=10000"
#: JSON columns are written for every record of a run.
_JSON: dict[str, Any] = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}


def make_engine(url: str) -> Engine:
    """An engine with the settings that the hub relies on; SQLite's folder is made if it is missing."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(_patient(parsed), pool_pre_ping=True, **_JSON)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 30}, **_JSON, **_pool(parsed))
    event.listen(engine, "connect", _tune_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _patient(url: URL) -> URL:
    """Give up on a process that stands still in mid-transaction: what it has locked would keep all others waiting."""
    given = url.query.get("options", "")
    options = " ".join([*([given] if isinstance(given, str) else given), _GIVEN_UP]).strip()
    return url.update_query_dict({"options": options})


def _pool(url: URL) -> dict[str, Any]:
    """Take the connection that was used last: its cache is warm. One in memory is the only one of its thread."""
    return {"pool_use_lifo": True} if url.database and url.database != ":memory:" else {}


#: A row's place in an index is anywhere, so a page that was changed is soon changed again. The longer the write-ahead
#: log (here 32 MiB), the fewer times such a page is copied back into the database, which is half of what rows cost.
_PRAGMAS = (
    "auto_vacuum=INCREMENTAL",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "wal_autocheckpoint=8000",
    # KiB for each connection: room for the inner pages of all indexes at a million messages.
    "cache_size=-8000",
)


def _tune_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` says which kind is wanted.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A write that begins as a read can fail half-way with "database is locked"; IMMEDIATE waits at the door instead.
    reading = connection.get_execution_options().get("hub_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class _Joined(threading.local):
    """The transaction that a thread has joined its statements to, if any."""

    connection: Connection | None = None


class Database:
    """Short transactions on one engine. No transaction spans an HTTP call."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(hub_reading=True)
        self._joined = _Joined()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of all that this thread reads and writes inside: all of it happens, or nothing."""
        with self.write() as connection:
            before, self._joined.connection = self._joined.connection, connection
            try:
                yield
            finally:
                self._joined.connection = before

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back by an exception."""
        if self._joined.connection is not None:
            yield self._joined.connection
            return
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        if self._joined.connection is not None:
            yield self._joined.connection
            return
        with self._reader.begin() as connection:
            yield connection

    def hold(self, table: Table, identity: int) -> None:
        """Inside `together`, make whoever else holds this row wait until we have ended: what we read of it stays true.

        On SQLite all who write wait for each other anyway.
        """
        with self.write() as connection:
            connection.execute(select(table.c.id).where(table.c.id == identity).with_for_update(key_share=True))

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An insert of this dialect, with its `on_conflict_…` clauses."""
        return sqlite.insert(table) if self.engine.dialect.name == "sqlite" else postgresql.insert(table)

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()
