"""What became of a page's records: messages, failures, skips and counts, written in batches."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from hub.errors import HubError, WritesStopped
from hub.store.failures import Failure, Trouble
from hub.store.plans import Outcome
from hub.store.runs import Verdict
from hub.store.skips import Skipped
from hub.sync.agreeing import asks_back, divergences, touch_of
from hub.sync.context import Context
from hub.sync.digest import plain
from hub.sync.item import Item
from hub.sync.plan import Action
from hub.sync.vanished import note_vanished
from hub.sync.verdict import Failed, failed
from message_log.entries import Closing, Evidence, Opening
from message_log.entries import Verdict as LogVerdict
from objects.base import Skip

log = logging.getLogger(__name__)


def _bytes(value: object) -> bytes:
    return orjson.dumps(value, plain)


@dataclass(slots=True)
class Result:
    """How one record ended."""

    item: Item
    action: Action
    verdict: Verdict
    skip: Skip | None = None
    failed: Failed | None = None
    #: False: the same decision as before, so no message.
    news: bool = True
    warnings: tuple[str, ...] = ()
    #: True: nothing was written, and what was compared is noted with the link.
    compared: bool = False

    @property
    def cause(self) -> str:
        """What it is counted under besides its verdict: why it failed, or was left alone; empty where all is well."""
        if self.failed is not None:
            return self.failed.cause
        return self.skip.reason if self.skip is not None else ""


class Results:
    """Collects results and writes them: the ledger first, as failures and skips point to messages."""

    def __init__(self, context: Context, plan_id: int | None = None) -> None:
        self._context = context
        #: The plan that is carried out, whose steps learn what became of them.
        self._plan_id = plan_id
        self._waiting: list[Result] = []
        #: What was open, and what was skipped, of the records under way.
        self._failures: dict[str, Failure] = {}
        self._skips: dict[str, Skipped] = {}

    # -- what is known ------------------------------------------------------------------------------------------

    def remember(self, keys: Collection[str]) -> None:
        """Look up what is open and what is skipped of a page's records."""
        context = self._context
        self._failures.update(context.failures.of(context.route.id, keys))
        self._skips.update(context.skips.of(context.route.id, keys))

    def forget(self, key: str) -> None:
        """A record has come to its end."""
        self._failures.pop(key, None)
        self._skips.pop(key, None)

    def failure(self, key: str) -> Failure | None:
        """What is open of a record."""
        return self._failures.get(key)

    def skipped(self, key: str) -> Skipped | None:
        """Why a record was skipped before."""
        return self._skips.get(key)

    # -- collecting ---------------------------------------------------------------------------------------------

    def add(self, result: Result) -> None:
        """Take a result; it is written at the next `flush`."""
        result.item.ticket.open -= 1
        self._waiting.append(result)

    def unchanged(self, item: Item, *, compared: bool = False) -> None:
        """Nothing to do. News only for somebody who asked for this record."""
        news = item.message is not None or (item.wanted is not None and item.wanted.follows is not None)
        self.add(Result(item, "unchanged", "unchanged", news=news, compared=compared))

    def skip(self, item: Item, skip: Skip, *, compared: bool = False) -> None:
        """Left alone on purpose. News when the reason is another than last time, or somebody asked."""
        before = self._skips.get(item.key)
        same = before is not None and (before.reason, before.digest) == (skip.reason, item.digest)
        asked = item.message is not None or (item.wanted is not None and item.wanted.follows is not None)
        self.add(Result(item, "skip", "skipped", skip=skip, news=asked or not same, compared=compared))

    def fail(self, item: Item, error: HubError, outcome: Failed | None = None, *, compared: bool = False) -> None:
        """Failed; `outcome` where more is known than the error says."""
        action: Action = item.decision.action if item.decision else "none"
        self.add(Result(item, action, "failed", failed=outcome or failed(error), compared=compared))

    def still(self, item: Item, verdict: Verdict, cause: str) -> None:
        """Count a record that is as it was when it was last reported: skipped, or parked."""
        item.ticket.open -= 1
        self.forget(item.key)
        self._context.tally.count(verdict, cause)
        if item.wanted:
            self._context.settled.add(item.key)

    def left(self, item: Item) -> None:
        """It is done by another job, and counted there."""
        item.ticket.open -= 1
        self.forget(item.key)

    # -- writing ------------------------------------------------------------------------------------------------

    def opening(self, item: Item, action: Action) -> Opening:
        """The message of a record, as it stands before anything is sent."""
        context, job = self._context, self._context.job
        wanted = item.wanted
        return Opening(
            integration=context.integration.name,
            route=context.route.id,
            object=context.object_type.name,
            direction=context.route.direction,
            run=context.run_id,
            job=job.id,
            key=item.key,
            action=action,
            reason=wanted.reason if wanted else job.reason,
            actor=wanted.actor if wanted else job.actor,
            source_id=item.key,
            target_id=item.target_id or None,
            label=item.label,
            label_is_personal=context.label_is_personal,
            follows=wanted.follows if wanted else None,
            digest=item.digest,
            mapping_version=context.mapping_version,
            fence=job.fence,
            evidence=evidence(item),
            persons=tuple(context.object_type.persons(item.key, item.record)) if item.record else (),
        )

    def flush(self) -> None:
        """Write all that was collected, in one transaction each for log, failures and skips."""
        results, self._waiting = self._waiting, []
        if not results:
            return
        self._note_comparisons(results)
        messages = self._write_messages(results)
        context, now = self._context, self._context.clock()
        troubles = [_trouble(result, messages.get(result.item.key), context) for result in results if result.failed]
        context.failures.record(context.route.id, troubles, now)
        note_vanished(results, context)
        for trouble in troubles:
            log.info("A record has failed: %s.", trouble.cause, extra={"messages": [trouble.message]})
        # A skip that counts for this run only has decided nothing: what was open stays open.
        decided = [result for result in results if not result.failed and not (result.skip and result.skip.passing)]
        well = [result.item.key for result in decided if result.item.key in self._failures]
        if well:
            context.failures.resolve(context.route.id, well, now)
        lasting = [result for result in results if result.skip and not result.skip.passing]
        fresh = [_skipped(result, messages, context) for result in lasting if result.news]
        if fresh:
            context.skips.record(context.route.id, fresh, now)
        done = [result.item.key for result in results if not result.skip and result.item.key in self._skips]
        if done:
            context.skips.forget(context.route.id, done)
        if self._plan_id is not None:
            context.plans.note_outcomes(self._plan_id, {one.item.key: _outcome(one) for one in results if _came(one)})
        for result in results:
            context.tally.count(result.verdict, result.cause)
            self.forget(result.item.key)
        context.settled.update(result.item.key for result in results if result.item.wanted and _came(result))

    def _note_comparisons(self, results: Sequence[Result]) -> None:
        """Links of what was compared and found equal, open units of orders, and fields that are left to differ."""
        context = self._context
        touches = [touch_of(result.item, context) for result in results if result.compared and not result.skip]
        context.links.touch([touch for touch in touches if touch is not None])
        units = {
            result.item.key: open_units
            for result in results
            if result.compared
            and (open_units := context.object_type.open_units(result.item.record, result.item.target_record or None))
            is not None
        }
        if units:
            context.commitments.replace(units)
        fresh = {
            result.item.link.id: found
            for result in results
            if result.item.link is not None and (found := divergences(result.item, context)) is not None
        }
        if fresh:
            context.divergences.replace_all(context.route.id, fresh, context.clock())
        back = [result.item.target_id for result in results if asks_back(result.item)]
        if back:
            context.ask_back(back)

    def _write_messages(self, results: Iterable[Result]) -> dict[str, int]:
        messages: dict[str, int] = {}
        to_close: list[tuple[int, Closing]] = []
        to_settle: list[tuple[str, Opening, Closing]] = []
        for result in results:
            if result.item.message is not None:
                messages[result.item.key] = result.item.message
                to_close.append((result.item.message, _closing(result)))
            elif result.news:
                to_settle.append((result.item.key, self.opening(result.item, result.action), _closing(result)))
        ledger, policy = self._context.ledger, self._context.policy
        if to_close:
            ledger.close(to_close, policy)
        if to_settle:
            ids = ledger.settled([(opening, closing) for _, opening, closing in to_settle], policy)
            messages.update(zip((key for key, _, _ in to_settle), ids, strict=True))
        return messages


def _came(result: Result) -> bool:
    """Whether a record's turn has come; not where writes were stopped before it."""
    return result.skip is None or result.skip.reason != WritesStopped.cause


def _outcome(result: Result) -> Outcome:
    """What became of a plan's step."""
    return "failed" if result.failed else "stale" if result.skip else "done"


def evidence(item: Item) -> Evidence:
    """What the decision was made from."""
    # What is created is in the canonical record already, whole.
    diff = item.decision.shown() if item.decision and item.decision.action != "create" else None
    return Evidence(
        source=_bytes(item.native),
        canonical=_bytes(item.record) if item.record else None,
        diff=_bytes(diff) if diff else None,
    )


def _closing(result: Result) -> Closing:
    item = result.item
    cause = detail = fix = None
    if result.failed:
        cause, fix = result.failed.cause, result.failed.fix
        detail = ": ".join(part for part in (result.failed.detail, result.failed.text) if part)
    elif result.skip:
        cause, detail, fix = result.skip.reason, result.skip.detail or None, result.skip.fix or None
    elif result.warnings:
        detail = "; ".join(result.warnings)
    attempts = tuple(item.attempts)
    return Closing(
        verdict=LogVerdict(result.verdict),
        action=result.action,
        target_id=item.target_id or None,
        cause=cause,
        detail=detail,
        fix=fix,
        duration_ms=sum(attempt.duration_ms for attempt in attempts) if attempts else None,
        attempts=attempts,
        evidence=evidence(item) if result.failed else Evidence(),
    )


def _trouble(result: Result, message: int | None, context: Context) -> Trouble:
    outcome = result.failed
    assert outcome is not None
    return Trouble(
        key=result.item.key,
        label=result.item.key if context.label_is_personal else result.item.label,
        cause=outcome.cause,
        detail=outcome.detail,
        fix=outcome.fix,
        text=outcome.text,
        waiting=outcome.waiting,
        message=message,
        digest=result.item.digest,
        mapping_version=context.mapping_version,
        not_before=outcome.not_before,
        tried=outcome.tried,
    )


def _skipped(result: Result, messages: Mapping[str, int], context: Context) -> Skipped:
    assert result.skip is not None
    key = result.item.key
    skip = result.skip
    return Skipped(key, skip.reason, skip.detail, result.item.digest, context.mapping_version, messages.get(key))
