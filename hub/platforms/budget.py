"""A platform's rate budget: a bucket of points that refills at a steady rate, followed from what the answers say."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from hub.clock import Clock, Sleep


@dataclass(frozen=True, slots=True)
class Bucket:
    """The state of a bucket at one moment. Arithmetic only; nothing waits here."""

    maximum: float
    available: float
    #: Points a second.
    restore_rate: float
    at: datetime

    def at_moment(self, now: datetime) -> Bucket:
        """The bucket as it will have refilled by `now` (never above its maximum)."""
        seconds = max(0.0, (now - self.at).total_seconds())
        available = min(self.maximum, self.available + seconds * self.restore_rate)
        return replace(self, available=available, at=max(self.at, now))

    def minus(self, points: float) -> Bucket:
        """The bucket after so many points were spent; a debt is allowed, it is waited off."""
        return replace(self, available=min(self.maximum, self.available - points))

    def seconds_until(self, points: float) -> float:
        """How long until so many points are there. More than the bucket holds is asked for as a full bucket."""
        missing = min(points, self.maximum) - self.available
        return max(0.0, missing / self.restore_rate)


class Budget:
    """A bucket that all threads of a connection draw from.

    Until the first answer tells what the platform grants, nothing is known and nobody waits.
    """

    def __init__(self, *, clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._bucket: Bucket | None = None
        #: Points taken by calls whose answer is still to come: the platform's figures may not count them yet.
        self._under_way = 0.0

    @property
    def bucket(self) -> Bucket | None:
        """The bucket as it is now; None while nothing is known."""
        with self._lock:
            return self._bucket.at_moment(self._clock()) if self._bucket else None

    def take(self, points: float) -> float:
        """Take points, waiting until they are there; returns the seconds waited.

        The points are taken at once and the wait follows, so that whoever asks later waits longer: nobody overtakes.
        """
        with self._lock:
            self._under_way += points
            if self._bucket is None:
                return 0.0
            bucket = self._bucket.at_moment(self._clock())
            wait = bucket.seconds_until(points)
            self._bucket = bucket.minus(min(points, bucket.maximum))
        if wait:
            self._sleep(wait)
        return wait

    def correct(self, maximum: float, available: float, restore_rate: float, *, taken: float) -> None:
        """Believe an answer's throttle status. `taken` is what its call took; the others under way are still to come.

        The platform states what is left after its own refund of the difference between requested and actual cost, so
        the refund needs no arithmetic of ours.
        """
        with self._lock:
            self._under_way = max(0.0, self._under_way - taken)
            left = min(maximum, available - self._under_way)
            self._bucket = Bucket(maximum, left, restore_rate, self._clock())

    def give_back(self, taken: float) -> None:
        """A call ended without telling what is left: what it took is no longer under way (and counts as spent)."""
        with self._lock:
            self._under_way = max(0.0, self._under_way - taken)
