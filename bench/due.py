"""Routes that are due once, each at its own moment, and what has become of that in the hub's queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from hub.bootstrap import Hub
from hub.store.job import JOBS
from hub.store.routes import Route
from hub.store.runs import RUNS
from hub.store.schedules import SCHEDULES


def due_times(routes: Mapping[str, Sequence[Any]], seed: int, span: float) -> dict[str, list[float]]:
    """When each route of each company is due, spread over `span` seconds.

    Every other company has all its routes due at one moment, which have to be done in the order of their dependency;
    the routes of the others come one by one, at any time.
    """
    random = Random(f"due {seed}")
    times = {}
    for place, (name, own) in enumerate(routes.items()):
        share = random.uniform(0, span)
        times[name] = [share if place % 2 == 0 else random.uniform(0, span) for _ in own]
    return times


def arm(hub: Hub, routes: Mapping[str, Sequence[Route]], seed: int, span: float) -> dict[int, datetime]:
    """Give the routes (by company) schedules that are due once, within so many seconds; answers route -> when."""
    start = hub.clock() + timedelta(seconds=1)
    due = {
        route.id: start + timedelta(seconds=seconds)
        for name, times in due_times(routes, seed, span).items()
        for route, seconds in zip(routes[name], times, strict=True)
    }
    # Daily at a time that is half a day away: what comes after this once is not of this bench.
    fixed = {
        "kind": "daily",
        "at": (start + timedelta(hours=12)).strftime("%H:%M"),
        "weekdays": [],
        "zone": "UTC",
        "saved_at": start,
        "saved_by": "bench",
    }
    rows = [{"route_id": route, "next_run_at": at, **fixed} for route, at in due.items()]
    with hub.database.write() as connection:
        connection.execute(SCHEDULES.delete().where(SCHEDULES.c.route_id.in_(list(due))))
        connection.execute(SCHEDULES.insert(), rows)
    return due


def _jobs_of(hub: Hub, due: Mapping[int, datetime]) -> dict[int, tuple[str, int]]:
    """Route -> (state, id) of the job that was made for its planned time, or of the one that absorbed it."""
    query = select(JOBS.c.route_id, JOBS.c.planned_at, JOBS.c.state, JOBS.c.id, JOBS.c.absorbed_into).where(
        JOBS.c.route_id.in_(list(due))
    )
    with hub.database.read() as connection:
        rows = {row.id: row for row in connection.execute(query)}
    found = {}
    for row in rows.values():
        if row.planned_at == due[row.route_id]:
            host = rows[row.absorbed_into] if row.state == "absorbed" else row
            found[row.route_id] = (host.state, host.id)
    return found


def unfinished(hub: Hub, due: Mapping[int, datetime]) -> set[int]:
    """Routes whose planned time has no job, or one that is not done."""
    jobs = _jobs_of(hub, due)
    return {route for route in due if jobs.get(route, ("", 0))[0] != "done"}


def runs_done(hub: Hub, due: Mapping[int, datetime]) -> int:
    """How many planned times got a run that came to its end."""
    jobs = [job for _, job in _jobs_of(hub, due).values()]
    query = select(func.count(RUNS.c.job_id.distinct())).where(RUNS.c.job_id.in_(jobs), RUNS.c.state == "done")
    with hub.database.read() as connection:
        return int(connection.scalar(query) or 0)
