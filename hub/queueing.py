"""What a person does about a job in the queue: letting it come sooner or later, or stopping it."""

from __future__ import annotations

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.planning import subject
from hub.store.job import JOBS, PRIORITIES, Job

#: What people call a priority -> how it is kept.
LEVELS = {name: priority for priority, name in PRIORITIES.items()}


def prioritize(hub: Hub, job: Job, level: str) -> bool:
    """Give a job that waits another priority; False = it has this one already.

    ConfigurationError where it does not wait any more: what is being done, or is done, comes no sooner.
    """
    with hub.database.together():
        # No worker takes it meanwhile.
        hub.database.hold(JOBS, job.id)
        present = hub.jobs.get(job.id)
        if present.state != "waiting":
            at_work = present.state in ("running", "split")
            raise ConfigurationError(
                f"Job {job.id} is {'being done' if at_work else present.state}: only one that waits has a priority.",
                detail=str(job.id),
                fix="Wait for its end, or cancel it." if at_work else "Choose a job that waits.",
            )
        if present.priority == LEVELS[level]:
            return False
        hub.jobs.prioritize(job.id, LEVELS[level])
        before, after = ({"priority": PRIORITIES.get(one, one)} for one in (present.priority, LEVELS[level]))
        hub.audit.note("priority", _subject(hub, job), before, after)
    return True


def cancel(hub: Hub, job: Job) -> bool:
    """Stop a job: one that waits at once, one that is being done after the records under way; False = it is over."""
    with hub.database.together():
        if not hub.jobs.request_cancel(job.id):
            return False
        hub.audit.note("cancel", _subject(hub, job))
    return True


def _subject(hub: Hub, job: Job) -> str:
    return f"{subject(hub, hub.routes.get(job.route_id))}: job {job.id}"
