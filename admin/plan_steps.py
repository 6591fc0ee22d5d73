"""What `_plan.html` shows of a plan, be it a preview or a held run: totals, and the steps that the address asks for."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort, request

from admin.views.base import MaskedView, Scope, chosen, number
from hub.bootstrap import Hub
from hub.hiding import masked_step
from hub.planning import OUTCOMES, carrying
from hub.store.plans import Plan, PlanStep
from hub.store.routes import Route
from objects.money import readable
from objects.registry import OBJECTS

#: Steps of one page.
STEPS = 50
#: The actions of steps, in the order in which they are counted.
ACTIONS = ("create", "update", "cancel", "link", "skip", "refuse")
#: Characters of a value that a list of steps shows.
LONGEST = 300


class PlanView(MaskedView):
    """Pages of one plan each."""

    thing = "plan"

    def plan(self, identity: int) -> tuple[Scope, Route, Plan]:
        """A plan that is open to the person; 404 for any other."""
        scope = self.scope()
        plan = self.hub.plans.find(identity)
        if plan is None or plan.route_id not in scope.routes or plan.state == "making":
            abort(404)
        return scope, scope.routes[plan.route_id], plan


def plan_values(hub: Hub, plan: Plan, route: Route, *, personal: bool = False) -> dict[str, Any]:
    """The values of `_plan.html`; what is personal is masked unless `personal` says otherwise."""
    action, outcome = chosen("action", ACTIONS), chosen("outcome", OUTCOMES)
    cause, after = request.args.get("cause", ""), number("after")
    hidden = OBJECTS[route.object].personal
    found = hub.plans.page(
        plan.id,
        STEPS + 1,
        actions=[action] if action else (),
        cause=cause,
        outcome=OUTCOMES[outcome] if outcome else None,
        after=-1 if after is None else after,
    )
    steps = [step if personal else masked_step(step, hidden) for step in found[:STEPS]]
    narrowed = {"action": action, "cause": cause, "outcome": outcome}
    return {
        "plan": plan,
        "steps": steps,
        "further": steps[-1].place if len(found) > STEPS else None,
        "narrowed": {name: value for name, value in narrowed.items() if value},
        "order": [name for name in ACTIONS if plan.counts.get(name)],
        "unlisted": {name: count for name, count in plan.counts.items() if name not in ACTIONS and count},
        "became": {name: count for name, count in hub.plans.outcomes(plan.id).items() if name},
        "carrying": carrying(hub, plan),
        "personal": personal,
        "hides": bool(hidden),
        "fields_of": fields_of,
    }


def fields_of(step: PlanStep) -> list[tuple[str, str, str]]:
    """The fields of a step with what they are and what they would be; what is created empty is no news."""
    return [
        (name, _called(name, both.get("old")), _called(name, both.get("new")))
        for name, both in (step.diff or {}).items()
        if step.action != "create" or both.get("new") not in (None, "", [])
    ]


def _called(name: str, value: Any) -> str:
    """A value of a field; prices as people write them, however many zeros were kept of them."""
    try:
        return readable(Decimal(str(value))) if name == "price" else shown(value)
    except InvalidOperation:
        return shown(value)


def shown(value: Any) -> str:
    """A value of a field in words, cut where it is long."""
    if value in (None, "", [], {}):
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        text = ", ".join(f"{name}: {shown(one)}" for name, one in value.items() if one not in (None, "", []))
    elif isinstance(value, list):
        text = "; ".join(shown(one) for one in value)
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
