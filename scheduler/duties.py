"""What the clock does besides schedules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is done every so often by the one process that is the clock."""

    name: str
    every: timedelta
    #: Gets the time. An error is logged, and the duty is done again when it is due the next time.
    act: Callable[[datetime], object]
