"""A platform's rate budget: a bucket of points that refills at a steady rate, followed from what the answers say."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from hub.clock import Clock, Sleep, sleep

#: Seconds between two looks at a bucket that is being waited for, at least and at most.
_SHORTEST_NAP, _LONGEST_NAP = 0.01, 0.2
#: Points that may be under way before the first answer has told what the platform grants: every platform has as many.
_UNTOLD = 1000.0


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


@dataclass(slots=True, eq=False)
class Share:
    """What one call takes out of the bucket."""

    #: What must be there before the platform begins.
    points: float
    #: What it will probably have cost in the end; the platform gives the difference back.
    likely: float
    #: Seconds waited for it.
    waited: float = 0.0
    #: When it began to be under way.
    began: datetime | None = None
    #: What other calls have spent that ended while this one was under way: its answer may not count them yet.
    meanwhile: float = 0.0


class Budget:
    """A bucket that all threads of a connection draw from, in the order in which they ask, whatever run they work for.

    Until the first answer tells what the platform grants, only so much is sent as every platform grants. A call that
    waits holds nothing back but its turn: only what is under way counts as taken, so that points which the platform
    gives back are used at once and the bucket stays nearly empty, which is where nothing is lost.
    """

    def __init__(self, *, clock: Clock, sleep: Sleep = sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._bucket: Bucket | None = None
        self._waiting: list[Share] = []
        #: Calls whose answer is still to come: the platform's figures may not count them yet.
        self._under_way: list[Share] = []

    @property
    def bucket(self) -> Bucket | None:
        """The bucket as it is now, less what is under way; None while nothing is known."""
        with self._lock:
            return self._bucket.at_moment(self._clock()) if self._bucket else None

    def take(self, points: float, likely: float | None = None, *, pause: Sleep | None = None) -> Share:
        """Take points, waiting until they are there and all who asked before have theirs.

        `likely` is what the call will cost in the end, where that is known to be less. `pause` is how this caller
        waits: it may raise, and the turn is then given up.
        """
        share = Share(points, points if likely is None else min(points, likely))
        with self._lock:
            self._waiting.append(share)
        try:
            while wait := self._turn(share):
                (pause or self._sleep)(wait)
                share.waited += wait
        finally:
            with self._lock:
                if share in self._waiting:  # Stopped while it waited.
                    self._waiting.remove(share)
        return share

    def _turn(self, share: Share) -> float:
        """Let the call begin and answer 0, or tell how long to wait before asking again."""
        with self._lock:
            place = self._waiting.index(share)
            if self._bucket is not None:
                bucket = self._bucket.at_moment(self._clock())
                ahead = self._waiting[:place]
                if bucket.minus(sum(other.points for other in ahead)).seconds_until(share.points):
                    # There is not enough for all: each waits for its turn.
                    wait = bucket.minus(sum(other.likely for other in ahead)).seconds_until(share.points)
                    if wait or place:
                        # Looked at again soon, as a call that ends may give points back.
                        return min(max(wait, _SHORTEST_NAP), _LONGEST_NAP)
                self._bucket = bucket.minus(min(share.points, bucket.maximum))
            elif self._under_way and sum(other.points for other in self._under_way) + share.points > _UNTOLD:
                return _SHORTEST_NAP
            self._waiting.remove(share)
            self._under_way.append(share)
            share.began = self._clock()
            return 0.0

    def correct(self, maximum: float, available: float, restore_rate: float, *, taken: Share, spent: float) -> None:
        """Learn from an answer's throttle status. `taken` is what its call took, `spent` what it has cost.

        What the platform says is as old as the answer's way to us, and calls under way, or that ended while this one
        was, may be missing in it or not: that bounds what is there. Our own book is between the bounds as long as
        nobody else draws from the bucket, and is exact then; else the lower bound is believed.
        """
        with self._lock:
            now = self._clock()
            self._ended(taken, spent)
            left = available - sum(share.points for share in self._under_way) - taken.meanwhile
            if self._bucket is not None:
                booked = self._bucket.at_moment(now).minus(spent - taken.points).available
                seconds = (now - taken.began).total_seconds() if taken.began else 0.0
                # What is said is rounded down to whole points.
                if booked <= available + seconds * restore_rate + 1:
                    left = max(left, booked)
            self._bucket = Bucket(maximum, min(maximum, left), restore_rate, now)

    def give_back(self, taken: Share) -> None:
        """A call ended without telling what is left: it is no longer under way, and what it took counts as spent."""
        with self._lock:
            self._ended(taken, taken.points)

    def _ended(self, share: Share, spent: float) -> None:
        self._under_way.remove(share)
        for other in self._under_way:
            other.meanwhile += spent
