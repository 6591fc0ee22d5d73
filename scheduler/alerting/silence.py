"""Routes of which nothing has been heard for too long. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub import settings as integration_settings
from hub.configuration.standstill import shown
from hub.store.alerts import Wrong
from hub.store.routes import Route
from hub.windows import blacked_out, frozen
from objects.registry import OBJECTS
from scheduler.alerting.picture import Picture, about


def silence(picture: Picture) -> Iterator[Wrong]:
    """Routes without a run that has read what changed and come to its end, for longer than they may."""
    for route in picture.routes.values():
        if route.silence_minutes is None or not route.enabled or route.paused_at is not None:
            continue
        heard = _heard(picture, route)
        if heard is None or picture.now - heard < timedelta(minutes=route.silence_minutes):
            continue
        integration = picture.integrations[route.integration_id]
        name = picture.name(route.id)
        reading = picture.readings.get(route.id)
        zone = integration_settings.zone(picture.settings[integration.id])
        last = f"since {shown(reading.ended, zone)}" if reading else "yet"
        text = f"{name}: no run has come to its end {last}; after {route.silence_minutes} minutes that is too long."
        fix = f"Has it a schedule, and does a worker run? See: hub runs {integration.name} --object {route.object}"
        yield about(integration, "silence", name, text, fix)


def _heard(picture: Picture, route: Route) -> datetime | None:
    """Since when a run could have been heard of; None = none is to be expected now."""
    integration = picture.integrations[route.integration_id]
    settings = picture.settings[integration.id]
    zone = integration_settings.zone(settings)
    sides = picture.sides(integration)
    dark = any(blacked_out(line.blackout, zone, picture.now) for line in sides)
    if dark or any(line.shut for line in sides) or frozen(route.freeze, picture.now):
        return None
    reading = picture.readings.get(route.id)
    begin = reading.ended if reading else _armed(route, settings)
    if begin is None or begin > picture.now:
        return None
    # What stood still for a reason is given its time anew when the reason is gone.
    ends = [datetime.fromisoformat(window["to"]) for window in route.freeze]
    ends += [picture.back[line.name] for line in sides if line.name in picture.back]
    ends += [end for line in sides for end in _hours_ended(line.blackout, zone, picture.now)]
    return max([begin, *(end for end in ends if end <= picture.now)])


def _armed(route: Route, settings: Mapping[str, datetime | None]) -> datetime | None:
    """From when on the first run of a route is to be expected; None = nobody has said so yet."""
    return None if OBJECTS[route.object].initialized else settings["order_cut_over"]


def _hours_ended(hours: Sequence[Mapping[str, str]], zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """When the daily hours of a connection have ended, yesterday and today."""
    today = now.astimezone(zone).date()
    for window in hours:
        for day in (today - timedelta(days=1), today):
            yield datetime.combine(day, time.fromisoformat(window["to"]), zone)
