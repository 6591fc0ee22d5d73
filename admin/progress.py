"""How many records a job is about, where that is known before it has looked at them."""

from __future__ import annotations

from hub.bootstrap import Hub
from hub.store.job import Job
from hub.sync.run import DONE_BY_PLAN


def total_of(hub: Hub, job: Job) -> int | None:
    """The records of a job; None = only its end tells."""
    if job.plan_id is not None:
        counts = hub.plans.get(job.plan_id).counts
        return sum(counts.get(action, 0) for action in DONE_BY_PLAN)
    if job.scope == "keys":
        return hub.jobs.key_count(job.id)
    known = job.limits.get("total")
    return known if isinstance(known, int) else None
