"""What all who use one connection at the same time share: points to spend, places for calls, one log-in.

A platform counts what an account does, not which run or worker of ours does it. So each run asks here before it sends,
and whoever makes the connection decides who else asks here: within one process the objects below, over all processes
of an installation those of `hub.sharing`, behind the same protocols.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from hub.clock import Clock, Sleep
from hub.errors import PlatformRefused
from hub.platforms.budget import Bucket, Budget, Share

#: Seconds after which one who waits for a place looks whether it shall still wait.
_LOOK_UP = 0.5
#: So long a refused log-in is not tried again by others with the same credentials: most of them waited for its outcome.
REFUSED_FOR = timedelta(seconds=20)


class Points(Protocol):
    """The points of a connection; see `hub.platforms.budget.Budget` for what each of these means."""

    def take(self, points: float, likely: float | None = None, *, pause: Sleep | None = None) -> Share:
        """Take points for one call, waiting until they are there."""

    def correct(self, maximum: float, available: float, restore_rate: float, *, taken: Share, spent: float) -> None:
        """Learn from an answer what the platform says is left. Never raises: the answer must not be lost."""

    def give_back(self, taken: Share) -> None:
        """A call ended without telling what is left. Never raises."""


class Places(Protocol):
    """So many calls at a time may be under way on a connection."""

    def enter_at_once(self) -> bool:
        """Take a place if one is free that nobody waits for."""

    def enter(self) -> bool:
        """Wait a little for a place; False = none became free, and the caller may see whether it still wants one."""

    def leave(self) -> None:
        """Give a place back. Never raises: the call's answer must not be lost."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A log-in as it is kept. What it consists of is the platform's business."""

    #: Names the credentials it was made with, without telling them.
    who: str
    #: Grows with every log-in.
    generation: int
    value: Mapping[str, Any]
    #: Unused for so long it must not be used any more.
    idle: timedelta


#: Logs in, and answers the log-in's value and how long it may be idle; raises PlatformRefused for wrong credentials.
LogIn = Callable[[], tuple[Mapping[str, Any], timedelta]]


class LogInPlace(Protocol):
    """Where the one log-in of a connection is kept."""

    def join(self) -> None:
        """One more uses the log-in."""

    def part(self) -> Kept | None:
        """One less uses it; answers the log-in that the caller has to end because nobody needs it any more."""

    def current(self, who: str) -> Kept | None:
        """The log-in to use now, as far as is known here."""

    def renew(self, who: str, stale: int | None, log_in: LogIn, pause: Sleep) -> Kept:
        """The log-in to use instead of the one of generation `stale`; only one at a time logs in.

        `pause` is how this caller waits while somebody else is at it. Raises what `log_in` raises, and PlatformRefused
        without trying where somebody else was refused just now.
        """

    def amend(self, generation: int, value: Mapping[str, Any]) -> None:
        """Use the same log-in in another form here, as long as it has not been renewed."""


class Limits(Protocol):
    """All of that for one connection. The first who asks for a thing makes it."""

    def budget(self, clock: Clock) -> Points:
        """The connection's points."""

    def slots(self, most: int, clock: Clock) -> Places:
        """The connection's places for calls: at most so many."""

    def log_in(self, clock: Clock) -> LogInPlace:
        """Where the connection's log-in is kept."""


class LimitsOf(Protocol):
    """Gives the limits of each connection, the same for everybody who asks."""

    def of(self, connection_id: int) -> Limits:
        """The limits of a connection."""

    def buckets(self) -> Mapping[int, Bucket]:
        """The buckets of points that are kept in this process alone, by connection."""

    def close(self) -> None:
        """Give back what is held; may be called twice."""


# -- within one process -----------------------------------------------------------------------------------------


class OneProcess:
    """Limits that the runs of one process share: enough where only one works on a store at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits: dict[int, OneConnection] = {}

    def of(self, connection_id: int) -> OneConnection:
        """The limits of a connection."""
        with self._lock:
            return self._limits.setdefault(connection_id, OneConnection())

    def buckets(self) -> Mapping[int, Bucket]:
        """All buckets of which something is known yet."""
        with self._lock:
            found = {identity: limits.bucket for identity, limits in self._limits.items()}
        return {identity: bucket for identity, bucket in found.items() if bucket is not None}

    def close(self) -> None:
        """Nothing is held beyond the process."""


class OneConnection:
    """The limits of one connection within one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._budget: Budget | None = None
        self._slots: Semaphore | None = None
        self._log_in: KeptHere | None = None

    @property
    def bucket(self) -> Bucket | None:
        """The bucket of points as it is now; None while nothing is known of it."""
        return self._budget.bucket if self._budget is not None else None

    def budget(self, clock: Clock) -> Budget:
        """One bucket for all runs."""
        with self._lock:
            self._budget = self._budget or Budget(clock=clock)
            return self._budget

    def slots(self, most: int, clock: Clock) -> Semaphore:
        """One semaphore for all runs; a setting that was changed meanwhile counts for those who come from now on."""
        with self._lock:
            if self._slots is None or self._slots.most != most:
                self._slots = Semaphore(most)
            return self._slots

    def log_in(self, clock: Clock) -> KeptHere:
        """One log-in for all runs."""
        with self._lock:
            self._log_in = self._log_in or KeptHere(clock)
            return self._log_in


class Semaphore:
    """Places for calls of one process, given to those who wait before those who come.

    Threads that write one record after the other come back the moment they have left; without that order, whoever
    reads between them would wait until they have nothing left to write.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = most
        self._waiting = 0
        self._freed = threading.Condition()

    def enter_at_once(self) -> bool:
        """Take a place if one is free that nobody waits for."""
        with self._freed:
            return self._take(self._waiting)

    def enter(self) -> bool:
        """Wait a little for a place."""
        with self._freed:
            if self._take(self._waiting):
                return True
            self._waiting += 1
            try:
                self._freed.wait(_LOOK_UP)
            finally:
                self._waiting -= 1
            return self._take(0)

    def leave(self) -> None:
        """Give a place back."""
        with self._freed:
            self._free += 1
            self._freed.notify()

    def _take(self, promised: int) -> bool:
        if self._free <= promised:
            return False
        self._free -= 1
        return True


@dataclass(frozen=True, slots=True)
class Refusal:
    """A log-in that was refused."""

    who: str
    words: str
    detail: str
    at: datetime

    def stands(self, who: str, now: datetime) -> bool:
        """Whether it answers one who would try the same now."""
        return self.who == who and timedelta(0) <= now - self.at < REFUSED_FOR

    def error(self) -> PlatformRefused:
        """What the one who tried was told."""
        return PlatformRefused(self.words, detail=self.detail)


@dataclass(slots=True)
class KeptHere:
    """The log-in that the runs of one process share. Whoever leaves last ends it."""

    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _users: int = 0
    _kept: Kept | None = None
    _generation: int = 0
    _used: datetime | None = None
    _refusal: Refusal | None = None

    def join(self) -> None:
        """One more uses the log-in."""
        with self._lock:
            self._users += 1

    def part(self) -> Kept | None:
        """One less uses it; the last one gets it, to end it, unless it ended by itself."""
        with self._lock:
            self._users -= 1
            if self._users:
                return None
            kept, self._kept = self._kept, None
            return kept if kept and not self._is_idle(kept, self.clock()) else None

    def current(self, who: str) -> Kept | None:
        """The log-in to use now."""
        with self._lock:
            return self._current(who)

    def renew(self, who: str, stale: int | None, log_in: LogIn, pause: Sleep) -> Kept:
        """The log-in to use instead of `stale`; all others wait until it is there."""
        with self._lock:
            kept = self._current(who)
            if kept and kept.generation != stale:
                return kept
            if self._refusal and self._refusal.stands(who, self.clock()):
                raise self._refusal.error()
            self._kept = None
            try:
                value, idle = log_in()
            except PlatformRefused as error:
                self._refusal = Refusal(who, str(error), error.detail, self.clock())
                raise
            self._generation += 1
            self._kept = Kept(who, self._generation, value, idle)
            self._used = self.clock()
            return self._kept

    def amend(self, generation: int, value: Mapping[str, Any]) -> None:
        """Use the same log-in in another form."""
        with self._lock:
            if self._kept and self._kept.generation == generation:
                self._kept = replace(self._kept, value=value)

    def _current(self, who: str) -> Kept | None:
        kept, now = self._kept, self.clock()
        if kept is None or kept.who != who or self._is_idle(kept, now):
            return None
        self._used = now
        return kept

    def _is_idle(self, kept: Kept, now: datetime) -> bool:
        return self._used is None or now - self._used >= kept.idle
