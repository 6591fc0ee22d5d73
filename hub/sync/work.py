"""Working jobs off: claim, keep the lease, run, close. What a worker process does in a loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Set
from contextlib import AbstractContextManager
from datetime import timedelta

from hub.clock import Clock
from hub.errors import HubError, LeaseLost, RunCancelled, RunHeld
from hub.logs import bound
from hub.store.jobs import Job, Jobs, Request, Wanted
from hub.store.routes import Routes
from hub.store.runs import Runs, RunState, Tally
from hub.sync.context import Context
from hub.sync.lease import Lease
from hub.sync.recover import recover
from hub.sync.run import Run

log = logging.getLogger(__name__)

#: Builds what a job's run works with, and closes the connections afterwards.
Opener = Callable[[Job, int, Lease], AbstractContextManager[Context]]


class Worker:
    """Works off one job at a time."""

    def __init__(
        self, name: str, jobs: Jobs, runs: Runs, routes: Routes, opener: Opener, *, clock: Clock, lease: timedelta
    ) -> None:
        self.name = name
        self._jobs, self._runs, self._routes, self._open = jobs, runs, routes, opener
        self._clock, self._lease = clock, lease

    def work_off(self, only: int | None = None, route: int | None = None) -> int | None:
        """Claim the best job (or one certain job, or one of a route) and work it off.

        Answers the run's id; None = nothing to claim.

        Errors that end the run are noted on it; LeaseLost means that another worker goes on with the job.
        """
        now = self._clock()
        job = self._jobs.claim(self.name, now, now + self._lease, only, route)
        if job is None:
            return None
        self._runs.interrupted(job.id, now)
        run_id = self._runs.start(job.id, job.route_id, self.name, job.fence, now)
        with (
            bound(run=run_id, job=job.id, route=job.route_id),
            Lease(self._jobs, job, self._lease, self._clock) as lease,
        ):
            self._run(job, run_id, lease)
        return run_id

    def _run(self, job: Job, run_id: int, lease: Lease) -> None:
        tally = Tally()
        state: RunState = "interrupted"
        error = ""
        settled: set[str] = set()
        ended = False
        try:
            with self._open(job, run_id, lease) as context:
                tally, settled = context.tally, context.settled
                try:
                    if job.mode == "write":
                        recover(context)
                        context.may_write()
                    self._note(job, "running")
                    Run(context).work()
                    state = "done"
                finally:
                    context.links.release_all(run_id)
        except RunCancelled:
            state, ended = "cancelled", True
        except RunHeld as held:
            state, error, ended = "held", str(held), True
        except LeaseLost as lost:
            state, error = "interrupted", str(lost)
        except HubError as trouble:
            state, error, ended = "aborted", f"{trouble.cause}: {trouble} What to do: {trouble.fix}", True
        except Exception as bug:
            # Noted on the run, so that the operator sees it, and raised, so that it is not mistaken for data.
            state, error = "aborted", f"{type(bug).__name__}: {bug}"
            raise
        finally:
            self._runs.finish(run_id, state, tally, self._clock(), error)
            log.info("The run has ended: %s, %s. %s", state, tally.counts(), error)
            if state == "done":
                failures = tally.verdicts["failed"]
                self._note(job, "done_with_failures" if failures else "done")
            if state == "interrupted":
                # Ctrl+C, or a lost lease: whoever claims the job next goes on with it. No effect if it is not ours.
                self._jobs.give_back(job)
            else:
                if ended:
                    self._ask_again(job, settled)
                self._jobs.finish(job, "cancelled" if state == "cancelled" else "done")

    def _ask_again(self, job: Job, settled: Set[str]) -> None:
        """Leave the records that a run was to look at, and did not come to, to the next run of the route.

        What a run reads by its marks it reads again; what somebody asked for by its key is known to the job alone.
        """
        if job.apart:
            return
        left: dict[tuple[str, str], list[Wanted]] = {}
        for key in self._jobs.keys(job.id):
            if key.key not in settled:
                left.setdefault((key.reason, key.actor), []).append(Wanted(key.key, key.follows))
        for (reason, actor), wanted in left.items():
            self._jobs.put(Request(job.route_id, "keys", reason, actor, keys=wanted), self._clock())

    def _note(self, job: Job, state: str) -> None:
        if job.scope == "initialize" and job.mode == "write":
            self._routes.set_initialization(job.route_id, state)  # type: ignore[arg-type]
