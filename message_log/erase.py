"""Erasing one customer's personal data from the ledger; that something happened, and how it ended, stays.

Messages are found by the keyed hashes of the person's identifiers. Exchanges that belong to no message (pages of
customers kept at log level `full`, failed reads) have no such hashes: their bodies are opened and searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from sqlalchemy import Connection, Engine, Table, exists, or_, select

from message_log import search
from message_log.models import ATTEMPT, EXCHANGE, MESSAGE, MESSAGE_EXCHANGE, MESSAGE_PERSON, PAYLOAD
from message_log.redact import MASK
from message_log.sealing import Cipher, Vault

CHUNK = 500
_TEXTS = ("label", "detail", "fix")
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased; all zero when there was nothing left."""

    messages: int = 0
    payloads: int = 0
    texts: int = 0


class Eraser:
    """Erases by identifiers. On SQLite the engine must begin its transactions IMMEDIATE."""

    def __init__(self, engine: Engine, cipher: Cipher, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._vault = Vault(cipher)
        self._clock = clock

    def erase(self, identifiers: Iterable[str]) -> Erased:
        """Erase what the ledger holds of the person with these identifiers (e-mail, phone, ids); may be repeated.

        The bodies of the person's messages and of the exchanges that served them are replaced by the erased marker:
        in a batch this takes the other rows' evidence, too. One transaction per 500 messages, so that a running sync
        waits only briefly; after an interruption the next call goes on.
        """
        wanted = sorted({identifier.strip() for identifier in identifiers if identifier.strip()})
        if not wanted:
            return Erased()
        messages = payloads = texts = 0
        for chunk in _chunks(self._messages(wanted)):
            with self._engine.begin() as connection:
                payloads += self._erase_payloads(connection, _payloads_of(connection, chunk))
                texts += _scrub(connection, chunk, wanted)
                connection.execute(MESSAGE_PERSON.delete().where(MESSAGE_PERSON.c.message.in_(chunk)))
            messages += len(chunk)
        for chunk in _chunks(self._loose_payloads_naming(wanted)):
            with self._engine.begin() as connection:
                payloads += self._erase_payloads(connection, chunk)
        return Erased(messages, payloads, texts)

    def _messages(self, identifiers: Sequence[str]) -> Sequence[int]:
        hashes = [self._vault.person(identifier) for identifier in identifiers]
        query = select(MESSAGE_PERSON.c.message).where(MESSAGE_PERSON.c.hash.in_(hashes)).distinct()
        with self._engine.connect() as connection:
            return connection.scalars(query.order_by(MESSAGE_PERSON.c.message)).all()

    def _erase_payloads(self, connection: Connection, keys: Iterable[int]) -> int:
        count = 0
        for chunk in _chunks(keys):
            change = PAYLOAD.update().where(PAYLOAD.c.id.in_(chunk), PAYLOAD.c.body.is_not(None))
            count += connection.execute(change.values(body=None, hash=None, erased_at=self._clock())).rowcount
        return count

    def _loose_payloads_naming(self, identifiers: Sequence[str]) -> Iterator[int]:
        """Yield the bodies of exchanges without a message in which an identifier occurs."""
        named = _pattern(identifiers)
        loose = ~exists().where(MESSAGE_EXCHANGE.c.exchange == EXCHANGE.c.id)
        last = 0
        while True:
            query = (
                select(EXCHANGE.c.id, PAYLOAD.c.id.label("payload"), PAYLOAD.c.body)
                .join(PAYLOAD, or_(PAYLOAD.c.id == EXCHANGE.c.request, PAYLOAD.c.id == EXCHANGE.c.response))
                .where(loose, EXCHANGE.c.id > last, PAYLOAD.c.body.is_not(None))
                .order_by(EXCHANGE.c.id)
            )
            # Whole exchanges, so that none is cut in two where one read ends and the next begins.
            ids = select(EXCHANGE.c.id).where(EXCHANGE.c.id > last, loose).order_by(EXCHANGE.c.id).limit(CHUNK)
            with self._engine.connect() as connection:
                page = connection.scalars(ids).all()
                rows = connection.execute(query.where(EXCHANGE.c.id <= page[-1])).all() if page else []
            yield from (row.payload for row in rows if _names(self._vault.unseal(row.body), named))
            if len(page) < CHUNK:
                return
            last = page[-1]


def _chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _pattern(identifiers: Sequence[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(identifier) for identifier in identifiers)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)


def _names(content: bytes, named: re.Pattern[str]) -> bool:
    """Tell whether a body names the person: as it stands, percent-encoded, or with JSON escapes."""
    texts = [
        content.decode("utf-8", "replace"),
        unquote_to_bytes(content.replace(b"+", b" ")).decode("utf-8", "replace"),
    ]
    if b"\\u" in content:
        texts.append(re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), texts[0]))
    return any(named.search(text) for text in texts)


def _payloads_of(connection: Connection, messages: Sequence[int]) -> set[int]:
    """Return the bodies that show the person: those of the messages and of the exchanges that served them."""
    own = connection.execute(
        select(MESSAGE.c.source, MESSAGE.c.canonical, MESSAGE.c.diff).where(MESSAGE.c.id.in_(messages))
    )
    served = connection.execute(
        select(EXCHANGE.c.request, EXCHANGE.c.response)
        .join(MESSAGE_EXCHANGE, MESSAGE_EXCHANGE.c.exchange == EXCHANGE.c.id)
        .where(MESSAGE_EXCHANGE.c.message.in_(messages))
    )
    return {key for row in (*own, *served) for key in row if key is not None}


def _scrub(connection: Connection, messages: Sequence[int], identifiers: Sequence[str]) -> int:
    """Take the identifiers out of plain texts, and out of the text index; returns how many texts changed."""
    named = _pattern(identifiers)
    where = MESSAGE.c.id.in_(messages)
    rows = connection.execute(select(MESSAGE.c.id, *(MESSAGE.c[name] for name in _TEXTS)).where(where)).all()
    changes = {row.id: found for row in rows if (found := _changes(row._mapping, _TEXTS, named))}
    indexed = connection.scalars(select(MESSAGE.c.id).where(MESSAGE.c.id.in_(changes), MESSAGE.c.verdict.is_not(None)))
    reindexed = indexed.all()
    search.remove(connection, reindexed)
    for message, values in changes.items():
        connection.execute(MESSAGE.update().where(MESSAGE.c.id == message).values(values))
    search.add(connection, reindexed)
    sealed = connection.execute(
        MESSAGE.update().where(where, MESSAGE.c.label_sealed.is_not(None)).values(label_sealed=None, label=MASK)
    )
    return sum(map(len, changes.values())) + sealed.rowcount + _scrub_calls(connection, messages, named)


def _scrub_calls(connection: Connection, messages: Sequence[int], named: re.Pattern[str]) -> int:
    """Do the same for what attempts and exchanges say about their failures."""
    exchanges = select(MESSAGE_EXCHANGE.c.exchange).where(MESSAGE_EXCHANGE.c.message.in_(messages))
    count = 0
    places: tuple[tuple[Table, str, object], ...] = (
        (ATTEMPT, "detail", ATTEMPT.c.message.in_(messages)),
        (EXCHANGE, "error", EXCHANGE.c.id.in_(exchanges)),
    )
    for table, name, where in places:
        query = select(table.c.id, table.c[name]).where(where, table.c[name].is_not(None))  # type: ignore[arg-type]
        for row in connection.execute(query).all():
            if values := _changes(row._mapping, (name,), named):
                connection.execute(table.update().where(table.c.id == row.id).values(values))
                count += 1
    return count


def _changes(row: object, names: Sequence[str], named: re.Pattern[str]) -> dict[str, str]:
    texts = {name: row[name] for name in names if row[name]}  # type: ignore[index]
    return {name: changed for name, text in texts.items() if (changed := named.sub(MASK, text)) != text}
