"""Runs: what was done, with counts that add up, and what a preview would do."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.plans import StepSchema, StepsQuerySchema, steps_of
from admin.api.problems import missing
from admin.api.reach import NUMBER, Place, on, places
from admin.api.schemas import a_direction, an_object, numbers, when, word
from hub.store.runs import Run


class RunSchema(Schema):
    """One run."""

    id = fields.Integer(required=True)
    job_id = fields.Integer(required=True)
    integration = fields.String(required=True)
    object = fields.String(required=True)
    direction = fields.String(required=True)
    state = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    ended_at = when()
    counts = numbers()
    causes = numbers()
    error = fields.String(required=True)
    warnings = fields.List(fields.String(), required=True)


class RunDetailSchema(RunSchema):
    """One run, with the plan that it has made."""

    plan = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of a preview, and of a run that is held."}
    )


class RunsQuerySchema(PageSchema):
    """Which runs are wanted."""

    integration = word()
    object = an_object()
    direction = a_direction()


@endpoint("GET /runs", "read", tag="runs", query=RunsQuerySchema, answer=listed(RunSchema))
def list_runs(asked: dict[str, Any]) -> Any:
    """The newest runs first."""
    found = places(asked.get("integration"), asked.get("object"), asked.get("direction"))
    before = (read(asked["cursor"], "runs", int) or (None,))[0]
    runs = the_hub().runs.newest(found, asked["limit"] + 1, before=before)
    return page([_told(run, found[run.route_id]) for run in runs], asked["limit"], "runs", lambda row: [row["id"]])


@endpoint(f"GET /runs/<{NUMBER}:run_id>", "read", tag="runs", answer=RunDetailSchema)
def get_run(run_id: int) -> Any:
    """One run; its counts grow while it goes on."""
    run, where = _found(run_id)
    plan = the_hub().plans.of_run(run.id)
    return {**_told(run, where), "plan": plan.id if plan else None}


@endpoint(f"GET /runs/<{NUMBER}:run_id>/plan", "read", tag="runs", query=StepsQuerySchema, answer=listed(StepSchema))
def get_run_plan(asked: dict[str, Any], run_id: int) -> Any:
    """What a preview would do, record by record, or what a held run wanted to do."""
    run, where = _found(run_id)
    plan = the_hub().plans.of_run(run.id)
    if plan is None:
        raise missing(f"plan of run {run_id}")
    return steps_of(asked, plan, where)


def _found(run_id: int) -> tuple[Run, Place]:
    run = the_hub().runs.find(run_id)
    if run is None:
        raise missing(f"run {run_id}")
    return run, on(run.route_id, f"run {run_id}")


def _told(run: Run, where: Place) -> dict[str, Any]:
    one, route = where
    names = ("id", "job_id", "state", "started_at", "ended_at", "counts", "causes", "error", "warnings")
    told = {name: getattr(run, name) for name in names}
    return {**told, "integration": one.name, "object": route.object, "direction": route.direction}
