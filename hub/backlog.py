"""What waits to be done: how much, since when, why, and until when with the workers that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from hub.bootstrap import Hub
from hub.store.health import Standing
from hub.store.job import Job
from hub.store.routes import Route

#: So many runs of a route tell how long the next one will take.
RUNS_ASKED = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """One job that waits, or is being done."""

    job: Job
    integration: str
    route: Route
    #: Why it is not being done; empty = it is, or a worker takes it as soon as it can.
    why: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """All that waits."""

    jobs: list[Waiting]
    #: Places for jobs of the workers that are there.
    places: int
    #: How old the oldest job that waits is; None = nothing waits.
    oldest: timedelta | None
    #: How long the workers will probably need; None = nobody works, or nothing like it was ever done.
    expected: timedelta | None


def backlog(hub: Hub, now: datetime) -> Backlog:
    """Everything that waits or is being done, the most urgent first."""
    names = {one.id: one for one in hub.integrations.all()}
    standings = {one.id: one for one in hub.health.all()}
    routes = {route.id: route for route in hub.routes.all()}
    found = hub.jobs.unfinished(routes)
    at_work = _at_work(found)
    waiting = []
    for job in sorted(found, key=lambda one: (one.state, -one.priority, one.id)):
        route = routes[job.route_id]
        integration = names[route.integration_id]
        sides = [standings[integration.shop_id], standings[integration.erp_id]]
        waiting.append(Waiting(job, integration.name, route, _why(job, route, sides, now, at_work)))
    places = hub.workers.places(now)
    left = [one.job for one in waiting if one.job.state == "waiting"]
    oldest = max((now - job.created_at for job in left), default=None)
    spans = hub.runs.spans(sorted({job.route_id for job in left}), RUNS_ASKED)
    return Backlog(waiting, places, oldest, expected(left, spans, places))


def why(hub: Hub, job: Job, now: datetime) -> str:
    """Why one job is not being done, as the backlog would tell it, which is more than is needed for that."""
    if not job.unfinished:
        return ""
    route = hub.routes.get(job.route_id)
    integration = hub.integrations.get(route.integration_id)
    sides = [hub.health.of(one) for one in (integration.shop_id, integration.erp_id)]
    return _why(job, route, sides, now, _at_work(hub.jobs.unfinished([route.id])))


def expected(jobs: Iterable[Job], spans: Mapping[int, list[timedelta]], places: int) -> timedelta | None:
    """How long jobs will take: each as long as its route's last runs usually took, so many at a time. Pure."""
    known = [median(span.total_seconds() for span in spans[job.route_id]) for job in jobs if spans.get(job.route_id)]
    if not places or not known:
        return None
    return timedelta(seconds=max(sum(known) / places, *known))


def _at_work(jobs: Iterable[Job]) -> list[Job]:
    return [job for job in jobs if job.state in ("running", "split")]


def _is_busy(job: Job, at_work: Iterable[Job]) -> bool:
    """Whether another job of the route is in the way; parts of one job are not in each other's."""
    others = [one for one in at_work if one.route_id == job.route_id]
    return any(one.state == "running" and one.parent_id is None for one in others) if job.parent_id else bool(others)


def _why(job: Job, route: Route, sides: Iterable[Standing], now: datetime, at_work: Iterable[Job]) -> str:
    if job.state == "running":
        return ""
    if route.paused_at is not None and job.mode != "read":
        return f"the route was paused by {route.paused_by}"
    for one in sides:
        if one.refused_at is not None:
            return f"{one.name} refuses us: {one.refused_why}"
        if one.down_since is not None:
            return f"{one.name} does not answer: {one.down_why}"
    if job.state == "split":
        return "its parts are being done"
    if _is_busy(job, at_work):
        return "another job of the route is being done"
    if job.not_before is not None and job.not_before > now:
        return "tried again later"
    return ""
