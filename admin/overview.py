"""The cards of routes and what is running now: gathered in a few queries for the routes that are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from admin.alert_help import Help, help_for
from admin.cards import Card, Facts, card
from admin.views.base import Scope
from hub.backlog import Backlog, Waiting, backlog
from hub.bootstrap import Hub
from hub.settings import timing
from hub.store.alerts import Alerts
from hub.store.failure_list import FailureList
from hub.store.job import Job
from hub.store.routes import Route
from hub.store.runs import Run

#: Cards of one page.
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Now:
    """What is being done and what waits, as far as it is open to a person."""

    jobs: list[Waiting]
    runs: dict[int, Run]
    #: Done and all parts, by the id of a job that was split.
    parts: dict[int, tuple[int, int]]
    whole: Backlog
    #: How many wait, and since when the oldest does.
    waiting: int
    oldest: datetime | None


def cards(
    hub: Hub, scope: Scope, routes: Sequence[Route], now: datetime, failures: Mapping[int, int] | None = None
) -> list[Card]:
    """The cards of these routes; `failures`: how many are open of each, where that is known already."""
    ids = [route.id for route in routes]
    stored, last, reading = hub.schedules.several(ids), hub.runs.latest(ids), hub.runs.reading(ids)
    jobs = _by_route(hub.jobs.unfinished(ids))
    standings = {one.id: one for one in hub.health.all()}
    if failures is None:
        failures = FailureList(hub.database).open_ones(ids).by_route
    held = {plan.route_id: plan for plan in reversed(hub.plans.newest(ids, kind="held", states=["open"]))}
    found = []
    for route in routes:
        integration = scope.integrations[route.integration_id]
        run = last.get(route.id)
        sides = [standings[integration.shop_id], standings[integration.erp_id]]
        read_at = reading[route.id].started_at if route.id in reading else None
        running = run if run is not None and run.state in ("running", "split") else None
        cut_over = timing(integration.settings)[1]
        facts = Facts(
            integration=integration,
            route=route,
            now=now,
            cut_over=cut_over,
            stored=stored.get(route.id),
            last=run,
            read_at=read_at,
            jobs=jobs.get(route.id, []),
            sides=sides,
            held=held.get(route.id),
            failures=failures.get(route.id, 0),
            running=running,
        )
        found.append(card(facts))
    return found


def _by_route(jobs: Iterable[Job]) -> dict[int, list[Job]]:
    found: dict[int, list[Job]] = {}
    for job in jobs:
        found.setdefault(job.route_id, []).append(job)
    return found


def under_way(hub: Hub, scope: Scope, now: datetime) -> Now:
    """What is being done and what waits."""
    whole = backlog(hub, now)
    jobs = [one for one in whole.jobs if one.route.id in scope.routes]
    runs = {}
    for one in jobs[:SHOWN]:
        run = hub.runs.of_job(one.job.id) if one.job.state != "waiting" else None
        if run is not None:
            runs[one.job.id] = run
    parts = {one.job.id: _parts(hub, one.job) for one in jobs if one.job.state == "split"}
    since = [one.job.created_at for one in jobs if one.job.state == "waiting"]
    return Now(jobs, runs, parts, whole, len(since), min(since, default=None))


def _parts(hub: Hub, job: Job) -> tuple[int, int]:
    parts = hub.jobs.parts(job)
    return sum(part.state == "done" for part in parts), len(parts)


def alerts(hub: Hub, scope: Scope) -> list[Help]:
    """What is wrong now, as far as it concerns a person: that of an integration that is open to him, or of all."""
    names = {one.name for one in scope.integrations.values()}
    routes = {f"{scope.integration(one.id).name} {one.name}": one.id for one in scope.routes.values()}
    raised = Alerts(hub.database).newest(100)
    mine = [one for one in raised if not one.integrations or names.intersection(one.integrations)]
    return [help_for(one, routes) for one in mine]
