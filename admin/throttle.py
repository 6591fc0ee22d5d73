"""Guessing passwords is slowed down: so many wrong ones from one address, or for one name, in so long a time."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

#: Wrong passwords from one address, whatever the names, and for one name that may be nobody's.
FROM_ADDRESS, FOR_NAME = 20, 5
WITHIN = timedelta(minutes=10)
#: So many addresses and names are remembered; the ones that were heard of longest ago are forgotten first.
REMEMBERED = 10_000


class Throttle:
    """Wrong tries of one process; what is noted of a known person is in the store and holds in every process."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def blocked(self, address: str, name: str, now: datetime) -> datetime | None:
        """Until when no further password is looked at; None = it may be tried."""
        with self._lock:
            found = [self._until(f"address {address}", FROM_ADDRESS, now), self._until(f"name {name}", FOR_NAME, now)]
        return max((until for until in found if until is not None), default=None)

    def _until(self, who: str, allowed: int, now: datetime) -> datetime | None:
        times = self._wrong.get(who)
        while times and times[0] <= now - WITHIN:
            times.popleft()
        return times[-allowed] + WITHIN if times and len(times) >= allowed else None

    def note_wrong(self, address: str, name: str, now: datetime) -> None:
        """Note a wrong password."""
        with self._lock:
            for who in (f"address {address}", f"name {name}"):
                self._wrong.setdefault(who, deque(maxlen=FROM_ADDRESS)).append(now)
                self._wrong.move_to_end(who)
            while len(self._wrong) > REMEMBERED:
                self._wrong.popitem(last=False)

    def note_right(self, name: str) -> None:
        """Forget the wrong tries for a name; those of the address stay, or one own account would open the door."""
        with self._lock:
            self._wrong.pop(f"name {name}", None)
