"""Previews that are kept, and held runs: carried out to the letter, or given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.readiness import refuse_unready
from hub.store.job import Job, Request
from hub.store.plans import PLANS, Plan, State
from hub.store.routes import Route

#: States of held runs about which somebody has still to decide, or whose carrying out has not come to its end.
UNDECIDED: tuple[State, ...] = ("open", "released")
DECIDED: tuple[State, ...] = ("applied", "dropped", "replaced")
#: Scopes that need no first load before them: it is the first load itself, or stands apart from what goes on.
_BEFORE_LOAD = ("initialize", "range")
#: How the outcome of a step is asked for; "waiting" = nothing has become of it yet.
OUTCOMES = {"done": "done", "stale": "stale", "failed": "failed", "waiting": ""}


def ask(hub: Hub, request: Request) -> int:
    """Put a job in that writes nothing and keeps what it would do as a plan; answers its id."""
    return hub.jobs.put(replace(request, mode="preview"), hub.clock())


def refuse_decided(plan: Plan) -> None:
    """Raise ConfigurationError where a plan is not open any more."""
    if plan.state != "open":
        by = f" by {plan.decided_by}" if plan.decided_by else ""
        raise ConfigurationError(
            f"Plan {plan.id} was {plan.state}{by}: it is not carried out again.",
            detail=str(plan.id),
            fix="Make a new preview." if plan.kind == "preview" else "The next run judges anew.",
        )


def became(hub: Hub, plan: Plan) -> dict[str, int]:
    """How many steps of a plan are done, stale, failed, or still to be done."""
    outcomes = hub.plans.outcomes(plan.id)
    ended = {name: outcomes.get(known, 0) for name, known in OUTCOMES.items()}
    # What the plan itself left out (skip, refuse) never waits.
    ended["waiting"] -= sum(plan.counts.get(action, 0) for action in ("skip", "refuse"))
    return ended


def carrying(hub: Hub, plan: Plan) -> Job | None:
    """The job that carries a plan out, as long as it is not at its end."""
    return next((job for job in hub.jobs.unfinished([plan.route_id]) if job.plan_id == plan.id), None)


def apply(hub: Hub, plan: Plan, route: Route) -> int:
    """The job that does exactly what a saved preview says."""
    if plan.kind == "held":
        raise ConfigurationError(
            f"Plan {plan.id} is a held run.", detail=str(plan.id), fix=f"Release it: hub held release {plan.id}"
        )
    refuse_decided(plan)
    _refuse_unready(hub, plan, route)
    return _put_in(hub, plan, route, "plans apply")


def release(hub: Hub, plan: Plan, route: Route) -> int:
    """The job that does exactly what a held run shows. One that was released and did not come to its end goes on."""
    if plan.state != "released":
        refuse_decided(plan)
    _refuse_unready(hub, plan, route)
    with hub.database.together():
        if plan.state != "released" and not hub.plans.decide(plan.id, "released", hub.audit.actor, hub.clock()):
            refuse_decided(hub.plans.get(plan.id))
        return _put_in(hub, plan, route, "held release")


def _refuse_unready(hub: Hub, plan: Plan, route: Route) -> None:
    """Refuse as Sync Now does, and say why: a job that waits for nobody knows how long finds its plan stale."""
    integration = hub.integrations.get(route.integration_id)
    refuse_unready(hub, integration, route, first_load=plan.scope in _BEFORE_LOAD)


def _put_in(hub: Hub, plan: Plan, route: Route, action: str) -> int:
    """The job that carries a plan out: a new one, or the one that is at it already. It is noted in the trail."""
    request = Request(route.id, plan.scope, action, hub.audit.actor, plan_id=plan.id)  # type: ignore[arg-type]
    with hub.database.together():
        hub.database.hold(PLANS, plan.id)
        present = hub.plans.get(plan.id)
        if present.state != "released":
            refuse_decided(present)
        hub.audit.note(action, subject(hub, route), after={"plan": plan.id, "scope": plan.scope, **plan.counts})
        under_way = carrying(hub, plan)
        return under_way.id if under_way else hub.jobs.put(request, hub.clock())


def give_up(hub: Hub, plan: Plan, action: str) -> Mapping[str, int]:
    """Note that nobody wants a plan carried out; answers what has become of its steps until now."""
    route = hub.routes.get(plan.route_id)
    with hub.database.together():
        hub.database.hold(PLANS, plan.id)
        if carrying(hub, plan) is not None:
            raise ConfigurationError(
                f"Plan {plan.id} is being carried out.",
                detail=str(plan.id),
                fix="Wait for the run's end, or stop the writes over its connection by `hub stop`.",
            )
        # One that was released and broke off may be given up, too.
        if plan.state != "released":
            refuse_decided(plan)
        if not hub.plans.decide(plan.id, "dropped", hub.audit.actor, hub.clock()):
            refuse_decided(hub.plans.get(plan.id))
        hub.audit.note(action, subject(hub, route), after={"plan": plan.id, **plan.counts})
    return hub.plans.outcomes(plan.id)


def subject(hub: Hub, route: Route) -> str:
    """How the trail calls a route."""
    return f"{hub.integrations.get(route.integration_id).name} {route.name}"
