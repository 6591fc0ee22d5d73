"""What platforms have said, asked for once in a while: pages are looked at by many, and a platform may be slow."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from hub.clock import Clock
from hub.errors import HubError, PlatformUnavailable

T = TypeVar("T")

#: An answer, or the trouble that was one, is good for so long.
GOOD_FOR = timedelta(seconds=30)
#: Answers that are kept at most.
_KEPT = 100


@dataclass(frozen=True, slots=True)
class _Known(Generic[T]):
    at: datetime
    #: What was said, or why nothing was.
    answer: T | HubError


class Answers(Generic[T]):
    """Answers to questions by their names. Only one asks at a time, and nobody waits for another one's answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[Hashable, _Known[T]] = {}
        self._asking: set[Hashable] = set()
        self._lock = Lock()

    def of(self, name: Hashable, ask: Callable[[], T]) -> T:
        """The answer of a moment ago, or a new one; raises what `ask` raises, PlatformUnavailable while one asks."""
        with self._lock:
            known = self._known.get(name)
            if known is not None and timedelta(0) <= self._clock() - known.at < GOOD_FOR:
                return _said(known.answer)
            if name in self._asking:
                raise PlatformUnavailable("Somebody else is asking just now.", fix="Load the page again in a moment.")
            self._asking.add(name)
        try:
            return _said(self._asked(name, ask))
        finally:
            with self._lock:
                self._asking.discard(name)

    def _asked(self, name: Hashable, ask: Callable[[], T]) -> T | HubError:
        answer: T | HubError
        try:
            answer = ask()
        except HubError as error:
            answer = error
        with self._lock:
            self._known.pop(name, None)
            while len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[name] = _Known(self._clock(), answer)
        return answer


def _said(answer: T | HubError) -> T:
    if isinstance(answer, HubError):
        raise answer
    return answer
