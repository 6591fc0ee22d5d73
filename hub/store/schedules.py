"""Schedules: when a route runs by itself. Rows with an indexed time, never pickled jobs.

The next time is kept also for a route that is switched off or not armed yet: it is moved on without a job, so that the
route goes on with its plan once it may. Whether it may is read from the route when it is due; nobody has to be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.schedule import Kind, Schedule
from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.integrations import INTEGRATIONS
from hub.store.routes import ROUTES


class ScheduleRow(StoreBase):
    """The schedule of one route; a route without a row has never had one."""

    __tablename__ = "schedule"
    __table_args__ = (Index("schedule_due", "next_run_at"),)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"), primary_key=True)
    #: never | daily | weekly | every
    kind: Mapped[str] = mapped_column(String(10))
    #: Daily and weekly: the time of the day, "02:30".
    at: Mapped[str] = mapped_column(String(5), default="")
    #: Weekly: "monday" to "sunday".
    weekdays: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Every: so many minutes.
    minutes: Mapped[int | None] = mapped_column(Integer)
    #: Every: only between these times of the day; empty = round the clock.
    window_from: Mapped[str] = mapped_column(String(5), default="")
    window_to: Mapped[str] = mapped_column(String(5), default="")
    #: The zone in which `next_run_at` was computed.
    zone: Mapped[str] = mapped_column(String(50))
    #: None = never, or not computed yet: the clock does that, also for a route that is not armed.
    next_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The planned time that was last made a job; what is planned while a route is off or not armed makes none.
    last_planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String(100))


SCHEDULES = cast(Table, ScheduleRow.__table__)


@dataclass(frozen=True, slots=True)
class Stored:
    """The schedule of a route as stored."""

    route_id: int
    schedule: Schedule
    zone: str
    next_run_at: datetime | None
    last_planned_at: datetime | None
    saved_at: datetime
    saved_by: str


@dataclass(frozen=True, slots=True)
class Due:
    """A schedule whose time has come, or whose next time is not computed yet, with what decides on it."""

    stored: Stored
    integration_id: int
    object: str
    enabled: bool
    initialization: str
    #: Of the integration.
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """How a schedule goes on: `planned` is the time that was made a job, if one was."""

    route_id: int
    next_run_at: datetime | None
    zone: str
    planned: datetime | None = None


class Schedules:
    """The table of schedules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        route_id: int,
        schedule: Schedule,
        zone: str,
        *,
        now: datetime,
        actor: str,
        next_run_at: datetime | None = None,
    ) -> None:
        """Give a route a schedule. Without `next_run_at` the clock computes it; one that is as before is left alone."""
        before = self.get(route_id)
        if before is not None and before.schedule == schedule and before.zone == zone:
            return
        values = {**_columns(schedule), "zone": zone, "next_run_at": next_run_at, "saved_at": now, "saved_by": actor}
        statement = self._database.insert(SCHEDULES).values(route_id=route_id, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["route_id"], set_=values))

    def remove(self, route_id: int) -> None:
        """Take the schedule of a route away, as if it had never had one."""
        with self._database.write() as connection:
            connection.execute(SCHEDULES.delete().where(SCHEDULES.c.route_id == route_id))

    def get(self, route_id: int) -> Stored | None:
        """The schedule of a route; None where it has never had one."""
        return self.several([route_id]).get(route_id)

    def of(self, integration_id: int) -> dict[int, Stored]:
        """Schedules of an integration, by their routes."""
        routes = select(ROUTES.c.id).where(ROUTES.c.integration_id == integration_id)
        with self._database.read() as connection:
            rows = connection.execute(select(SCHEDULES).where(SCHEDULES.c.route_id.in_(routes)))
            return {row.route_id: _stored(row) for row in rows}

    def several(self, route_ids: Iterable[int]) -> dict[int, Stored]:
        """Schedules of these routes; those that have none are left out."""
        found: dict[int, Stored] = {}
        with self._database.read() as connection:
            for part in chunks(route_ids):
                rows = connection.execute(select(SCHEDULES).where(SCHEDULES.c.route_id.in_(part)))
                found |= {row.route_id: _stored(row) for row in rows}
        return found

    def rezone(self, integration_id: int, zone: str) -> None:
        """Have the next times of an integration computed anew where its zone is another one now."""
        routes = select(ROUTES.c.id).where(ROUTES.c.integration_id == integration_id)
        # The old zone stays in the row: it tells the clock to plan from now on, and not from when it was saved.
        others = SCHEDULES.c.route_id.in_(routes) & (SCHEDULES.c.zone != zone)
        with self._database.write() as connection:
            connection.execute(SCHEDULES.update().where(others).values(next_run_at=None))

    # -- what the clock asks ----------------------------------------------------------------------------------------

    def due_integrations(self, now: datetime) -> list[tuple[int, int]]:
        """Integrations with schedules that are due or not computed yet, how many each; who waits longest is first."""
        query = (
            select(ROUTES.c.integration_id, func.count())
            .select_from(SCHEDULES.join(ROUTES, ROUTES.c.id == SCHEDULES.c.route_id))
            .where(_due(now))
            .group_by(ROUTES.c.integration_id)
            .order_by(func.min(SCHEDULES.c.next_run_at), ROUTES.c.integration_id)
        )
        with self._database.read() as connection:
            return [(row[0], row[1]) for row in connection.execute(query)]

    def due(self, now: datetime, integration_ids: Collection[int]) -> list[Due]:
        """What is due of these integrations, or not computed yet; nobody else changes it until the transaction ends."""
        joined = SCHEDULES.join(ROUTES, ROUTES.c.id == SCHEDULES.c.route_id).join(
            INTEGRATIONS, INTEGRATIONS.c.id == ROUTES.c.integration_id
        )
        route = (ROUTES.c.integration_id, ROUTES.c.object, ROUTES.c.enabled, ROUTES.c.initialization)
        query = (
            select(SCHEDULES, *route, INTEGRATIONS.c.settings)
            .select_from(joined)
            .where(_due(now), ROUTES.c.integration_id.in_(integration_ids))
            .order_by(SCHEDULES.c.route_id)
        )
        with self._database.write() as connection:
            return [
                Due(_stored(row), row.integration_id, row.object, row.enabled, row.initialization, row.settings)
                for row in connection.execute(query.with_for_update(of=SCHEDULES))
            ]

    def advance(self, moves: Sequence[Move]) -> None:
        """Note how schedules go on."""
        if not moves:
            return
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("next_run_at", "zone")}
        last = func.coalesce(bindparam("planned", type_=UtcDateTime()), SCHEDULES.c.last_planned_at)
        update = SCHEDULES.update().where(SCHEDULES.c.route_id == bindparam("route"))
        rows = [
            {"route": one.route_id, "new_next_run_at": one.next_run_at, "new_zone": one.zone, "planned": one.planned}
            for one in moves
        ]
        with self._database.write() as connection:
            connection.execute(update.values(**values, last_planned_at=last), rows)


def _due(now: datetime) -> ColumnElement[bool]:
    next_run, kind = SCHEDULES.c.next_run_at, SCHEDULES.c.kind
    return or_(next_run <= now, next_run.is_(None) & (kind != "never"))


def _columns(schedule: Schedule) -> dict[str, Any]:
    return {
        "kind": schedule.kind,
        "at": schedule.at,
        "weekdays": list(schedule.weekdays),
        "minutes": schedule.minutes,
        "window_from": schedule.window_from,
        "window_to": schedule.window_to,
    }


def _stored(row: Any) -> Stored:
    kind = cast(Kind, row.kind)
    schedule = Schedule(kind, row.at, tuple(row.weekdays), row.minutes, row.window_from, row.window_to)
    saved = (row.saved_at, row.saved_by)
    return Stored(row.route_id, schedule, row.zone, row.next_run_at, row.last_planned_at, *saved)
