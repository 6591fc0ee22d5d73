"""Jobs: "work on this route", and who is at it. Inserting a job is the whole interface of the engine.

A job carries keys, never payloads. A waiting job absorbs a later one of its route. A worker claims the best waiting job
with a lease and a fence that grows with every claim; a lease that ran out may be taken over by anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    UniqueConstraint,
    case,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.store.connections import CONNECTIONS
from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.integrations import INTEGRATIONS
from hub.store.routes import ROUTES
from objects.registry import OBJECTS

Scope = Literal["keys", "changes", "full", "initialize", "range"]
Mode = Literal["write", "preview"]
#: From the narrowest to the widest; a range stands apart and is never joined with anything.
WIDTH: dict[str, int] = {"keys": 0, "changes": 1, "full": 2, "initialize": 3}
SYNC_NOW, SCHEDULE, BACKFILL = 30, 20, 10


class JobRow(StoreBase):
    """One job."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("route_id", "planned_at"),
        Index("job_best", "state", "priority", "id"),
        # One run per route at a time, whatever the number of processes: the database itself refuses a second. The parts
        # of a job that was split are done side by side.
        Index(
            "job_running",
            "route_id",
            unique=True,
            sqlite_where=text("state = 'running' and parent_id is null"),
            postgresql_where=text("state = 'running' and parent_id is null"),
        ),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    scope: Mapped[str] = mapped_column(String(15))
    #: Limits of a range: {"from", "to"} as ISO times, or {"numbers": [first, last]}.
    limits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    priority: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(30))
    actor: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: waiting | running | done | cancelled | absorbed
    state: Mapped[str] = mapped_column(String(15))
    absorbed_into: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    #: "write", or "preview": what would be written is shown, or kept as a plan.
    mode: Mapped[str] = mapped_column(String(10), default="write")
    #: The plan that this job carries out to the letter.
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    #: Not before this time: what stood in its way is given time to pass.
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the clock found it due, together with others of its integration.
    tick: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How often trouble of a platform has ended it.
    tries: Mapped[int] = mapped_column(Integer, default=0)
    #: How often its worker was gone.
    takeovers: Mapped[int] = mapped_column(Integer, default=0)
    #: The job of which this one is a part.
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))


class JobKeyRow(StoreBase):
    """One record that a job is about."""

    __tablename__ = "job_key"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    reason: Mapped[str] = mapped_column(String(30))
    actor: Mapped[str] = mapped_column(String(100))
    #: The message that the new one follows (a re-sync).
    follows: Mapped[int | None] = mapped_column(Integer)


JOBS = cast(Table, JobRow.__table__)
JOB_KEYS = cast(Table, JobKeyRow.__table__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record somebody wants synchronised."""

    key: str
    follows: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks of a route."""

    route_id: int
    scope: Scope
    reason: str
    actor: str
    priority: int = SYNC_NOW
    keys: Sequence[Wanted] = ()
    limits: dict[str, Any] = field(default_factory=dict)
    planned_at: datetime | None = None
    mode: Mode = "write"
    #: The plan to carry out.
    plan_id: int | None = None
    #: When the clock found it due.
    tick: datetime | None = None
    #: The job of which it is a part.
    parent_id: int | None = None

    @property
    def apart(self) -> bool:
        """Whether it is done by itself: never joined with another job of its route."""
        return is_apart(self)


@dataclass(frozen=True, slots=True)
class Job:
    """One job as stored."""

    id: int
    route_id: int
    scope: Scope
    limits: dict[str, Any]
    priority: int
    reason: str
    actor: str
    created_at: datetime
    planned_at: datetime | None
    state: str
    absorbed_into: int | None
    worker: str
    lease_until: datetime | None
    fence: int
    cancel_requested: bool
    mode: Mode
    plan_id: int | None
    not_before: datetime | None = None
    tick: datetime | None = None
    tries: int = 0
    takeovers: int = 0
    parent_id: int | None = None

    @property
    def apart(self) -> bool:
        """Whether it is done by itself: never joined with another job of its route."""
        return is_apart(self)


@dataclass(frozen=True, slots=True)
class JobKey:
    """One record of a job, with who wants it and why."""

    key: str
    reason: str
    actor: str
    follows: int | None


def is_apart(job: Request | Job) -> bool:
    """Whether a job is done by itself: a range, a preview, and a plan are never joined with anything."""
    return job.scope == "range" or job.mode != "write" or job.plan_id is not None or job.parent_id is not None


def joinable() -> ColumnElement[bool]:
    """Jobs that a later one of their route is joined with: those that wait and are not done by themselves."""
    waits = (JOBS.c.state == "waiting") & (JOBS.c.scope != "range") & (JOBS.c.mode == "write")
    return waits & JOBS.c.plan_id.is_(None) & JOBS.c.parent_id.is_(None)


def available(now: datetime) -> Select[Any]:
    """The best job that nobody works on, or whose worker is gone; one of each route at a time."""
    busy = JOBS.alias()
    others = select(busy.c.route_id).where(busy.c.state == "running")
    stale = (JOBS.c.state == "running") & (JOBS.c.lease_until < now)
    fresh = (JOBS.c.state == "waiting") & JOBS.c.route_id.not_in(others)
    order = (JOBS.c.state, JOBS.c.priority.desc(), JOBS.c.id)
    return select(JOBS).where(or_(stale, fresh)).order_by(*order).limit(1)


def claimable(now: datetime) -> Select[Any]:
    """The best job that may be begun now.

    Jobs wait while their route is paused, while one of their platforms does not answer or refuses us, and while a job
    of a lower rank that was due at the same time is not done. Then the more urgent one comes first, and among equals
    the integration that is worked on least and was served longest ago.
    """
    shop, erp = CONNECTIONS.alias(), CONNECTIONS.alias()
    busy, theirs = JOBS.alias(), ROUTES.alias()
    at_work = (
        select(func.count())
        .select_from(busy.join(theirs, theirs.c.id == busy.c.route_id))
        .where(busy.c.state == "running", theirs.c.integration_id == ROUTES.c.integration_id)
        .correlate(ROUTES)
        .scalar_subquery()
    )
    joined = (
        JOBS.join(ROUTES, ROUTES.c.id == JOBS.c.route_id)
        .join(INTEGRATIONS, INTEGRATIONS.c.id == ROUTES.c.integration_id)
        .join(shop, shop.c.id == INTEGRATIONS.c.shop_id)
        .join(erp, erp.c.id == INTEGRATIONS.c.erp_id)
    )
    answering = [side.c[name].is_(None) for side in (shop, erp) for name in ("down_since", "refused_at")]
    return (
        available(now)
        .select_from(joined)
        .where(
            ROUTES.c.paused_at.is_(None),
            or_(JOBS.c.not_before.is_(None), JOBS.c.not_before <= now),
            *answering,
            or_(JOBS.c.tick.is_(None), ~_earlier().exists()),
        )
        .order_by(None)
        .order_by(
            JOBS.c.state,
            JOBS.c.priority.desc(),
            at_work,
            INTEGRATIONS.c.served_at.is_not(None),
            INTEGRATIONS.c.served_at,
            JOBS.c.id,
        )
    )


def _earlier() -> Select[Any]:
    """What of the same integration was due at the same time, has a lower rank, may be done, and is not."""
    other, theirs = JOBS.alias(), ROUTES.alias()
    return (
        select(other.c.id)
        .join(theirs, theirs.c.id == other.c.route_id)
        .where(
            other.c.state.in_(["waiting", "running"]),
            other.c.tick == JOBS.c.tick,
            theirs.c.paused_at.is_(None),
            theirs.c.integration_id == ROUTES.c.integration_id,
            _rank(theirs.c.object) < _rank(ROUTES.c.object),
        )
        .correlate(JOBS, ROUTES)
    )


def _rank(column: Any) -> Any:
    return case({name: one.rank for name, one in OBJECTS.items() if one.rank}, value=column, else_=0)


class Jobs:
    """The queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, request: Request, now: datetime) -> int:
        """Insert a job; answers the id of the job that will do it (an older one where it was absorbed)."""
        with self._database.write() as connection:
            host = self._host(connection, request)
            values: dict[str, Any] = {
                "route_id": request.route_id,
                "scope": request.scope,
                "limits": request.limits,
                "priority": request.priority,
                "reason": request.reason,
                "actor": request.actor,
                "created_at": now,
                "planned_at": request.planned_at,
                "state": "waiting" if host is None else "absorbed",
                "absorbed_into": None if host is None else host.id,
                "worker": "",
                "fence": 0,
                "cancel_requested": False,
                "mode": request.mode,
                "plan_id": request.plan_id,
                "tick": request.tick,
                "parent_id": request.parent_id,
            }
            inserted = connection.execute(JOBS.insert().values(values)).inserted_primary_key
            own = int(inserted[0]) if inserted else 0
            if host is None:
                self._add_keys(connection, own, request)
                return own
            wider = max(host.scope, request.scope, key=lambda scope: WIDTH[scope])
            # Somebody who asks again does not wait until what went wrong before has had its time.
            joined = {"scope": wider, "priority": max(host.priority, request.priority), "not_before": None}
            # It keeps its own tick: with each new one it would wait anew for others that were due then.
            connection.execute(JOBS.update().where(JOBS.c.id == host.id).values(joined))
            self._add_keys(connection, host.id, request)
            return int(host.id)

    @staticmethod
    def _host(connection: Connection, request: Request) -> Any:
        if request.apart:
            return None
        where = joinable() & (JOBS.c.route_id == request.route_id)
        query = select(JOBS.c.id, JOBS.c.scope, JOBS.c.priority).where(where).order_by(JOBS.c.id).limit(1)
        return connection.execute(query.with_for_update()).one_or_none()

    def _add_keys(self, connection: Connection, job_id: int, request: Request) -> None:
        rows = [
            {
                "job_id": job_id,
                "key": wanted.key,
                "reason": request.reason,
                "actor": request.actor,
                "follows": wanted.follows,
            }
            for wanted in request.keys
        ]
        if rows:
            statement = self._database.insert(JOB_KEYS)
            newest = {name: statement.excluded[name] for name in ("reason", "actor", "follows")}
            connection.execute(statement.on_conflict_do_update(index_elements=["job_id", "key"], set_=newest), rows)

    def claim(
        self, worker: str, now: datetime, until: datetime, only: int | None = None, route: int | None = None
    ) -> Job | None:
        """Take the best job that nobody works on (or one whose lease ran out); None = nothing to do.

        A route that is being worked on is passed over. `only` asks for one certain job, `route` for one of a route:
        then it is taken even where it would wait for a platform to answer again.
        """
        query = claimable(now) if only is None and route is None else available(now)
        if only is not None:
            query = query.where(JOBS.c.id == only)
        if route is not None:
            query = query.where(JOBS.c.route_id == route)
        with self._database.read() as connection:
            # Workers ask all the time: where there is nothing, nobody is kept from writing.
            if connection.execute(query.with_only_columns(JOBS.c.id)).first() is None:
                return None
        try:
            return self._take(query, worker, now, until)
        except IntegrityError:
            # Another worker has begun another job of the same route in this very moment: there is nothing for us.
            return None

    def _take(self, query: Select[Any], worker: str, now: datetime, until: datetime) -> Job | None:
        with self._database.write() as connection:
            row = connection.execute(query.with_for_update(skip_locked=True, of=JOBS)).one_or_none()
            if row is None:
                return None
            taken_over = row.state == "running"
            values = {"state": "running", "worker": worker, "lease_until": until, "fence": row.fence + 1}
            values |= {"takeovers": row.takeovers + taken_over}
            connection.execute(JOBS.update().where(JOBS.c.id == row.id).values(values))
            integration = select(ROUTES.c.integration_id).where(ROUTES.c.id == row.route_id).scalar_subquery()
            served = INTEGRATIONS.update().where(INTEGRATIONS.c.id == integration)
            connection.execute(served.values(served_at=now))
            return Job(*connection.execute(select(JOBS).where(JOBS.c.id == row.id)).one())

    def claimable(self, now: datetime) -> int:
        """How many jobs could be begun now."""
        query = select(func.count()).select_from(claimable(now).limit(None).order_by(None).subquery())
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)

    def running(self) -> int:
        """How many jobs are being done."""
        with self._database.read() as connection:
            return int(connection.scalar(select(func.count()).where(JOBS.c.state == "running")) or 0)

    def heartbeat(self, job: Job, until: datetime) -> bool:
        """Renew a lease; False = it is not ours any more."""
        return self._mine(job, {"lease_until": until})

    def finish(self, job: Job, state: Literal["done", "cancelled"]) -> bool:
        """Close a job; False = another worker has taken it over."""
        return self._mine(job, {"state": state, "lease_until": None})

    def give_back(self, job: Job) -> bool:
        """Put a job back to wait for another worker."""
        return self._mine(job, {"state": "waiting", "lease_until": None, "worker": ""})

    def put_off(self, job: Job, until: datetime) -> bool:
        """Put a job back to wait at least until a time, after trouble that waiting may cure."""
        values = {"state": "waiting", "lease_until": None, "worker": "", "not_before": until, "tries": job.tries + 1}
        return self._mine(job, values)

    def _mine(self, job: Job, values: dict[str, Any]) -> bool:
        where = (JOBS.c.id == job.id) & (JOBS.c.fence == job.fence) & (JOBS.c.state == "running")
        with self._database.write() as connection:
            return bool(connection.execute(JOBS.update().where(where).values(values)).rowcount)

    def expire(self, now: datetime) -> int:
        """End all leases: for an embedded store whose only worker process is known to be gone."""
        with self._database.write() as connection:
            running = JOBS.c.state == "running"
            return int(connection.execute(JOBS.update().where(running).values(lease_until=now)).rowcount)

    def request_cancel(self, job_id: int) -> bool:
        """Ask for a job to stop between two pages; a waiting one is cancelled at once."""
        with self._database.write() as connection:
            waiting = (JOBS.c.id == job_id) & (JOBS.c.state == "waiting")
            gone = connection.execute(JOBS.update().where(waiting).values(state="cancelled")).rowcount
            running = (JOBS.c.id == job_id) & (JOBS.c.state == "running")
            asked = connection.execute(JOBS.update().where(running).values(cancel_requested=True)).rowcount
        return bool(gone or asked)

    def get(self, job_id: int) -> Job:
        """One job by its id."""
        with self._database.read() as connection:
            return Job(*connection.execute(select(JOBS).where(JOBS.c.id == job_id)).one())

    def several(self, job_ids: Iterable[int]) -> dict[int, Job]:
        """Jobs by their ids."""
        found: dict[int, Job] = {}
        with self._database.read() as connection:
            for part in chunks(list(job_ids)):
                rows = connection.execute(select(JOBS).where(JOBS.c.id.in_(part)))
                found |= {row.id: Job(*row) for row in rows}
        return found

    def unfinished(self, route_ids: Iterable[int]) -> list[Job]:
        """Jobs of these routes that wait or are at work, the oldest first."""
        where = JOBS.c.route_id.in_(list(route_ids)) & JOBS.c.state.in_(["waiting", "running"])
        with self._database.read() as connection:
            return [Job(*row) for row in connection.execute(select(JOBS).where(where).order_by(JOBS.c.id))]

    def keys(self, job_id: int) -> list[JobKey]:
        """The records a job is about."""
        query = select(JOB_KEYS).where(JOB_KEYS.c.job_id == job_id).order_by(JOB_KEYS.c.key)
        with self._database.read() as connection:
            return [JobKey(row.key, row.reason, row.actor, row.follows) for row in connection.execute(query)]
