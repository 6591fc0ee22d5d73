"""Whether what somebody pressed may be done on a route, and if not, which button or page comes first."""

from __future__ import annotations

from datetime import datetime

from admin.cards import obstacle
from admin.overview import cards
from admin.views.base import Scope
from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.store.routes import Route


def refuse_unready(hub: Hub, scope: Scope, route: Route, now: datetime, *, first_load: bool = False) -> None:
    """Raise ConfigurationError where a route may not run yet.

    `first_load`: it is the first load itself, or something that needs none.
    """
    if not route.enabled:
        what = f"{route.name} is switched off."
        raise ConfigurationError(what, detail=route.name, fix="Switch it on in the integration's settings.")
    if route.paused_at is not None:
        what = f"{route.name} was paused by {route.paused_by}."
        raise ConfigurationError(what, detail=route.name, fix="Press Resume on the route's page first.")
    if first_load:
        return
    (shown,) = cards(hub, scope, [route], now)
    reason = obstacle(shown.facts)
    if reason:
        raise ConfigurationError(f"{route.name} may not run yet.", detail=route.name, fix=reason)
