"""What a schedule is: its kinds, how people write it, what is refused, and what it waits for. Pure.

The moments at which it runs are computed elsewhere; here are only times of the day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from hub.errors import ConfigurationError
from objects.registry import OBJECTS

Kind = Literal["never", "daily", "weekly", "every"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: A time of the day, and what is said of anything else.
TIME = r"([01]\d|2[0-3]):[0-5]\d\Z"
NOT_A_TIME = "Not a time of the day: 02:00 and 23:30 are."
#: Minutes of a day: nothing that runs every so many minutes runs less often.
DAY = 24 * 60
_DISTANCE = re.compile(r"(\d{1,4})\s*(m|min|minutes?|h|hours?)\Z")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a route runs by itself, by the clocks on the wall. Made by `daily`, `weekly` and `every`, which check."""

    kind: Kind = "never"
    #: Daily and weekly: "02:30".
    at: str = ""
    #: Weekly: in the order of the week.
    weekdays: tuple[str, ...] = ()
    #: Every: so many minutes, counted from midnight.
    minutes: int | None = None
    #: Every: first and last time of the day at which it may run; empty = round the clock. May go over midnight.
    window_from: str = ""
    window_to: str = ""

    def __str__(self) -> str:
        """How people say it."""
        if self.kind == "daily":
            return f"daily {self.at}"
        if self.kind == "weekly":
            return f"weekly {', '.join(self.weekdays)} {self.at}"
        if self.kind == "every":
            window = f" from {self.window_from} to {self.window_to}" if self.window_from else ""
            return f"every {_distance(self.minutes or 0)}{window}"
        return "never"

    def times(self) -> tuple[int, ...]:
        """Minutes of the day at which it runs, in their order."""
        if self.kind == "every":
            return _grid(self.minutes or DAY, self.window_from, self.window_to)
        return (minute_of_day(self.at),) if self.at else ()

    def written(self) -> Any:
        """As it stands in an integration's file."""
        if self.kind == "daily":
            return {"daily": self.at}
        if self.kind == "weekly":
            return {"weekly": {"days": list(self.weekdays), "at": self.at}}
        if self.kind == "every":
            window = {"from": self.window_from, "to": self.window_to} if self.window_from else {}
            return {"every": _distance(self.minutes or 0), **window}
        return "never"


NEVER = Schedule()


def daily(at: str) -> Schedule:
    """Once a day. Like its siblings it raises ConfigurationError, whose detail names the part that is wrong."""
    return Schedule("daily", at=_time(at, "at"))


def weekly(days: Iterable[str], at: str) -> Schedule:
    """Once on each of these days of the week."""
    chosen = [day.strip().lower() for day in days]
    wrong = [day for day in chosen if day not in WEEKDAYS]
    if wrong or not chosen:
        what = f"{wrong[0] or 'Nothing'} is no day of the week." if wrong else "A weekly schedule needs its days."
        raise ConfigurationError(what, detail="days", fix=f"Write names such as monday, friday: {', '.join(WEEKDAYS)}.")
    return Schedule("weekly", at=_time(at, "at"), weekdays=tuple(day for day in WEEKDAYS if day in chosen))


def every(distance: str, start: str = "", end: str = "") -> Schedule:
    """Every so many minutes or hours ("15m", "2 hours"), at times of the day that are counted from midnight.

    With `start` and `end` only between these, both included.
    """
    found = _DISTANCE.fullmatch(distance.strip().lower())
    if not found:
        text = f"{distance} is no distance of time."
        raise ConfigurationError(text, detail="every", fix="Write 15 minutes, 15m, 2 hours or 2h.")
    minutes = int(found[1]) * (60 if found[2].startswith("h") else 1)
    if not 1 <= minutes <= DAY:
        text = f"Every {distance} cannot be: at least 1 minute and at most 24 hours."
        raise ConfigurationError(text, detail="every", fix="For less often, choose daily or weekly.")
    if bool(start) != bool(end):
        lacking = "to" if start else "from"
        text = "Hours have a beginning and an end."
        raise ConfigurationError(text, detail=lacking, fix=f"Add `{lacking}`, or leave both out.")
    made = Schedule("every", minutes=minutes)
    if start:
        made = Schedule("every", "", (), minutes, _time(start, "from"), _time(end, "to"))
        if start == end:
            raise ConfigurationError("It ends when it begins.", detail="to", fix="For once a day, choose daily.")
        if not made.times():
            text = f"Every {_distance(minutes)}, counted from midnight, never falls between {start} and {end}."
            raise ConfigurationError(text, detail="from", fix="Choose longer hours or a shorter distance.")
    return made


def waits_for(
    object_name: str, initialization: str, cut_over: datetime | None, now: datetime, *, has_run: bool
) -> Literal["", "initialize", "cut_over"]:
    """What has to happen before a route runs by itself; empty where nothing has.

    A first load that is repeated does not take away what was armed before (`has_run`), even if it is broken off.
    """
    if OBJECTS[object_name].initialized:
        armed = initialization.startswith("done") or (initialization == "running" and has_run)
        return "" if armed else "initialize"
    return "" if cut_over is not None and cut_over <= now else "cut_over"


def minute_of_day(clock: str) -> int:
    """Minutes since midnight of a time such as 02:30."""
    return int(clock[:2]) * 60 + int(clock[3:])


def _time(text: str, part: str) -> str:
    if not re.match(TIME, text):
        what = f"{text or 'Nothing'}: {NOT_A_TIME}"
        raise ConfigurationError(what, detail=part, fix="Write hours and minutes with two digits each.")
    return text


def _distance(minutes: int) -> str:
    number, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


@lru_cache(maxsize=1000)
def _grid(minutes: int, start: str, end: str) -> tuple[int, ...]:
    every_one = range(0, DAY, minutes)
    if not start:
        return tuple(every_one)
    first, last = minute_of_day(start), minute_of_day(end)
    if first <= last:
        return tuple(minute for minute in every_one if first <= minute <= last)
    return tuple(minute for minute in every_one if minute >= first or minute <= last)
