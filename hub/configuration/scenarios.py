"""Which routes an integration can have, and when each is to run, as a person chooses it in few words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import ValidationError

from hub.clock import OUT_OF_TIME, in_time
from hub.configuration import variables
from hub.configuration.draft import Document
from hub.configuration.faults import Places
from hub.configuration.file import MARKABLE, SIDES
from hub.configuration.routes import Description, unsupported
from hub.configuration.schedules import schedule_of
from hub.configuration.schema import DIRECTIONS
from hub.configuration.wanted import usual_policy
from hub.errors import ConfigurationError
from hub.platforms.registry import platform
from hub.schedule import NEVER, Schedule, daily, every
from hub.settings import readable
from objects.fields import Side
from objects.registry import OBJECTS

#: What is offered here; everything else is on the page of schedules.
SCHEDULES: Mapping[str, Schedule] = {
    "never": NEVER,
    "every 5 minutes": every("5 minutes"),
    "every 15 minutes": every("15 minutes"),
    "every hour": every("1 hour"),
    "daily 02:30": daily("02:30"),
}
#: The order of a first load: each object needs those before it.
ORDER = tuple(OBJECTS)
_USUAL = frozenset(
    {
        ("customer", "shop_to_erp"),
        ("product", "erp_to_shop"),
        ("product", "shop_to_erp"),
        ("order", "shop_to_erp"),
        ("inventory", "erp_to_shop"),
    }
)
__all__ = ["MARKABLE", "ORDER", "SCHEDULES", "cut_over", "possible", "said", "usual_policy"]


def possible(document: Document, secrets: Mapping[str, str]) -> list[tuple[str, str]]:
    """Object and direction of each route that the two platforms can carry."""
    every_one = {f"{name} {way}": (name, way) for name in ORDER for way in DIRECTIONS}
    try:
        sides = {side: _description(document, side, secrets) for side in SIDES}
        refused = unsupported(sides, every_one, {**readable({}), "name": document["name"]}, [])
    except (ValidationError, KeyError):
        # The connections are not entered yet: what most integrations have.
        return [route for route in every_one.values() if route in _USUAL]
    return [route for name, route in every_one.items() if name not in refused]


def _description(document: Document, side: Side, secrets: Mapping[str, str]) -> Description:
    part = document[side]
    given = {
        name: variables.filled(value, secrets) if isinstance(value, str) else value
        for name, value in part["settings"].items()
    }
    kind = platform(str(part["platform"]))
    kind.settings_schema().load(given)
    return (kind.name, str(part["name"]), given)


def said(written: Any) -> str:
    """A schedule of the file in the words of its choice."""
    schedule = schedule_of(written, Places("", {}, {}), ()) or NEVER
    return next((words for words, one in SCHEDULES.items() if one == schedule), str(schedule))


def cut_over(moment: str, zone: str) -> str:
    """A moment of the wall in a zone as it stands in the file; ConfigurationError says what is wrong with it."""
    try:
        wall = datetime.fromisoformat(moment)
        if not in_time(wall):
            raise ValueError(OUT_OF_TIME)
        return wall.replace(tzinfo=ZoneInfo(zone), microsecond=0).isoformat()
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"{moment} in {zone} is no moment of ours. {OUT_OF_TIME}",
            detail="order_cut_over",
            fix="Choose day, time and time zone.",
        ) from error
