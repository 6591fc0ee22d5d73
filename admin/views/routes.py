"""Routes: how each stands, Sync Now, pause and resume, and its schedule."""

from __future__ import annotations

from typing import Any, Literal

from flask import url_for

from admin.auth import person, requires
from admin.cards import added_up, obstacle
from admin.overview import cards
from admin.views.base import Scope, View, back, exposed
from hub.errors import ConfigurationError
from hub.store.failure_list import FailureList
from hub.store.job import Request
from hub.store.routes import Route

#: Runs that the page of a route shows.
RUNS = 10


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
        causes = FailureList(self.hub.database).causes([route.id])
        jobs = self.hub.jobs.several(run.job_id for run in runs)
        return {
            "scope": scope,
            "card": shown,
            "runs": runs,
            "jobs": jobs,
            "causes": causes,
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
        self._refuse_unready(scope, route)
        subject = f"{scope.integration(route.id).name} {route.name}"
        self.note("sync now", subject, after={"scope": scope_of_job, "keys": []})
        request = Request(route.id, scope_of_job, "sync now", person().name)
        job = self.hub.jobs.put(request, self.now())
        return back(url_for("jobs.one", identity=job), f"{subject}: job {job} is in the queue.")

    def _refuse_unready(self, scope: Scope, route: Route) -> None:
        (shown,) = cards(self.hub, scope, [route], self.now())
        reason = obstacle(shown.facts)
        if reason:
            raise ConfigurationError(f"{route.name} may not run yet.", detail=route.name, fix=reason)
        if route.paused_at is not None:
            what = f"{route.name} was paused by {route.paused_by}."
            raise ConfigurationError(what, detail=route.name, fix="Press Resume on the route's page first.")

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
        subject, now = f"{scope.integration(route.id).name} {route.name}", self.now()
        here = url_for("routes.one", identity=route.id)
        if (route.paused_at is not None) == paused:
            return back(here, f"{subject}: {'paused already' if paused else 'not paused'}.", "note")
        self.hub.routes.pause(route.id, now if paused else None, person().name)
        was, is_now = ({"paused": at.isoformat() if at else None} for at in (route.paused_at, now if paused else None))
        self.note("pause" if paused else "resume", subject, was, is_now)
        return back(here, f"{subject}: {'its jobs wait now' if paused else 'its jobs go on'}.")
