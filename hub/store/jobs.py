"""Jobs: "work on this route", and who is at it. Inserting a job is the whole interface of the engine.

A waiting job absorbs a later one of its route. A worker claims the best waiting job with a lease and a fence that grows
with every claim; a lease that ran out may be taken over by anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, select
from sqlalchemy.exc import IntegrityError

from hub.chunks import chunks
from hub.store.claiming import available, claimable, joinable
from hub.store.database import Database
from hub.store.integrations import INTEGRATIONS
from hub.store.job import JOB_KEYS, JOBS, UNFINISHED, Job, JobKey, Request, Wanted, joined, new_row
from hub.store.routes import ROUTES


class Jobs:
    """The queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, request: Request, now: datetime, chosen: Select[tuple[str, int | None]] | None = None) -> int:
        """Insert a job; answers the id of the job that will do it (an older one where it was absorbed).

        `chosen`: what finds its records in the store, key and message to follow, in the place of a long list.
        """
        with self._database.write() as connection:
            host = self._host(connection, request)
            row = new_row(request, now, None if host is None else host.id)
            inserted = connection.execute(JOBS.insert().values(row)).inserted_primary_key
            own = int(inserted[0]) if inserted else 0
            if host is None:
                self._add_keys(connection, own, request, chosen)
                return own
            changes = joined(host.scope, host.priority, request)
            connection.execute(JOBS.update().where(JOBS.c.id == host.id).values(changes))
            self._add_keys(connection, host.id, request, chosen)
            return int(host.id)

    @staticmethod
    def _host(connection: Connection, request: Request) -> Any:
        if request.apart:
            return None
        where = joinable() & (JOBS.c.route_id == request.route_id)
        query = select(JOBS.c.id, JOBS.c.scope, JOBS.c.priority).where(where).order_by(JOBS.c.id).limit(1)
        return connection.execute(query.with_for_update()).one_or_none()

    def _add_keys(
        self,
        connection: Connection,
        job_id: int,
        request: Request,
        chosen: Select[tuple[str, int | None]] | None = None,
    ) -> None:
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
        statement = self._database.insert(JOB_KEYS)
        newest = {name: statement.excluded[name] for name in ("reason", "actor", "follows")}
        if rows:
            connection.execute(statement.on_conflict_do_update(index_elements=["job_id", "key"], set_=newest), rows)
        if chosen is not None:
            key, follows = chosen.selected_columns
            said = (literal(job_id), key, literal(request.reason), literal(request.actor), follows)
            found = statement.from_select(JOB_KEYS.c.keys(), chosen.with_only_columns(*said))
            connection.execute(found.on_conflict_do_update(index_elements=["job_id", "key"], set_=newest))

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

    def running(self, now: datetime) -> int:
        """How many jobs are being done; those whose worker is gone are not."""
        where = (JOBS.c.state == "running") & (JOBS.c.lease_until >= now)
        with self._database.read() as connection:
            return int(connection.scalar(select(func.count()).where(where)) or 0)

    def heartbeat(self, job: Job, until: datetime) -> bool:
        """Renew a lease; False = it is not ours any more."""
        return self._mine(job, {"lease_until": until})

    def finish(self, job: Job, state: Literal["done", "cancelled"]) -> bool:
        """Close a job; False = another worker has taken it over.

        With the last part of a job that was split the job itself comes up again, in the same transaction.
        """
        return self._end(job, {"state": state, "lease_until": None})

    def _end(self, job: Job, closed: dict[str, Any]) -> bool:
        if job.parent_id is None:
            return self._mine(job, closed)
        with self._database.write() as connection:
            # The whole is locked first: of two parts that end at once, the second one sees that it is the last.
            connection.execute(select(JOBS.c.id).where(JOBS.c.id == job.parent_id).with_for_update())
            if not connection.execute(JOBS.update().where(_held(job)).values(closed)).rowcount:
                return False
            part = JOBS.alias()
            theirs = (part.c.route_id == job.route_id) & (part.c.parent_id == job.parent_id)
            left = select(part.c.id).where(theirs, part.c.state.in_(UNFINISHED)).exists()
            whole = JOBS.update().where(JOBS.c.id == job.parent_id, JOBS.c.state == "split", ~left)
            connection.execute(whole.values(state="waiting", worker=""))
        return True

    def split(self, job: Job, ranges: Sequence[dict[str, Any]], notes: Mapping[str, Any], now: datetime) -> bool:
        """Put the parts of a job in that is being done, and let it wait for them, with what it has noted until then.

        False = it is not ours any more, or somebody has asked for it to stop.
        """
        whole = {"state": "split", "lease_until": None, "limits": {"split": {**notes, "parts": len(ranges)}}}
        parts = [
            Request(
                job.route_id,
                job.scope,
                job.reason,
                job.actor,
                priority=job.priority,
                limits={"part": [number, len(ranges)], "range": limits},
                parent_id=job.id,
            )
            for number, limits in enumerate(ranges, 1)
        ]
        with self._database.write() as connection:
            going_on = _held(job) & JOBS.c.cancel_requested.is_(False)
            if not connection.execute(JOBS.update().where(going_on).values(whole)).rowcount:
                return False
            connection.execute(JOBS.insert(), [new_row(part, now) for part in parts])
        return True

    def parts(self, job: Job) -> list[Job]:
        """The parts into which a job was split, in their order."""
        query = select(JOBS).where(JOBS.c.route_id == job.route_id, JOBS.c.parent_id == job.id).order_by(JOBS.c.id)
        with self._database.read() as connection:
            return [Job(*row) for row in connection.execute(query)]

    def leave(self, part: Job, keys: Iterable[str]) -> None:
        """Leave records that a part cannot do by itself to the job of which it is a part."""
        assert part.parent_id is not None
        request = Request(part.route_id, "keys", part.reason, part.actor, keys=[Wanted(key) for key in keys])
        with self._database.write() as connection:
            self._add_keys(connection, part.parent_id, request)

    def give_back(self, job: Job) -> bool:
        """Put a job back to wait for another worker; one that somebody has cancelled is at its end."""
        return self._end(job, {"state": _WAITING, "lease_until": None, "worker": ""})

    def put_off(self, job: Job, until: datetime) -> bool:
        """Put a job back to wait at least until a time, after trouble that waiting may cure; or as `give_back`."""
        values = {"state": _WAITING, "lease_until": None, "worker": "", "not_before": until, "tries": job.tries + 1}
        return self._end(job, values)

    def _mine(self, job: Job, values: dict[str, Any]) -> bool:
        with self._database.write() as connection:
            return bool(connection.execute(JOBS.update().where(_held(job)).values(values)).rowcount)

    def expire(self, now: datetime) -> int:
        """End all leases: for an embedded store whose only worker process is known to be gone."""
        with self._database.write() as connection:
            running = JOBS.c.state == "running"
            return int(connection.execute(JOBS.update().where(running).values(lease_until=now)).rowcount)

    def request_cancel(self, job_id: int) -> bool:
        """Ask for a job to stop between two pages; a waiting one is cancelled at once. Parts stop with their whole."""
        with self._database.write() as connection:
            row = connection.execute(select(JOBS.c.parent_id, JOBS.c.route_id).where(JOBS.c.id == job_id)).one_or_none()
            if row is None:
                return False
            whole = row.parent_id or job_id
            connection.execute(select(JOBS.c.id).where(JOBS.c.id == whole).with_for_update())
            all_of_it = (JOBS.c.route_id == row.route_id) & ((JOBS.c.id == whole) | (JOBS.c.parent_id == whole))
            waiting = all_of_it & JOBS.c.state.in_(["waiting", "split"])
            gone = connection.execute(JOBS.update().where(waiting).values(state="cancelled")).rowcount
            running = all_of_it & (JOBS.c.state == "running")
            asked = connection.execute(JOBS.update().where(running).values(cancel_requested=True)).rowcount
        return bool(gone or asked)

    def prioritize(self, job_id: int, priority: int) -> None:
        """Let a job come sooner or later; one that takes it in lets it come no later than itself."""
        with self._database.write() as connection:
            connection.execute(JOBS.update().where(JOBS.c.id == job_id).values(priority=priority))

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
        """Jobs of these routes that have not come to their end, the oldest first."""
        where = JOBS.c.route_id.in_(list(route_ids)) & JOBS.c.state.in_(UNFINISHED)
        with self._database.read() as connection:
            return [Job(*row) for row in connection.execute(select(JOBS).where(where).order_by(JOBS.c.id))]

    def forget_criteria(self, route_ids: Iterable[int]) -> None:
        """Take away by which words jobs that are done have chosen records: they may name a person."""
        done = JOBS.c.route_id.in_(list(route_ids)) & (JOBS.c.scope == "select") & JOBS.c.state.not_in(UNFINISHED)
        with self._database.write() as connection:
            for row in connection.execute(select(JOBS.c.id, JOBS.c.limits).where(done)).all():
                values = {"limits": {**row.limits, "criteria": ""}}
                connection.execute(JOBS.update().where(JOBS.c.id == row.id).values(values))

    def about(self, job_ids: Sequence[int], keys: Sequence[str]) -> list[tuple[int, JobKey]]:
        """Which of these jobs are about one of these records, with who wants it."""
        found = []
        with self._database.read() as connection:
            for part in chunks(job_ids):
                query = select(JOB_KEYS).where(JOB_KEYS.c.job_id.in_(part), JOB_KEYS.c.key.in_(keys))
                for row in connection.execute(query.order_by(JOB_KEYS.c.job_id)):
                    found.append((row.job_id, JobKey(row.key, row.reason, row.actor, row.follows)))
        return found

    def keys(self, job_id: int) -> list[JobKey]:
        """The records a job is about."""
        return self.first_keys(job_id, None)

    def first_keys(self, job_id: int, limit: int | None) -> list[JobKey]:
        """Some of the records a job is about; None = all of them."""
        query = select(JOB_KEYS).where(JOB_KEYS.c.job_id == job_id).order_by(JOB_KEYS.c.key).limit(limit)
        with self._database.read() as connection:
            return [JobKey(row.key, row.reason, row.actor, row.follows) for row in connection.execute(query)]

    def key_count(self, job_id: int) -> int:
        """How many records a job is about by their keys."""
        query = select(func.count()).select_from(JOB_KEYS).where(JOB_KEYS.c.job_id == job_id)
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)


#: What becomes of a job that is put back: whoever has cancelled it does not want it done by another worker either.
_WAITING = case((JOBS.c.cancel_requested, "cancelled"), else_="waiting")


def _held(job: Job) -> ColumnElement[bool]:
    """The row of a job as long as it is done under this very claim."""
    return (JOBS.c.id == job.id) & (JOBS.c.fence == job.fence) & (JOBS.c.state == "running")
