"""Held runs: what a run would have done that nobody believed, released or dropped by a person."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for

from admin.auth import person, requires
from admin.plan_steps import PlanView, plan_values
from admin.views.base import Scope, back, exposed
from hub.planning import DECIDED, UNDECIDED, give_up, release
from hub.store.plans import Plan
from hub.store.routes import Route

#: Those that were decided lately.
LATELY = 20


class HeldView(PlanView):
    """The list, and one: what it would do, in pages."""

    @exposed("/")
    def index(self) -> str:
        """Those that wait for a person; below them those that were decided."""
        everything = self.scope()
        scope = everything.named(request.args.get("integration", ""))
        routes = list(scope.routes)
        # A route has at most one that is open: a newer one takes its place.
        waiting = self.hub.plans.newest(routes, kind="held", states=UNDECIDED, limit=len(routes) + LATELY)
        decided = self.hub.plans.newest(routes, kind="held", states=DECIDED, limit=LATELY)
        return self.page("held", scope=scope, everything=everything, waiting=waiting, decided=decided)

    def _shown(self, identity: int, *, personal: bool) -> str:
        scope, route, plan = self._held(identity)
        values = plan_values(self.hub, plan, route, personal=personal)
        return self.page("held_one", scope=scope, route=route, zone=scope.zone(route.id), **values)

    @exposed("/<int:identity>/release", "POST")
    @requires("act")
    def release(self, identity: int) -> Any:
        """Let it do exactly what it shows; where a side has changed since, nothing is done with that record."""
        _, route, plan = self._held(identity)
        job = release(self.hub.acting_for(person().name), plan, route)
        return back(url_for("jobs.one", identity=job), f"Released: job {job} does exactly what was shown.")

    @exposed("/<int:identity>/drop", "POST")
    @requires("act")
    def drop(self, identity: int) -> Any:
        """Give it up: nothing is written, and the next run judges anew."""
        _, _, plan = self._held(identity)
        give_up(self.hub.acting_for(person().name), plan, "held drop")
        return back(url_for("held.index"), "Dropped: nothing of it was written. The next run judges anew.")

    def _held(self, identity: int) -> tuple[Scope, Route, Plan]:
        """A held run that is open to the person; 404 for any other plan."""
        scope, route, plan = self.plan(identity)
        if plan.kind != "held":
            abort(404)
        return scope, route, plan
