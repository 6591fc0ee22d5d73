"""From filters to streams: conditions that one index serves newest first, so that nothing has to be sorted.

A closed message lies in exactly one stream of its route and verdict, so "all failed products" is the merge of a few
streams, each read no further than the page needs. The most selective filter chooses the streams, all filters decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
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
from message_log.models import MESSAGE, MESSAGE_PERSON, differs_from_key
from message_log.sealing import Vault

# Times are taken before the wait for the database and ids after it, and the clocks of two machines differ.
CLOCK_SLACK = timedelta(minutes=1)
# SQLite takes at most 500 parts in a compound select. So many routes have matches everywhere: the plain walk finds
# them soon enough.
MAX_STREAMS = 400
# A text with more matches than this is looked up message by message where another filter can lead.
COMMON_TEXT = 2_000

OPEN: Literal["open"] = "open"
NAMES = ("key", "source_id", "target_id", "label")

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; all that is given must hold.

    `ident` is a key, source id, target id, label or a person's identifier, exactly; `spelled` are other ways to write
    it, each as good. `person` is a person's identifier.
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
    spelled: tuple[str, ...] = ()
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None

    @property
    def narrow(self) -> bool:
        """Whether a filter other than text, time and person narrows the choice."""
        values = (self.integration, self.object, self.direction, self.verdict, self.cause, self.run, self.ident)
        return any(value is not None for value in values)

    @property
    def idents(self) -> tuple[str, ...]:
        """All ways to write the identifier; none where none is looked for."""
        return () if self.ident is None else tuple(dict.fromkeys((self.ident, *self.spelled)))


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a stream comes from: the column that holds the ids in order, and the conditions that one index serves."""

    key: ColumnElement[int]
    tables: FromClause
    conditions: tuple[Condition, ...]


class Streams:
    """Builds the streams of one database."""

    def __init__(self, vault: Vault, dialect: str) -> None:
        self._vault = vault
        self._dialect = dialect

    def matching(
        self, connection: Connection, filters: Filters, *, before: int | None = None, after: int | None = None
    ) -> list[Select[int]]:
        """Return the streams that together hold every match, and nothing else; ids between the two limits."""
        lowest, highest = _bounds(connection, filters)
        conditions = self._conditions(filters)
        if filters.text is None:
            sources = self._sources(connection, filters)
        elif filters.narrow and self._is_common(connection, filters.text):
            sources = self._sources(connection, filters)
            conditions.append(self._contains(filters.text))
        else:
            sources = [self._by_text(filters.text)]
            if filters.ident is not None:
                conditions.append(or_(*(self._is_named(one) for one in filters.idents)))
        streams: list[Select[int]] = []
        for source in sources:
            parts = [*source.conditions, *_below(source.key, before, highest), *_above(source.key, after, lowest)]
            streams.append(select(source.key).select_from(source.tables).where(*parts, *conditions))
        return streams

    def naming(
        self, integrations: Sequence[str], idents: Sequence[str], before: int | None, object_name: str | None = None
    ) -> list[Select[int]]:
        """Return the streams of messages of these integrations that name any of these keys, ids, labels or persons."""
        wanted: list[Condition] = [MESSAGE.c.integration.in_(integrations)]
        wanted += [] if object_name is None else [MESSAGE.c.object == object_name]
        return [
            select(source.key)
            .select_from(source.tables)
            .where(*source.conditions, *_below(source.key, before), *wanted)
            for ident in idents
            for source in self._named(ident)
        ]

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
        return conditions

    def _is_about(self, identifier: str) -> Condition:
        named = MESSAGE_PERSON.alias("named")
        hash_ = self._vault.person(identifier)
        return exists().where(named.c.message == MESSAGE.c.id, named.c.hash == hash_)

    def _is_named(self, ident: str) -> Condition:
        return or_(*(MESSAGE.c[name] == ident for name in NAMES), self._is_about(ident))

    def _about(self, identifier: str) -> Source:
        tables = MESSAGE_PERSON.join(MESSAGE, MESSAGE.c.id == MESSAGE_PERSON.c.message)
        hash_ = self._vault.person(identifier)
        return Source(MESSAGE_PERSON.c.message, tables, (MESSAGE_PERSON.c.hash == hash_,))

    def _named(self, ident: str) -> list[Source]:
        return [*(_source(*_is_called(name, ident)) for name in NAMES), self._about(ident)]

    def _by_text(self, words: str) -> Source:
        index, key = search.source_of(self._dialect)
        return Source(key, index.join(MESSAGE, MESSAGE.c.id == key), (search.matches(self._dialect, words),))

    def _contains(self, words: str) -> Condition:
        index, key = search.source_of(self._dialect)
        found = select(key).select_from(index).where(search.matches(self._dialect, words), key == MESSAGE.c.id)
        return found.correlate(MESSAGE).exists()

    def _is_common(self, connection: Connection, words: str) -> bool:
        """Tell whether a text occurs so often that walking its matches for another filter would take long."""
        index, key = search.source_of(self._dialect)
        some = select(key).select_from(index).where(search.matches(self._dialect, words)).limit(COMMON_TEXT)
        return connection.scalar(select(func.count()).select_from(some.subquery())) == COMMON_TEXT

    def _sources(self, connection: Connection, filters: Filters) -> list[Source]:
        """Choose what one index each serves in the order of ids; the most selective filter leads."""
        if filters.ident is not None:
            return [source for one in filters.idents for source in self._named(one)]
        if filters.person is not None:
            return [self._about(filters.person)]
        if not filters.narrow:
            return [_source()]
        routes = _routes(connection, filters)
        if filters.cause is not None:
            sources = [_source(MESSAGE.c.cause == filters.cause, MESSAGE.c.route == route) for route in routes]
        else:
            sources = _by_verdict(filters, routes)
        return sources if len(sources) <= MAX_STREAMS else [_source()]


def _is_called(name: str, ident: str) -> tuple[Condition, ...]:
    """Return what finds messages by one of their names; those called so by their key, too, are found by the key."""
    same = MESSAGE.c[name] == ident
    return (same, differs_from_key(name)) if name in ("source_id", "label") else (same,)


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


def merged(streams: Sequence[Select[int]], *, limit: int, forward: bool) -> Select[int]:
    """Return the ids of all streams in order, each read only as far as the caller can need."""

    def ordered(stream: Select[int]) -> Select[int]:
        (key,) = stream.selected_columns
        return stream.order_by(key if forward else key.desc())

    if not streams:
        return select(MESSAGE.c.id).where(false())
    if len(streams) == 1:
        return ordered(streams[0])
    # A message may be named in two ways (key and source id), so the union is one without repetition.
    all_of_them = union(*(select(ordered(stream).limit(limit).subquery()) for stream in streams)).subquery()
    (key,) = all_of_them.c
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
