"""Looking into the ledger: pages, counts, timelines, export. Fast at a million messages because nothing is sorted.

How filters become index walks is told in `message_log.streams`. There is no OFFSET: a page begins at the id where the
last one ended (keyset).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select

from message_log.entries import Child, Verdict
from message_log.models import ATTEMPT, MESSAGE
from message_log.redact import MASK
from message_log.sealing import Cipher, Vault
from message_log.streams import EVERYTHING, Filters, Streams, merged

COUNT_CAP = 10_000
EXPORT_PAGE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. A personal label reads `***` for those without the right to see it."""

    id: int
    opened_at: datetime
    closed_at: datetime | None
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
    verdict: Verdict | None
    cause: str | None
    detail: str | None
    fix: str | None
    duration_ms: int | None
    reason: str
    actor: str | None
    follows: int | None
    resolved_by: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `older` and `newer` are the ids to go on from, None where nothing lies behind."""

    entries: tuple[Entry, ...]
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many match, counted no further than the cap."""

    number: int
    more: bool

    def __str__(self) -> str:
        return f"more than {COUNT_CAP:,}" if self.more else f"{self.number:,}"


_PLAIN = [name for name in Entry.__dataclass_fields__ if name not in ("label", "resolved_by")]
ENTRY_COLUMNS = (*(MESSAGE.c[name] for name in _PLAIN), MESSAGE.c.label, MESSAGE.c.label_sealed)


class Queries:
    """Reads messages. The engine may begin its transactions as readers do; `cipher` is the ledger's."""

    def __init__(self, engine: Engine, cipher: Cipher) -> None:
        self._engine = engine
        self._vault = Vault(cipher)
        self._streams = Streams(self._vault, engine.dialect.name)

    def page(
        self,
        filters: Filters = EVERYTHING,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
        personal: bool = False,
    ) -> Page:
        """Return a page, newest first: the newest, those older than `before`, or those next newer than `after`."""
        with self._engine.connect() as connection:
            streams = self._streams.matching(connection, filters, before=before, after=after)
            ids = _ids(connection, streams, limit + 1, forward=after is not None)
            more, ids = len(ids) > limit, ids[:limit]
            newest_first = sorted(ids, reverse=True)
            entries = entries_of(connection, self._vault, newest_first, personal=personal)
        if not ids:
            return Page((), older=None, newer=None)
        forward = after is not None
        return Page(
            entries,
            older=newest_first[-1] if forward or more else None,
            newer=newest_first[0] if (more if forward else before is not None) else None,
        )

    def count(self, filters: Filters = EVERYTHING) -> Count:
        """Count what matches, up to the cap: "more than 10,000" is all that anybody reads."""
        beyond = COUNT_CAP + 1
        number = 0
        with self._engine.connect() as connection:
            streams = self._streams.matching(connection, filters)
            if filters.ident is not None:
                streams = [merged(streams, limit=beyond, forward=False)]
            for stream in streams:
                # In the order of a page, which costs nothing and leads the database to the same index as there.
                (key,) = stream.selected_columns
                some = stream.order_by(key.desc()).limit(beyond - number).subquery()
                number += connection.scalar(select(func.count()).select_from(some)) or 0
                if number == beyond:
                    break
        return Count(min(number, COUNT_CAP), more=number > COUNT_CAP)

    def timeline(
        self,
        integrations: Iterable[str],
        idents: Iterable[str],
        *,
        object_name: str | None = None,
        before: int | None = None,
        limit: int = 200,
        personal: bool = False,
    ) -> tuple[Entry, ...]:
        """Return what happened to one record, newest first: messages that name it by any of its keys, ids or labels.

        Two records of different objects may have the same id (the 64th order and the 64th payment): name the object.
        """
        streams = self._streams.naming(tuple(integrations), tuple(idents), before, object_name)
        with self._engine.connect() as connection:
            return entries_of(connection, self._vault, _ids(connection, streams, limit), personal=personal)

    def attempts(self, messages: Sequence[int]) -> dict[int, int]:
        """Return how many attempts each of these messages took; one that nothing was tried for is missing."""
        if not messages:
            return {}
        query = select(ATTEMPT.c.message, func.count()).where(ATTEMPT.c.message.in_(messages))
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(ATTEMPT.c.message))}

    def children(self, messages: Sequence[int]) -> dict[int, tuple[Child, ...]]:
        """Return the documents and variants below each of these messages; one that has none is missing."""
        query = select(MESSAGE.c.id, MESSAGE.c.children).where(
            MESSAGE.c.id.in_(messages), MESSAGE.c.children.is_not(None)
        )
        with self._engine.connect() as connection:
            return {row.id: tuple(Child(**child) for child in row.children) for row in connection.execute(query)}

    def export(self, filters: Filters = EVERYTHING, *, personal: bool = False) -> Iterator[Entry]:
        """Yield all that matches, oldest first, in short reads: memory stays flat and no transaction stays open."""
        after = 0
        while True:
            page = self.page(filters, after=after, limit=EXPORT_PAGE, personal=personal)
            yield from reversed(page.entries)
            if page.newer is None:
                return
            after = page.newer


def _ids(connection: Connection, streams: Sequence[Select[int]], limit: int, *, forward: bool = False) -> Sequence[int]:
    return connection.scalars(merged(streams, limit=limit, forward=forward).limit(limit)).all()


def entries_of(connection: Connection, vault: Vault, ids: Sequence[int], *, personal: bool) -> tuple[Entry, ...]:
    """Return the entries of these messages in the order of `ids`."""
    if not ids:
        return ()
    rows = {row.id: row._mapping for row in connection.execute(select(*ENTRY_COLUMNS).where(MESSAGE.c.id.in_(ids)))}
    cures = resolved_by(connection, [id_ for id_ in ids if id_ in rows and rows[id_]["verdict"] == Verdict.FAILED])
    return tuple(_entry(rows[id_], vault, cures.get(id_), personal=personal) for id_ in ids if id_ in rows)


def _entry(row: Any, vault: Vault, cure: int | None, *, personal: bool) -> Entry:
    values = {name: row[name] for name in _PLAIN}
    values["verdict"] = None if row["verdict"] is None else Verdict(row["verdict"])
    label = row["label"]
    if row["label_sealed"] is not None:
        label = vault.unseal(row["label_sealed"]).decode() if personal else MASK
    return Entry(**values, label=label, resolved_by=cure)


def resolved_by(connection: Connection, failed: Sequence[int]) -> dict[int, int]:
    """Return, per failed message, the first later one that follows it and did not fail, over failed ones in between.

    This is derived and never written, so that history stays as it was.
    """
    if not failed:
        return {}
    later = MESSAGE.alias("later")
    start = select(MESSAGE.c.id.label("root"), MESSAGE.c.id, MESSAGE.c.verdict).where(MESSAGE.c.id.in_(failed))
    chain = start.cte("chain", recursive=True)
    step = select(chain.c.root, later.c.id, later.c.verdict).join(later, later.c.follows == chain.c.id)
    # A message can follow only an older one, so the walk ends.
    chain = chain.union_all(step.where(chain.c.verdict == Verdict.FAILED.value, later.c.id > chain.c.id))
    query = (
        select(chain.c.root, func.min(chain.c.id))
        .where(chain.c.verdict.is_not(None), chain.c.verdict != Verdict.FAILED.value)
        .group_by(chain.c.root)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
