"""Working jobs off: claim, keep the lease, run, close. What a worker process does in a loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.clock import Clock
from hub.errors import HubError, LeaseLost, PlatformRefused, PlatformUnavailable, RateLimited, RunCancelled, RunHeld
from hub.logs import bound
from hub.store.failures import distance
from hub.store.health import Health
from hub.store.job import Job, Request, Wanted
from hub.store.jobs import Jobs
from hub.store.routes import Routes
from hub.store.runs import Runs, RunState, Tally
from hub.sync.context import Context
from hub.sync.lease import Lease
from hub.sync.recover import recover
from hub.sync.run import Run
from hub.sync.split import NEVER, Splitting, any_failed, split

log = logging.getLogger(__name__)

#: Builds what a job's run works with, and closes the connections afterwards.
Opener = Callable[[Job, int, Lease], AbstractContextManager[Context]]
#: A job whose worker was gone so many times is given up: it may be what ends them.
MOST_TAKEOVERS = 10
#: A job that a platform's trouble has ended waits no longer than this before it is tried again.
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Book:
    """Where a worker notes what becomes of jobs, and of what they speak to."""

    jobs: Jobs
    runs: Runs
    routes: Routes
    health: Health


@dataclass(slots=True)
class _End:
    """How a run has ended."""

    state: RunState = "interrupted"
    error: str = ""
    #: True: a record has failed.
    failures: bool = False
    #: True: what it did not come to is left to the next run.
    left: bool = False
    #: When the same job is tried again; None = it is not.
    again: datetime | None = None


class Worker:
    """Works off one job at a time. Safe to use from several threads, each with a job of its own."""

    def __init__(
        self,
        name: str,
        book: Book,
        opener: Opener,
        *,
        clock: Clock,
        lease: timedelta,
        stopping: Callable[[], bool] = lambda: False,
        splitting: Splitting = NEVER,
    ) -> None:
        self.name = name
        self._book, self._open, self._splitting = book, opener, splitting
        self._clock, self._lease, self._stopping = clock, lease, stopping

    def claim(self, only: int | None = None, route: int | None = None) -> Job | None:
        """Take the best job (or one certain job, or one of a route); None = nothing to claim."""
        now = self._clock()
        return self._book.jobs.claim(self.name, now, now + self._lease, only, route)

    def work_off(self, only: int | None = None, route: int | None = None) -> int | None:
        """Claim the best job (or one certain job, or one of a route) and work it off.

        Answers the run's id; None = nothing to claim.
        """
        job = self.claim(only, route)
        return None if job is None else self.do(job)

    def do(self, job: Job) -> int:
        """Work off a job that was claimed; answers the run's id.

        Errors that end the run are noted on it; LeaseLost means that another worker goes on with the job.
        """
        now = self._clock()
        self._book.runs.interrupted(job.id, now)
        run_id = self._book.runs.start(job.id, job.route_id, self.name, job.fence, now)
        if job.takeovers > MOST_TAKEOVERS:
            words = f"Its worker was gone {job.takeovers} times. What to do: look at the workers' memory and logs."
            self._book.runs.finish(run_id, "aborted", Tally(), now, words)
            self._book.jobs.finish(job, "done")
            return run_id
        with (
            bound(run=run_id, job=job.id, route=job.route_id),
            Lease(self._book.jobs, job, self._lease, self._clock, self._stopping) as lease,
        ):
            self._run(job, run_id, lease)
        return run_id

    def _run(self, job: Job, run_id: int, lease: Lease) -> None:
        tally = Tally()
        settled: set[str] = set()
        end = _End()
        try:
            with self._open(job, run_id, lease) as context:
                tally, settled = context.tally, context.settled
                try:
                    if job.mode == "write" and job.scope != "select":
                        recover(context)
                        context.may_write()
                    if context.route.initialization == "none":
                        # A load that is repeated is a run like any other, and stays one if it is broken off.
                        self._note(job, "running")
                    if split(context, self._splitting):
                        end = _End("split")
                    else:
                        Run(context).work()
                        end = _End("done", failures=any_failed(context))
                    self._book.health.back(context.heard)
                finally:
                    context.links.release_all(run_id)
        except HubError as trouble:
            end = self._judge(job, trouble)
        except (OperationalError, InterfaceError, PoolTimeout) as away:
            # The database was away, or has given us up for lost: what was settled is kept, the rest is done again.
            why = away.orig if isinstance(away, DBAPIError) else away
            log.warning("The database does not serve us: %s", why)
            words = f"The database did not serve us: {why}"
            end = _End("aborted", words, again=self._clock() + min(distance(job.tries + 1), LONGEST_WAIT))
        except Exception as bug:
            # Noted on the run, so that the operator sees it, and raised, so that it is not mistaken for data.
            end = _End("aborted", f"{type(bug).__name__}: {bug}", left=True)
            raise
        finally:
            self._book.runs.finish(run_id, end.state, tally, self._clock(), end.error)
            log.info("The run has ended: %s, %s. %s", end.state, tally.counts(), end.error)
            if end.state == "done":
                self._note(job, "done_with_failures" if end.failures else "done")
            self._close(job, end, settled)

    def _judge(self, job: Job, trouble: HubError) -> _End:
        """What an error of the hub's own means for the job."""
        if isinstance(trouble, RunCancelled):
            return _End("cancelled", left=True)
        if isinstance(trouble, RunHeld):
            return _End("held", str(trouble), left=True)
        if isinstance(trouble, LeaseLost):
            return _End("interrupted", str(trouble))
        words = f"{trouble.cause}: {trouble} What to do: {trouble.fix}"
        return _End("aborted", words, left=True, again=self._again(job, trouble))

    def _again(self, job: Job, trouble: HubError) -> datetime | None:
        """When a job that was ended by a platform's trouble is tried again; notes how the platform is.

        Nobody waits for a preview any more that came to nothing.
        """
        now = self._clock()
        lasting = job.mode == "write"
        if isinstance(trouble, RateLimited):
            return now + max(trouble.wait, timedelta(seconds=1)) if lasting else None
        if isinstance(trouble, PlatformUnavailable):
            if trouble.connection:
                self._book.health.unavailable(trouble.connection, str(trouble), now)
                return now if lasting else None
            return now + min(distance(job.tries + 1), LONGEST_WAIT) if lasting else None
        if isinstance(trouble, PlatformRefused) and trouble.connection:
            self._book.health.refused(trouble.connection, str(trouble), now)
            return now if lasting else None
        return None

    def _close(self, job: Job, end: _End, settled: Set[str]) -> None:
        if end.state == "interrupted":
            # Ctrl+C, or a lost lease: whoever claims the job next goes on with it. No effect if it is not ours.
            self._book.jobs.give_back(job)
            return
        if end.again is not None:
            self._book.jobs.put_off(job, end.again)
            return
        if end.state == "split":
            # It waits for its parts, whose last one has it come up again.
            return
        if end.left:
            self._ask_again(job, settled)
        self._book.jobs.finish(job, "cancelled" if end.state == "cancelled" else "done")

    def _ask_again(self, job: Job, settled: Set[str]) -> None:
        """Leave the records that a run was to look at, and did not come to, to the next run of the route.

        What a run reads by its marks it reads again; what somebody asked for by its key is known to the job alone.
        """
        if job.apart:
            return
        left: dict[tuple[str, str], list[Wanted]] = {}
        for key in self._book.jobs.keys(job.id):
            if key.key not in settled:
                left.setdefault((key.reason, key.actor), []).append(Wanted(key.key, key.follows))
        for (reason, actor), wanted in left.items():
            self._book.jobs.put(Request(job.route_id, "keys", reason, actor, keys=wanted), self._clock())

    def _note(self, job: Job, state: str) -> None:
        if job.scope == "initialize" and job.mode == "write" and job.parent_id is None:
            self._book.routes.set_initialization(job.route_id, state)  # type: ignore[arg-type]
