"""Looking through a route's source while people look elsewhere: a job does it, and what was found is kept."""

from __future__ import annotations

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.planning import subject
from hub.store.coverage import CoverageBook
from hub.store.job import BACKFILL, Request
from hub.store.routes import ROUTES, Route


def look(hub: Hub, route: Route) -> int:
    """Ask for a look, one at a time on a route; answers its job. ConfigurationError where one goes on already."""
    book, actor, now = CoverageBook(hub.database), hub.audit.actor, hub.clock()
    with hub.database.together():
        hub.database.hold(ROUTES, route.id)
        last = book.of_route(route.id).newest
        if last is not None and hub.jobs.get(last.job_id).unfinished:
            raise ConfigurationError(
                f"{last.by} has begun to look already.", detail="coverage", fix="The page shows how far it is."
            )
        job = hub.jobs.put(Request(route.id, "coverage", "coverage", actor, priority=BACKFILL, mode="read"), now)
        book.begin(route.id, job, actor, now)
        hub.audit.note("coverage", subject(hub, route), after={"job": job})
    return job
