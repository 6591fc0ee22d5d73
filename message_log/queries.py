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
    and_,
    func,
    literal,
    select,
    true,
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
# Times are given at the opening and ids at the insert; clocks of two processes may differ by this much.
CLOCK_SLACK = timedelta(minutes=5)
# SQLite takes at most 500 parts in a compound select. So many routes have matches everywhere: the plain walk finds
# them soon enough.
MAX_STREAMS = 400

OPEN: Literal["open"] = "open"

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
        with self._engine.connect() as connection:
            source = self._matching(connection, filters, before=None, after=None, limit=COUNT_CAP + 1)
            number = connection.scalar(select(func.count()).select_from(source.limit(COUNT_CAP + 1).subquery())) or 0
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
        streams = [condition for ident in idents for condition in self._named(ident)]
        if not streams:
            return ()
        common = [MESSAGE.c.integration == integration, *_between(before, None)]
        with self._engine.connect() as connection:
            ids = connection.scalars(_merged(streams, common, limit=limit, forward=False).limit(limit)).all()
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

    # --- from filters to ids --------------------------------------------------------------------------------------

    def _ids(
        self, connection: Connection, filters: Filters, *, before: int | None, after: int | None, limit: int
    ) -> Sequence[int]:
        return connection.scalars(
            self._matching(connection, filters, before=before, after=after, limit=limit).limit(limit)
        ).all()

    def _matching(
        self, connection: Connection, filters: Filters, *, before: int | None, after: int | None, limit: int
    ) -> Select[Any]:
        """Return the query for ids, in order; `limit` is how many the caller will take at most."""
        lowest, highest = _bounds(connection, filters)
        common = [*self._all(filters), *_between(before, after), *_between(highest, lowest)]
        forward = after is not None
        if filters.text is not None:
            return self._by_text(filters, common, before=before, after=after)
        return _merged(self._streams(connection, filters), common, limit=limit, forward=forward)

    def _all(self, filters: Filters) -> list[Condition]:
        """Return every filter on the message itself as a condition; streams narrow, these decide."""
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
            conditions.append(self._of_person(filters.person))
        return conditions

    def _of_person(self, identifier: str) -> Condition:
        hash_ = self._vault.person(identifier)
        return MESSAGE.c.id.in_(select(MESSAGE_PERSON.c.message).where(MESSAGE_PERSON.c.hash == hash_))

    def _named(self, ident: str) -> list[Condition]:
        exact: list[Condition] = [MESSAGE.c[name] == ident for name in ("key", "source_id", "target_id", "label")]
        return [*exact, self._of_person(ident)]

    def _streams(self, connection: Connection, filters: Filters) -> list[Condition]:
        """Choose the conditions that one index each serves in order; together they cover every match."""
        if filters.ident is not None:
            return self._named(filters.ident)
        if filters.person is not None:
            return [self._of_person(filters.person)]
        verdicts = list(Verdict) if filters.verdict is None else [filters.verdict]
        if filters.run is not None:
            open_ones = and_(MESSAGE.c.run == filters.run, MESSAGE.c.verdict.is_(None))
            closed = [and_(MESSAGE.c.run == filters.run, MESSAGE.c.verdict == v.value) for v in verdicts if v != OPEN]
            return closed if closed and filters.verdict is not None else [*closed, open_ones]
        narrowed = (filters.integration, filters.object, filters.direction, filters.verdict, filters.cause)
        if all(value is None for value in narrowed):
            return [true()]
        routes = _routes(connection, filters)
        if filters.cause is not None:
            streams = [and_(MESSAGE.c.cause == filters.cause, MESSAGE.c.route == route) for route in routes]
        else:
            chosen = verdicts if filters.verdict is not None else [*verdicts, OPEN]
            streams = [and_(MESSAGE.c.route == route, _has_verdict(v)) for route in routes for v in chosen]
        return streams if len(streams) <= MAX_STREAMS else [true()]

    def _by_text(
        self, filters: Filters, common: list[Condition], *, before: int | None, after: int | None
    ) -> Select[Any]:
        """Let the text index lead; its rows come in the order of ids, too."""
        source, key = search.source_of(self._dialect)
        conditions = [search.matches(self._dialect, filters.text or "")]
        conditions += [key < before] if before is not None else []
        conditions += [key > after] if after is not None else []
        found: FromClause = source
        if common or filters.ident is not None:
            found = source.join(MESSAGE, MESSAGE.c.id == key)
            conditions += common
        if filters.ident is not None:
            conditions.append(_any_of(self._named(filters.ident)))
        return select(key).select_from(found).where(*conditions).order_by(key if after is not None else key.desc())


def _any_of(conditions: Sequence[Condition]) -> Condition:
    first, *rest = conditions
    for condition in rest:
        first = first | condition
    return first


def _has_verdict(verdict: Verdict | Literal["open"]) -> Condition:
    return MESSAGE.c.verdict.is_(None) if verdict == OPEN else MESSAGE.c.verdict == str(verdict)


def _between(before: int | None, after: int | None) -> list[Condition]:
    below = [MESSAGE.c.id < before] if before is not None else []
    return [*below, *([MESSAGE.c.id > after] if after is not None else [])]


def _merged(streams: Sequence[Condition], common: Sequence[Condition], *, limit: int, forward: bool) -> Select[Any]:
    """Return the ids of all streams in order, each read only as far as the caller can need."""
    order = MESSAGE.c.id if forward else MESSAGE.c.id.desc()
    parts = [select(MESSAGE.c.id).where(stream, *common).order_by(order) for stream in streams]
    if not parts:
        return select(MESSAGE.c.id).where(literal(value=False))
    if len(parts) == 1:
        return parts[0]
    # A message may be named in two ways (key and source id), so the union has to be one without repetition; where
    # streams are disjoint by construction this costs nothing, as each is short.
    merged = union(*(select(part.limit(limit).subquery()) for part in parts)).subquery()
    return select(merged.c.id).order_by(merged.c.id if forward else merged.c.id.desc())


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
