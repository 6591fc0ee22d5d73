"""Routes: how each stands, Sync Now, pause and resume, and its schedule."""

from __future__ import annotations

from typing import Any, Literal

from flask import abort, request, url_for

from admin.auth import person, requires
from admin.cards import added_up
from admin.overview import cards
from admin.pressing import look
from admin.views.base import Scope, View, back, exposed
from hub.backfilling import Words, limits_of
from hub.pausing import pause_route
from hub.readiness import refuse_unready
from hub.starting import backfill, first_load, start
from hub.store.failure_list import FailureList
from hub.store.job import Request
from hub.store.routes import Route
from objects.registry import OBJECTS

#: Runs that the page of a route shows.
RUNS = 10
#: Previews of it that wait for a decision.
PREVIEWS = 5
#: How a backfill's limits are called and written on its page.
_TYPED = Words("Created from", "to", "Order numbers", "2026-11-01T00:00", "1001-1099")


class RoutesView(View):
    """All routes, and one."""

    @exposed("/")
    def index(self) -> str:
        """All routes that are open to the person."""
        scope = self.scope()
        return self.page("routes", scope=scope, cards=cards(self.hub, scope, list(scope.routes.values()), self.now()))

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """One route."""
        return self.page("route", **self._facts(identity))

    @exposed("/<int:identity>/live")
    def live(self, identity: int) -> str:
        """The part of its page that changes."""
        return self.page("_route", **self._facts(identity))

    def _facts(self, identity: int) -> dict[str, Any]:
        scope, route = self.route(identity)
        (shown,) = cards(self.hub, scope, [route], self.now())
        runs = self.hub.runs.newest([route.id], RUNS)
        causes = FailureList(self.hub.database).open_ones([route.id]).by_cause
        previews = self.hub.plans.newest([route.id], kind="preview", states=["open"], limit=PREVIEWS)
        jobs = self.hub.jobs.several(run.job_id for run in runs)
        return {
            "scope": scope,
            "card": shown,
            "runs": runs,
            "jobs": jobs,
            "causes": causes,
            "previews": previews,
            "loads": OBJECTS[route.object].initialized,
            "zone": scope.zone(route.id),
            "added_up": added_up,
        }

    @exposed("/<int:identity>/sync", "POST")
    @requires("act")
    def sync(self, identity: int) -> Any:
        """Sync Now: what changed since the last run."""
        return self._put(identity, "changes")

    @exposed("/<int:identity>/compare", "POST")
    @requires("act")
    def compare(self, identity: int) -> Any:
        """Read and compare everything."""
        return self._put(identity, "full")

    def _put(self, identity: int, scope_of_job: Literal["changes", "full"]) -> Any:
        scope, route = self.route(identity)
        refuse_unready(self.hub, scope.integration(route.id), route)
        return self._put_in(Request(route.id, scope_of_job, "sync now", person().name))

    @exposed("/<int:identity>/initialize", "POST")
    @requires("act")
    def initialize(self, identity: int) -> Any:
        """The first load: what exists on both sides is linked, and only what is missing is created."""
        scope, route = self.route(identity)
        return self._put_in(self._first_load(scope, route))

    @exposed("/<int:identity>/preview", "POST")
    @requires("act")
    def preview(self, identity: int) -> Any:
        """What a run would do, kept as a plan; nothing is written."""
        scope, route = self.route(identity)
        wanted = request.form.get("scope", "changes")
        if wanted not in ("changes", "full", "initialize"):
            abort(400, f"scope cannot be {wanted}.")
        if wanted == "initialize":
            return look(self.hub, self._first_load(scope, route))
        refuse_unready(self.hub, scope.integration(route.id), route, first_load=OBJECTS[route.object].initialized)
        return look(self.hub, Request(route.id, wanted, "sync now", person().name))  # type: ignore[arg-type]

    @exposed("/<int:identity>/backfill", "POST")
    @requires("act")
    def backfill(self, identity: int) -> Any:
        """Orders from before the cut-over, by period or number: at once, or as a preview first."""
        scope, route = self.route(identity)
        if route.object != "order" or route.direction != "shop_to_erp":
            abort(404)
        refuse_unready(self.hub, scope.integration(route.id), route, first_load=True)
        typed = [request.form.get(name, "").strip() for name in ("from", "to", "numbers")]
        limits = limits_of(*typed, zone=scope.zone(route.id), words=_TYPED)
        asked = backfill(route, limits, person().name)
        return look(self.hub, asked) if request.form.get("act") == "preview" else self._put_in(asked)

    def _first_load(self, scope: Scope, route: Route) -> Request:
        asked = first_load(route, person().name)
        refuse_unready(self.hub, scope.integration(route.id), route, first_load=True)
        return asked

    def _put_in(self, asked: Request) -> Any:
        job = start(self.hub.acting_for(person().name), asked)
        # Its page says how it stands; a word about it here would still stand there when it is done.
        return back(url_for("jobs.one", identity=job))

    @exposed("/<int:identity>/pause", "POST")
    @requires("act")
    def pause(self, identity: int) -> Any:
        """Let its jobs wait."""
        return self._pause(identity, paused=True)

    @exposed("/<int:identity>/resume", "POST")
    @requires("act")
    def resume(self, identity: int) -> Any:
        """Let its jobs go on."""
        return self._pause(identity, paused=False)

    def _pause(self, identity: int, *, paused: bool) -> Any:
        scope, route = self.route(identity)
        name, here = scope.integration(route.id).name, url_for("routes.one", identity=route.id)
        if pause_route(self.hub.acting_for(person().name), name, route, paused=paused):
            return back(here, f"{name} {route.name}: {'its jobs wait now' if paused else 'its jobs go on'}.")
        return back(here, f"{name} {route.name}: {'paused already' if paused else 'not paused'}.", "note")
