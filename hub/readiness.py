"""Whether a route may run yet, and if not, what comes first."""

from __future__ import annotations

from hub import settings as integration_settings
from hub.errors import ConfigurationError
from hub.store.integrations import Integration
from hub.store.routes import Route
from objects.registry import OBJECTS


def refuse_unready(integration: Integration, route: Route) -> None:
    """Raise ConfigurationError where a route may not run yet, with what comes first."""
    if route.paused_at is not None:
        raise ConfigurationError(
            f"{route.name} was paused by {route.paused_by}.",
            detail=route.name,
            fix=f"Let it go on: hub resume {integration.name} {route.object}",
        )
    if OBJECTS[route.object].initialized:
        if route.initialization == "none":
            raise ConfigurationError(
                f"{route.name} is not initialised yet.",
                detail=route.name,
                fix=f"Run: hub initialize {integration.name} {route.object}",
            )
    elif integration_settings.load(integration.settings)["order_cut_over"] is None:
        raise ConfigurationError(
            "Orders have no cut-over: from which moment on are they imported?",
            detail="order_cut_over",
            fix="Set order_cut_over (with date, time and zone) in the integration's file and run `hub apply`.",
        )
