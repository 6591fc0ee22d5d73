"""A job that somebody waits for on a page: how far it is, why it waits, and how it has ended."""

from __future__ import annotations

from dataclasses import dataclass

from hub.backlog import why
from hub.bootstrap import Hub
from hub.store.job import Job
from hub.store.runs import Run


@dataclass(frozen=True, slots=True)
class Awaited:
    """One job as it stands."""

    job: Job
    #: Its newest run.
    run: Run | None
    #: Why it is not being done; empty = it is, or a worker takes it as soon as it can.
    why: str
    #: Places for jobs of the workers that are there.
    places: int


def awaited(hub: Hub, job_id: int) -> Awaited:
    """How a job stands."""
    job, now = hub.jobs.get(job_id), hub.clock()
    return Awaited(job, hub.runs.of_job(job.id), why(hub, job, now), hub.workers.places(now))
