"""Letting the jobs of a route wait, and letting them go on."""

from __future__ import annotations

from hub.bootstrap import Hub
from hub.store.routes import Route


def pause_route(hub: Hub, name: str, route: Route, *, paused: bool) -> bool:
    """Pause a route of the integration of this name, or let it go on; False = it was so already.

    Runs under way go on to their end.
    """
    if (route.paused_at is not None) == paused:
        return False
    now = hub.clock() if paused else None
    hub.routes.pause(route.id, now, hub.audit.actor)
    was, is_now = ({"paused": at.isoformat() if at else None} for at in (route.paused_at, now))
    hub.audit.note("pause" if paused else "resume", f"{name} {route.name}", was, is_now)
    return True
