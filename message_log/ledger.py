"""The book: messages are opened before a call and closed after it, attempts and exchanges are written once.

Every method is one transaction, committed when it returns. A ledger has no threads of its own and may be called from
several; its batches are written one after the other (SQLite has one writer anyway, and waiting for a lock in the
process is fair where waiting for the file is not). Bodies are cleaned, compressed and encrypted before the transaction
begins.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, bindparam, func, select

from message_log import search
from message_log.bulk import Among, Bulk, Sparse, insert_into
from message_log.entries import Attempt, Child, Closing, Exchange, Opening, Policy
from message_log.models import ATTEMPT, EXCHANGE, MESSAGE, MESSAGE_EXCHANGE, MESSAGE_PERSON
from message_log.payloads import Memory, Sheaf, allocate
from message_log.rows import Recorder, Row
from message_log.sealing import Cipher, Hasher, Vault

STANDARD = Policy()

# What a closing may leave as the opening wrote it, and what it may only fill in.
_KEPT_UNLESS_GIVEN = ("action", "target_id", "children")
_FILLED_IF_EMPTY = ("source", "canonical", "diff")
_SET = ("closed_at", "verdict", "cause", "detail", "fix", "duration_ms")
_ALWAYS_SET = {"closed_at", "verdict"}
# Columns that hold the key of a body.
_BODIES = ("source", "canonical", "diff", "request", "response")


def _new(name: str) -> Any:
    return bindparam(f"new_{name}", type_=MESSAGE.c[name].type)


def _close(given: frozenset[str]) -> Bulk:
    values: dict[str, Any] = {name: _new(name) for name in _SET if name in given or name in _ALWAYS_SET}
    values |= {name: func.coalesce(_new(name), MESSAGE.c[name]) for name in _KEPT_UNLESS_GIVEN if name in given}
    values |= {name: func.coalesce(MESSAGE.c[name], _new(name)) for name in _FILLED_IF_EMPTY if name in given}
    # Only an open row is closed, whoever else may have closed it meanwhile: the history cannot be overwritten.
    statement = MESSAGE.update().where(MESSAGE.c.id == bindparam("message"), MESSAGE.c.verdict.is_(None))
    return Bulk(statement.values(values), prefix="new_")


# An open row has none of what is set, so what a closing leaves empty need not be set either.
_CLOSE = Sparse(_close, {*_SET, *_KEPT_UNLESS_GIVEN, *_FILLED_IF_EMPTY} - _ALWAYS_SET)

_INSERT_MESSAGE = insert_into(MESSAGE)
_INSERT_EXCHANGE = insert_into(EXCHANGE)
_INSERT_ATTEMPT = insert_into(ATTEMPT)
_INSERT_LINK = insert_into(MESSAGE_EXCHANGE)
_INSERT_PERSON = insert_into(MESSAGE_PERSON)


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message without a verdict: its writer is at work, or died; then its outcome is unknown."""

    id: int
    opened_at: datetime
    integration: str
    route: int
    object: str
    direction: str
    run: int
    job: int
    key: str
    source_id: str | None
    target_id: str | None
    label: str | None
    action: str
    digest: str | None
    mapping_version: str | None
    fence: int | None
    children: tuple[Child, ...]


class Ledger:
    """Writes messages, attempts and exchanges.

    On SQLite the engine must begin its transactions IMMEDIATE. `clock` gives aware times. Levels and personal settings
    differ by integration and come with each call as a `Policy`.
    """

    def __init__(self, engine: Engine, cipher: Cipher, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._vault = Vault(cipher)
        self._clock = clock
        self._memory = Memory()
        self._writing = threading.Lock()
        # An exchange that served a batch is closed with its messages in several calls, and is stored by the first.
        self._stored: WeakKeyDictionary[Exchange, int] = WeakKeyDictionary()

    def hasher(self) -> Hasher:
        """Return a hasher for a body that is streamed past (see `Unkept`)."""
        return self._vault.hasher()

    def open(self, openings: Sequence[Opening], policy: Policy = STANDARD) -> list[int]:
        """Open messages, in one transaction; returns their ids in the same order."""
        batch = self._batch(policy)
        now = self._clock()
        rows = [batch.recorder.opening(opening, now) for opening in openings]
        persons = [batch.recorder.persons(opening, None) for opening in openings]
        with self._transaction(batch) as connection:
            return batch.insert_messages(connection, rows, persons)

    def close(self, closings: Iterable[tuple[int, Closing]], policy: Policy = STANDARD) -> int:
        """Close messages (id, closing) with their attempts and exchanges, in one transaction.

        Returns how many were closed. One that is closed already stays as it is, but what was tried is still recorded:
        the late answer of a worker that was taken for dead is evidence, too.
        """
        batch = self._batch(policy)
        now = self._clock()
        rows: dict[int, Row] = {}
        persons: dict[int, Collection[str]] = {}
        for message, closing in closings:
            rows[message] = batch.recorder.closing(closing, now)
            persons[message] = batch.recorder.persons(None, closing)
            batch.take_attempts(message, closing.attempts, closing.persons)
        with self._transaction(batch) as connection:
            targets = _lock_open(connection, rows)
            changes: defaultdict[tuple[bool, bool], list[Row]] = defaultdict(list)
            for message, target in targets.items():
                row = batch.with_keys(rows[message], "message", message)
                # SQLite writes the index of a column that an update names, whether its value changes or not.
                if row["target_id"] == target:
                    row["target_id"] = None
                changes[row["target_id"] is None, row["cause"] is None].append(row)
            for alike in changes.values():
                _CLOSE.write(connection, alike)
            search.add(connection, list(targets))
            batch.add_persons(connection, persons)
            batch.insert_attempts(connection, dict(zip(rows, rows, strict=True)))
        return len(targets)

    def settled(self, pairs: Iterable[tuple[Opening, Closing]], policy: Policy = STANDARD) -> list[int]:
        """Write messages that need no call (skips with news, failures found before one), closed from the start."""
        batch = self._batch(policy)
        now = self._clock()
        rows: list[Row] = []
        persons: list[Collection[str]] = []
        for place, (opening, closing) in enumerate(pairs):
            row = batch.recorder.opening(opening, now)
            # The two agree on which values win: what the closing gives, else what the opening gave.
            rows.append(row | _given(batch.recorder.closing(closing, now, opening.persons), row))
            persons.append(batch.recorder.persons(opening, closing))
            batch.take_attempts(place, closing.attempts, (*opening.persons, *closing.persons))
        with self._transaction(batch) as connection:
            messages = batch.insert_messages(connection, rows, persons)
            search.add(connection, messages)
            batch.insert_attempts(connection, dict(enumerate(messages)))
        return messages

    def record(self, exchanges: Sequence[Exchange], policy: Policy = STANDARD) -> None:
        """Write exchanges that belong to no message (log-in, reads of unchanged records)."""
        batch = self._batch(policy)
        batch.take_exchanges(exchanges)
        with self._transaction(batch):
            pass

    def open_messages(self, *, run: int | None = None, route: int | None = None) -> list[OpenMessage]:
        """Return the messages without a verdict, oldest first: what a take-over treats as unknown."""
        columns = [MESSAGE.c[name] for name in OpenMessage.__dataclass_fields__]
        query = select(*columns).where(MESSAGE.c.verdict.is_(None)).order_by(MESSAGE.c.id)
        if run is not None:
            query = query.where(MESSAGE.c.run == run)
        if route is not None:
            query = query.where(MESSAGE.c.route == route)
        with self._engine.begin() as connection:
            rows = connection.execute(query).all()
        return [
            OpenMessage(**{**row._mapping, "children": tuple(Child(**child) for child in row.children or ())})
            for row in rows
        ]

    def _batch(self, policy: Policy) -> _Batch:
        return _Batch(self._vault, self._memory, self._stored, policy)

    @contextmanager
    def _transaction(self, batch: _Batch) -> Iterator[Connection]:
        """Store the bodies and exchanges of a batch, let the caller add its rows, commit, and only then remember."""
        with self._writing:
            with self._engine.begin() as connection:
                batch.store(connection)
                yield connection
            batch.committed()


_THESE = Among(MESSAGE.c.id)


def _lock_open(connection: Connection, messages: Iterable[int]) -> dict[int, str | None]:
    """Return which of these are open, with their target ids; no other process closes them before our commit."""
    dialect = connection.dialect.name
    query = select(MESSAGE.c.id, MESSAGE.c.target_id).where(_THESE.condition(dialect), MESSAGE.c.verdict.is_(None))
    # In one order, so that two processes never wait for each other.
    query = query.order_by(MESSAGE.c.id).with_for_update()
    return {row[0]: row[1] for row in connection.execute(query, _THESE.parameters(dialect, messages))}


def _given(closing: Row, opening: Row) -> Row:
    """Return what a closing changes of a row that was never stored open; the same rule as in `_CLOSE`."""
    changes = {name: closing[name] for name in _SET}
    changes |= {name: closing[name] for name in _KEPT_UNLESS_GIVEN if closing[name] is not None}
    changes |= {name: closing[name] for name in _FILLED_IF_EMPTY if opening[name] is None}
    return changes


class _Batch:
    """What one call writes: made ready first, then stored inside the transaction."""

    def __init__(self, vault: Vault, memory: Memory, stored: WeakKeyDictionary[Exchange, int], policy: Policy) -> None:
        self._sheaf = Sheaf(vault, memory)
        self._known = stored
        self._exchanges: dict[Exchange, Row] = {}
        self._exchange_ids: dict[Exchange, int] = {}
        self._attempts: list[tuple[int, Attempt, Row]] = []
        self.recorder = Recorder(vault, self._sheaf, policy)

    def take_exchanges(self, exchanges: Iterable[Exchange], persons: tuple[str, ...] = ()) -> None:
        """Make exchanges ready, each object once."""
        for exchange in exchanges:
            if exchange not in self._exchanges and exchange not in self._known:
                self._exchanges[exchange] = self.recorder.exchange(exchange, persons)

    def take_attempts(self, message: int, attempts: Iterable[Attempt], persons: tuple[str, ...]) -> None:
        """Make attempts ready; `message` is whatever `insert_attempts` will know the message by."""
        for attempt in attempts:
            self.take_exchanges((part.exchange for part in attempt.parts), persons)
            self._attempts.append((message, attempt, self.recorder.attempt(attempt, persons)))

    def store(self, connection: Connection) -> None:
        """Write bodies and exchanges; those that another call stored meanwhile are left out."""
        fresh = {exchange: row for exchange, row in self._exchanges.items() if exchange not in self._known}
        self._sheaf.store(connection)
        ids = allocate(connection, EXCHANGE, len(fresh))
        self._exchange_ids = dict(zip(fresh, ids, strict=True))
        rows = [self.with_keys(row, "id", key) for key, row in zip(ids, fresh.values(), strict=True)]
        _INSERT_EXCHANGE.write(connection, rows)

    def with_keys(self, row: Row, name: str, key: int) -> Row:
        """Give a row its own key, and instead of the hashes of bodies the keys that these were stored under."""
        row[name] = key
        for body in _BODIES:
            if (content_hash := row.get(body)) is not None:
                row[body] = self._sheaf.key(content_hash)
        return row

    def insert_messages(self, connection: Connection, rows: list[Row], persons: list[Collection[str]]) -> list[int]:
        """Write messages and who they are about; returns their ids."""
        messages = list(allocate(connection, MESSAGE, len(rows)))
        full = [self.with_keys(row, "id", key) for key, row in zip(messages, rows, strict=True)]
        _INSERT_MESSAGE.write(connection, full)
        self.add_persons(connection, dict(zip(messages, persons, strict=True)))
        return messages

    @staticmethod
    def add_persons(connection: Connection, persons: dict[int, Collection[str]]) -> None:
        """Note the keyed hashes of persons; the opening may have noted some of them."""
        named = [message for message, hashes in persons.items() if hashes]
        if not named:
            return
        query = select(MESSAGE_PERSON.c.message, MESSAGE_PERSON.c.hash).where(MESSAGE_PERSON.c.message.in_(named))
        known = {(message, hash_) for message, hash_ in connection.execute(query)}
        wanted = {(message, hash_) for message in named for hash_ in persons[message]}
        rows = [{"message": message, "hash": hash_} for message, hash_ in sorted(wanted - known)]
        _INSERT_PERSON.write(connection, rows)

    def insert_attempts(self, connection: Connection, messages: dict[int, int]) -> None:
        """Write attempts and which exchanges they were made of."""
        ids = allocate(connection, ATTEMPT, len(self._attempts))
        attempts: list[Row] = []
        links: set[tuple[int, int, int, int]] = set()
        for key, (place, attempt, row) in zip(ids, self._attempts, strict=True):
            row["id"], row["message"] = key, messages[place]
            attempts.append(row)
            for part in attempt.parts:
                exchange = self._exchange_ids.get(part.exchange) or self._known[part.exchange]
                links.add((messages[place], exchange, part.row, key))
        _INSERT_ATTEMPT.write(connection, attempts)
        _INSERT_LINK.write(
            connection,
            [
                {"message": message, "exchange": exchange, "row_index": place, "attempt": attempt}
                for message, exchange, place, attempt in sorted(links)
            ],
        )

    def committed(self) -> None:
        """Remember what is now stored for certain."""
        self._sheaf.committed()
        self._known.update(self._exchange_ids)
