"""The right to write: a job's lease, renewed by a thread of its own and asked before every write."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType

from sqlalchemy.exc import SQLAlchemyError

from hub.clock import Clock
from hub.errors import LeaseLost, WorkerStopping
from hub.store.job import Job
from hub.store.jobs import Jobs

#: What must be left of a lease beyond a call's read timeout when the call is sent.
MARGIN = timedelta(seconds=5)
#: A lease that could not be renewed is tried again after so long.
AGAIN = timedelta(seconds=2)

log = logging.getLogger(__name__)


class Lease:
    """Keeps a job ours while it is worked on; a context manager."""

    def __init__(
        self, jobs: Jobs, job: Job, duration: timedelta, clock: Clock, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self._jobs, self._job, self._duration, self._clock = jobs, job, duration, clock
        #: Whether this process has been told to end.
        self.stopping = stopping
        self._until: datetime = job.lease_until or clock()
        self._stop = threading.Event()
        self._renewing = threading.Lock()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job.id}", daemon=True)

    def __enter__(self) -> Lease:
        """Start the heartbeat."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        """Stop the heartbeat; the job itself is closed by the worker."""
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        distance = self._duration.total_seconds() / 4
        while not self._stop.wait(distance):
            try:
                if not self._renew():
                    return
                distance = self._duration.total_seconds() / 4
            except SQLAlchemyError as away:
                # As long as the lease lasts, the database may come back.
                log.warning("The lease of job %s could not be renewed: %s", self._job.id, type(away).__name__)
                distance = min(distance, AGAIN.total_seconds())
                if self._clock() > self._until:
                    return

    def _renew(self) -> bool:
        with self._renewing:
            until = self._clock() + self._duration
            if not self._jobs.heartbeat(self._job, until):
                self._until = datetime.min.replace(tzinfo=until.tzinfo)
                return False
            self._until = until
            return True

    @property
    def until(self) -> datetime:
        """When the lease runs out."""
        return self._until

    def may_go_on(self) -> None:
        """Allow something new to be begun; WorkerStopping once this process has been told to end."""
        if self.stopping():
            raise WorkerStopping

    def ensure(self, read_timeout: timedelta) -> None:
        """Allow a write whose answer may take this long; LeaseLost when it is not ours to send any more.

        A process that was stopped and continued finds its lease run out here, before it writes.
        """
        left = self._until - self._clock()
        if left > read_timeout + MARGIN:
            return
        if left <= timedelta(0) or not self._renew():
            raise LeaseLost
        if self._duration <= read_timeout + MARGIN:
            raise LeaseLost(
                f"A lease of {self._duration} is too short for a read timeout of {read_timeout}.",
                fix="Set HUB_LEASE_SECONDS to more than the connection's read timeout plus 5 seconds.",
            )
