"""Looking into the ledger: pages, counts, timelines, export. Fast at a million messages because nothing is sorted.

Every filter is answered from *streams*: conditions that one index serves newest first. A closed message lies in exactly
one stream of its route and verdict, so "all failed products" is the merge of a few streams, each read no further than
the page needs. There is no OFFSET: a page begins at the id where the last one ended (keyset).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Select,
    exists,
    false,
    func,
    or_,
    select,
    union,
    union_all,
)

from message_log import search
from message_log.entries import Verdict
from message_log.models import MESSAGE, MESSAGE_PERSON
from message_log.redact import MASK
from message_log.sealing import Cipher, Vault

COUNT_CAP = 10_000
EXPORT_PAGE = 500
# Times are taken before the wait for the database and ids after it, and the clocks of two machines differ.
CLOCK_SLACK = timedelta(minutes=1)
# SQLite takes at most 500 parts in a compound select. So many routes have matches everywhere: the plain walk finds
# them soon enough.
MAX_STREAMS = 400

OPEN: Literal["open"] = "open"
NAMES = ("key", "source_id", "target_id", "label")

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; all that is given must hold.

    `ident` is a key, source id, target id, label or a person's identifier, exactly. `person` is a person's identifier.
    `text` is searched in keys, ids, labels, causes and details, see `message_log.search.matches`. `verdict` may be
    "open". Times are aware; `since` is included, `until` is not.
    """

    integration: str | None = None
    object: str | None = None
    direction: str | None = None
    verdict: Verdict | Literal["open"] | None = None
    cause: str | None = None
    run: int | None = None
    ident: str | None = None
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


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
        self._dialect = engine.dialect.name
        self._vault = Vault(cipher)

    def page(
        self,
        filters: Filters = Filters(),
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
        personal: bool = False,
    ) -> Page:
        """Return a page, newest first: the newest, those older than `before`, or those next newer than `after`."""
        with self._engine.connect() as connection:
            ids = self._ids(connection, filters, before=before, after=after, limit=limit + 1)
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

    def count(self, filters: Filters = Filters()) -> Count:
        """Count what matches, up to the cap: "more than 10,000" is all that anybody reads."""
        beyond = COUNT_CAP + 1
        number = 0
        with self._engine.connect() as connection:
            streams = self._streams(connection, filters, None, None)
            if filters.ident is not None:
                streams = [_merged(streams, limit=beyond, forward=False)]
            for stream in streams:
                some = stream.limit(beyond - number).subquery()
                number += connection.scalar(select(func.count()).select_from(some)) or 0
                if number == beyond:
                    break
        return Count(min(number, COUNT_CAP), more=number > COUNT_CAP)

    def timeline(
        self,
        integration: str,
        idents: Iterable[str],
        *,
        before: int | None = None,
        limit: int = 200,
        personal: bool = False,
    ) -> tuple[Entry, ...]:
        """Return what happened to one record, newest first: messages that name it by any of its keys, ids or labels."""
        wanted = MESSAGE.c.integration == integration
        streams = [
            select(source.key).select_from(source.tables).where(*source.conditions, *_below(source.key, before), wanted)
            for ident in idents
            for source in self._named(ident)
        ]
        with self._engine.connect() as connection:
            ids = connection.scalars(_merged(streams, limit=limit, forward=False).limit(limit)).all()
            return entries_of(connection, self._vault, ids, personal=personal)

    def export(self, filters: Filters = Filters(), *, personal: bool = False) -> Iterator[Entry]:
        """Yield all that matches, oldest first, in short reads: memory stays flat and no transaction stays open."""
        after = 0
        while True:
            page = self.page(filters, after=after, limit=EXPORT_PAGE, personal=personal)
            yield from reversed(page.entries)
            if page.newer is None:
                return
            after = page.newer

    def _ids(
        self, connection: Connection, filters: Filters, *, before: int | None, after: int | None, limit: int
    ) -> Sequence[int]:
        streams = self._streams(connection, filters, before, after)
        return connection.scalars(_merged(streams, limit=limit, forward=after is not None).limit(limit)).all()

    def _streams(
        self, connection: Connection, filters: Filters, before: int | None, after: int | None
    ) -> list[Select[int]]:
        """Return the streams that together hold every match, and nothing else."""
        lowest, highest = _bounds(connection, filters)
        conditions = self._conditions(filters)
        streams: list[Select[int]] = []
        for source in self._sources(connection, filters):
            parts = [*source.conditions, *_below(source.key, before, highest), *_above(source.key, after, lowest)]
            streams.append(select(source.key).select_from(source.tables).where(*parts, *conditions))
        return streams

    def _conditions(self, filters: Filters) -> list[Condition]:
        """Return every filter on the message itself as a condition; sources narrow, these decide."""
        names = ("integration", "object", "direction", "cause", "run")
        wanted = {name: getattr(filters, name) for name in names if getattr(filters, name) is not None}
        conditions: list[Condition] = [MESSAGE.c[name] == value for name, value in wanted.items()]
        if filters.verdict is not None:
            conditions.append(_has_verdict(filters.verdict))
        if filters.since is not None:
            conditions.append(MESSAGE.c.opened_at >= filters.since)
        if filters.until is not None:
            conditions.append(MESSAGE.c.opened_at < filters.until)
        if filters.person is not None:
            conditions.append(self._is_about(filters.person))
        if filters.ident is not None and filters.text is not None:
            conditions.append(or_(*(MESSAGE.c[name] == filters.ident for name in NAMES), self._is_about(filters.ident)))
        return conditions

    def _is_about(self, identifier: str) -> Condition:
        named = MESSAGE_PERSON.alias("named")
        hash_ = self._vault.person(identifier)
        return exists().where(named.c.message == MESSAGE.c.id, named.c.hash == hash_)

    def _about(self, identifier: str) -> Source:
        tables = MESSAGE_PERSON.join(MESSAGE, MESSAGE.c.id == MESSAGE_PERSON.c.message)
        hash_ = self._vault.person(identifier)
        return Source(MESSAGE_PERSON.c.message, tables, (MESSAGE_PERSON.c.hash == hash_,))

    def _named(self, ident: str) -> list[Source]:
        return [*(_source(MESSAGE.c[name] == ident) for name in NAMES), self._about(ident)]

    def _sources(self, connection: Connection, filters: Filters) -> list[Source]:
        """Choose what one index each serves in the order of ids; the most selective filter leads."""
        if filters.text is not None:
            index, key = search.source_of(self._dialect)
            return [
                Source(key, index.join(MESSAGE, MESSAGE.c.id == key), (search.matches(self._dialect, filters.text),))
            ]
        if filters.ident is not None:
            return self._named(filters.ident)
        if filters.person is not None:
            return [self._about(filters.person)]
        narrowed = (filters.integration, filters.object, filters.direction, filters.verdict, filters.cause, filters.run)
        if all(value is None for value in narrowed):
            return [_source()]
        routes = _routes(connection, filters)
        if filters.cause is not None:
            sources = [_source(MESSAGE.c.cause == filters.cause, MESSAGE.c.route == route) for route in routes]
        else:
            sources = _by_verdict(filters, routes)
        return sources if len(sources) <= MAX_STREAMS else [_source()]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a stream comes from: the column that holds the ids in order, and the conditions that one index serves."""

    key: ColumnElement[int]
    tables: FromClause
    conditions: tuple[Condition, ...]


def _source(*conditions: Condition) -> Source:
    return Source(MESSAGE.c.id, MESSAGE, conditions)


def _by_verdict(filters: Filters, routes: Sequence[int]) -> list[Source]:
    """Return the closed messages of each verdict, by run if there is one, else by route, and the open ones by route."""
    wanted = [filters.verdict] if filters.verdict is not None else [*Verdict, OPEN]
    closed = [_has_verdict(verdict) for verdict in wanted if verdict != OPEN]
    still_open = [_source(MESSAGE.c.route == route, _has_verdict(OPEN)) for route in routes if OPEN in wanted]
    if filters.run is not None:
        return [*(_source(MESSAGE.c.run == filters.run, verdict) for verdict in closed), *still_open]
    return [*(_source(MESSAGE.c.route == route, verdict) for route in routes for verdict in closed), *still_open]


def _has_verdict(verdict: Verdict | Literal["open"]) -> Condition:
    return MESSAGE.c.verdict.is_(None) if verdict == OPEN else MESSAGE.c.verdict == str(verdict)


def _below(key: ColumnElement[int], *limits: int | None) -> list[Condition]:
    return [key < limit for limit in limits if limit is not None]


def _above(key: ColumnElement[int], *limits: int | None) -> list[Condition]:
    return [key > limit for limit in limits if limit is not None]


def _merged(streams: Sequence[Select[int]], *, limit: int, forward: bool) -> Select[int]:
    """Return the ids of all streams in order, each read only as far as the caller can need."""

    def ordered(stream: Select[int]) -> Select[int]:
        (key,) = stream.selected_columns
        return stream.order_by(key if forward else key.desc())

    if not streams:
        return select(MESSAGE.c.id).where(false())
    if len(streams) == 1:
        return ordered(streams[0])
    # A message may be named in two ways (key and source id), so the union is one without repetition.
    merged = union(*(select(ordered(stream).limit(limit).subquery()) for stream in streams)).subquery()
    (key,) = merged.c
    return select(key).order_by(key if forward else key.desc())


def _bounds(connection: Connection, filters: Filters) -> tuple[int | None, int | None]:
    """Translate times into ids (exclusive), so that a page from long ago does not begin its walk today."""
    lowest = highest = None
    if filters.since is not None:
        at = MESSAGE.c.opened_at
        query = select(MESSAGE.c.id).where(at < filters.since - CLOCK_SLACK).order_by(at.desc()).limit(1)
        lowest = connection.scalar(query)
    if filters.until is not None:
        at = MESSAGE.c.opened_at
        query = select(MESSAGE.c.id).where(at >= filters.until + CLOCK_SLACK).order_by(at).limit(1)
        highest = connection.scalar(query)
    return lowest, highest


def _routes(connection: Connection, filters: Filters) -> list[int]:
    """Return the routes that the filters allow, found by leaping over the index from route to route.

    A route keeps its integration, object and direction for life, so one message of each tells.
    """
    walk = _leaps()
    closed = MESSAGE.alias("closed")
    some = (
        select(closed.c.id)
        .where(closed.c.route == walk.c.route, closed.c.verdict.is_not(None))
        .order_by(closed.c.verdict, closed.c.id)
        .limit(1)
        .correlate(walk)
        .scalar_subquery()
    )
    samples = union_all(
        select(some.label("id")).where(walk.c.route.is_not(None)),
        select(func.min(MESSAGE.c.id)).where(MESSAGE.c.verdict.is_(None)).group_by(MESSAGE.c.route),
    ).subquery()
    query = select(MESSAGE.c.route).where(MESSAGE.c.id.in_(select(samples.c.id))).distinct()
    for name in ("integration", "object", "direction"):
        if (value := getattr(filters, name)) is not None:
            query = query.where(MESSAGE.c[name] == value)
    return list(connection.scalars(query.order_by(MESSAGE.c.route)))


def _leaps() -> CTE:
    """Return the routes with a closed message: the least, then the least above it, and so on."""
    least = select(func.min(MESSAGE.c.route).label("route")).where(MESSAGE.c.verdict.is_not(None))
    walk = least.cte("walk", recursive=True)
    further = MESSAGE.alias("further")
    following = (
        select(func.min(further.c.route))
        .where(further.c.route > walk.c.route, further.c.verdict.is_not(None))
        .correlate(walk)
        .scalar_subquery()
    )
    return walk.union_all(select(following).where(walk.c.route.is_not(None)))


# --- from ids to entries ------------------------------------------------------------------------------------------


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
