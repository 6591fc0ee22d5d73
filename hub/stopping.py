"""The stop switch of a connection: all writes over it stop at once, and go on when a person says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.bootstrap import Hub
from hub.store.connections import StoredConnection
from hub.store.integrations import Integration
from hub.store.job import Job
from hub.store.routes import Route


@dataclass(frozen=True, slots=True)
class Affected:
    """What writes over a connection."""

    #: Routes that are switched on, each with its integration.
    routes: dict[int, tuple[Integration, Route]]
    #: Their unfinished jobs, the oldest first.
    jobs: list[Job]


def switch(hub: Hub, name: str, connection: StoredConnection, *, stopped: bool) -> bool:
    """Stop the writes over a connection of the integration of this name, or let them go on; False = it was so already.

    Reading goes on. A run that wants to write ends and says so; the next run after the stop goes on from there.
    """
    if (connection.stopped_at is not None) == stopped:
        return False
    now = hub.clock() if stopped else None
    hub.connections.stop(connection.name, now, hub.audit.actor)
    before, after = ({"stopped": _iso(moment)} for moment in (connection.stopped_at, now))
    hub.audit.note("stop" if stopped else "resume", f"{name}: connection {connection.name}", before, after)
    return True


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def affected(hub: Hub, connection: StoredConnection) -> Affected:
    """The routes of all integrations that write over a connection, and their jobs."""
    routes: dict[int, tuple[Integration, Route]] = {}
    for integration in hub.integrations.all():
        ends = {"shop_to_erp": integration.erp_id, "erp_to_shop": integration.shop_id}
        for route in hub.routes.of(integration.id):
            if route.enabled and ends[route.direction] == connection.id:
                routes[route.id] = (integration, route)
    return Affected(routes, hub.jobs.unfinished(routes))
