"""Nothing is written before the whole run is known: planned records wait here, and go on together or not at all."""

from __future__ import annotations

import logging
import pickle
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import zstandard

from hub.chunks import chunks
from hub.errors import PlatformRefused, PlatformUnavailable, RateLimited, RecordError, RunHeld
from hub.store.plans import PlanStep
from hub.sync.apply import Applier
from hub.sync.context import Context
from hub.sync.guard import Census, Judgement, Limits, judge
from hub.sync.item import Item, Ticket
from hub.sync.results import Result
from hub.sync.steps import PlanWriter, foresee, step_of
from hub.sync.verdict import failed

log = logging.getLogger(__name__)

#: Planned records that wait in memory; more are spooled to an encrypted file, so that memory stays flat.
IN_MEMORY = 1000
#: Records that are let through between two looks at whether the run is to go on.
AT_A_TIME = 250


class Gate:
    """Stands before the applier of a run; `Settler` puts planned records into either."""

    def __init__(self, context: Context, applier: Applier, between: Callable[[], None]) -> None:
        self._context, self._applier = context, applier
        #: Called between parts of what is let through: it tells how far the run has come, and may end it.
        self._between = between
        self._census = Census()
        self._waiting: list[Item] = []
        #: What waits: key -> digest of the version that was read.
        self._keys: dict[str, str] = {}
        self._spool: IO[bytes] | None = None
        self._tickets: dict[int, Ticket] = {}
        self._open = False

    @contextmanager
    def running(self) -> Iterator[Gate]:
        """Run the applier behind; the spool goes at the end."""
        try:
            with self._applier.running():
                yield self
        finally:
            if self._spool is not None:
                self._spool.close()

    def put(self, items: Sequence[Item]) -> None:
        """Let planned records wait, or, once the gate is open, go on."""
        if self._open:
            self._applier.put(items)
            return
        for item in items:
            assert item.decision is not None
            self._census.see(self._context.object_type, item.decision, self._context.settings)
            self._keys[item.key] = item.digest
        self._waiting += items
        if len(self._waiting) >= IN_MEMORY:
            self._store()

    def under_way(self, keys: Collection[str]) -> dict[str, str]:
        """Which of these records wait or are being written, with the digest of the version that was read."""
        return {key: self._keys[key] for key in keys if key in self._keys} | self._applier.under_way(keys)

    def drain(self) -> None:
        """Wait for everything under way."""
        self._applier.drain()

    def again(self) -> list[Item]:
        """Records to be planned anew."""
        return self._applier.again()

    def open(self) -> None:
        """Judge the run as a whole, and let it go on.

        Raises RunHeld where it would do something monstrous: then its plan is kept for a person and nothing is written.
        """
        judgement = judge_run(self._context, self._census)
        self._context.tally.warnings += judgement.warnings
        if judgement.reasons:
            self._hold(judgement.reasons)
        self._open = True
        for items in self._planned():
            for part in chunks(items, AT_A_TIME):
                for item in part:
                    self._keys.pop(item.key, None)
                self._applier.put(part)
                self._between()

    def _hold(self, reasons: Sequence[str]) -> None:
        context = self._context
        writer = PlanWriter(context, "held")
        for items in self._planned():
            writer.add([self._foreseen(item) for item in items])
            context.tally.count("skipped", RunHeld.cause, len(items))
        plan = writer.close(reasons)
        raise RunHeld(f"Plan {plan} is held: {' '.join(reasons)}", detail=str(plan))

    def _foreseen(self, item: Item) -> PlanStep:
        """A step of the plan that is held; what the target would refuse is shown as that.

        A target that is away is no reason not to hold: then a step says less, and is stale once the run is released.
        """
        try:
            foresee(item, self._context)
        except RecordError as error:
            return step_of(item, self._context, Result(item, "create", "failed", failed=failed(error)))
        except (PlatformUnavailable, PlatformRefused, RateLimited) as away:
            log.warning("What a new record would be given is not known: %s", away)
        return step_of(item, self._context)

    def _store(self) -> None:
        """Spool what waits in memory. A page's ticket is told by its number, as the page goes on counting by it."""
        if self._spool is None:
            self._spool = tempfile.TemporaryFile(prefix="hub-gate-")  # noqa: SIM115 - closed by `running`
        for item in self._waiting:
            self._tickets[id(item.ticket)] = item.ticket
        numbers = [id(item.ticket) for item in self._waiting]
        for item in self._waiting:
            item.ticket = Ticket()
        packed = self._context.cipher.encrypt(zstandard.compress(pickle.dumps((numbers, self._waiting))))
        self._spool.write(len(packed).to_bytes(8, "big") + packed)
        self._waiting = []

    def _planned(self) -> Iterator[list[Item]]:
        if self._spool is not None:
            self._spool.seek(0)
            while size := self._spool.read(8):
                packed = self._context.cipher.decrypt(self._spool.read(int.from_bytes(size, "big")))
                numbers, items = pickle.loads(zstandard.decompress(packed))
                for number, item in zip(numbers, items, strict=True):
                    item.ticket = self._tickets[number]
                yield items
        if self._waiting:
            items, self._waiting = self._waiting, []
            yield items


def judge_run(context: Context, census: Census) -> Judgement:
    """What the census of a run amounts to among the linked records of its route."""
    total = context.links.count(context.object_type.kind) if census.changed else 0
    return judge(census, total, Limits.of(context.settings))
