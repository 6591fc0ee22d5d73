"""One thread a process that renews what is leased and gives back what is not needed.

The threads that make calls never do that themselves: a call's answer must not be lost because the database is away.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

log = logging.getLogger(__name__)

#: Seconds between two rounds while something is held.
EVERY = 0.25


class Tended(Protocol):
    """Something of which this process holds a part."""

    def tend(self) -> bool:
        """Renew and give back what is due; answers whether anything is still held."""

    def give_up(self) -> None:
        """Give all back: the process ends."""


class Keeper:
    """Tends all that is shared, in a thread that starts with the first poke; `by_itself=False`: only when told to."""

    def __init__(self, every: float = EVERY, *, by_itself: bool = True) -> None:
        self._every, self._by_itself = every, by_itself
        self._tended: list[Tended] = []
        self._lock = threading.Lock()
        self._poked = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, tended: Tended) -> None:
        """Tend this too."""
        with self._lock:
            self._tended.append(tended)

    def poke(self) -> None:
        """There is something to do, or to hold, from now on."""
        self._poked.set()
        if self._by_itself and self._thread is None:
            with self._lock:
                if self._thread is None and not self._closed:
                    self._thread = threading.Thread(target=self._run, name="limits", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Stop, and give everything back; may be called twice."""
        with self._lock:
            self._closed, thread = True, self._thread
            self._thread = None
        self._poked.set()
        if thread is not None:
            thread.join()
        for tended in self._all():
            _safely(tended.give_up)

    def tend(self) -> bool:
        """One round; answers whether anything is held."""
        held = False
        for tended in self._all():
            # Where it failed something is probably still held.
            held = _safely(tended.tend) is not False or held
        return held

    def _all(self) -> list[Tended]:
        with self._lock:
            return list(self._tended)

    def _run(self) -> None:
        held = True
        while not self._closed:
            self._poked.wait(self._every if held else None)
            self._poked.clear()
            if not self._closed:
                held = self.tend()


def _safely(act: Callable[[], bool | None]) -> bool | None:
    try:
        return act()
    except Exception:
        # Whatever it is: the other connections are to be tended, and this one again in the next round.
        log.exception("What is shared with other workers could not be tended; it is tried again.")
        return None
