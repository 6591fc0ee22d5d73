"""Failures: the open trouble of one (route, key), taken up again by time, by a person, or parked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, ForeignKey, Index, Integer, String, Table, Text, func, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.store.database import Database, StoreBase, UtcDateTime

#: Equal failures after which a record is parked: taken up again only by a person or a change at its source.
PARK_AFTER = 5
FIRST_WAIT = timedelta(minutes=1)
GROWTH = 6
LONGEST_WAIT = timedelta(hours=6)


class FailureRow(StoreBase):
    """One open (or lately resolved) trouble."""

    __tablename__ = "failure"
    __table_args__ = (
        # Lists, groups and counts are read from an index alone, however many failures there are.
        Index("failure_group", "route_id", "state", "cause", "detail", "last_at", "key"),
        Index("failure_newest", "last_at", "route_id", "key", "state"),
        Index("failure_key", "key"),
        Index("failure_label", "label"),
        Index("failure_due", "next_try"),
    )
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    label: Mapped[str] = mapped_column(String(255))
    cause: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str] = mapped_column(String(255))
    fix: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    #: open | waiting | parked | acknowledged | ignored | resolved
    state: Mapped[str] = mapped_column(String(15))
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_message: Mapped[int | None] = mapped_column(Integer)
    last_message: Mapped[int | None] = mapped_column(Integer)
    #: How often this same cause and detail came in a row.
    count: Mapped[int] = mapped_column(Integer)
    next_try: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    expires: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Digest and mapping under which it failed: the same again is no news once it is parked.
    digest: Mapped[str] = mapped_column(String(32), default="")
    mapping_version: Mapped[str] = mapped_column(String(32), default="")


FAILURES = cast(Table, FailureRow.__table__)
OPEN_STATES = ("open", "waiting", "parked")
#: Those that are not over, and all there are.
UNRESOLVED_STATES = (*OPEN_STATES, "acknowledged", "ignored")
STATES = (*UNRESOLVED_STATES, "resolved")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with one record, just now."""

    key: str
    label: str
    cause: str
    detail: str
    fix: str
    text: str
    waiting: bool
    message: int | None
    digest: str = ""
    mapping_version: str = ""
    #: Not to be tried before this time (a lost request may still land until then).
    not_before: datetime | None = None
    #: False: nothing was tried, or the hub itself was cut off, which is no further failure of the record.
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """One row, as the console and the command line show it."""

    route_id: int
    key: str
    label: str
    cause: str
    detail: str
    fix: str
    text: str
    state: str
    first_at: datetime
    last_at: datetime
    first_message: int | None
    last_message: int | None
    count: int
    next_try: datetime | None
    note: str
    expires: datetime | None
    digest: str
    mapping_version: str


@dataclass(frozen=True, slots=True)
class Group:
    """Failures of one route with the same cause and detail."""

    route_id: int
    cause: str
    detail: str
    fix: str
    count: int
    oldest: datetime


def distance(count: int) -> timedelta:
    """How long to wait before the next try: a minute, then six times as long each time, at most six hours."""
    steps = min(count - 1, 5)
    return min(FIRST_WAIT * int(GROWTH**steps), LONGEST_WAIT)


class Failures:
    """The table of failures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, route_id: int, troubles: Sequence[Trouble], now: datetime) -> None:
        """Note failures; the same cause and detail again counts up, another starts anew."""
        if not troubles:
            return
        with self._database.write() as connection:
            keys = [trouble.key for trouble in troubles]
            where = (FAILURES.c.route_id == route_id) & FAILURES.c.key.in_(keys)
            known = {row.key: row for row in connection.execute(select(FAILURES).where(where))}
            for trouble in troubles:
                values = self._values(trouble, known.get(trouble.key), now)
                statement = self._database.insert(FAILURES).values(route_id=route_id, key=trouble.key, **values)
                connection.execute(statement.on_conflict_do_update(index_elements=["route_id", "key"], set_=values))

    @staticmethod
    def _values(trouble: Trouble, before: Any, now: datetime) -> dict[str, Any]:
        detail = trouble.detail[:255]
        same = (
            before is not None
            and before.state != "resolved"
            and (before.cause, before.detail)
            == (
                trouble.cause,
                detail,
            )
        )
        count = before.count + trouble.tried if same else 1
        set_aside = same and before.state in ("acknowledged", "ignored") and (before.expires or now) >= now
        if set_aside:
            state = before.state
        elif count >= PARK_AFTER:
            state = "parked"
        else:
            state = "waiting" if trouble.waiting else "open"
        waits = max(now + distance(count), trouble.not_before or now) if state == "waiting" else None
        return {
            "label": trouble.label[:255],
            "cause": trouble.cause,
            "detail": detail,
            "fix": trouble.fix,
            "text": trouble.text,
            "state": state,
            "first_at": before.first_at if same else now,
            "last_at": now,
            "first_message": before.first_message if same else trouble.message,
            "last_message": trouble.message,
            "count": count,
            # Nothing was tried before a lost request could still land, so its time is the time to try.
            "next_try": trouble.not_before if waits and trouble.not_before else waits,
            "note": before.note if set_aside else "",
            "expires": before.expires if set_aside else None,
            "digest": trouble.digest,
            "mapping_version": trouble.mapping_version,
        }

    def resolve(self, route_id: int, keys: Iterable[str], now: datetime) -> int:
        """Close the failures of records that are well again; answers how many."""
        where = (FAILURES.c.route_id == route_id) & FAILURES.c.key.in_(list(keys)) & (FAILURES.c.state != "resolved")
        with self._database.write() as connection:
            values = {"state": "resolved", "last_at": now, "next_try": None}
            return int(connection.execute(FAILURES.update().where(where).values(values)).rowcount)

    def of(self, route_id: int, keys: Iterable[str]) -> dict[str, Failure]:
        """What is open for these records, in one query."""
        where = (FAILURES.c.route_id == route_id) & FAILURES.c.key.in_(list(keys)) & (FAILURES.c.state != "resolved")
        with self._database.read() as connection:
            return {row.key: Failure(*row) for row in connection.execute(select(FAILURES).where(where))}

    def due(self, route_id: int, now: datetime) -> list[tuple[str, int | None]]:
        """(key, last message) of what waiting may have cured by now."""
        query = select(FAILURES.c.key, FAILURES.c.last_message).where(
            FAILURES.c.route_id == route_id, FAILURES.c.state == "waiting", FAILURES.c.next_try <= now
        )
        with self._database.read() as connection:
            return [(row.key, row.last_message) for row in connection.execute(query.order_by(FAILURES.c.next_try))]

    def due_routes(self, now: datetime) -> set[int]:
        """The routes that have something which waiting may have cured by now."""
        query = select(FAILURES.c.route_id).distinct().where(FAILURES.c.state == "waiting", FAILURES.c.next_try <= now)
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def select(
        self, route_ids: Iterable[int], *, cause: str = "", detail: str = "", states: Sequence[str] = OPEN_STATES
    ) -> list[Failure]:
        """Failures of routes, filtered; newest first."""
        chosen = select(FAILURES).where(*_conditions(route_ids, cause, detail, states))
        query = chosen.order_by(FAILURES.c.last_at.desc(), FAILURES.c.key)
        with self._database.read() as connection:
            return [Failure(*row) for row in connection.execute(query)]

    def page(
        self,
        route_ids: Iterable[int],
        *,
        cause: str = "",
        detail: str = "",
        states: Sequence[str] = OPEN_STATES,
        after: tuple[int, str] | None = None,
        limit: int = 100,
    ) -> list[Failure]:
        """Up to `limit` failures in the order of (route, key), behind the place `after`.

        That place never changes, so whoever goes on from page to page meets every row once.
        """
        query = select(FAILURES).where(*_conditions(route_ids, cause, detail, states))
        if after is not None:
            query = query.where(tuple_(FAILURES.c.route_id, FAILURES.c.key) > after)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(FAILURES.c.route_id, FAILURES.c.key).limit(limit))
            return [Failure(*row) for row in rows]

    def messages(self, route_ids: Iterable[int]) -> set[int]:
        """The messages that open failures point to: their first and their last ones."""
        mine = FAILURES.c.route_id.in_(list(route_ids)) & (FAILURES.c.state != "resolved")
        with self._database.read() as connection:
            rows = connection.execute(select(FAILURES.c.first_message, FAILURES.c.last_message).where(mine))
            return {message for row in rows for message in row if message is not None}

    def groups(self, route_ids: Iterable[int]) -> list[Group]:
        """Open failures by cause and detail, the largest group first."""
        columns = (FAILURES.c.route_id, FAILURES.c.cause, FAILURES.c.detail)
        query = (
            select(*columns, func.max(FAILURES.c.fix), func.count(), func.min(FAILURES.c.first_at))
            .where(FAILURES.c.route_id.in_(list(route_ids)), FAILURES.c.state.in_(OPEN_STATES))
            .group_by(*columns)
            .order_by(func.count().desc(), FAILURES.c.cause, FAILURES.c.detail)
        )
        with self._database.read() as connection:
            return [Group(*row) for row in connection.execute(query)]

    def forget_texts(self, keys: Iterable[str]) -> int:
        """Blank what the platforms said about these records: it may name a person. Answers how many rows."""
        count = 0
        with self._database.write() as connection:
            for part in chunks(keys):
                where = FAILURES.c.key.in_(part)
                blank = {"text": "", "label": FAILURES.c.key}
                count += int(connection.execute(FAILURES.update().where(where).values(blank)).rowcount)
        return count


def _conditions(route_ids: Iterable[int], cause: str, detail: str, states: Sequence[str]) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [
        FAILURES.c.route_id.in_(list(route_ids)),
        FAILURES.c.state.in_(list(states)),
    ]
    if cause:
        where.append(FAILURES.c.cause == cause)
    if detail:
        where.append(FAILURES.c.detail == detail)
    return where
