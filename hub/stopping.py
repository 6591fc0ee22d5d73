"""The stop switch of a connection: all writes over it stop at once, and go on when a person says so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.store.connections import StoredConnection
from hub.store.integrations import Integration
from hub.store.job import Job
from hub.store.routes import Route
from objects.fields import Side


@dataclass(frozen=True, slots=True)
class Affected:
    """What writes over a connection."""

    #: Routes that are switched on, each with its integration.
    routes: dict[int, tuple[Integration, Route]]
    #: Their unfinished jobs, the oldest first.
    jobs: list[Job]

    def open_to(self, integrations: Collection[int]) -> Affected:
        """The same, as far as it is of these integrations."""
        routes = {key: one for key, one in self.routes.items() if one[0].id in integrations}
        return Affected(routes, [job for job in self.jobs if job.route_id in routes])


def connection_of(hub: Hub, integration: Integration, side: Side) -> StoredConnection:
    """The connection of an integration to one of its sides."""
    return hub.connections.get(integration.shop_id if side == "shop" else integration.erp_id)


def refuse_strangers(connection: StoredConnection, found: Affected, integrations: Collection[int]) -> None:
    """Raise ConfigurationError where others than these integrations write over a connection.

    Whoever is kept to some integrations does not stop those of others.
    """
    if any(one.id not in integrations for one, _ in found.routes.values()):
        raise ConfigurationError(
            f"Other integrations, which are not open to you, write over {connection.name}, too.",
            detail=connection.name,
            fix="Ask somebody to whom all of them are open; or pause your own routes on their pages.",
        )


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
    return all_affected(hub).get(connection.id) or Affected({}, [])


def all_affected(hub: Hub) -> dict[int, Affected]:
    """The same of every connection over which anything writes, by its id."""
    integrations = {one.id: one for one in hub.integrations.all()}
    found: dict[int, Affected] = {}
    of_route: dict[int, Affected] = {}
    for route in hub.routes.all():
        if route.enabled:
            integration = integrations[route.integration_id]
            end = integration.erp_id if route.direction == "shop_to_erp" else integration.shop_id
            of_route[route.id] = found.setdefault(end, Affected({}, []))
            of_route[route.id].routes[route.id] = (integration, route)
    for job in hub.jobs.unfinished(of_route):
        of_route[job.route_id].jobs.append(job)
    return found
