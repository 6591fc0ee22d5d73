"""The state of everything as alerts are judged by: read from the store in a few queries, then looked at without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.store.alerts import Alerts, Wrong
from hub.store.channels import Channels
from hub.store.connections import CONNECTIONS
from hub.store.failures import FAILURES, OPEN_STATES
from hub.store.integrations import Integration
from hub.store.job import JOBS
from hub.store.plans import PLANS
from hub.store.routes import ROUTES, Route
from hub.store.runs import RUNS, Run
from hub.store.workers import Workers

#: Jobs that are looked through for such as keep losing their worker.
NEWEST_JOBS = 2000
#: Kinds of alerts that tell of a connection's trouble.
TROUBLES = ("platform_down", "credentials")
#: Scopes of jobs that read what has changed; certain keys do not tell whether anything else has been read.
READING = ("changes", "full", "initialize")


@dataclass(frozen=True, slots=True)
class Line:
    """One connection as it stands."""

    id: int
    name: str
    platform: str
    settings: Mapping[str, Any]
    blackout: Sequence[Mapping[str, str]]
    stopped_at: datetime | None = None
    down_since: datetime | None = None
    down_why: str = ""
    refused_at: datetime | None = None
    refused_why: str = ""

    @property
    def shut(self) -> bool:
        """Whether nothing goes over it, for a reason that is told by itself."""
        return any((self.down_since, self.refused_at, self.stopped_at))


@dataclass(frozen=True, slots=True)
class Group:
    """Failures of one route with the same cause, detail and state."""

    route_id: int
    state: str
    cause: str
    detail: str
    fix: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A plan that waits for somebody to decide."""

    id: int
    route_id: int
    created_at: datetime
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Wait:
    """Jobs of one route that could be begun, and since when the oldest could."""

    route_id: int
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest run of a route that has read what changed, and come to its end."""

    began: datetime
    ended: datetime
    job_id: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A job whose worker was gone several times; `given_up` = nobody takes it any more."""

    job_id: int
    route_id: int
    takeovers: int
    given_up: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that alerts are judged by, at one moment."""

    now: datetime
    integrations: Mapping[int, Integration] = field(default_factory=dict)
    #: The settings of each integration, with their types.
    settings: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    routes: Mapping[int, Route] = field(default_factory=dict)
    lines: Mapping[int, Line] = field(default_factory=dict)
    failures: Sequence[Group] = ()
    held: Sequence[HeldPlan] = ()
    waits: Sequence[Wait] = ()
    #: Runs of the last hour.
    runs: Sequence[Run] = ()
    readings: Mapping[int, Reading] = field(default_factory=dict)
    lost: Sequence[Lost] = ()
    workers: int = 0
    #: Channels that have failed, with how often in a row and in which words.
    channels: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    #: When a connection was last well again, by its name.
    back: Mapping[str, datetime] = field(default_factory=dict)
    #: Who uses each connection, found out when it is first asked.
    _users: dict[int, list[Integration]] = field(default_factory=dict)

    def name(self, route_id: int) -> str:
        """How people call a route ("acme order shop_to_erp")."""
        route = self.routes[route_id]
        return f"{self.integrations[route.integration_id].name} {route.name}"

    def of(self, route_id: int) -> Integration:
        """The integration of a route."""
        return self.integrations[self.routes[route_id].integration_id]

    def sides(self, integration: Integration) -> tuple[Line, Line]:
        """Both connections of an integration."""
        return self.lines[integration.shop_id], self.lines[integration.erp_id]

    def users(self, line: Line) -> list[Integration]:
        """The integrations that use a connection."""
        if not self._users:
            for one in self.integrations.values():
                for identity in {one.shop_id, one.erp_id}:
                    self._users.setdefault(identity, []).append(one)
        return self._users.get(line.id, [])


def about(integration: Integration, kind: str, subject: str, text: str, fix: str) -> Wrong:
    """Something that is wrong with one integration."""
    return Wrong(kind, subject, text, fix, integration.id, (integration.name,))


def picture(hub: Hub, now: datetime) -> Picture:
    """Read the state of everything."""
    alerts = Alerts(hub.database)
    integrations = {one.id: one for one in hub.integrations.all()}
    unsent = alerts.unsent()
    back, alive = alerts.last_cleared(TROUBLES), Workers(hub.database).alive(now)
    known = {channel.name for channel in Channels(hub.database, hub.vault).all()}
    with hub.database.read() as connection:
        lines = {row.id: Line(**row._mapping) for row in connection.execute(_LINES)}
        well = {line.name for line in lines.values() if not line.shut}
        # What is well again and told as trouble still is back since now.
        told = {one.subject for one in unsent if one.kind in TROUBLES and one.cleared_at is None}
        routes = {row.id: Route(*row) for row in connection.execute(select(ROUTES))}
        failing: dict[str, tuple[int, str]] = {}
        for alert in unsent:
            failing |= {name: (one.tries, one.error) for name, one in alert.deliveries.items() if one.tries}
        return Picture(
            now=now,
            integrations=integrations,
            settings={one.id: integration_settings.readable(one.settings) for one in integrations.values()},
            routes=routes,
            lines=lines,
            failures=_failures(connection, list(routes)),
            held=[HeldPlan(*row) for row in connection.execute(_HELD)],
            waits=[Wait(*row) for row in connection.execute(_waits(now))],
            runs=_runs(connection, now - timedelta(hours=1)),
            readings={row.route_id: Reading(*row[1:]) for row in reading_runs(connection)},
            lost=_lost(connection),
            workers=len(alive),
            channels={name: trouble for name, trouble in failing.items() if name in known},
            back=back | dict.fromkeys(told & well, now),
        )


# Secrets stay where they are: only what is configured in the clear is read.
_LINES = select(*(CONNECTIONS.c[name] for name in Line.__dataclass_fields__))
_HELD = (
    select(PLANS.c.id, PLANS.c.route_id, PLANS.c.created_at, PLANS.c.reasons)
    .where(PLANS.c.kind == "held", PLANS.c.state == "open", PLANS.c.route_id.in_(select(ROUTES.c.id)))
    .order_by(PLANS.c.id)
)


def _failures(connection: Connection, routes: list[int]) -> list[Group]:
    columns = (FAILURES.c.route_id, FAILURES.c.state, FAILURES.c.cause, FAILURES.c.detail)
    query = (
        select(*columns, func.max(FAILURES.c.fix), func.count(), func.min(FAILURES.c.first_at))
        .where(FAILURES.c.route_id.in_(routes), FAILURES.c.state.in_(OPEN_STATES))
        .group_by(*columns)
    )
    return [Group(*row) for row in connection.execute(query)]


def _waits(now: datetime) -> Select[Any]:
    """Jobs that a worker could begin: neither their route nor their time keeps them."""
    could = (JOBS.c.state == "waiting") & (JOBS.c.not_before.is_(None) | (JOBS.c.not_before <= now))
    return (
        select(JOBS.c.route_id, func.count(), func.min(func.coalesce(JOBS.c.not_before, JOBS.c.created_at)))
        .join(ROUTES, ROUTES.c.id == JOBS.c.route_id)
        .where(could, ROUTES.c.paused_at.is_(None))
        .group_by(JOBS.c.route_id)
    )


def _runs(connection: Connection, since: datetime) -> list[Run]:
    """Runs that began since then, but for those that only read: a look at coverage would thin out what has failed.

    They are read backwards by their ids, which have an index, where their times have none.
    """
    found = []
    query = select(RUNS).join(JOBS, JOBS.c.id == RUNS.c.job_id).where(JOBS.c.mode != "read").order_by(RUNS.c.id.desc())
    with connection.execute(query, execution_options={"yield_per": 200}) as rows:
        for row in rows:
            if row.started_at < since:
                break
            found.append(Run(*row))
    return found


def reading_runs(connection: Connection) -> Sequence[Any]:
    """The newest run of each route that has read what changed and come to its end: (route, began, ended, job).

    A part of a first load has read its part only.
    """
    runs, jobs = RUNS.alias(), JOBS.alias()
    newest = (
        select(runs.c.id)
        .join(jobs, jobs.c.id == runs.c.job_id)
        .where(runs.c.route_id == ROUTES.c.id, runs.c.state == "done")
        .where(jobs.c.scope.in_(READING), jobs.c.mode == "write", jobs.c.parent_id.is_(None))
        .order_by(runs.c.id.desc())
        .limit(1)
        .correlate(ROUTES)
        .scalar_subquery()
    )
    query = select(RUNS.c.route_id, RUNS.c.started_at, RUNS.c.ended_at, RUNS.c.job_id)
    return connection.execute(query.join(ROUTES, RUNS.c.id == newest)).all()


def _lost(connection: Connection) -> list[Lost]:
    """Jobs that keep losing their worker, among the newest; what was done in the end is none."""
    newest = select(func.max(JOBS.c.id)).scalar_subquery()
    done = select(RUNS.c.id).where(RUNS.c.job_id == JOBS.c.id, RUNS.c.route_id == JOBS.c.route_id)
    query = (
        select(JOBS.c.id, JOBS.c.route_id, JOBS.c.takeovers, JOBS.c.state)
        .where(JOBS.c.id > newest - NEWEST_JOBS, JOBS.c.takeovers > 0, JOBS.c.state.in_(["waiting", "running", "done"]))
        .where(~done.where(RUNS.c.state == "done").exists())
        .order_by(JOBS.c.id)
    )
    return [Lost(row.id, row.route_id, row.takeovers, row.state == "done") for row in connection.execute(query)]
