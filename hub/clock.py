"""The time, as something that is passed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import available_timezones

#: Gives the present moment as an aware time in UTC.
Clock = Callable[[], datetime]
#: Waits so many seconds.
Sleep = Callable[[float], None]


def now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


sleep: Sleep = time.sleep

#: Years of the moments that people choose. Near the ends of time no zone could be taken off.
YEARS = (1970, 2200)
OUT_OF_TIME = f"It lies between the years {YEARS[0]} and {YEARS[1]}."


def in_time(moment: date) -> bool:
    """Whether a day or moment is one that somebody may have meant."""
    return YEARS[0] <= moment.year <= YEARS[1]


@cache
def zone_names() -> frozenset[str]:
    """Names of all time zones (IANA). Kept, as finding them walks through hundreds of files."""
    return frozenset(available_timezones())
