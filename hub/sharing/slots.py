"""Places for calls that all workers share: each process leases a few, and hands them from thread to thread itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.clock import Clock
from hub.sharing.keeper import Keeper
from hub.store.database import Database
from hub.store.limits import Slots

#: How long a lease lasts (also that of a process that died), and how much of it is left when it is renewed.
LIFE, RENEW = timedelta(seconds=5), timedelta(seconds=3)
#: A lease is not used up to its very end, as the store's clock and ours may not run at quite the same speed.
MARGIN = timedelta(seconds=0.5)
#: What nobody here has used for so long is given back.
UNUSED = timedelta(seconds=1)
#: A place for which others wait is given up after so long, where there are fewer places than processes.
ROTATE = timedelta(seconds=1)
#: How long a wish is heard unless it is repeated.
WISH = timedelta(seconds=2)
#: How long until the table is asked again, after it had no place, and where ours are all we may have.
_AGAIN, _LATER = timedelta(seconds=0.05), timedelta(seconds=0.5)
#: Seconds for which one waits at a time.
_LOOK_UP = 0.05


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is there beside us: how many processes hold places or wish for one, and how many of them wish."""

    processes: int
    wishing: int

    def fair(self, most: int) -> int:
        """How many places each may keep while others wish for one."""
        return max(1, most // (self.processes + 1))

    def allowed(self, most: int) -> int:
        """How many places we may take."""
        return -(-most // (self.processes + 1)) if self.wishing else most


class Table:
    """The places of one connection, as one process takes and gives them."""

    def __init__(self, database: Database, connection_id: int, holder: str, most: int, moment: Clock) -> None:
        self._database, self._slots = database, Slots(database)
        self._connection_id, self._holder, self._moment = connection_id, holder, moment
        self.most = most
        self._prepared = self._wished = False

    def take(self, wanted: int, held: int) -> list[int]:
        """Take free places, as many as are wanted and fair; where there is none, say that we wait."""
        if not self._prepared:
            self._slots.prepare(self._connection_id, self.most)
            self._prepared = True
        with self._database.together():
            now = self._moment()
            crowd = self._crowd(now)
            count = min(wanted, crowd.allowed(self.most) - held)
            found: list[int] = []
            if count > 0:
                until = now + LIFE
                found = self._slots.take(self._connection_id, self._holder, count, now, until, self.most)
            if not found and held < crowd.fair(self.most):
                self._slots.wish(self._connection_id, self._holder, now + WISH)
                self._wished = True
            elif self._wished:
                self._slots.forget_wish(self._connection_id, self._holder)
                self._wished = False
            return found

    def crowd(self) -> Crowd:
        """Who else is there; nobody, where nobody wishes for a place."""
        now = self._moment()
        with self._database.together():
            if not self._slots.wishes(self._connection_id, now) - {self._holder}:
                return Crowd(0, 0)
            return self._crowd(now)

    def _crowd(self, now: datetime) -> Crowd:
        wishing = self._slots.wishes(self._connection_id, now) - {self._holder}
        holding = self._slots.holders(self._connection_id, now).keys() - {self._holder}
        return Crowd(len(wishing | holding), len(wishing))

    def renew(self, numbers: Sequence[int]) -> list[int]:
        """Hold places longer; answers those that nobody has taken over."""
        return self._slots.keep(self._connection_id, self._holder, numbers, self._moment() + LIFE)

    def give(self, numbers: Sequence[int]) -> None:
        """Give places back."""
        self._slots.keep(self._connection_id, self._holder, numbers, self._moment())

    def forget_wish(self) -> None:
        """We do not wait any more."""
        if self._wished:
            self._slots.forget_wish(self._connection_id, self._holder)
            self._wished = False


class SharedSlots:
    """The places that this process holds. A call that is under way has one, whichever it is."""

    def __init__(self, table: Table, keeper: Keeper, clock: Clock) -> None:
        self._table, self._keeper, self._clock = table, keeper, clock
        self._changed = threading.Condition()
        self._held: list[int] = []
        #: Until when all that is held is ours.
        self._until = clock()
        self._busy = self._waiting = 0
        self._asking = False
        self._ask_at = clock()
        #: The fewest places that were free at once since then: nobody has needed them.
        self._spare = 0
        self._spare_since = self._got_at = clock()
        #: How many are to be given back as soon as they are free, because others wish for them.
        self._owed = 0
        keeper.add(self)

    # -- a call's way -------------------------------------------------------------------------------------------

    def enter_at_once(self) -> bool:
        """Take a place if one of ours is free that nobody waits for."""
        with self._changed:
            return self._grab(self._promised())

    def enter(self) -> bool:
        """Wait a little for a place, asking the table where that may help."""
        with self._changed:
            if self._grab(self._promised()):
                return True
            self._waiting += 1
            ask = self._may_ask()
            if not ask:
                try:
                    self._changed.wait(_LOOK_UP)
                finally:
                    self._waiting -= 1
                return self._grab()
            wanted, held = self._waiting, len(self._held)
        try:
            self._ask(wanted, held)
        except BaseException:
            with self._changed:
                self._waiting -= 1
            raise
        with self._changed:
            self._waiting -= 1
            return self._grab()

    def leave(self) -> None:
        """Give the place to whoever waits for it."""
        with self._changed:
            self._busy -= 1
            self._changed.notify()
            owed = self._owed
        if owed:
            self._keeper.poke()

    def _promised(self) -> int:
        """How many places are those of threads that wait here; one that asks the table does not wait for ours."""
        return self._waiting - self._asking

    def _grab(self, promised: int = 0) -> bool:
        """Take a place, unless the free ones are owed to other processes, or promised to those who wait here."""
        free = self._free()
        if free - self._owed - promised <= 0:
            return False
        self._busy += 1
        self._spare = min(self._spare, free - 1)
        return True

    def _free(self) -> int:
        if self._held and self._clock() >= self._until:
            # Could not be renewed, or the whole process stood still: others may have them by now.
            self._held, self._owed = [], 0
        return len(self._held) - self._busy

    def _may_ask(self) -> bool:
        if self._asking or len(self._held) >= self._table.most or self._clock() < self._ask_at:
            return False
        self._asking = True
        return True

    def _ask(self, wanted: int, held: int) -> None:
        here = self._clock()
        found: list[int] = []
        try:
            found = self._table.take(wanted, held)
        finally:
            with self._changed:
                self._asking = False
                until = here + LIFE - MARGIN
                if found:
                    self._until = min(self._until, until) if self._held else until
                    self._held += found
                    self._got_at = here
                    self._changed.notify_all()
                if len(found) < wanted:
                    self._ask_at = here + (_LATER if held or found else _AGAIN)
        if found:
            self._keeper.poke()

    # -- beside the calls ---------------------------------------------------------------------------------------

    def tend(self) -> bool:
        """Renew what is in use, and give back what is not, or what others need more."""
        now = self._clock()
        with self._changed:
            self._free()
            numbers, busy, waiting = list(self._held), self._busy, self._waiting
            renew = bool(numbers) and self._until - now <= RENEW
        if not waiting:
            self._table.forget_wish()
        if not numbers:
            return waiting > 0
        if renew:
            self._renew(numbers, now)
        crowd = self._table.crowd()
        with self._changed:
            self._owed = self._surplus(crowd, now)
            back = self._hand_back(now)
        if back:
            self._table.give(back)
        return bool(self._held) or busy > 0

    def _renew(self, numbers: list[int], here: datetime) -> None:
        kept = self._table.renew(numbers)
        with self._changed:
            lost = set(numbers) - set(kept)
            self._held = [number for number in self._held if number not in lost]
            self._until = here + LIFE - MARGIN

    def _surplus(self, crowd: Crowd, now: datetime) -> int:
        if not crowd.wishing:
            return 0
        most = self._table.most
        if crowd.processes + 1 > most and now - self._got_at >= ROTATE:
            return len(self._held)
        return max(0, len(self._held) - crowd.fair(most))

    def _hand_back(self, now: datetime) -> list[int]:
        """Strike those off that are to be given back now: owed to others, or unused for long."""
        free = max(0, self._free())
        count = min(free, self._owed)
        if count:
            # Those who wish for one come first now.
            self._ask_at = now + _LATER
        if now - self._spare_since >= UNUSED:
            count = min(free, max(count, self._spare))
            self._spare, self._spare_since = free - count, now
        self._owed = max(0, self._owed - count)
        kept = len(self._held) - count
        back, self._held = self._held[kept:], self._held[:kept]
        return back

    def give_up(self) -> None:
        """Give all back."""
        with self._changed:
            numbers, self._held, self._owed = self._held, [], 0
        self._table.forget_wish()
        if numbers:
            self._table.give(numbers)
