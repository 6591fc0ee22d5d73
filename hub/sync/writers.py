"""The threads that make a run's calls to its target; they live as long as the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread

from hub.logs import bound
from hub.platforms.endpoint import Outcome, Step
from hub.sync.context import Context
from hub.sync.item import Item
from hub.sync.pace import set_pace


@dataclass(frozen=True, slots=True)
class Answered:
    """What a call of `write` brought, and when it began; `error` = the whole call failed."""

    part: list[Item]
    started: datetime
    outcomes: list[Outcome]
    error: BaseException | None = None


class Writers:
    """A bounded number of threads that write; nothing else of a run happens in them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._todo: SimpleQueue[list[Item] | None] = SimpleQueue()
        self._done: SimpleQueue[Answered] = SimpleQueue()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the threads until the end of the block; what was sent and not fetched by then is lost."""
        set_pace()
        name = f"run-{self._context.run_id}"
        threads = [
            # Each in a copy of the run's context, so that what it logs bears the run's ids.
            Thread(target=copy_context().run, args=(self._work,), name=f"{name}-{number}", daemon=True)
            for number in range(self._context.workers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for _ in threads:
                self._todo.put(None)
            for thread in threads:
                thread.join()

    def send(self, part: list[Item]) -> None:
        """Have these records written in one call."""
        self._todo.put(part)

    def wait(self, seconds: float | None = None) -> Answered | None:
        """The next answer; None = none has come for so long."""
        try:
            return self._done.get(timeout=seconds)
        except Empty:
            return None

    def answers(self) -> Iterator[Answered]:
        """The answers that have come, without waiting."""
        try:
            while True:
                yield self._done.get_nowait()
        except Empty:
            return

    def _work(self) -> None:
        while (part := self._todo.get()) is not None:
            # The transport asks for the lease before each try of a write, as a step may make calls before it writes.
            started = self._context.clock()
            try:
                with bound(messages=[item.message for item in part]):
                    outcomes = self._context.target.write([write_step(item) for item in part])
            except BaseException as error:  # noqa: BLE001 - handed to the thread that books, which raises it
                self._done.put(Answered(part, started, [], error))
            else:
                self._done.put(Answered(part, started, outcomes))


def write_step(item: Item) -> Step:
    """What the target is asked to do for a record."""
    assert item.decision is not None
    decision = item.decision
    return Step(
        verb="create" if decision.action == "create" else "cancel" if decision.action == "cancel" else "update",
        key=item.key,
        record=item.resolved or item.record,
        only=frozenset(decision.diff) if decision.diff else None,
        target_id=item.target_id,
        target=item.target,
    )
