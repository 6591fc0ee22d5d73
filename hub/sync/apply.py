"""Carrying a plan out: hold the links, open the messages, write, agree, close.

The order is the whole point. A link is reserved or claimed, then the message is committed, and only then is anything
sent; whoever finds an open message of a dead run therefore knows that its write may have happened.

One thread decides and books; the calls are made by a few others that live as long as the run. Nothing waits for the end
of a page: while answers are on their way the next records are read and planned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

from hub.errors import Changed, HubError
from hub.sync.booking import Booker
from hub.sync.context import Context
from hub.sync.item import Item
from hub.sync.results import Results
from hub.sync.verdict import failed
from hub.sync.writers import Answered, Writers, write_step

#: How long a claim lasts beyond the lease; it is let go much earlier when all goes well.
CLAIM = timedelta(minutes=10)
BUSY = "Nothing to do: it is tried again by itself."
#: Records under way at a time, at most: as many messages stay open when the process is killed.
MOST_OPEN = 500
#: Links are held and messages opened for so many records at a time, at most, unless the platform takes larger batches.
HELD = 100
#: Answered records are booked together: so many at a time or, whenever the run looks for answers, those that there are
#: when the first has waited so many seconds. Each booking is a few transactions, however few records it is about.
BOOKED = 100
LONGEST_UNBOOKED = 0.2


class Applier:
    """Writes the decisions of one route's run with a bounded number of threads; a context manager by `running`."""

    def __init__(self, context: Context, results: Results) -> None:
        self._context = context
        self._results = results
        self._booker = Booker(context, results)
        self._writers = Writers(context)
        self._answered: deque[Answered] = deque()
        #: When the first answer came that is not booked yet, by the monotonic clock.
        self._unbooked_since: float | None = None
        #: What is being written: key -> digest of the version that was read.
        self._flying: dict[str, str] = {}
        size = context.target.batch_size
        #: Links and messages are held and opened for so many records at a time.
        self._batch = max(size, min(HELD, 8 * context.workers))
        self._window = min(MOST_OPEN, max(4 * self._batch, size * context.workers))

    @contextmanager
    def running(self) -> Iterator[Applier]:
        """Run the threads; at the end what is under way is waited for and booked."""
        with self._writers.running():
            try:
                yield self
            finally:
                self._settle_all()

    # -- the loop -----------------------------------------------------------------------------------------------

    def put(self, items: Sequence[Item]) -> None:
        """Begin to carry out what was decided; returns as soon as there is room for all of it.

        Trouble of the whole platform is raised after everything under way has been settled.
        """
        waiting = deque(items)
        while waiting:
            batch = [waiting.popleft() for _ in range(min(self._batch, len(waiting)))]
            self._make_room(len(batch))
            try:
                for part in self._prepare(batch):
                    self._flying.update((item.key, item.digest) for item in part)
                    self._writers.send(part)
            except HubError as refused:
                self._booker.trouble = self._booker.trouble or refused
            self._raise_trouble()

    def drain(self) -> None:
        """Wait for everything under way, and book it."""
        self._settle_all()
        self._raise_trouble()

    def again(self) -> list[Item]:
        """Records whose target changed meanwhile, to be planned anew; each is answered once."""
        again, self._booker.again = self._booker.again, []
        return again

    def under_way(self, keys: Collection[str]) -> dict[str, str]:
        """Which of these records are being written, with the digest of the version that was read."""
        return {key: self._flying[key] for key in keys if key in self._flying}

    def _raise_trouble(self) -> None:
        if self._booker.trouble is not None:
            self._settle_all()
            raise self._booker.trouble

    def _make_room(self, number: int) -> None:
        self._take(*self._writers.answers())
        if self._count_answered() >= BOOKED or self._patience() == 0:
            self._book()
        while self._flying and (surplus := len(self._flying) + number - self._window) > 0:
            self._gather(surplus)
            self._book()

    def _settle_all(self) -> None:
        while self._flying:
            self._gather(BOOKED)
            self._book()

    def _count_answered(self) -> int:
        return sum(len(one.part) for one in self._answered)

    def _gather(self, enough: int) -> None:
        """Wait for answers about so many records, or about all; not much longer than any at all takes to come."""
        enough = min(enough, len(self._flying))
        while self._count_answered() < enough:
            answered = self._writers.wait(self._patience())
            if answered is None:
                return
            self._take(answered, *self._writers.answers())

    def _take(self, *answers: Answered) -> None:
        self._answered.extend(answers)
        if self._answered and self._unbooked_since is None:
            self._unbooked_since = monotonic()

    def _patience(self) -> float | None:
        """For how many seconds the answers that have come may wait for others; None = there are none."""
        since = self._unbooked_since
        return None if since is None else max(since + LONGEST_UNBOOKED - monotonic(), 0)

    def _book(self) -> None:
        """Book all answers that have come."""
        answers, self._answered = self._answered, deque()
        self._unbooked_since = None
        for answered in answers:
            for item in answered.part:
                self._flying.pop(item.key, None)
        self._booker.book(answers)
        self._results.flush()

    # -- holding ------------------------------------------------------------------------------------------------

    def _prepare(self, batch: list[Item]) -> Iterator[list[Item]]:
        context = self._context
        context.lease.ensure(context.target.read_timeout)
        held = self._hold(batch)
        links = [item for item in held if item.decision and item.decision.action == "link"]
        self._booker.link(links)
        writes = [item for item in held if item.decision and item.decision.action != "link"]
        fresh = [item for item in writes if item.message is None]
        if fresh:
            openings = [self._results.opening(item, item.decision.action) for item in fresh if item.decision]
            for item, message in zip(fresh, context.ledger.open(openings, context.policy), strict=True):
                item.message = message
        for places in context.target.together([write_step(item) for item in writes]):
            yield [writes[place] for place in places]

    def _hold(self, batch: list[Item]) -> list[Item]:
        """Reserve or claim the links of a batch; what another run holds fails as changed, which waiting cures.

        A link that another run has linked, or left in doubt, since the page was read is no longer what was planned
        for: its record is planned again.
        """
        context = self._context
        now = context.clock()
        until = max(context.lease.until, now) + CLAIM
        new = [item for item in batch if not item.linked]
        linked = [item.link.id for item in batch if item.link and item.linked]
        claimed = context.links.claim(linked, context.run_id, now, until) if linked else set()
        rows = [(item.key, "" if context.label_is_personal else item.label) for item in new]
        reserved = context.links.reserve(context.object_type.kind, rows, context.run_id, now, until) if rows else {}
        held = []
        twins = self._twins([item for item in new if item.link is None])
        for item in batch:
            before, was_linked = item.link, item.linked
            item.link = item.link if was_linked else reserved.get(item.key)
            if item.link is None or (was_linked and item.link.id not in claimed):
                self._busy(item)
            elif not was_linked and (item.linked or (before is None and item.link.unknown_since is not None)):
                context.links.release([item.link.id], context.run_id)
                self._booker.again.append(item)
            elif item.key in twins:
                context.links.drop_reservations([item.link.id], context.run_id)
                self._busy(item)
            else:
                held.append(item)
        return held

    def _busy(self, item: Item) -> None:
        """Another run is at this record: the job of which this one is a part does it later, or waiting cures it."""
        if self._context.leave is not None and item.message is None:
            self._context.leave([item.key])
            self._results.left(item)
            return
        busy = Changed("Another run is writing this record.", fix=BUSY)
        self._results.fail(item, busy, failed(busy, tried=False))

    def _twins(self, new: Sequence[Item]) -> set[str]:
        """Those of a part's new records whose code another part holds in other letter case, reserved since they were
        matched. As each reserves before it looks, at least one of two sees the other.
        """
        context = self._context
        kind = context.object_type
        if context.leave is None or not kind.folds_case or context.settings["erp_ignores_case"]:
            return set()
        codes = {item.key: kind.code(item.resolved) or item.key for item in new}
        taken = context.links.folded(kind.kind, codes.values()) if codes else {}
        return {key for key, code in codes.items() if set(taken.get(code.casefold(), ())) - {code}}
