"""The bucket of cost points that a shop gives an app."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any


class Bucket:
    """Leaks full again by `restore_rate` points a second."""

    def __init__(self, size: float, restore_rate: float, now: Callable[[], datetime]) -> None:
        self.size = size
        self.restore_rate = restore_rate
        self._now = now
        self._level = size
        self._at = now()
        #: Points spent so far, and requests that were turned away.
        self.spent = 0.0
        self.throttled = 0

    def _restore(self) -> None:
        now = self._now()
        passed = max(0.0, (now - self._at).total_seconds())
        self._level = min(self.size, self._level + passed * self.restore_rate)
        self._at = now

    def grant(self, size: float, restore_rate: float) -> None:
        """Become a full bucket of another size that is restored at another rate, with a fresh account."""
        self.size = self._level = size
        self.restore_rate = restore_rate
        self.spent, self.throttled = 0.0, 0

    def account(self) -> dict[str, float]:
        """What has become of the points, for a measurement: points spent, requests refused, and what is left now."""
        self._restore()
        return {
            "at": self._at.timestamp(),
            "spent": self.spent,
            "throttled": self.throttled,
            "available": self._level,
            "maximum": self.size,
            "restore_rate": self.restore_rate,
        }

    def take(self, cost: float) -> bool:
        """Take the requested cost out; False where it is not there."""
        self._restore()
        if cost > self._level:
            self.throttled += 1
            return False
        self._level -= cost
        self.spent += cost
        return True

    def give_back(self, cost: float) -> None:
        """The run cost less than was asked for."""
        self._level = min(self.size, self._level + cost)
        self.spent -= cost

    def empty(self) -> None:
        """Take all points, as another app's rush does."""
        self._restore()
        self._level = 0.0

    def status(self) -> dict[str, Any]:
        """throttleStatus of an answer."""
        self._restore()
        return {
            "maximumAvailable": self.size,
            "currentlyAvailable": math.floor(self._level),
            "restoreRate": self.restore_rate,
        }
