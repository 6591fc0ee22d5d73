"""What a person asks of a route: Sync Now, the first load, a backfill. Each at once, or only looked at; either way with
a word in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.planning import ask, subject
from hub.store.job import BACKFILL, Request
from hub.store.routes import Route
from objects.registry import OBJECTS


def first_load(route: Route, actor: str) -> Request:
    """Match and link what exists, create only what does not; ConfigurationError where an object has no first load."""
    if not OBJECTS[route.object].initialized:
        raise ConfigurationError(
            "Orders have no first load: they are imported from a moment on.",
            detail=route.name,
            fix="Set `order_cut_over` in the integration's settings; older orders come by a backfill.",
        )
    return Request(route.id, "initialize", "initialize", actor)


def backfill(route: Route, limits: Mapping[str, Any], actor: str) -> Request:
    """Import orders from before the cut-over; ConfigurationError for a route that carries none from the shop."""
    if (route.object, route.direction) != ("order", "shop_to_erp"):
        raise ConfigurationError(
            f"The route {route.name} has no backfill: it is for orders from the shop.",
            detail=route.name,
            fix="Other records come by the first load, or by comparing everything.",
        )
    return Request(route.id, "range", "backfill", actor, priority=BACKFILL, limits=dict(limits))


def start(hub: Hub, request: Request) -> int:
    """Put the job in that does what is asked for; answers its id."""
    with hub.database.together():
        hub.audit.note(request.reason, _subject(hub, request), after=_told(request))
        return hub.jobs.put(request, hub.clock())


def look(hub: Hub, request: Request, *, saved: bool = True) -> int:
    """Put a job in that writes nothing, and shows what would be done; answers its id. `saved`: it is kept as a plan."""
    with hub.database.together():
        hub.audit.note(f"preview {request.reason}", _subject(hub, request), after={**_told(request), "saved": saved})
        return ask(hub, request)


def _subject(hub: Hub, request: Request) -> str:
    return subject(hub, hub.routes.get(request.route_id))


def _told(request: Request) -> dict[str, Any]:
    if request.scope == "range":
        return dict(request.limits)
    return {"scope": request.scope, "keys": [one.key for one in request.keys]}
