"""Previews that are kept: what a run would do, record by record, carried out to the letter or dropped."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for

from admin.auth import person, requires
from admin.plan_steps import PlanView, plan_values
from admin.views.base import Scope, back, chosen, exposed, number
from hub.errors import ConfigurationError
from hub.planning import apply, give_up
from hub.store.plans import Plan
from hub.store.routes import Route

PAGE = 50
STATES = ("open", "applied", "dropped")
#: What may be looked at before it is done.
SCOPES = ("changes", "full", "initialize", "range")


class PlansView(PlanView):
    """The list of previews, and one of them."""

    @exposed("/")
    def index(self) -> str:
        """Previews that are kept, the newest first; narrowed by integration and state."""
        everything = self.scope()
        scope, state = everything.named(request.args.get("integration", "")), chosen("state", STATES)
        routes = list(scope.routes)
        found = self.hub.plans.newest(
            routes,
            kind="preview",
            states=[state] if state else (),  # type: ignore[list-item]
            limit=PAGE + 1,
            before=number("before"),
        )
        plans = found[:PAGE]
        older = plans[-1].id if len(found) > PAGE else None
        return self.page("plans", scope=scope, everything=everything, plans=plans, older=older, states=STATES)

    @exposed("/new")
    def new(self) -> str:
        """What a preview, or a first load, of a route is about; both begin from here."""
        scope, route = self.route(number("route") or 0)
        asked = chosen("scope", SCOPES) or "changes"
        return self.page("plan_new", scope=scope, route=route, asked=asked, zone=scope.zone(route.id))

    def _shown(self, identity: int, *, personal: bool) -> str:
        scope, route, plan = self.plan(identity)
        if plan.kind == "held":
            abort(404)
        return self.page("plan", scope=scope, route=route, **plan_values(self.hub, plan, route, personal=personal))

    @exposed("/<int:identity>/apply", "POST")
    @requires("act")
    def apply(self, identity: int) -> Any:
        """Do exactly what it says; where a side has changed since, nothing is done with that record."""
        _, route, plan = self._preview(identity)
        job = apply(self.hub.acting_for(person().name), plan, route)
        return back(url_for("jobs.one", identity=job), f"Job {job} does exactly what plan {plan.id} says.")

    @exposed("/<int:identity>/drop", "POST")
    @requires("act")
    def drop(self, identity: int) -> Any:
        """Give it up: nothing of it is written."""
        _, route, plan = self._preview(identity)
        give_up(self.hub.acting_for(person().name), plan, "plans drop")
        return back(url_for("routes.one", identity=route.id), f"Plan {plan.id} is dropped: nothing of it was written.")

    def _preview(self, identity: int) -> tuple[Scope, Route, Plan]:
        scope, route, plan = self.plan(identity)
        if plan.kind == "held":
            what = f"Plan {plan.id} is a held run."
            raise ConfigurationError(what, detail=str(plan.id), fix="Release or drop it on the page of held runs.")
        return scope, route, plan
