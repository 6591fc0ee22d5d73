"""Looking through failures page by page, and acting on all that match: nothing is loaded but what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from hub.store.database import Database
from hub.store.failures import FAILURES, OPEN_STATES, Failure, Group

#: Counting ends here: nobody reads more.
CAP = 100_000
#: Keys that are read at a time.
PART = 5_000
#: Groups that are shown; the largest are first.
GROUPS = 200


@dataclass(frozen=True, slots=True)
class Which:
    """Which failures are meant; everything that is given must hold."""

    routes: tuple[int, ...]
    states: tuple[str, ...] = OPEN_STATES
    cause: str = ""
    #: None = whatever the detail; empty = those without one.
    detail: str | None = None
    #: The record's key on its source or what people call it, exactly.
    ident: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list, which is sorted newest first: the last one of a page."""

    at: datetime
    route: int
    key: str


@dataclass(frozen=True, slots=True)
class Key:
    """As much of a failure as a re-sync needs."""

    route_id: int
    key: str
    last_message: int | None


class FailureList:
    """The same table as `Failures`, for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, which: Which, *, after: Place | None = None, limit: int = 50) -> tuple[list[Failure], Place | None]:
        """A page, newest first, and the place to go on from; None where nothing lies behind."""
        columns = (FAILURES.c.route_id, FAILURES.c.key, FAILURES.c.last_at)
        query = select(*columns).where(*_conditions(which))
        if after is not None:
            query = query.where(_behind(after))
        query = query.order_by(FAILURES.c.last_at.desc(), FAILURES.c.route_id, FAILURES.c.key).limit(limit + 1)
        with self._database.read() as connection:
            # The texts of a row are read for those that are shown only.
            found = connection.execute(query).all()
            shown = found[:limit]
            wanted = or_(
                false(), *(and_(FAILURES.c.route_id == row.route_id, FAILURES.c.key == row.key) for row in shown)
            )
            rows = connection.execute(select(FAILURES).where(wanted)).all() if shown else []
        by_key = {(row.route_id, row.key): Failure(*row) for row in rows}
        page = [by_key[row.route_id, row.key] for row in shown]
        last = shown[-1] if len(found) > limit else None
        return page, Place(last.last_at, last.route_id, last.key) if last else None

    def count(self, which: Which) -> int:
        """How many match, counted up to the cap."""
        some = select(FAILURES.c.route_id).where(*_conditions(which)).limit(CAP).subquery()
        with self._database.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(some)) or 0)

    def keys(self, which: Which) -> Iterator[Key]:
        """All that match, in short reads."""
        columns = (FAILURES.c.route_id, FAILURES.c.key, FAILURES.c.last_message)
        query = select(*columns).where(*_conditions(which)).order_by(FAILURES.c.route_id, FAILURES.c.key)
        last: Key | None = None
        while True:
            further = query.limit(PART)
            if last is not None:
                further = further.where(_further(last.route_id, last.key))
            with self._database.read() as connection:
                part = [Key(*row) for row in connection.execute(further)]
            yield from part
            if len(part) < PART:
                return
            last = part[-1]

    def set_aside(self, which: Which, state: str, note: str, expires: datetime | None) -> int:
        """Acknowledge or ignore all that match; answers how many."""
        values = {"state": state, "note": note, "expires": expires, "next_try": None}
        open_ones = (*_conditions(which), FAILURES.c.state != "resolved")
        with self._database.write() as connection:
            return int(connection.execute(FAILURES.update().where(*open_ones).values(values)).rowcount)

    def causes(self, routes: Sequence[int]) -> dict[str, int]:
        """How many are open, by cause, the most frequent first."""
        query = select(FAILURES.c.cause, func.count()).where(*_conditions(Which(tuple(routes))))
        query = query.group_by(FAILURES.c.cause).order_by(func.count().desc(), FAILURES.c.cause)
        with self._database.read() as connection:
            return {cause: int(count) for cause, count in connection.execute(query)}

    def by_route(self, routes: Sequence[int]) -> dict[int, int]:
        """How many are open of each route; routes without any are left out."""
        query = select(FAILURES.c.route_id, func.count()).where(*_conditions(Which(tuple(routes))))
        with self._database.read() as connection:
            return {route: int(count) for route, count in connection.execute(query.group_by(FAILURES.c.route_id))}

    def groups(self, which: Which, limit: int = GROUPS) -> list[Group]:
        """The largest groups of the same route, cause and detail first; each with the fix of one of them."""
        columns = (FAILURES.c.route_id, FAILURES.c.cause, FAILURES.c.detail)
        # Counted from the index alone; what else is shown of a group is read for the few that are shown.
        counted = select(*columns, func.count().label("number")).where(*_conditions(which)).group_by(*columns)
        counted = counted.order_by(func.count().desc(), FAILURES.c.cause, FAILURES.c.detail).limit(limit)
        groups = []
        with self._database.read() as connection:
            for row in connection.execute(counted).all():
                mine = Which((row.route_id,), which.states, row.cause, row.detail)
                one = select(FAILURES.c.fix, FAILURES.c.first_at).where(*_conditions(mine)).limit(1)
                sample = connection.execute(one).one()
                groups.append(Group(row.route_id, row.cause, row.detail, sample.fix, row.number, sample.first_at))
        return groups


def _conditions(which: Which) -> tuple[ColumnElement[bool], ...]:
    found: list[ColumnElement[bool]] = [FAILURES.c.route_id.in_(which.routes), FAILURES.c.state.in_(which.states)]
    if which.cause:
        found.append(FAILURES.c.cause == which.cause)
    if which.detail is not None:
        found.append(FAILURES.c.detail == which.detail)
    if which.ident:
        found.append(or_(FAILURES.c.key == which.ident, FAILURES.c.label == which.ident))
    return tuple(found)


def _behind(place: Place) -> ColumnElement[bool]:
    same_time = and_(FAILURES.c.last_at == place.at, _further(place.route, place.key))
    return or_(FAILURES.c.last_at < place.at, same_time)


def _further(route: int, key: str) -> ColumnElement[bool]:
    return or_(FAILURES.c.route_id > route, and_(FAILURES.c.route_id == route, FAILURES.c.key > key))
