"""Runs: what was done, with counts that add up."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from flask import abort, request

from admin.cards import added_up
from admin.views.base import Scope, View, chosen, day, exposed, number
from hub.clock import OUT_OF_TIME
from hub.store.job import Job
from hub.store.routes import Route
from hub.store.runs import Run, RunState
from hub.sync.split import runs_of_parts
from hub.working import with_parts
from objects.registry import OBJECTS

PAGE = 50
STATES: tuple[RunState, ...] = get_args(RunState)
#: With more routes than this one is chosen on its own page.
CHOICE = 60
_FILTERS = ("integration", "object", "route", "state", "day")


class RunsView(View):
    """The newest runs, and one."""

    @exposed("/")
    def index(self) -> str:
        """The newest runs first; narrowed by integration, object, route, state and day."""
        everything = self.scope()
        scope = everything.named(request.args.get("integration", ""))
        object_name, state, only = chosen("object", OBJECTS), chosen("state", STATES), number("route")
        if only is not None and only not in everything.routes:
            abort(404)
        routes = [one.id for one in scope.routes.values() if object_name in ("", one.object) and only in (None, one.id)]
        wanted = [one for one in STATES if one == state]
        span = _span("day", scope.zone(only) if only is not None and only in scope.routes else scope.any_zone)
        found = self.hub.runs.newest(routes, PAGE + 1, before=number("before"), states=wanted, span=span)
        runs = found[:PAGE]
        asked = {name: request.args[name].strip() for name in _FILTERS if request.args.get(name, "").strip()}
        values: dict[str, Any] = {"scope": scope, "everything": everything, "asked": asked}
        values |= {"runs": runs, "jobs": self.hub.jobs.several(run.job_id for run in runs), "added_up": added_up}
        values |= {"older": runs[-1].id if len(found) > PAGE else None, "objects": OBJECTS, "states": STATES}
        return self.page("runs", choices=list(scope.routes.values())[:CHOICE], **values)

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
        job = self.hub.jobs.get(run.job_id)
        plan = self.hub.plans.of_run(run.id) if run.state == "held" else None
        parts = (
            sorted(runs_of_parts(self.hub.jobs.parts(job), self.hub.runs), key=lambda one: one.id) if job.parts else []
        )
        zone = scope.zone(run.route_id)
        values = {"run": with_parts(self.hub, run), "job": job, "plan": plan, "runs": parts}
        values |= {"jobs": self.hub.jobs.several({one.job_id for one in parts})}
        messages = _messages(run, job, scope.routes[run.route_id], scope.integration(run.route_id).name, zone)
        return {**values, "scope": scope, "zone": zone, "messages": messages, "added_up": added_up}


def _messages(run: Run, job: Job, route: Route, name: str, zone: ZoneInfo) -> dict[str, Any]:
    """How the messages of a run are found; those of its parts, each a run of its own, by their time."""
    if not job.parts:
        return {"run": run.id}
    about = {"integration": name, "object": route.object, "direction": route.direction}
    since = run.started_at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    about["since"] = since.isoformat(timespec="minutes")
    if run.ended_at is None:
        return about
    until = run.ended_at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0) + timedelta(minutes=1)
    return {**about, "until": until.isoformat(timespec="minutes")}


def _span(name: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """A day of the address, by the clocks of a zone."""
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        first = day(text)
    except ValueError:
        abort(400, f"{name} is a day such as 2026-11-21. {OUT_OF_TIME}")
    return datetime.combine(first, time(), zone), datetime.combine(first + timedelta(days=1), time(), zone)
