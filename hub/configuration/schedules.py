"""The schedule of a route as the file writes it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import fields

from hub.configuration.faults import Path, Places
from hub.configuration.schema import Whole, load
from hub.errors import ConfigurationError
from hub.schedule import NEVER, Schedule, daily, every, weekly


class WeeklySchema(Whole):
    """On which days, and when."""

    days = fields.List(fields.String(), required=True)
    at = fields.String(required=True)


#: One of daily, weekly and every; `from` is no name that a class could have.
ScheduleSchema = Whole.from_dict(
    {
        "daily": fields.String(),
        "weekly": fields.Nested(WeeklySchema),
        "every": fields.String(),
        "from": fields.String(),
        "to": fields.String(),
    },
    name="ScheduleSchema",
)
_SCHEMA = ScheduleSchema()
_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Schedule]] = {
    "daily": lambda value: daily(value["daily"]),
    "weekly": lambda value: weekly(value["weekly"]["days"], value["weekly"]["at"]),
    "every": lambda value: every(value["every"], value.get("from", ""), value.get("to", "")),
}
#: Where the part of a schedule stands that is wrong.
_PARTS: Mapping[tuple[str, str], Path] = {
    ("daily", "at"): ("daily",),
    ("weekly", "at"): ("weekly", "at"),
    ("weekly", "days"): ("weekly", "days"),
}
_FIX = 'Write never, {daily: "02:30"}, {weekly: {days: [monday], at: "02:30"}} or {every: 15 minutes}.'


def schedule_of(value: Any, places: Places, path: Path) -> Schedule | None:
    """The schedule that stands at a place; None where none is named, or where it is wrong, which is noted."""
    if value is None:
        return None
    if value == "never":
        return NEVER
    if not isinstance(value, dict):
        places.fault(path, f"{value} is no schedule.", _FIX, at_value=True)
        return None
    loaded = load(_SCHEMA, value, places, path)
    if loaded is None:
        return None
    kinds = [name for name in _KINDS if name in loaded]
    if len(kinds) != 1:
        text = "A schedule is one of daily, weekly and every." if kinds else "This is no schedule."
        places.fault(path, text, _FIX, at_value=True)
        return None
    (kind,) = kinds
    for name in ("from", "to"):
        if name in loaded and kind != "every":
            places.fault((*path, name), f"A {kind} schedule has a time and no hours.", "Remove this line.")
            return None
    try:
        return _KINDS[kind](loaded)
    except ConfigurationError as error:
        at = (*path, *_PARTS.get((kind, error.detail), (error.detail,)))
        places.fault(at, str(error), error.fix, at_value=True)
        return None
