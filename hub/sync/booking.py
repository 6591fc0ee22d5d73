"""What comes of answered writes: agreed links, closed messages, failures. It runs in the one thread that books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from hub.errors import Changed, HubError, LeaseLost, OutcomeUnknown, WritesStopped
from hub.platforms.endpoint import Outcome
from hub.store.link import Agreement, Kin
from hub.sync.agreeing import conflict_of, settlement
from hub.sync.context import Context
from hub.sync.item import Item
from hub.sync.match import taken
from hub.sync.results import Result, Results
from hub.sync.verdict import VERDICTS, Failed, failed
from hub.sync.writers import Answered
from message_log.entries import Attempt, Part
from message_log.entries import Verdict as LogVerdict
from objects.base import Skip

#: Tries of one record inside one run, when the target changes under our hands.
TRIES = 3


class Booker:
    """Books what was answered."""

    def __init__(self, context: Context, results: Results) -> None:
        self._context = context
        self._results = results
        #: A platform's trouble, or a lost lease: the first that was met ends the run.
        self.trouble: BaseException | None = None
        #: Records whose target changed meanwhile, to be planned anew.
        self.again: list[Item] = []

    def book(self, answers: Iterable[Answered]) -> None:
        """Book answers."""
        good: list[tuple[Item, Outcome]] = []
        for answered in answers:
            if answered.error is not None:
                self._broken(answered)
                self._met(answered.error)
            else:
                good += self._sort(answered)
        self._conclude(good)

    def link(self, items: Sequence[Item]) -> None:
        """Note what exists on both sides as the same thing; nothing is sent."""
        if not items:
            return
        agreed = self._agree([(item, Outcome(item.key, item.target_id, item.target)) for item in items])
        for item in items:
            if item in agreed:
                self._succeed(item, nothing_sent=True)

    def _met(self, trouble: BaseException) -> None:
        self.trouble = self.trouble or trouble

    def _sort(self, answered: Answered) -> Iterator[tuple[Item, Outcome]]:
        """Tell what is on the target now from what is not; the latter is settled here."""
        by_key = {outcome.key: outcome for outcome in answered.outcomes}
        for item in answered.part:
            outcome = by_key[item.key]
            item.attempts.append(self._attempt(item, outcome, answered.started))
            error = outcome.error
            if isinstance(error, LeaseLost):
                self._met(error)
            elif isinstance(error, WritesStopped):
                self._met(error)
                self._not_sent(item)
            elif isinstance(error, Changed) and len(item.attempts) < TRIES:
                assert item.link is not None
                self._context.links.release([item.link.id], self._context.run_id)
                self.again.append(item)
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
                self._succeed(item, outcome.warnings, nothing_sent=outcome.nothing_sent)

    def _succeed(self, item: Item, warnings: tuple[str, ...] = (), *, nothing_sent: bool) -> None:
        assert item.decision is not None
        action = item.decision.action
        conflict = conflict_of(item)
        if conflict is not None:
            # Everything but the fields in conflict is in step now.
            self._results.fail(item, conflict)
            return
        settled = "unchanged" if nothing_sent else VERDICTS[action]
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
            outcome = failed(error, context.safe_after(now))
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
                self._failed(item, taken(item.target_id, agreed.taken[link_id], context.object_type))
            elif link_id not in agreed.ours:
                # Another worker has taken the record over: its word counts, and its failure stays open.
                self._met(LeaseLost())
        return {item for link_id, item in by_link.items() if link_id in agreed.ours}

    def _agreement(self, item: Item, outcome: Outcome) -> Agreement:
        context = self._context
        assert item.link is not None
        item.target_id = outcome.target_id
        source_base, target_base, digest = settlement(item, context, outcome.native)
        broken = outcome.error is not None
        return Agreement(
            link_id=item.link.id,
            target_id=outcome.target_id,
            # Without a digest a record that failed all the same is looked at again, whatever happens to us.
            digest="" if broken else item.digest,
            mapping_version=context.mapping_version,
            source_base=source_base,
            target_base=target_base,
            target_digest="" if broken else digest,
            message=item.message,
            kin=_kin(context, item, outcome),
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
