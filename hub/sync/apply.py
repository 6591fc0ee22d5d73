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
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread

from hub.errors import AmbiguousMatch, Changed, HubError, LeaseLost, OutcomeUnknown, WritesStopped
from hub.platforms.endpoint import Lookup, Outcome, Step
from hub.store.links import Agreement, Kin
from hub.sync.agreeing import conflict_of, settled_bases, target_digest
from hub.sync.context import Context
from hub.sync.item import Item
from hub.sync.results import Result, Results
from hub.sync.verdict import VERDICTS, Failed, failed
from message_log.entries import Attempt, Part
from message_log.entries import Verdict as LogVerdict
from objects.base import Skip

#: Tries of one record inside one run, when the target changes under our hands.
TRIES = 3
#: How long a claim lasts beyond the lease; it is let go much earlier when all goes well.
CLAIM = timedelta(minutes=10)
BUSY = "Nothing to do: it is tried again by itself."
#: Records under way at a time, at most: as many messages stay open when the process is killed.
MOST_OPEN = 500
#: Links are held and messages opened for so many records at a time, at most, unless the platform takes larger batches.
HELD = 100
#: Answered records are booked together, so many at a time where there are so many.
BOOKED = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """What a call of `write` brought, and when it began; `error` = the whole call failed."""

    part: list[Item]
    started: datetime
    outcomes: list[Outcome]
    error: BaseException | None = None


class Applier:
    """Writes the decisions of one route's run with a bounded number of threads; a context manager by `running`."""

    def __init__(self, context: Context, results: Results) -> None:
        self._context = context
        self._results = results
        self._todo: SimpleQueue[list[Item] | None] = SimpleQueue()
        self._done: SimpleQueue[Answered] = SimpleQueue()
        self._answered: deque[Answered] = deque()
        self._flying: set[str] = set()
        self._again: list[Item] = []
        self._trouble: BaseException | None = None
        size = context.target.batch_size
        #: Links and messages are held and opened for so many records at a time.
        self._batch = max(size, min(HELD, 8 * context.workers))
        self._window = min(MOST_OPEN, max(2 * self._batch, 2 * size * context.workers))
        self._threads: list[Thread] = []

    @contextmanager
    def running(self) -> Iterator[Applier]:
        """Run the threads; at the end what is under way is waited for and booked."""
        self._threads = [
            Thread(target=self._work, name=f"run-{self._context.run_id}-{number}", daemon=True)
            for number in range(self._context.workers)
        ]
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            try:
                self._settle_all()
            finally:
                for _ in self._threads:
                    self._todo.put(None)
                for thread in self._threads:
                    thread.join()

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
                    self._flying.update(item.key for item in part)
                    self._todo.put(part)
            except HubError as refused:
                self._trouble = self._trouble or refused
            self._raise_trouble()

    def drain(self) -> None:
        """Wait for everything under way, and book it."""
        self._settle_all()
        self._raise_trouble()

    def again(self) -> list[Item]:
        """Records whose target changed meanwhile, to be planned anew; each is answered once."""
        again, self._again = self._again, []
        return again

    def under_way(self, keys: Collection[str]) -> set[str]:
        """Which of these records are being written."""
        return self._flying.intersection(keys)

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            self._settle_all()
            raise self._trouble

    def _make_room(self, number: int) -> None:
        self._collect()
        if sum(len(one.part) for one in self._answered) >= BOOKED:
            self._book()
        while self._flying and len(self._flying) + number > self._window:
            if not self._answered:
                self._answered.append(self._done.get())
                self._collect()
            self._book()

    def _collect(self) -> None:
        try:
            while True:
                self._answered.append(self._done.get_nowait())
        except Empty:
            return

    def _settle_all(self) -> None:
        waiting = len(self._flying) - sum(len(one.part) for one in self._answered)
        while waiting > 0:
            answered = self._done.get()
            waiting -= len(answered.part)
            self._answered.append(answered)
        self._book()
        self._results.flush()

    def _work(self) -> None:
        while (part := self._todo.get()) is not None:
            # The transport asks for the lease before each try of a write, as a step may make calls before it writes.
            started = self._context.clock()
            try:
                outcomes = self._context.target.write([_step(item) for item in part])
            except BaseException as error:  # noqa: BLE001 - handed to the thread that books, which raises it
                self._done.put(Answered(part, started, [], error))
            else:
                self._done.put(Answered(part, started, outcomes))

    # -- holding ------------------------------------------------------------------------------------------------

    def _prepare(self, batch: list[Item]) -> Iterator[list[Item]]:
        context = self._context
        context.lease.ensure(context.target.read_timeout)
        held = self._hold(batch)
        links = [item for item in held if item.decision and item.decision.action == "link"]
        self._link(links)
        writes = [item for item in held if item.decision and item.decision.action != "link"]
        fresh = [item for item in writes if item.message is None]
        if fresh:
            openings = [self._results.opening(item, item.decision.action) for item in fresh if item.decision]
            for item, message in zip(fresh, context.ledger.open(openings, context.policy), strict=True):
                item.message = message
        for places in context.target.together([_step(item) for item in writes]):
            yield [writes[place] for place in places]

    def _link(self, items: list[Item]) -> None:
        """Note what exists on both sides as the same thing; nothing is sent."""
        if not items:
            return
        agreed = self._agree([(item, Outcome(item.key, item.target_id, item.target)) for item in items])
        for item in items:
            if item in agreed:
                self._succeed(item, "unchanged", ())

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
        for item in batch:
            before, was_linked = item.link, item.linked
            item.link = item.link if was_linked else reserved.get(item.key)
            if item.link is None or (was_linked and item.link.id not in claimed):
                busy = Changed("Another run is writing this record.", fix=BUSY)
                self._results.fail(item, busy, failed(busy, tried=False))
            elif not was_linked and (item.linked or (before is None and item.link.unknown_since is not None)):
                context.links.release([item.link.id], context.run_id)
                self._again.append(item)
            else:
                held.append(item)
        return held

    # -- settling -----------------------------------------------------------------------------------------------

    def _book(self) -> None:
        """Book all answers that have come; a platform's trouble, or a lost lease, is kept for `put` and `drain`."""
        answers, self._answered = self._answered, deque()
        good: list[tuple[Item, Outcome]] = []
        for answered in answers:
            self._flying.difference_update(item.key for item in answered.part)
            if answered.error is not None:
                self._broken(answered)
                self._trouble = self._trouble or answered.error
            else:
                good += self._sort(answered)
        self._conclude(good)
        if answers:
            self._results.flush()

    def _sort(self, answered: Answered) -> Iterator[tuple[Item, Outcome]]:
        """Tell what is on the target now from what is not; the latter is settled here."""
        by_key = {outcome.key: outcome for outcome in answered.outcomes}
        for item in answered.part:
            outcome = by_key[item.key]
            item.attempts.append(self._attempt(item, outcome, answered.started))
            error = outcome.error
            if isinstance(error, LeaseLost):
                self._trouble = self._trouble or error
            elif isinstance(error, WritesStopped):
                self._trouble = self._trouble or error
                self._not_sent(item)
            elif isinstance(error, Changed) and len(item.attempts) < TRIES:
                assert item.link is not None
                self._context.links.release([item.link.id], self._context.run_id)
                self._again.append(item)
            elif error is None or outcome.target_id:
                # With an error it exists all the same: it is linked, so that nothing makes it twice, and has failed.
                yield item, outcome
            else:
                self._failed(item, error)

    def _conclude(self, good: Sequence[tuple[Item, Outcome]]) -> None:
        agreed = self._agree(good)
        for item, outcome in good:
            if item not in agreed:
                continue
            if outcome.error is not None:
                self._results.fail(item, outcome.error)
            else:
                self._succeed(item, "unchanged" if outcome.nothing_sent else None, outcome.warnings)

    def _succeed(self, item: Item, verdict: LogVerdict | str | None, warnings: tuple[str, ...]) -> None:
        assert item.decision is not None
        action = item.decision.action
        conflict = conflict_of(item)
        if conflict is not None:
            # Everything but the fields in conflict is in step now.
            self._results.fail(item, conflict)
            return
        settled = "unchanged" if verdict == "unchanged" else VERDICTS[action]
        self._results.add(Result(item, action, settled, warnings=warnings))

    def _broken(self, answered: Answered) -> None:
        """The whole call failed: nobody was answered. Only trouble known to come before the write leaves no doubt."""
        error = answered.error
        if isinstance(error, LeaseLost):
            # Nothing was sent, and whoever took the job over settles what is open.
            return
        if isinstance(error, WritesStopped):
            for item in answered.part:
                self._not_sent(item)
            return
        trouble = error if isinstance(error, HubError) else OutcomeUnknown(f"{type(error).__name__}: {error}")
        for item in answered.part:
            item.attempts.append(self._attempt(item, Outcome(item.key, error=trouble), answered.started))
            self._failed(item, trouble)

    def _not_sent(self, item: Item) -> None:
        """Nothing was sent, as writes were stopped: the record is as if it had not come up."""
        self._let_go(item)
        self._results.skip(item, Skip("WRITES_STOPPED", passing=True))

    def _failed(self, item: Item, error: HubError) -> None:
        context = self._context
        assert item.link is not None
        outcome: Failed = failed(error)
        creating = item.decision is not None and item.decision.action == "create"
        if creating and isinstance(error, OutcomeUnknown):
            # It was sent at some time before now, so what is safe from now on is safe in any case.
            now = context.clock()
            context.links.note_unknown([item.link.id], now)
            outcome = failed(error, safe_after(context, now))
            context.links.release([item.link.id], context.run_id)
        else:
            self._let_go(item)
        self._results.fail(item, error, outcome)

    def _let_go(self, item: Item) -> None:
        """Let go of a link whose record was not written; a reservation for a create goes."""
        assert item.link is not None
        if item.decision is not None and item.decision.action == "create":
            self._context.links.drop_reservations([item.link.id], self._context.run_id)
        self._context.links.release([item.link.id], self._context.run_id)

    def _attempt(self, item: Item, outcome: Outcome, started: datetime) -> Attempt:
        ended = self._context.clock()
        error = outcome.error
        action = item.decision.action if item.decision else "update"
        return Attempt(
            number=len(item.attempts) + 1,
            started_at=started,
            duration_ms=int((ended - started).total_seconds() * 1000),
            verdict=LogVerdict("failed" if error else VERDICTS[action]),
            cause=error.cause if error else None,
            detail=": ".join(part for part in (error.detail, str(error)) if part) if error else None,
            parts=tuple(Part(exchange, row) for exchange, row in outcome.exchanges),
        )

    def _agree(self, settled: Sequence[tuple[Item, Outcome]]) -> set[Item]:
        """Commit what both sides agree on now; answers the records whose links were still ours to write."""
        if not settled:
            return set()
        context = self._context
        by_link = {item.link.id: item for item, _ in settled if item.link is not None}
        agreements = [self._agreement(item, outcome) for item, outcome in settled]
        units = {
            link_id: (item.key, open_units)
            for link_id, item in by_link.items()
            if (open_units := context.object_type.open_units(item.record, item.target_record or None)) is not None
        }
        agreed = context.links.agree(
            agreements,
            context.run_id,
            context.object_type.kind,
            lambda connection, ours: context.commitments.write(
                connection, {key: places for link_id, (key, places) in units.items() if link_id in ours}
            ),
        )
        for link_id, item in by_link.items():
            if link_id in agreed.taken:
                holder = f"linked to {agreed.taken[link_id]}"
                self._failed(item, AmbiguousMatch(f"{item.target_id} is {holder}.", detail=holder[:255]))
            elif link_id not in agreed.ours:
                # Another worker has taken the record over: its word counts, and its failure stays open.
                self._trouble = self._trouble or LeaseLost()
        return {item for link_id, item in by_link.items() if link_id in agreed.ours}

    def _agreement(self, item: Item, outcome: Outcome) -> Agreement:
        context = self._context
        assert item.link is not None
        item.target_id = outcome.target_id
        source_base, target_base = settled_bases(item, context, outcome.native)
        broken = outcome.error is not None
        return Agreement(
            link_id=item.link.id,
            target_id=outcome.target_id,
            # Without a digest a record that failed all the same is looked at again, whatever happens to us.
            digest="" if broken else item.digest,
            mapping_version=context.mapping_version,
            source_base=source_base,
            target_base=target_base,
            target_digest="" if broken else target_digest(item, context, outcome.native),
            message=item.message,
            kin=_kin(context, item, outcome),
        )


def safe_after(context: Context, sent: datetime) -> datetime | None:
    """When a create that was sent and not answered can no longer land, so that looking it up gives a true answer.

    None = the platform refuses a second create by itself, so it may be tried at any time.
    """
    guard = context.target.create_guard
    return sent + context.target.read_timeout + guard.settle if isinstance(guard, Lookup) else None


def _step(item: Item) -> Step:
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


def _kin(context: Context, item: Item, outcome: Outcome) -> tuple[Kin, ...]:
    """The links around the record: those that either side knows of."""
    theirs = outcome.relatives or (context.target.relatives(outcome.native) if outcome.native is not None else ())
    mine = context.source.relatives(item.native)
    return (
        *(Kin(one.kind, one.source_id, one.target_id, one.role == "parent") for one in theirs),
        # What the source calls its own ids are the source's here.
        *(Kin(one.kind, one.target_id, one.source_id, one.role == "parent") for one in mine),
    )
