"""Plans: previews that are kept, carried out to the letter or dropped; and runs that a person has to decide about."""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import conflicting, missing
from admin.api.reach import NUMBER, Place, on, places, sees_personal
from admin.api.schemas import JobRefSchema, PersonalSchema, a_direction, an_object, numbers, when, word
from hub.hiding import masked_step
from hub.planning import OUTCOMES, UNDECIDED, apply, became, carrying, give_up, release
from hub.store.plans import Listed, Plan, PlanStep, State
from objects.registry import OBJECTS

STATES = tuple(state for state in get_args(State) if state != "making")
ACTIONS = ("create", "update", "cancel", "link", "skip", "refuse")


class PlanSchema(Schema):
    """What a run would do, in numbers."""

    id = fields.Integer(required=True)
    integration = fields.String(required=True)
    object = fields.String(required=True)
    direction = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    scope = fields.String(required=True)
    run = fields.Integer(required=True, allow_none=True, metadata={"description": "The run that made it."})
    created_at = fields.DateTime(required=True)
    actor = fields.String(required=True)
    counts = numbers()
    causes = numbers()
    reasons = fields.List(fields.String(), required=True, metadata={"description": "Why a run is held."})
    decided_at = when()
    decided_by = fields.String(required=True)


class PlanDetailSchema(PlanSchema):
    """The same, with what has become of its steps."""

    outcomes = numbers()
    job = fields.Integer(required=True, allow_none=True, metadata={"description": "The job that carries it out now."})


class PlansQuerySchema(PageSchema):
    """Which plans are wanted."""

    integration = word()
    object = an_object()
    direction = a_direction()
    state = fields.List(
        fields.String(validate=validate.OneOf(STATES)), metadata={"description": "May be given several times."}
    )


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

    action = fields.String(validate=validate.OneOf(ACTIONS))
    cause = word()
    outcome = fields.String(validate=validate.OneOf(list(OUTCOMES)))


class DroppedSchema(Schema):
    """What had become of the steps until it was given up."""

    outcomes = numbers()


# -- previews -------------------------------------------------------------------------------------------------------


@endpoint("GET /plans", "read", tag="plans", query=PlansQuerySchema, answer=listed(PlanSchema))
def list_plans(asked: dict[str, Any]) -> Any:
    """Previews that are kept, the newest first. A preview is made by `preview` of sync, initialize and backfill."""
    return _listed(asked, "preview", asked.get("state", ()))


@endpoint(f"GET /plans/<{NUMBER}:plan_id>", "read", tag="plans", answer=PlanDetailSchema)
def get_plan(plan_id: int) -> Any:
    """One preview, and what has become of it."""
    return _detailed(*_found(plan_id, "preview"))


@endpoint(
    f"GET /plans/<{NUMBER}:plan_id>/steps", "read", tag="plans", query=StepsQuerySchema, answer=listed(StepSchema)
)
def list_plan_steps(asked: dict[str, Any], plan_id: int) -> Any:
    """What a preview says about each record and field."""
    return steps_of(asked, *_found(plan_id, "preview"))


@endpoint(f"POST /plans/<{NUMBER}:plan_id>/apply", "act", tag="plans", answer=JobRefSchema, status=202)
def apply_plan(plan_id: int) -> Any:
    """Do exactly what a preview says. Where a side has changed since, nothing is done with that record: PLAN_STALE.

    Refused (409) where it was decided already, and where the route is switched off, paused or not initialised yet.
    """
    plan, (_, route) = _found(plan_id, "preview")
    with conflicting():
        return {"job": apply(the_hub(), plan, route)}


@endpoint(f"POST /plans/<{NUMBER}:plan_id>/drop", "act", tag="plans", answer=DroppedSchema)
def drop_plan(plan_id: int) -> Any:
    """Give a preview up: it cannot be carried out any more."""
    return _dropped(_found(plan_id, "preview")[0], "plans drop")


# -- held runs ------------------------------------------------------------------------------------------------------


@endpoint("GET /held", "read", tag="held runs", query=PlansQuerySchema, answer=listed(PlanSchema))
def list_held(asked: dict[str, Any]) -> Any:
    """Runs that would have changed more than is plausible, the newest first: those about which a person has to decide.

    With `state`, those that were decided, too.
    """
    return _listed(asked, "held", asked.get("state") or UNDECIDED)


@endpoint(f"GET /held/<{NUMBER}:held_id>", "read", tag="held runs", answer=PlanDetailSchema)
def get_held(held_id: int) -> Any:
    """One held run: why it is held, and what has become of it."""
    return _detailed(*_found(held_id, "held"))


@endpoint(
    f"GET /held/<{NUMBER}:held_id>/steps", "read", tag="held runs", query=StepsQuerySchema, answer=listed(StepSchema)
)
def list_held_steps(asked: dict[str, Any], held_id: int) -> Any:
    """What a held run would do to each record and field."""
    return steps_of(asked, *_found(held_id, "held"))


@endpoint(f"POST /held/<{NUMBER}:held_id>/release", "act", tag="held runs", answer=JobRefSchema, status=202)
def release_held(held_id: int) -> Any:
    """Let a held run do exactly what it shows. Where a side has changed since, nothing is done: PLAN_STALE.

    Refused (409) where it was decided already, and where the route is switched off, paused or not initialised yet.
    """
    plan, (_, route) = _found(held_id, "held")
    with conflicting():
        return {"job": release(the_hub(), plan, route)}


@endpoint(f"POST /held/<{NUMBER}:held_id>/drop", "act", tag="held runs", answer=DroppedSchema)
def drop_held(held_id: int) -> Any:
    """Give a held run up: nothing of it is written, and the next run judges anew."""
    return _dropped(_found(held_id, "held")[0], "held drop")


# -- parts ----------------------------------------------------------------------------------------------------------


def steps_of(asked: dict[str, Any], plan: Plan, where: Place) -> dict[str, Any]:
    """A page of the steps of a plan; what is personal is masked unless it was asked for, which is noted."""
    hub, (one, route) = the_hub(), where
    hidden = OBJECTS[route.object].personal
    if sees_personal(asked["personal"]):
        hub.audit.note("show personal data", f"{one.name} plan {plan.id}")
        hidden = frozenset()
    steps = hub.plans.page(
        plan.id,
        asked["limit"] + 1,
        actions=[asked["action"]] if "action" in asked else (),
        cause=asked.get("cause", ""),
        outcome=OUTCOMES[asked["outcome"]] if "outcome" in asked else None,
        after=(read(asked["cursor"], f"plan {plan.id}", int) or (-1,))[0],
    )
    shown = page(steps, asked["limit"], f"plan {plan.id}", lambda step: [step.place])
    return {**shown, "items": [_step(masked_step(step, hidden)) for step in shown["items"]]}


def _step(step: PlanStep) -> dict[str, Any]:
    names = ("key", "label", "action", "cause", "detail", "target_id", "outcome")
    return {**{name: getattr(step, name) for name in names}, "diff": dict(step.diff or {})}


def _listed(asked: dict[str, Any], kind: Listed, states: Any) -> dict[str, Any]:
    found = places(asked.get("integration"), asked.get("object"), asked.get("direction"))
    before = (read(asked["cursor"], kind, int) or (None,))[0]
    plans = the_hub().plans.newest(list(found), kind=kind, states=states, limit=asked["limit"] + 1, before=before)
    told = [_told(plan, found[plan.route_id]) for plan in plans]
    return page(told, asked["limit"], kind, lambda row: [row["id"]])


def _found(plan_id: int, kind: Listed) -> tuple[Plan, Place]:
    what = f"{'held run' if kind == 'held' else 'plan'} {plan_id}"
    plan = the_hub().plans.find(plan_id)
    if plan is None or plan.kind != kind or plan.state == "making":
        raise missing(what)
    return plan, on(plan.route_id, what)


def _dropped(plan: Plan, action: str) -> dict[str, Any]:
    with conflicting():
        give_up(the_hub(), plan, action)
    return {"outcomes": became(the_hub(), plan)}


def _detailed(plan: Plan, where: Place) -> dict[str, Any]:
    job = carrying(the_hub(), plan)
    return {**_told(plan, where), "outcomes": became(the_hub(), plan), "job": job.id if job else None}


def _told(plan: Plan, where: Place) -> dict[str, Any]:
    one, route = where
    names = ("id", "state", "scope", "created_at", "actor", "counts", "causes", "reasons", "decided_at", "decided_by")
    told = {name: getattr(plan, name) for name in names}
    return {**told, "run": plan.run_id, "integration": one.name, "object": route.object, "direction": route.direction}
