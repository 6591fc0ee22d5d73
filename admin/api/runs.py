"""Runs: what was done, with counts that add up, and what a preview would do."""

from __future__ import annotations

from itertools import islice
from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import missing
from admin.api.reach import NUMBER, Place, on, places, sees_personal
from admin.api.schemas import PersonalSchema, a_direction, an_object, numbers, when, word
from hub.hiding import masked_step
from hub.store.plans import PlanStep
from hub.store.runs import Run
from objects.registry import OBJECTS


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


class StepSchema(Schema):
    """What a plan says about one record; a diff has old and new by field."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    action = fields.String(required=True)
    cause = fields.String(required=True)
    detail = fields.String(required=True)
    target_id = fields.String(required=True)
    outcome = fields.String(required=True)
    diff = fields.Dict(required=True)


class StepsQuerySchema(PageSchema, PersonalSchema):
    """Which steps are wanted."""

    action = fields.String(validate=validate.OneOf(("create", "update", "cancel", "link", "skip", "refuse")))


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
def get_plan(asked: dict[str, Any], run_id: int) -> Any:
    """What a preview would do, record by record, or what a held run wanted to do."""
    hub, (run, (one, route)) = the_hub(), _found(run_id)
    plan = hub.plans.of_run(run.id)
    if plan is None:
        raise missing(f"plan of run {run_id}")
    hidden = OBJECTS[route.object].personal
    if sees_personal(asked["personal"]):
        hub.audit.note("show personal data", f"{one.name} plan {plan.id}")
        hidden = frozenset()
    after = (read(asked["cursor"], f"plan {plan.id}", int) or (-1,))[0]
    actions = [asked["action"]] if "action" in asked else []
    steps = list(islice(hub.plans.steps(plan.id, actions=actions, after=after), asked["limit"] + 1))
    shown = page(steps, asked["limit"], f"plan {plan.id}", lambda step: [step.place])
    return {**shown, "items": [_step(masked_step(step, hidden)) for step in shown["items"]]}


def _step(step: PlanStep) -> dict[str, Any]:
    names = ("key", "label", "action", "cause", "detail", "target_id", "outcome")
    return {**{name: getattr(step, name) for name in names}, "diff": dict(step.diff or {})}


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
