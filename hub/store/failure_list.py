"""Looking through failures page by page, and acting on all that match: nothing is loaded but what is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    UnaryExpression,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.operators import custom_op

from hub.store.database import Database
from hub.store.failures import FAILURES, OPEN_STATES, Failure, Group

#: Counting ends here: nobody reads more.
CAP = 100_000
#: Groups that are shown; the largest are first.
GROUPS = 50


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
    #: Other ways to write that, each as good.
    spelled: tuple[str, ...] = ()
    #: Certain ones: (route, key); None = all that match.
    picks: tuple[tuple[int, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list, which is sorted newest first: the last one of a page."""

    at: datetime
    route: int
    key: str


@dataclass(frozen=True, slots=True)
class Open:
    """How many failures are open."""

    by_route: Mapping[int, int]
    #: The most frequent first.
    by_cause: Mapping[str, int]


class FailureList:
    """The same table as `Failures`, for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._embedded = database.engine.dialect.name == "sqlite"

    def page(self, which: Which, *, after: Place | None = None, limit: int = 50) -> tuple[list[Failure], Place | None]:
        """A page, newest first, and the place to go on from; None where nothing lies behind."""
        columns = (FAILURES.c.route_id, FAILURES.c.key, FAILURES.c.last_at)
        # Without a choice by cause they are walked newest first, which the embedded database has to be led to.
        led = self._embedded and bool(which.ident or (not which.cause and which.detail is None))
        query = select(*columns).where(*_conditions(which, led=led))
        if after is not None:
            query = query.where(tuple_(FAILURES.c.last_at, FAILURES.c.route_id, FAILURES.c.key) < _tuple(after))
        newest = (FAILURES.c.last_at.desc(), FAILURES.c.route_id.desc(), FAILURES.c.key.desc())
        query = query.order_by(*newest).limit(limit + 1)
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
        some = select(FAILURES.c.route_id).where(*self._meeting(which)).limit(CAP).subquery()
        with self._database.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(some)) or 0)

    def wanted(self, which: Which, route_id: int) -> Select[tuple[str, int | None]]:
        """Those of one route as a job takes them up: key, and the message that the new one follows."""
        mine = FAILURES.c.route_id == route_id
        return select(FAILURES.c.key, FAILURES.c.last_message).where(mine, *self._meeting(which))

    def set_aside(self, which: Which, state: str, note: str, expires: datetime | None) -> int:
        """Acknowledge or ignore all that match; answers how many."""
        values = {"state": state, "note": note, "expires": expires, "next_try": None}
        open_ones = (*self._meeting(which), FAILURES.c.state != "resolved")
        with self._database.write() as connection:
            return int(connection.execute(FAILURES.update().where(*open_ones).values(values)).rowcount)

    def open_ones(self, routes: Sequence[int]) -> Open:
        """How many are open, by route and by cause, in one look."""
        counted = self._counted(Which(tuple(routes)), "cause")
        query = select(counted.c.route_id, counted.c.cause, counted.c.number)
        by_route, by_cause = Counter[int](), Counter[str]()
        with self._database.read() as connection:
            for route, cause, number in connection.execute(query):
                by_route[route] += number
                by_cause[cause] += number
        return Open(by_route, dict(sorted(by_cause.items(), key=lambda one: (-one[1], one[0]))))

    def by_route(self, which: Which) -> dict[int, int]:
        """How many match of each route; routes without any are left out."""
        query = select(FAILURES.c.route_id, func.count()).where(*self._meeting(which))
        with self._database.read() as connection:
            return {route: int(count) for route, count in connection.execute(query.group_by(FAILURES.c.route_id))}

    def groups(self, which: Which, limit: int = GROUPS) -> list[Group]:
        """The largest groups of the same route, cause and detail first; each with the fix of one of them."""
        counted = self._counted(which, "cause", "detail")
        columns = (counted.c.route_id, counted.c.cause, counted.c.detail)
        number = func.sum(counted.c.number)
        grouped = select(*columns, number.label("number"), func.min(counted.c.one).label("one")).group_by(*columns)
        largest = grouped.order_by(number.desc(), *columns[1:], columns[0]).limit(limit).subquery()
        same = and_(FAILURES.c.route_id == largest.c.route_id, FAILURES.c.key == largest.c.one)
        query = select(*largest.c, FAILURES.c.fix, FAILURES.c.first_at).join(FAILURES, same)
        query = query.order_by(largest.c.number.desc(), largest.c.cause, largest.c.detail, largest.c.route_id)
        with self._database.read() as connection:
            return [
                Group(row.route_id, row.cause, row.detail, row.fix, int(row.number), row.first_at)
                for row in connection.execute(query)
            ]

    def _meeting(self, which: Which) -> tuple[ColumnElement[bool], ...]:
        return _conditions(which, led=self._embedded and bool(which.ident))

    def _counted(self, which: Which, *columns: str) -> Subquery:
        """How many there are of each route and state, and of these columns; what else is shown is read for a few only.

        It is one walk along an index whose order is that of the groups, so nothing is sorted.
        """
        led = self._embedded and bool(which.ident or not which.cause)
        named = [FAILURES.c[name] for name in ("route_id", "state", *columns)]
        found = select(*named, func.count().label("number"), func.min(FAILURES.c.key).label("one"))
        return found.where(*_conditions(which, led=led)).group_by(*named).subquery()


def _led(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column that the embedded database does not look up in an index: it has no statistics and would choose ill."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _conditions(which: Which, *, led: bool = False) -> tuple[ColumnElement[bool], ...]:
    """What has to hold; `led`: in words that no index answers, for the two that nearly all failures meet."""
    route, state = (_led(column) if led else column for column in (FAILURES.c.route_id, FAILURES.c.state))
    found: list[ColumnElement[bool]] = [route.in_(which.routes), state.in_(which.states)]
    if which.cause:
        found.append(FAILURES.c.cause == which.cause)
    if which.detail is not None:
        found.append(FAILURES.c.detail == which.detail)
    if which.ident:
        names = (which.ident, *which.spelled)
        found.append(or_(FAILURES.c.key.in_(names), FAILURES.c.label.in_(names)))
    if which.picks is not None:
        keys: dict[int, list[str]] = {}
        for route_id, key in which.picks:
            keys.setdefault(route_id, []).append(key)
        mine = (and_(FAILURES.c.route_id == one, FAILURES.c.key.in_(some)) for one, some in keys.items())
        found.append(or_(false(), *mine))
    return tuple(found)


def _tuple(place: Place) -> Any:
    moment, route, key = (
        bindparam(None, value, type_=FAILURES.c[name].type)
        for name, value in (("last_at", place.at), ("route_id", place.route), ("key", place.key))
    )
    return tuple_(moment, route, key)
