"""A worker process's loop: claim the best waiting job, do it in a thread of its own, and say that we are there."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.bootstrap import Hub
from hub.store.job import Job
from scheduler.presence import Presence

log = logging.getLogger(__name__)

#: Seconds between two looks into the queue where nobody nudges.
POLL = 0.5
#: Seconds that calls under way are given to end when the process is told to.
GRACE = 10.0
#: Seconds that a look into the queue, which is under way then, may take.
CLAIMED_WITHIN = 3.0
#: A job that has heard from no platform for so long does not take a place: it waits for one that does not answer.
STALLED_AFTER = timedelta(seconds=3)
#: At most so many jobs for each place, however many of them are stalled.
MOST_PER_PLACE = 4


@dataclass(slots=True, eq=False)
class _Doing:
    """One job that is being done."""

    job: Job
    heard_at: datetime


class Pool:
    """Does so many jobs at a time, each in a thread."""

    def __init__(self, hub: Hub, slots: int, stopping: threading.Event | None = None) -> None:
        """`stopping`: from when it is set, nothing new is begun."""
        self._hub, self._slots = hub, slots
        self._stopping = stopping or threading.Event()
        self._wake = threading.Event()
        #: By job and claim: one that was given back may be taken again while its first thread still ends.
        self._doing: dict[tuple[int, int], _Doing] = {}
        self._lock = threading.Lock()
        self._worker = hub.worker(self._stopping.is_set, self._heard)
        self._presence = Presence(hub, "local", slots, self._stopping.is_set)
        self._claims = threading.Thread(target=self._loop, name="claims", daemon=True)

    def start(self) -> None:
        """Begin to take jobs."""
        if self._hub.config.is_sqlite:
            # We hold the only worker's lock, so whoever had a lease before is gone.
            self._hub.jobs.expire(self._hub.clock())
        self._presence.start()
        self._claims.start()

    def nudge(self, count: int = 1) -> None:
        """Look into the queue now."""
        self._wake.set()

    def stop(self, grace: float = GRACE) -> bool:
        """Begin nothing new, and give what is under way so many seconds; answers whether all of it has ended.

        What has not is left as it is: its messages stay open, and the worker that takes the job over decides.
        """
        self._stopping.set()
        self._wake.set()
        self._presence.say()
        # A job that is being claimed in this very moment is under way, too.
        self._claims.join(CLAIMED_WITHIN)
        deadline = time.monotonic() + grace
        while self._under_way() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._presence.leave()
        return not self._under_way()

    # -- inside -------------------------------------------------------------------------------------------------

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                while self._has_place() and self._begin():
                    pass
            except Exception:
                # The database may be away for a while; the next look tells.
                log.exception("The queue cannot be read")
            self._wake.wait(POLL)
            self._wake.clear()

    def _begin(self) -> bool:
        if self._stopping.is_set():
            return False
        job = self._worker.claim()
        if job is None:
            return False
        doing = _Doing(job, self._hub.clock())
        with self._lock:
            self._doing[job.id, job.fence] = doing
        threading.Thread(target=self._do, args=(job,), name=f"job-{job.id}", daemon=True).start()
        return True

    def _do(self, job: Job) -> None:
        try:
            self._worker.do(job)
        except Exception:
            log.exception("Job %s was ended by a bug", job.id)
        finally:
            with self._lock:
                del self._doing[job.id, job.fence]
            self._wake.set()

    def _has_place(self) -> bool:
        now = self._hub.clock()
        with self._lock:
            lively = sum(now - one.heard_at < STALLED_AFTER for one in self._doing.values())
            return lively < self._slots and len(self._doing) < self._slots * MOST_PER_PLACE

    def _heard(self, job_id: int) -> None:
        """A platform has answered a call of this job."""
        now = self._hub.clock()
        with self._lock:
            for doing in self._doing.values():
                if doing.job.id == job_id:
                    doing.heard_at = now

    def _under_way(self) -> bool:
        with self._lock:
            return bool(self._doing)
