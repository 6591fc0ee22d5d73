"""What the clock does besides schedules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Duty:
    """Something the clock does besides schedules, as long as it holds the clock's lease."""

    name: str
    every: timedelta
    #: Gets the present moment; an exception is logged and the duty tried again next time.
    act: Callable[[datetime], None]
