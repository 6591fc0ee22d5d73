"""The sandbox's clock, which a test may advance, and the requests that are still on their way."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class SandboxClock:
    """Real time plus a shift; call `now()`. Never goes back by itself."""

    def __init__(self, real: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._real = real
        self.shift = timedelta(0)

    def now(self) -> datetime:
        """The sandbox's time, aware, in UTC."""
        return self._real() + self.shift

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self.shift += timedelta(seconds=seconds)


class Pending:
    """Work that is carried out at a later time of the sandbox's clock, in the order of those times."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._waiting: list[tuple[datetime, int, Callable[[], Any], asyncio.Future[Any]]] = []
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def after(self, seconds: float, work: Callable[[], T]) -> asyncio.Future[T]:
        """Carry `work` out in `seconds`; the future has its result."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        due = self._clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._waiting, (due, next(self._order), work, future))
        self.run_due()
        return future

    def run_due(self) -> None:
        """Carry out what is due, and set the timer for the next."""
        while self._waiting and self._waiting[0][0] <= self._clock.now():
            _, _, work, future = heapq.heappop(self._waiting)
            result = work()
            if not future.done():
                future.set_result(result)
        if self._timer:
            self._timer.cancel()
        self._timer = None
        if self._waiting:
            wait = (self._waiting[0][0] - self._clock.now()).total_seconds()
            self._timer = asyncio.get_running_loop().call_later(max(wait, 0.001), self.run_due)

    def drop(self) -> None:
        """Forget what has not been carried out, as a request is lost that never arrived."""
        if self._timer:
            self._timer.cancel()
        for *_, future in self._waiting:
            future.cancel()
        self._waiting.clear()
