"""One job: "work on this route". It carries keys, never payloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub.store.database import StoreBase, UtcDateTime

Scope = Literal["keys", "changes", "full", "initialize", "range", "select", "pairs", "coverage"]
Mode = Literal["write", "preview", "read"]
#: From the narrowest to the widest; a range, and what is no synchronising, are never joined with anything.
WIDTH: dict[str, int] = {"keys": 0, "changes": 1, "full": 2, "initialize": 3}
#: Scopes of jobs that synchronise nothing: marking records, work on pairs, a look at coverage.
ERRANDS = ("select", "pairs", "coverage")
#: Scopes of jobs that are done by themselves.
ALONE = ("range", *ERRANDS)
SYNC_NOW, SCHEDULE, BACKFILL = 30, 20, 10
#: What people call them; a person may give a job that waits another one.
PRIORITIES = {SYNC_NOW: "high", SCHEDULE: "normal", BACKFILL: "low"}
#: States of jobs that have not come to their end.
UNFINISHED = ("waiting", "running", "split")


class JobRow(StoreBase):
    """One job."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("route_id", "planned_at"),
        Index("job_best", "state", "priority", "id"),
        # What a job that goes is referred to by is looked for at each of them.
        Index("job_absorbed", "absorbed_into"),
        Index("job_parent", "parent_id"),
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
    #: Limits of a range: {"from", "to"} as ISO times, or {"numbers": [first, last]}. Of a part of another job:
    #: {"part": [number, of how many], "range": what its endpoint calls it}. What a job that was split has noted before
    #: its parts began: {"split": {"parts": how many, "marks": {source: mark}, "mapping_version", "at": ISO time}}. Of a
    #: marking: what `hub.selecting.errand` makes; of work on pairs: what `hub.matching` makes. Of a preview:
    #: {"as_marked": True} = all it is about counts as marked.
    limits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    priority: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(30))
    actor: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: waiting | running | split (its parts are being done; then it waits once more) | done | cancelled | absorbed
    state: Mapped[str] = mapped_column(String(15))
    absorbed_into: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    #: "write", or "preview": what would be written is shown, or kept as a plan; "read": neither side is written to.
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

    @property
    def unfinished(self) -> bool:
        """Whether it has not come to its end."""
        return self.state in UNFINISHED

    @property
    def parts(self) -> int:
        """Into how many parts it was split; 0 = it was not."""
        return int(self.limits.get("split", {}).get("parts", 0))

    @property
    def kind(self) -> str:
        """What it is for, in words: what is to be looked at, which part of it, a preview, or a plan to carry out."""
        if self.mode == "preview":
            return "preview"
        if self.plan_id is not None:
            return f"plan {self.plan_id}"
        if self.parent_id is not None:
            number, of = self.limits["part"]
            return f"{self.scope}, part {number} of {of}"
        # Of what is no synchronising: marking, unmarking, looking for pairs and so on.
        return str(self.limits.get("act", self.scope)) if self.scope in ERRANDS else self.scope


@dataclass(frozen=True, slots=True)
class JobKey:
    """One record of a job, with who wants it and why."""

    key: str
    reason: str
    actor: str
    follows: int | None


def new_row(request: Request, now: datetime, absorbed_into: int | None = None) -> dict[str, Any]:
    """The values of a new row: it waits, or another job has absorbed it."""
    return {
        "route_id": request.route_id,
        "scope": request.scope,
        "limits": request.limits,
        "priority": request.priority,
        "reason": request.reason,
        "actor": request.actor,
        "created_at": now,
        "planned_at": request.planned_at,
        "state": "waiting" if absorbed_into is None else "absorbed",
        "absorbed_into": absorbed_into,
        "worker": "",
        "fence": 0,
        "cancel_requested": False,
        "mode": request.mode,
        "plan_id": request.plan_id,
        "tick": request.tick,
        "tries": 0,
        "takeovers": 0,
        "parent_id": request.parent_id,
    }


def joined(scope: str, priority: int, request: Request) -> dict[str, Any]:
    """What becomes of a waiting job of this scope and priority that takes a later one in.

    Somebody who asks again does not wait until what went wrong before has had its time. It keeps its own tick: with
    each new one it would wait anew for others that were due then.
    """
    wider = max(scope, request.scope, key=lambda one: WIDTH[one])
    return {"scope": wider, "priority": max(priority, request.priority), "not_before": None}


def is_apart(job: Request | Job) -> bool:
    """Whether a job is done by itself: a range, an errand, a preview, a plan, a part are never joined with anything."""
    return job.scope in ALONE or job.mode != "write" or job.plan_id is not None or job.parent_id is not None
