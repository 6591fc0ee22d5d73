"""Carrying a plan out: hold the links, open the messages, write, agree, close.

The order is the whole point. A link is reserved or claimed, then the message is committed, and only then is anything
sent; whoever finds an open message of a dead run therefore knows that its write may have happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.errors import Changed, HubError, LeaseLost, OutcomeUnknown
from hub.platforms.endpoint import Lookup, Native, Outcome, Step
from hub.store.links import Agreement, Kin
from hub.sync.base import fingerprint
from hub.sync.context import Context
from hub.sync.item import Item
from hub.sync.results import Result, Results
from hub.sync.verdict import VERDICTS, Failed, failed
from message_log.entries import Attempt, Part
from message_log.entries import Verdict as LogVerdict
from objects.base import Record

#: Tries of one record inside one run, when the target changes under our hands.
TRIES = 3
#: How long a claim lasts beyond the lease; it is let go much earlier when all goes well.
CLAIM = timedelta(minutes=10)
BUSY = "Nothing to do: it is tried again by itself."


@dataclass(frozen=True, slots=True)
class Answered:
    """What a call of `write` brought, and when it began."""

    started: datetime
    outcomes: list[Outcome]


@dataclass(frozen=True, slots=True)
class Settled:
    """One record that is on the target now."""

    item: Item
    target_id: str
    native: Native | None
    kin: tuple[Kin, ...] = ()
    failed: bool = False

    @classmethod
    def of(cls, item: Item, outcome: Outcome) -> Settled:
        """From what the platform answered."""
        return cls(item, outcome.target_id, outcome.native, _kin(outcome), outcome.error is not None)


class Applier:
    """Writes the decisions of one route's run with a bounded pool of threads; a context manager."""

    def __init__(self, context: Context, results: Results) -> None:
        self._context = context
        self._results = results
        self._pool = ThreadPoolExecutor(context.workers, thread_name_prefix=f"run-{context.run_id}")
        size = context.target.batch_size
        #: Few messages are open at a time, so that a killed run leaves few unknowns.
        self._batch = size if size > 1 else 2 * context.workers
        self._window = max(2 * self._batch, size * context.workers if size > 1 else 0)

    @contextmanager
    def running(self) -> Iterator[Applier]:
        """Stop the threads at the end; what is under way is waited for."""
        try:
            yield self
        finally:
            self._pool.shutdown()

    # -- the loop -----------------------------------------------------------------------------------------------

    def carry_out(self, items: Sequence[Item]) -> list[Item]:
        """Carry out what was decided; answers the records whose target changed meanwhile, to be planned again.

        Trouble of the whole platform is raised after everything under way has been settled.
        """
        waiting = deque(items)
        flying: dict[Future[Answered], list[Item]] = {}
        again: list[Item] = []
        trouble: BaseException | None = None
        while flying or (waiting and trouble is None):
            while waiting and trouble is None and sum(map(len, flying.values())) < self._window:
                batch = [waiting.popleft() for _ in range(min(self._batch, len(waiting)))]
                try:
                    for part in self._prepare(batch, again):
                        flying[self._pool.submit(self._send, part)] = part
                except HubError as refused:
                    trouble = refused
            done = wait(flying, return_when=FIRST_COMPLETED).done if flying else set()
            for future in done:
                part = flying.pop(future)
                error = future.exception()
                if error is not None:
                    self._broken(part, error)
                else:
                    error = self._settle(part, future.result(), again)
                trouble = trouble or error
            self._results.flush_from(self._batch)
        if trouble is not None:
            raise trouble
        return again

    def _prepare(self, batch: list[Item], again: list[Item]) -> Iterator[list[Item]]:
        context = self._context
        context.lease.ensure(context.target.read_timeout)
        held = self._hold(batch, again)
        links = [item for item in held if item.decision and item.decision.action == "link"]
        if links:
            agreed = self._agree([Settled(item, item.target_id, item.target) for item in links])
            for item in links:
                if item in agreed:
                    self._results.add(Result(item, "link", VERDICTS["link"]))
        writes = [item for item in held if item.decision and item.decision.action != "link"]
        fresh = [item for item in writes if item.message is None]
        if fresh:
            openings = [self._results.opening(item, item.decision.action) for item in fresh if item.decision]
            for item, message in zip(fresh, context.ledger.open(openings, context.policy), strict=True):
                item.message = message
        for start in range(0, len(writes), context.target.batch_size):
            yield writes[start : start + context.target.batch_size]

    def _send(self, part: list[Item]) -> Answered:
        # The transport asks for the lease before each try of a write, as a step may make calls before it writes.
        started = self._context.clock()
        return Answered(started, self._context.target.write([_step(item) for item in part]))

    # -- holding ------------------------------------------------------------------------------------------------

    def _hold(self, batch: list[Item], again: list[Item]) -> list[Item]:
        """Reserve or claim the links of a batch; what another run holds fails as a conflict that waiting cures.

        A link that another run has linked, or left in doubt, since the page was read is no longer what was planned
        for: its record goes to `again`.
        """
        context = self._context
        now = context.clock()
        until = max(context.lease.until, now) + CLAIM
        new = [item for item in batch if not item.linked]
        claimed = context.links.claim(
            [item.link.id for item in batch if item.link and item.linked], context.run_id, now, until
        )
        rows = [(item.key, "" if context.label_is_personal else item.label) for item in new]
        reserved = context.links.reserve(context.object_type.kind, rows, context.run_id, now, until) if rows else {}
        held = []
        for item in batch:
            before, item.link = item.link, item.link if item.linked else reserved.get(item.key)
            if item.link is None or (item not in new and item.link.id not in claimed):
                busy = Changed("Another run is writing this record.", fix=BUSY)
                self._results.fail(item, busy, failed(busy, tried=False))
            elif item in new and (item.linked or (before is None and item.link.unknown_since is not None)):
                context.links.release([item.link.id], context.run_id)
                again.append(item)
            else:
                held.append(item)
        return held

    # -- settling -----------------------------------------------------------------------------------------------

    def _settle(self, part: list[Item], answered: Answered, again: list[Item]) -> LeaseLost | None:
        """Settle what was answered; records whose target has changed go to `again`. Answers a lease that was lost."""
        by_key = {outcome.key: outcome for outcome in answered.outcomes}
        good: list[tuple[Item, Outcome]] = []
        lost: LeaseLost | None = None
        for item in part:
            outcome = by_key[item.key]
            item.attempts.append(self._attempt(item, outcome, answered.started))
            if isinstance(outcome.error, LeaseLost):
                lost = outcome.error
            elif isinstance(outcome.error, Changed) and len(item.attempts) < TRIES:
                assert item.link is not None
                self._context.links.release([item.link.id], self._context.run_id)
                again.append(item)
            elif outcome.error is None or outcome.target_id:
                # With an error it exists all the same: it is linked, so that nothing makes it twice, and has failed.
                good.append((item, outcome))
            else:
                self._failed(item, outcome.error)
        agreed = self._agree([Settled.of(item, outcome) for item, outcome in good])
        for item, outcome in good:
            if item not in agreed:
                # Another worker has taken the record over: its word counts, and its failure stays open.
                lost = LeaseLost()
            elif outcome.error is not None:
                self._results.fail(item, outcome.error)
            else:
                assert item.decision is not None
                action = item.decision.action
                verdict = "unchanged" if outcome.nothing_sent else VERDICTS[action]
                self._results.add(Result(item, action, verdict, warnings=outcome.warnings))
        return lost

    def _broken(self, part: list[Item], error: BaseException) -> None:
        """The whole call failed: nobody was answered. Only trouble known to come before the write leaves no doubt."""
        if isinstance(error, LeaseLost):
            # Nothing was sent, and whoever took the job over settles what is open.
            return
        trouble = error if isinstance(error, HubError) else OutcomeUnknown(f"{type(error).__name__}: {error}")
        for item in part:
            item.attempts.append(self._attempt(item, Outcome(item.key, error=trouble), self._context.clock()))
            self._failed(item, trouble)

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
        elif creating:
            context.links.drop_reservations([item.link.id], context.run_id)
        context.links.release([item.link.id], context.run_id)
        self._results.fail(item, error, outcome)

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

    def _agree(self, settled: Sequence[Settled]) -> set[Item]:
        """Commit what both sides agree on now; answers the records whose links were still ours to write."""
        context = self._context
        agreements = []
        units = {}
        for one in settled:
            item, native = one.item, one.native
            assert item.link is not None
            item.target_id = one.target_id
            agreements.append(
                Agreement(
                    link_id=item.link.id,
                    target_id=one.target_id,
                    # Without a digest a record that failed all the same is looked at again, whatever happens to us.
                    digest="" if one.failed else item.digest,
                    mapping_version=context.mapping_version,
                    source_base=fingerprint(context.object_type.values(item.resolved), context.keyed),
                    target_base=self._base(native),
                    message=item.message,
                    kin=one.kin or _kin_of(context, native),
                )
            )
            open_units = context.object_type.open_units(item.record, item.target_record or None)
            if open_units is not None:
                units[item.key] = open_units
        book, kind = context.commitments, context.object_type.kind
        ours = context.links.agree(agreements, context.run_id, kind, lambda connection: book.write(connection, units))
        return {one.item for one in settled if one.item.link is not None and one.item.link.id in ours}

    def _base(self, native: Native | None) -> dict[str, str] | None:
        if native is None:
            return None
        values = self._context.object_type.values(canonical_target(self._context, native))
        return fingerprint(values, self._context.keyed)


def canonical_target(context: Context, native: Native) -> Record:
    """A record of the target in canonical form."""
    object_type = context.object_type
    schema = object_type.target_schema or object_type.schema
    loaded: Record = schema.load(context.target.to_canonical(native))
    return loaded


def safe_after(context: Context, sent: datetime) -> datetime | None:
    """When a create that was sent and not answered can no longer land, so that looking it up gives a true answer.

    None = the platform refuses a second create by itself, so it may be tried at any time.
    """
    guard = context.target.create_guard
    return sent + context.target.read_timeout + guard.settle if isinstance(guard, Lookup) else None


def _step(item: Item) -> Step:
    assert item.decision is not None
    action = item.decision.action
    return Step(
        verb="create" if action == "create" else "cancel" if action == "cancel" else "update",
        key=item.key,
        record=item.resolved or item.record,
        only=frozenset(item.decision.diff) if action == "update" else None,
        target_id=item.target_id,
        target=item.target,
    )


def _kin(outcome: Outcome) -> tuple[Kin, ...]:
    return tuple(
        Kin(relative.kind, relative.source_id, relative.target_id, relative.role == "parent")
        for relative in outcome.relatives
    )


def _kin_of(context: Context, native: Native | None) -> tuple[Kin, ...]:
    relatives = context.target.relatives(native) if native is not None else ()
    return tuple(Kin(item.kind, item.source_id, item.target_id, item.role == "parent") for item in relatives)
