"""One bucket of points for all workers: each leases a slice of it, spends the slice by itself, and gives back the rest.

The row in the store follows the platform's bucket: what is leased counts as spent there, what is given back as never
spent. It may lag behind the truth, but only on the safe side. A slice that a dead worker held is never spent: the
platform's bucket then stands that much higher than the row, which costs nothing, as both refill at the same rate.

Where there is not enough for all, one worker at a time has the turn (a lease) and waits until its slice is there; so
a dear call of one worker is not overtaken for ever by the cheap ones of the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.clock import Clock, Sleep, sleep
from hub.platforms.budget import Bucket, Share
from hub.sharing.keeper import Keeper
from hub.store.database import Database
from hub.store.leases import Leases
from hub.store.limits import Budgets, StoredBudget

#: A slice is at most what the bucket restores in so many seconds, or what one call needs: where there is plenty, and
#: where others wait.
PLENTY, SCARCE = 1.0, 0.5
#: More than that many seconds' worth is not kept, whoever waits here.
KEEP = 1.5
#: What has not been used for so long is given back.
UNUSED = timedelta(seconds=1)
#: How long a turn lasts unless it is renewed, and how much of that is left when it is.
TURN, RENEW = timedelta(seconds=2), timedelta(seconds=1)
#: How long others wait for the first answer of all, which tells what the platform grants.
FIRST_ANSWER = timedelta(seconds=5)
#: What an answer said counts as news for so long.
NEWS = timedelta(seconds=2)
#: Seconds between two looks, of one who waits within the process, and of one who waits for another process.
_NAP, _LONGEST_NAP, _OTHERS_TURN = 0.02, 0.2, 0.1


def shared_part(maximum: float, restore_rate: float) -> float:
    """How full the row may become: a little less than the platform's bucket.

    Between leasing and spending the row refills although the platform's bucket may be full already; what is left out
    here makes up for that.
    """
    return maximum - min(restore_rate, maximum / 10)


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform said last, and what follows from it for the row."""

    maximum: float
    restore_rate: float
    #: At most so much of the bucket is not in our hands.
    left: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Slice:
    """An answer to who asks for points."""

    points: float = 0.0
    #: Seconds to wait before asking again; 0 = it is granted.
    wait: float = 0.0
    #: How full the row may become; None while the platform has told nothing.
    most: float | None = None
    restore_rate: float = 0.0


def refreshed(bucket: Bucket, told: Told | None, now: datetime, here: datetime) -> Bucket:
    """The row's bucket as it is now, no fuller than the news allow. `now` is the store's time, `here` our own."""
    if told is not None and (told.maximum, told.restore_rate) != (bucket.maximum, bucket.restore_rate):
        # The shop has another plan now.
        bucket = replace(bucket, maximum=told.maximum, restore_rate=told.restore_rate)
    most = shared_part(bucket.maximum, bucket.restore_rate)
    bucket = bucket.at_moment(now)
    available = min(bucket.available, most)
    if told is not None and here - told.at < NEWS:
        seconds = max(0.0, (here - told.at).total_seconds())
        # What is said is rounded down to whole points.
        available = min(available, told.left + seconds * bucket.restore_rate + 1)
    return replace(bucket, available=available)


class Books:
    """The row of one connection, and the turn."""

    def __init__(self, database: Database, connection_id: int, holder: str, moment: Clock) -> None:
        self._database = database
        self._budgets, self._leases = Budgets(database), Leases(database)
        self._connection_id, self._holder, self._moment = connection_id, holder, moment
        self._turn = f"points:{connection_id}"

    def lease(self, need: float, wish: float, told: Told | None, here: datetime) -> Slice:
        """Lease about `wish` points, or tell how long to wait.

        The first of all gets `need` on trust: its answer will tell what there is.
        """
        with self._database.together():
            stored = self._budgets.lock(self._connection_id)
            now = self._moment()
            held = self._leases.holder(self._turn, now)
            if held is not None and held.holder != self._holder:
                return Slice(wait=_OTHERS_TURN)
            if stored is None:
                return self._on_trust(need, now)
            bucket = refreshed(_bucket(stored), told, now, here)
            most = shared_part(bucket.maximum, bucket.restore_rate)
            wanted = min(max(need, wish), most)
            if wanted > bucket.available:
                wanted = min(max(need, min(wish, bucket.restore_rate * SCARCE)), most)
            wait = bucket.seconds_until(wanted)
            if wait:
                if held is None or held.until - now < RENEW:
                    self._leases.take(self._turn, self._holder, now, now + TURN)
                return Slice(0, min(max(wait, _NAP), _LONGEST_NAP), most, bucket.restore_rate)
            self._budgets.put(self._connection_id, _stored(bucket.minus(wanted)))
            if held is not None:
                self._leases.release(self._turn, self._holder, now)
            return Slice(wanted, 0, most, bucket.restore_rate)

    def _on_trust(self, need: float, now: datetime) -> Slice:
        granted = self._leases.take(self._turn, self._holder, now, now + FIRST_ANSWER)
        return Slice(need) if granted else Slice(wait=_OTHERS_TURN)

    def give(self, points: float, told: Told | None, here: datetime) -> Slice:
        """Put points back that were not used, and bring the row up to what the platform said."""
        with self._database.together():
            stored = self._budgets.lock(self._connection_id)
            now = self._moment()
            if stored is None:
                if told is None:
                    return Slice()
                bucket = Bucket(told.maximum, told.left, told.restore_rate, now)
            else:
                bucket = refreshed(_bucket(stored), told, now, here).minus(-points)
            most = shared_part(bucket.maximum, bucket.restore_rate)
            self._budgets.put(self._connection_id, _stored(replace(bucket, available=min(bucket.available, most))))
            return Slice(0, 0, most, bucket.restore_rate)

    def pass_on(self) -> None:
        """Let go of the turn."""
        with self._database.together():
            self._leases.release(self._turn, self._holder, self._moment())


def _bucket(stored: StoredBudget) -> Bucket:
    return Bucket(stored.maximum, stored.available, stored.restore_rate, stored.at)


def _stored(bucket: Bucket) -> StoredBudget:
    return StoredBudget(bucket.maximum, bucket.available, bucket.restore_rate, bucket.at)


class SharedBudget:
    """The points of one connection as this process has them."""

    def __init__(self, books: Books, keeper: Keeper, clock: Clock) -> None:
        self._books, self._keeper, self._clock = books, keeper, clock
        self._lock = threading.Lock()
        #: Points of our slices that are not spent yet.
        self._pool = 0.0
        self._waiting: list[Share] = []
        #: The call that was begun before anything was known.
        self._on_trust: Share | None = None
        self._asking = self._has_turn = False
        self._most: float | None = None
        self._rate = 0.0
        self._told: Told | None = None
        #: True: the row does not know yet what the platform said.
        self._news = False
        self._wish = 0.0
        self._leased_at = self._used_at = clock()
        keeper.add(self)

    # -- a call's way -------------------------------------------------------------------------------------------

    def take(self, points: float, likely: float | None = None, *, pause: Sleep | None = None) -> Share:
        """Take points for one call, waiting until they are there and all who asked before have theirs."""
        share = Share(points, points if likely is None else min(points, likely))
        with self._lock:
            self._waiting.append(share)
        try:
            while wait := self._begin(share) and (self._ask(share) or self._begin(share)):
                (pause or sleep)(wait)
                share.waited += wait
        finally:
            with self._lock:
                if share in self._waiting:  # Stopped while it waited.
                    self._waiting.remove(share)
            if self._has_turn:
                self._keeper.poke()
        return share

    def _begin(self, share: Share) -> float:
        """Let the call begin and answer 0 where the points are here, else the seconds to wait."""
        with self._lock:
            place = self._waiting.index(share) if share in self._waiting else -1
            if place < 0:
                return 0.0
            due = self._due(share)
            if self._pool < due + sum(self._due(other) for other in self._waiting[:place]):
                return _NAP
            del self._waiting[place]
            self._pool -= due
            share.points = due
            self._used_at = share.began = self._clock()
            return 0.0

    def _due(self, share: Share) -> float:
        return share.points if self._most is None else min(share.points, self._most)

    def _ask(self, share: Share) -> float:
        """Ask for a slice if nobody else of us does; answers how long to wait, 0 = look whether there is enough now."""
        with self._lock:
            if self._asking or self._on_trust is not None or self._waiting[:1] != [share]:
                return _NAP
            self._asking = True
            need = self._due(share) - self._pool
            wish, told, here = self._slice(need), self._told, self._clock()
        found = Slice(wait=_NAP)
        try:
            found = self._books.lease(need, wish, told, here)
        finally:
            self._take_in(share, found)
        return found.wait

    def _slice(self, need: float) -> float:
        """How much to ask for: what all who wait need, twice as much each time that was soon spent, up to a slice."""
        wanted = sum(self._due(other) for other in self._waiting) - self._pool
        if self._clock() - self._leased_at < UNUSED:
            wanted = max(wanted, 2 * self._wish)
        return max(need, min(wanted, self._rate * PLENTY))

    def _take_in(self, share: Share, found: Slice) -> None:
        with self._lock:
            self._asking = False
            self._pool += found.points
            if found.most is None:
                self._on_trust = share if found.points else None
            else:
                self._most, self._rate = found.most, found.restore_rate
                self._has_turn = found.wait not in (0, _OTHERS_TURN)
            if found.points:
                self._wish, self._leased_at = found.points, self._clock()
                if self._told is not None:
                    self._told = replace(self._told, left=self._told.left - found.points)
        if found.points or self._has_turn:
            self._keeper.poke()

    # -- what answers say ---------------------------------------------------------------------------------------

    def correct(self, maximum: float, available: float, restore_rate: float, *, taken: Share, spent: float) -> None:
        """Learn from an answer's throttle status; what the row has to know of it is told by the keeper."""
        with self._lock:
            first = taken is self._on_trust
            if first:
                self._on_trust, self._has_turn = None, True
            else:
                self._pool += taken.points - spent
            # What the platform has not, we have not either, whatever was leased: somebody else draws from it as well.
            self._pool = max(0.0, min(self._pool, available + 1))
            known = self._told
            self._told = Told(maximum, restore_rate, available - self._pool, self._clock())
            other = known is None or (known.maximum, known.restore_rate) != (maximum, restore_rate)
            self._news = self._news or first or other
            poke = self._news or self._pool > restore_rate * KEEP
        if poke:
            self._keeper.poke()

    def give_back(self, taken: Share) -> None:
        """A call ended without telling what is left: what it took counts as spent."""
        with self._lock:
            first = taken is self._on_trust
            if first:
                self._on_trust, self._has_turn = None, True
        if first:
            self._keeper.poke()

    # -- beside the calls ---------------------------------------------------------------------------------------

    def tend(self) -> bool:
        """Give back what is too much or has not been used for a while, and pass a turn on that nobody needs."""
        with self._lock:
            surplus = self._pool - self._rate * KEEP
            if not self._waiting and self._clock() - self._used_at >= UNUSED:
                surplus = self._pool
            surplus = max(0.0, surplus) if self._most is not None else 0.0
            self._pool -= surplus
            told, here = self._told, self._clock()
            tell = self._news or surplus > 0
            self._news = False
            idle_turn = self._has_turn and not self._waiting
        if tell:
            self._settle(lambda: self._books.give(surplus, told, here), surplus)
        if idle_turn:
            self._has_turn = False
            self._books.pass_on()
        with self._lock:
            return self._pool > 0 or self._has_turn

    def _settle(self, give: Callable[[], Slice], surplus: float) -> None:
        found = Slice()
        try:
            found = give()
        finally:
            with self._lock:
                if found.most is None:
                    # Not done: it is ours still, and tried again.
                    self._pool += surplus
                    self._news = True
                else:
                    self._most, self._rate = found.most, found.restore_rate
                    if self._told is not None:
                        self._told = replace(self._told, left=self._told.left + surplus)

    def give_up(self) -> None:
        """Give all back."""
        with self._lock:
            surplus, self._pool = self._pool, 0.0
            told = self._told
        if surplus > 0:
            self._books.give(surplus, told, self._clock())
        if self._has_turn:
            self._books.pass_on()
