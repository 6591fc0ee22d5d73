"""Jobs: what waits and why, what is being done, in which order, and stopping it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import Problem, conflicting, missing
from admin.api.reach import NUMBER, Place, integration, is_open, on
from admin.api.schemas import DoneSchema, when, word
from hub.awaited import awaited
from hub.backlog import backlog
from hub.queueing import LEVELS, cancel, prioritize
from hub.store.job import PRIORITIES, Job


class JobSchema(Schema):
    """One job."""

    id = fields.Integer(required=True)
    integration = fields.String(required=True)
    object = fields.String(required=True)
    direction = fields.String(required=True)
    scope = fields.String(required=True)
    kind = fields.String(required=True)
    priority = fields.String(
        required=True, metadata={"description": "high (Sync Now), normal (schedules) or low (backfills)."}
    )
    state = fields.String(
        required=True, metadata={"description": "waiting, running, split, done, cancelled or absorbed."}
    )
    actor = fields.String(required=True)
    reason = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    not_before = when()
    worker = fields.String(required=True)
    tries = fields.Integer(required=True)
    cancel_requested = fields.Boolean(required=True)
    why = fields.String(required=True, metadata={"description": "Why it waits; empty = a worker takes it soon."})


class JobDetailSchema(JobSchema):
    """One job, with the run that does it."""

    absorbed_into = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The job that does this one's work."}
    )
    run = fields.Integer(required=True, allow_none=True, metadata={"description": "Its newest run."})


class JobsQuerySchema(PageSchema):
    """Which jobs are wanted."""

    integration = word()


class CancelledSchema(Schema):
    """What came of it."""

    state = fields.String(
        required=True, metadata={"description": "cancelled, or running: it stops after the records under way."}
    )


class PrioritySchema(Schema):
    """How urgent a job is."""

    priority = fields.String(required=True, validate=validate.OneOf(list(LEVELS)))


@endpoint("GET /jobs", "read", tag="jobs", query=JobsQuerySchema, answer=listed(JobSchema))
def list_jobs(asked: dict[str, Any]) -> Any:
    """What waits or is being done, and why it waits; in the order in which it was put in."""
    hub, name = the_hub(), asked.get("integration")
    if name is not None:
        integration(name)
    after = (read(asked["cursor"], "jobs", int) or (0,))[0]
    found = [
        _told(one.job, (hub.integrations.get(one.route.integration_id), one.route), one.why)
        for one in sorted(backlog(hub, hub.clock()).jobs, key=lambda one: one.job.id)
        if one.job.id > after and is_open(one.integration) and name in (None, one.integration)
    ]
    return page(found, asked["limit"], "jobs", lambda row: [row["id"]])


@endpoint(f"GET /jobs/<{NUMBER}:job_id>", "read", tag="jobs", answer=JobDetailSchema)
def get_job(job_id: int) -> Any:
    """One job, also one that is done."""
    _, where = _found(job_id)
    stands = awaited(the_hub(), job_id)
    more = {"absorbed_into": stands.job.absorbed_into, "run": stands.run.id if stands.run else None}
    return {**_told(stands.job, where, stands.why), **more}


@endpoint(f"POST /jobs/<{NUMBER}:job_id>/cancel", "act", tag="jobs", answer=CancelledSchema)
def cancel_job(job_id: int) -> Any:
    """Stop a job: one that waits at once, one that is being done after the records under way."""
    hub, (job, _) = the_hub(), _found(job_id)
    if not job.unfinished or not cancel(hub, job):
        raise Problem(409, f"Job {job.id} is {job.state}: there is nothing to cancel.")
    return hub.jobs.get(job.id)


@endpoint(f"PUT /jobs/<{NUMBER}:job_id>/priority", "act", tag="jobs", body=PrioritySchema, answer=DoneSchema)
def set_priority(asked: dict[str, Any], job_id: int) -> Any:
    """Let a job that waits come sooner or later than others. Refused (409) where it does not wait any more.

    Of the jobs that may begin, the one of the highest priority does. One that waits for its route, or for a platform,
    waits on.
    """
    job, _ = _found(job_id)
    with conflicting():
        return {"changed": prioritize(the_hub(), job, asked["priority"])}


def _found(job_id: int) -> tuple[Job, Place]:
    job = the_hub().jobs.several([job_id]).get(job_id)
    if job is None:
        raise missing(f"job {job_id}")
    return job, on(job.route_id, f"job {job_id}")


def _told(job: Job, where: Place, why: str) -> dict[str, Any]:
    one, route = where
    names = ("id", "scope", "kind", "state", "actor", "reason", "created_at", "not_before", "worker")
    told = {name: getattr(job, name) for name in (*names, "tries", "cancel_requested")}
    told["priority"] = PRIORITIES.get(job.priority, str(job.priority))
    return {**told, "integration": one.name, "object": route.object, "direction": route.direction, "why": why}
