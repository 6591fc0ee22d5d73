"""The time, as something that is passed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
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


@cache
def zone_names() -> frozenset[str]:
    """Names of all time zones (IANA). Kept, as finding them walks through hundreds of files."""
    return frozenset(available_timezones())
