"""Runs: the working-off of one job, with counts that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.chunks import chunks
from hub.store.database import Database, StoreBase, UtcDateTime
from hub.store.job import ERRANDS, JOBS
from hub.store.run_span import within

Verdict = Literal["created", "updated", "unchanged", "skipped", "failed"]
VERDICTS: tuple[Verdict, ...] = ("created", "updated", "unchanged", "skipped", "failed")
RunState = Literal["running", "done", "split", "held", "aborted", "cancelled", "interrupted"]


class RunRow(StoreBase):
    """One run."""

    __tablename__ = "run"
    __table_args__ = (Index("run_route", "route_id", "id"), Index("run_job", "job_id"))
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    worker: Mapped[str] = mapped_column(String(100))
    fence: Mapped[int] = mapped_column(Integer)
    #: running | done | split (into parts, each a run of its own) | held | aborted | cancelled | interrupted
    state: Mapped[str] = mapped_column(String(15))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    #: How many records failed or were skipped, by cause or reason.
    causes: Mapped[dict[str, int]] = mapped_column(JSON)
    error: Mapped[str] = mapped_column(Text, default="")
    #: What was out of the ordinary and yet carried out, in sentences.
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)


RUNS = cast(Table, RunRow.__table__)
#: Routes of one statement.
_AT_ONCE = 100
#: Of jobs that carry records over: previews and errands do not.
_SYNCHRONISING = (JOBS.c.mode == "write", JOBS.c.scope.not_in(ERRANDS))


@dataclass(slots=True)
class Tally:
    """Counts of roots: read = created + updated + unchanged + skipped + failed; `brought` is apart."""

    verdicts: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    brought: int = 0
    #: What was out of the ordinary and yet carried out.
    warnings: list[str] = field(default_factory=list)

    def count(self, verdict: Verdict, cause: str = "", times: int = 1) -> None:
        """Count a verdict, with the cause of a failure or the reason of a skip."""
        self.verdicts[verdict] += times
        if cause:
            self.causes[cause] += times

    @property
    def read(self) -> int:
        """How many records were settled, one way or another."""
        return self.verdicts.total()

    def counts(self) -> dict[str, int]:
        """All counts by name."""
        return {"read": self.read, **{name: self.verdicts[name] for name in VERDICTS}, "brought": self.brought}


@dataclass(frozen=True, slots=True)
class Run:
    """One run as stored."""

    id: int
    job_id: int
    route_id: int
    worker: str
    fence: int
    state: RunState
    started_at: datetime
    ended_at: datetime | None
    counts: dict[str, int]
    causes: dict[str, int]
    error: str
    warnings: list[str]


class Runs:
    """The table of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, job_id: int, route_id: int, worker: str, fence: int, now: datetime) -> int:
        """Open a run; answers its id."""
        values: dict[str, Any] = {
            "job_id": job_id,
            "route_id": route_id,
            "worker": worker,
            "fence": fence,
            "state": "running",
            "started_at": now,
            "counts": Tally().counts(),
            "causes": {},
            "error": "",
            "warnings": [],
        }
        with self._database.write() as connection:
            inserted = connection.execute(RUNS.insert().values(values)).inserted_primary_key
        return int(inserted[0]) if inserted else 0

    def progress(self, run_id: int, tally: Tally) -> None:
        """Note the counts so far."""
        self._update(run_id, {"counts": tally.counts(), "causes": dict(tally.causes)})

    def finish(self, run_id: int, state: RunState, tally: Tally, now: datetime, error: str = "") -> None:
        """Close a run with its totals."""
        totals = {"counts": tally.counts(), "causes": dict(tally.causes), "warnings": list(tally.warnings)}
        self._update(run_id, {"state": state, "ended_at": now, "error": error, **totals})

    def _update(self, run_id: int, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            connection.execute(RUNS.update().where(RUNS.c.id == run_id).values(values))

    def interrupted(self, job_id: int, now: datetime) -> int:
        """Close the runs of a job whose worker is gone; answers how many."""
        where = (RUNS.c.job_id == job_id) & (RUNS.c.state == "running")
        with self._database.write() as connection:
            values = {"state": "interrupted", "ended_at": now}
            return int(connection.execute(RUNS.update().where(where).values(values)).rowcount)

    def get(self, run_id: int) -> Run:
        """One run by its id."""
        with self._database.read() as connection:
            return Run(*connection.execute(select(RUNS).where(RUNS.c.id == run_id)).one())

    def find(self, run_id: int) -> Run | None:
        """One run by its id; None = there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.id == run_id)).one_or_none()
        return Run(*row) if row else None

    def running(self, run_ids: Iterable[int]) -> set[int]:
        """Which of these runs are under way; one that this store does not know is not."""
        query = select(RUNS.c.id).where(RUNS.c.id.in_(list(run_ids)), RUNS.c.state == "running")
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def ids_of_job(self, job_id: int) -> set[int]:
        """All runs of a job."""
        with self._database.read() as connection:
            return set(connection.scalars(select(RUNS.c.id).where(RUNS.c.job_id == job_id)))

    def of_job(self, job_id: int) -> Run | None:
        """The newest run of a job."""
        query = select(RUNS).where(RUNS.c.job_id == job_id).order_by(RUNS.c.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return Run(*row) if row else None

    def spans(self, route_ids: Iterable[int], limit: int) -> dict[int, list[timedelta]]:
        """How long the last runs of routes took that synchronised, and came to their end."""
        found: dict[int, list[timedelta]] = {}
        done = (*_SYNCHRONISING, RUNS.c.state == "done", RUNS.c.ended_at.is_not(None))
        with self._database.read() as connection:
            for route in route_ids:
                newest = _newest(route, done, limit).with_only_columns(RUNS.c.started_at, RUNS.c.ended_at)
                found[route] = [row.ended_at - row.started_at for row in connection.execute(newest)]
        return found

    def latest(self, route_ids: Iterable[int]) -> dict[int, Run]:
        """The newest run of each of these routes; previews, errands and the parts of a split job do not count."""
        return self._latest(route_ids, *_SYNCHRONISING, JOBS.c.parent_id.is_(None))

    def reading(self, route_ids: Iterable[int]) -> dict[int, Run]:
        """The newest run of each of these routes that has read what changed, and come to its end."""
        whole = (JOBS.c.mode == "write", JOBS.c.parent_id.is_(None), RUNS.c.state == "done")
        return self._latest(route_ids, *whole, JOBS.c.scope.in_(("changes", "full", "initialize")))

    def _latest(self, route_ids: Iterable[int], *conditions: ColumnElement[bool]) -> dict[int, Run]:
        found: dict[int, Run] = {}
        with self._database.read() as connection:
            for part in chunks(list(route_ids), _AT_ONCE):
                newest = union_all(*(select(_newest(route, conditions).subquery()) for route in part))
                rows = connection.execute(select(RUNS).where(RUNS.c.id.in_(newest)))
                found |= {row.route_id: Run(*row) for row in rows}
        return found

    def newest(
        self,
        route_ids: Iterable[int],
        limit: int,
        *,
        before: int | None = None,
        states: Iterable[RunState] = (),
        span: tuple[datetime, datetime] | None = None,
    ) -> list[Run]:
        """The newest runs of routes first; `before` goes on behind a run, `states` and a span of time narrow."""
        query = select(RUNS).where(RUNS.c.route_id.in_(list(route_ids))).order_by(RUNS.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(RUNS.c.id < before)
        if wanted := list(states):
            query = query.where(RUNS.c.state.in_(wanted))
        with self._database.read() as connection:
            if span is not None:
                query = query.where(*within(connection, RUNS, *span))
            return [Run(*row) for row in connection.execute(query)]


def _newest(route: int, conditions: Sequence[ColumnElement[bool]], limit: int = 1) -> Select[int]:
    """The newest runs of a route. The route stands in the statement itself: by its statistics the database sees whether
    there are any, and does not walk through the runs of all others for one that has none."""
    mine = RUNS.c.route_id == bindparam(None, route, Integer(), literal_execute=True)
    query = select(RUNS.c.id).join(JOBS, JOBS.c.id == RUNS.c.job_id).where(mine, *conditions)
    return query.order_by(RUNS.c.id.desc()).limit(limit)
