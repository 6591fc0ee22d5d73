"""Whether a route may run yet, and if not, what comes first: one rule, which each surface tells in its own words."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.schedule import waits_for
from hub.settings import timing
from hub.store.integrations import Integration
from hub.store.routes import Route

#: Its first load has not begun, or not come to its end; orders have no cut-over, or it is still to come.
Reason = Literal["", "off", "paused", "initialize", "loading", "cut_over", "before_cut_over"]


def in_the_way(route: Route, cut_over: datetime | None, now: datetime, *, has_run: bool) -> Reason:
    """What stands in the way of a run; empty where nothing does. `has_run`: its schedule has planned one before."""
    if not route.enabled:
        return "off"
    if route.paused_at is not None:
        return "paused"
    match waits_for(route.object, route.initialization, cut_over, now, has_run=has_run):
        case "initialize":
            return "loading" if route.initialization == "running" else "initialize"
        case "cut_over":
            return "cut_over" if cut_over is None else "before_cut_over"
    return ""


def refuse_switched_off(route: Route) -> None:
    """Raise ConfigurationError where a route is switched off."""
    if not route.enabled:
        raise ConfigurationError(
            f"The route {route.name} is switched off.",
            detail=route.name,
            fix="Switch it on in the integration's file and run `hub apply`.",
        )


def refuse_unready(hub: Hub, integration: Integration, route: Route, *, first_load: bool = False) -> None:
    """Raise ConfigurationError where a route may not run yet, with what comes first, as a command.

    `first_load`: it is the first load itself, or something that needs none.
    """
    cut_over = timing(integration.settings)[1]
    stored = hub.schedules.several([route.id]).get(route.id)
    has_run = stored is not None and stored.last_planned_at is not None
    what, detail, fix = "", route.name, f"Run: hub initialize {integration.name} {route.object}"
    reason = in_the_way(route, cut_over, hub.clock(), has_run=has_run)
    if first_load and reason not in ("off", "paused"):
        return
    match reason:
        case "":
            return
        case "off":
            refuse_switched_off(route)
        case "paused":
            what = f"{route.name} was paused by {route.paused_by}."
            fix = f"Let it go on: hub resume {integration.name} {route.object}"
        case "initialize":
            what = f"{route.name} is not initialised yet."
        case "loading":
            what = f"The first load of {route.name} has begun and is not done."
            fix = f"Wait for its end, or do it again: hub initialize {integration.name} {route.object}"
        case "cut_over":
            what, detail = "Orders have no cut-over: from which moment on are they imported?", "order_cut_over"
            fix = "Set order_cut_over (with date, time and zone) in the integration's file and run `hub apply`."
        case "before_cut_over":
            what, detail = f"Orders are imported from the cut-over on: {cut_over:%Y-%m-%d %H:%M %Z}.", "order_cut_over"
            fix = "Wait for it, or set another one in the integration's file and run `hub apply`."
    raise ConfigurationError(what, detail=detail, fix=fix)
