"""One message with everything that belongs to it: payloads, attempts, exchanges, and what follows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, select

from message_log import redact
from message_log.entries import Child, Verdict
from message_log.models import ATTEMPT, EXCHANGE, MESSAGE, MESSAGE_EXCHANGE, PAYLOAD
from message_log.queries import Entry, entries_of
from message_log.rows import split_request
from message_log.sealing import Cipher, Vault


class Kept(StrEnum):
    """What is left of a body."""

    BODY = "body"
    HASH = "hash"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it may be shown; `text` is None where only size (bytes) and hash (hex) were kept, or it was erased."""

    kept: Kept
    size: int
    text: str | None = None
    query: str = ""
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """One call as it was sent and answered; `row` is the message's own row of a batch, None outside of a message."""

    id: int
    row: int | None
    connection: str
    operation: str
    method: str
    path: str
    status: int | None
    started_at: datetime
    duration_ms: int
    writes: bool
    error: str | None
    idempotency_key: str | None
    request: Body | None
    response: Body | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try with its calls, in their order."""

    number: int
    started_at: datetime
    duration_ms: int
    verdict: Verdict
    cause: str | None
    detail: str | None
    exchanges: tuple[ExchangeView, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """All that is known of a message."""

    entry: Entry
    digest: str | None
    mapping_version: str | None
    fence: int | None
    children: tuple[Child, ...]
    source: Body | None
    canonical: Body | None
    diff: Body | None
    attempts: tuple[AttemptView, ...]
    followed_by: tuple[int, ...]
    personal: bool


class Details:
    """Shows messages and exchanges.

    `personal` maps an object to the names of the fields that hold personal data, on whichever platform; for an object
    that is not among them, and for exchanges outside of messages, all names count. `nameless`: objects about whose
    records a platform's sentences name nobody.
    """

    def __init__(
        self, engine: Engine, cipher: Cipher, personal: Mapping[str, frozenset[str]], nameless: Collection[str] = ()
    ) -> None:
        self._engine = engine
        self._vault = Vault(cipher)
        self._names = personal
        self._nameless = nameless
        self._all_names = frozenset[str]().union(*personal.values())

    def show(self, message: int, *, personal: bool = False) -> Detail | None:
        """Return a message with everything, masked unless `personal`; None if there is none of this id.

        Showing personal data is a right and is audited by the caller.
        """
        with self._engine.connect() as connection:
            entries = entries_of(connection, self._vault, [message], personal=personal)
            if not entries:
                return None
            row = connection.execute(select(MESSAGE).where(MESSAGE.c.id == message)).one()
            hide = None if personal else self._names.get(row.object, self._all_names)
            tries = connection.execute(select(ATTEMPT).where(ATTEMPT.c.message == message).order_by(ATTEMPT.c.id)).all()
            calls = connection.execute(
                select(MESSAGE_EXCHANGE.c.attempt, MESSAGE_EXCHANGE.c.row_index, EXCHANGE)
                .join(EXCHANGE, EXCHANGE.c.id == MESSAGE_EXCHANGE.c.exchange)
                .where(MESSAGE_EXCHANGE.c.message == message)
                .order_by(EXCHANGE.c.started_at, EXCHANGE.c.id)
            ).all()
            wanted = [
                row.source,
                row.canonical,
                row.diff,
                *(k for call in calls for k in (call.request, call.response)),
            ]
            prose = hide if hide and row.object not in self._nameless else frozenset[str]()
            bodies = _Bodies(connection, self._vault, wanted, hide, prose)
            later = select(MESSAGE.c.id).where(MESSAGE.c.follows == message).order_by(MESSAGE.c.id)
            followed_by = tuple(connection.scalars(later))
        views: dict[int, list[ExchangeView]] = {}
        for call in calls:
            views.setdefault(call.attempt, []).append(_exchange(call, bodies, call.row_index))
        return Detail(
            entry=entries[0],
            digest=row.digest,
            mapping_version=row.mapping_version,
            fence=row.fence,
            children=tuple(Child(**child) for child in row.children or ()),
            source=bodies.record(row.source),
            canonical=bodies.record(row.canonical),
            diff=bodies.record(row.diff),
            attempts=tuple(_attempt(attempt, views.get(attempt.id, ()), prose) for attempt in tries),
            followed_by=followed_by,
            personal=personal,
        )

    def exchanges(
        self, *, connection: str | None = None, before: int | None = None, limit: int = 50, personal: bool = False
    ) -> tuple[ExchangeView, ...]:
        """Return calls newest first, of one connection if named, those of no message included."""
        query = select(EXCHANGE).order_by(EXCHANGE.c.id.desc()).limit(limit)
        if connection is not None:
            query = query.where(EXCHANGE.c.connection == connection)
        if before is not None:
            query = query.where(EXCHANGE.c.id < before)
        with self._engine.connect() as database:
            calls = database.execute(query).all()
            wanted = [key for call in calls for key in (call.request, call.response)]
            hide = None if personal else self._all_names
            bodies = _Bodies(database, self._vault, wanted, hide, hide or frozenset())
        return tuple(_exchange(call, bodies, None) for call in calls)


class _Bodies:
    """The payloads of one view, fetched in one query and opened when asked for; masked if `hide` names fields."""

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        keys: Iterable[int | None],
        hide: frozenset[str] | None,
        prose: frozenset[str],
    ) -> None:
        wanted = {key for key in keys if key is not None}
        rows = connection.execute(select(PAYLOAD).where(PAYLOAD.c.id.in_(wanted))) if wanted else ()
        self._rows = {row.id: row for row in rows}
        self._vault = vault
        self._hide = hide
        #: The names for whose sake sentences are hidden.
        self.prose = prose

    def record(self, key: int | None) -> Body | None:
        """Return a source record, canonical record or diff."""
        return None if key is None else self._open(key, split=False)

    def sent(self, key: int | None, size: int | None, hash_: bytes | None, *, split: bool) -> Body | None:
        """Return the body of a request (`split`: it may carry a query string) or response."""
        if key is not None:
            return self._open(key, split=split)
        if size is None:
            return None
        return Body(Kept.HASH, size, hash=hash_.hex() if hash_ else None)

    def _open(self, key: int, *, split: bool) -> Body:
        row = self._rows.get(key)
        if row is None or row.body is None:
            return Body(Kept.ERASED, row.size if row else 0)
        content = self._vault.unseal(row.body)
        query, body = split_request(content) if split else ("", content)
        if self._hide is not None:
            query, body = redact.query_masked(query, self._hide), redact.masked(body, self._hide)
        return Body(Kept.BODY, row.size, body.decode("utf-8", "backslashreplace"), query)


def _exchange(call: Any, bodies: _Bodies, row: int | None) -> ExchangeView:
    return ExchangeView(
        id=call.id,
        row=row,
        connection=call.connection,
        operation=call.operation,
        method=call.method,
        path=call.path,
        status=call.status,
        started_at=call.started_at,
        duration_ms=call.duration_ms,
        writes=call.writes,
        # Why there was no answer are words of our own.
        error=redact.prose_masked(call.error, bodies.prose) if call.error and call.status is not None else call.error,
        idempotency_key=call.idempotency_key,
        request=bodies.sent(call.request, call.request_size, call.request_hash, split=True),
        response=bodies.sent(call.response, call.response_size, call.response_hash, split=False),
    )


def _attempt(row: Any, exchanges: Sequence[ExchangeView], prose: frozenset[str]) -> AttemptView:
    return AttemptView(
        number=row.number,
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        verdict=Verdict(row.verdict),
        cause=row.cause,
        detail=redact.prose_masked(row.detail, prose) if row.detail else row.detail,
        exchanges=tuple(exchanges),
    )
