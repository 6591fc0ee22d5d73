"""Runs: what was done, with counts that add up."""

from __future__ import annotations

from typing import get_args

from flask import abort, request

from admin.cards import added_up
from admin.views.base import Scope, View, chosen, exposed, number
from hub.store.runs import RunState
from hub.working import with_parts
from objects.registry import OBJECTS

PAGE = 50
STATES: tuple[RunState, ...] = get_args(RunState)


class RunsView(View):
    """The newest runs, and one."""

    @exposed("/")
    def index(self) -> str:
        """The newest runs first; narrowed by integration, object and state."""
        everything = self.scope()
        scope = everything.named(request.args.get("integration", ""))
        object_name, state = chosen("object", OBJECTS), chosen("state", STATES)
        routes = [one.id for one in scope.routes.values() if object_name in ("", one.object)]
        wanted = [one for one in STATES if one == state]
        found = self.hub.runs.newest(routes, PAGE + 1, before=number("before"), states=wanted)
        runs = found[:PAGE]
        older = runs[-1].id if len(found) > PAGE else None
        jobs = self.hub.jobs.several(run.job_id for run in runs)
        lists = {"objects": OBJECTS, "states": STATES, "everything": everything}
        return self.page("runs", scope=scope, runs=runs, jobs=jobs, older=older, added_up=added_up, **lists)

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """One run."""
        return self.page("run", **self._facts(identity))

    @exposed("/<int:identity>/live")
    def live(self, identity: int) -> str:
        """The part of its page that changes."""
        return self.page("_run", **self._facts(identity))

    def _facts(self, identity: int) -> dict[str, object]:
        scope: Scope = self.scope()
        run = self.hub.runs.find(identity)
        if run is None or run.route_id not in scope.routes:
            abort(404)
        plan = self.hub.plans.of_run(run.id) if run.state == "held" else None
        values = {"run": with_parts(self.hub, run), "job": self.hub.jobs.get(run.job_id), "plan": plan}
        return {**values, "scope": scope, "zone": scope.zone(run.route_id), "added_up": added_up}
