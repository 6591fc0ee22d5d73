"""The clock: makes jobs of what is due, and sees to the duties that only one process of all may have.

One clock works on a database; it holds the lease named "clock", and others stand by. APScheduler calls it once a second
and keeps nothing: schedules are rows. A clock inserts jobs and moves their schedules on in one transaction that begins
with its lease. So one that is killed leaves either both or neither behind, and one that was stopped for a while, or cut
off, finds its lease gone and inserts nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from marshmallow import ValidationError

from hub.bootstrap import Hub
from hub.schedule import waits_for
from hub.settings import timing
from hub.store.job import SCHEDULE, Request
from hub.store.job_batches import put_many
from hub.store.leases import CLOCK, Leases
from hub.store.schedules import Due, Move
from hub.triggers import next_run
from scheduler.duties import Duty

log = logging.getLogger(__name__)

#: The lease of the clock. A second one takes over when it has not been renewed for so long, and a tick.
LEASE = timedelta(seconds=12)
TICK = timedelta(seconds=1)
#: Jobs of one transaction: nobody else writes on SQLite meanwhile.
BATCH = 500
#: A clock that is stopped in the middle of a transaction would keep the others from taking over until it is continued:
#: PostgreSQL gives it up for lost after so many milliseconds.
_GIVEN_UP_AFTER = 5000
#: An integration whose settings cannot be read is looked at again after so long.
_LATER = timedelta(minutes=5)


class _Executor(BasePoolExecutor):  # type: ignore[misc]
    """Does the clock's jobs in threads of ours."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(pool)


class Clockwork:
    """One clock of a process. `holder` tells it from all others."""

    def __init__(
        self,
        hub: Hub,
        holder: str,
        duties: Sequence[Duty] = (),
        *,
        nudge: Callable[[int], None] = lambda count: None,
        lease: timedelta = LEASE,
        batch: int = BATCH,
    ) -> None:
        self._hub, self._holder, self._duties, self._nudge = hub, holder, duties, nudge
        self._lease, self._batch = lease, batch
        self._leases = Leases(hub.database)
        self._held_until: datetime | None = None
        self._scheduler: BackgroundScheduler | None = None
        self._pools: list[ThreadPoolExecutor] = []

    @property
    def holds(self) -> bool:
        """Whether this one is the clock now; the others stand by."""
        return self._held_until is not None and self._hub.clock() <= self._held_until

    # -- in threads -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to tick, in threads of its own."""
        # A duty may take its time; the clock goes on ticking.
        self._pools = [ThreadPoolExecutor(size) for size in (1, max(1, len(self._duties)))]
        scheduler = BackgroundScheduler(
            timezone=UTC,
            jobstores={"default": MemoryJobStore()},
            executors={name: _Executor(pool) for name, pool in zip(("default", "duties"), self._pools, strict=True)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_job(self._tick, "interval", seconds=TICK.total_seconds(), next_run_time=datetime.now(UTC))
        for duty in self._duties:
            seconds = duty.every.total_seconds()
            scheduler.add_job(self._do, "interval", args=[duty], id=duty.name, seconds=seconds, executor="duties")
        self._scheduler = scheduler
        scheduler.start()

    def stop(self) -> None:
        """Stop ticking once what is under way is done, and let go of the lease: another clock goes on at once."""
        if self._scheduler is not None:
            scheduler, self._scheduler = self._scheduler, None
            # It would hold its locks while it waits, and what is under way may need them: so we wait, not it.
            scheduler.shutdown(wait=False)
            for pool in self._pools:
                pool.shutdown()
        self._held_until = None
        self._leases.release(CLOCK, self._holder, self._hub.clock())

    def _tick(self) -> None:
        held = self.holds
        try:
            self.tick(self._hub.clock())
        except Exception:
            # A database that is away for a moment must not end the clock.
            log.exception("The clock could not look for what is due; it tries again in a second.")
        scheduler = self._scheduler
        if self.holds and not held and scheduler is not None:
            log.info("This process is the clock now (%s).", self._holder)
            # Where it is stopped in this very moment, it has no jobs any more.
            with suppress(JobLookupError):
                for duty in self._duties:
                    scheduler.modify_job(duty.name, next_run_time=datetime.now(UTC))

    def _do(self, duty: Duty) -> None:
        if not self.holds:
            return
        try:
            duty.act(self._hub.clock())
        except Exception:
            log.exception("%s went wrong; it is tried again next time.", duty.name)

    # -- one tick ---------------------------------------------------------------------------------------------------

    def tick(self, now: datetime) -> int:
        """Renew the lease, and make jobs of what is due; answers how many, 0 where another clock is at work."""
        if not self._take(now):
            return 0
        inserted = 0
        for integrations in self._parts(now):
            with self._fenced(now) as mine:
                if not mine:
                    break
                inserted += self._carry_on(self._hub.schedules.due(now, integrations), now)
        if inserted:
            self._nudge(inserted)
        return inserted

    def _take(self, now: datetime) -> bool:
        held = self._leases.take(CLOCK, self._holder, now, now + self._lease)
        self._held_until = held.until if held else None
        return held is not None

    @contextmanager
    def _fenced(self, now: datetime) -> Iterator[bool]:
        """A transaction in which nobody else can become the clock; answers whether we still are."""
        with self._hub.database.together(), self._hub.database.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {_GIVEN_UP_AFTER}")
            yield self._take(now)

    def _parts(self, now: datetime) -> Iterator[list[int]]:
        """Integrations with something due, as many as make a batch: the routes of one are not torn apart."""
        part, size = list[int](), 0
        for integration, count in self._hub.schedules.due_integrations(now):
            if part and size + count > self._batch:
                yield part
                part, size = [], 0
            part.append(integration)
            size += count
        if part:
            yield part

    def _carry_on(self, due: Sequence[Due], now: datetime) -> int:
        """Insert the jobs that are due and move all schedules on; answers how many jobs were inserted."""
        timings = {one.integration_id: _timing(one) for one in due}
        requests, moves = [], []
        for one in due:
            found = timings[one.integration_id]
            if found is None:
                moves.append(Move(one.stored.route_id, now + _LATER, one.stored.zone))
                continue
            zone, cut_over = found
            planned = one.stored.next_run_at or _first(one, zone, now)
            if planned is None or planned > now:
                moves.append(Move(one.stored.route_id, planned, zone.key))
                continue
            runs = one.enabled and _armed(one, cut_over, now)
            if runs:
                requests.append(_request(one.stored.route_id, planned, now))
            following = next_run(one.stored.schedule, zone, now)
            moves.append(Move(one.stored.route_id, following, zone.key, planned if runs else None))
        inserted = put_many(self._hub.database, requests, now)
        self._hub.schedules.advance(moves)
        return inserted


def _timing(due: Due) -> tuple[ZoneInfo, datetime | None] | None:
    """Zone and cut-over of an integration; None where its settings cannot be read: the others go on."""
    try:
        return timing(due.settings)
    except ValidationError as error:
        log.error("The settings of integration %s cannot be read: %s", due.integration_id, error.messages)
        return None


def _first(due: Due, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first time of a schedule whose next one is not computed: since it was saved, also if no clock ran then.

    One that had a time already, in another zone, goes on from now.
    """
    stored = due.stored
    return next_run(stored.schedule, zone, stored.saved_at if stored.zone == zone.key else now)


def _armed(due: Due, cut_over: datetime | None, now: datetime) -> bool:
    has_run = due.stored.last_planned_at is not None
    return not waits_for(due.object, due.initialization, cut_over, now, has_run=has_run)


def _request(route_id: int, planned: datetime, now: datetime) -> Request:
    return Request(route_id, "changes", "schedule", CLOCK, priority=SCHEDULE, planned_at=planned, tick=now)
