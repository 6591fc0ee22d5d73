"""What became of a page's records: messages, failures, skips and counts, written in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from hub.errors import HubError
from hub.store.failures import Failure, Trouble
from hub.store.runs import Verdict
from hub.store.skips import Skipped
from hub.sync.context import Context
from hub.sync.digest import plain
from hub.sync.item import Item
from hub.sync.plan import Action
from hub.sync.verdict import Failed, failed
from message_log.entries import Closing, Evidence, Opening
from message_log.entries import Verdict as LogVerdict
from objects.base import Skip


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


class Results:
    """Collects results and writes them: the ledger first, as failures and skips point to messages."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[Result] = []
        #: What was open, and what was skipped, when the page began.
        self.failures: Mapping[str, Failure] = {}
        self.skips: Mapping[str, Skipped] = {}

    # -- collecting ---------------------------------------------------------------------------------------------

    def add(self, result: Result) -> None:
        """Take a result; it is written at the next `flush`."""
        self._waiting.append(result)

    def unchanged(self, item: Item) -> None:
        """Nothing to do. News only for somebody who asked for this record."""
        news = item.message is not None or (item.wanted is not None and item.wanted.follows is not None)
        self.add(Result(item, "unchanged", "unchanged", news=news))

    def skip(self, item: Item, skip: Skip) -> None:
        """Left alone on purpose. News when the reason is another than last time, or somebody asked."""
        before = self.skips.get(item.key)
        same = before is not None and (before.reason, before.digest) == (skip.reason, item.digest)
        asked = item.message is not None or (item.wanted is not None and item.wanted.follows is not None)
        self.add(Result(item, "skip", "skipped", skip=skip, news=asked or not same))

    def fail(self, item: Item, error: HubError, outcome: Failed | None = None) -> None:
        """Failed; `outcome` where more is known than the error says."""
        action: Action = item.decision.action if item.decision else "none"
        self.add(Result(item, action, "failed", failed=outcome or failed(error)))

    def still(self, key: str, verdict: Verdict, cause: str) -> None:
        """Count a record that is as it was when it was last reported: skipped, or parked."""
        self._context.tally.count(verdict, cause)

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

    def flush_from(self, number: int) -> None:
        """Write what was collected once it is so much: few messages stay open, and none waits for its page's end."""
        if len(self._waiting) >= number:
            self.flush()

    def flush(self) -> None:
        """Write all that was collected, in one transaction each for log, failures and skips."""
        results, self._waiting = self._waiting, []
        if not results:
            return
        messages = self._write_messages(results)
        context, now = self._context, self._context.clock()
        troubles = [_trouble(result, messages.get(result.item.key), context) for result in results if result.failed]
        context.failures.record(context.route.id, troubles, now)
        well = [result.item.key for result in results if not result.failed and result.item.key in self.failures]
        if well:
            context.failures.resolve(context.route.id, well, now)
        fresh = [_skipped(result, messages, context) for result in results if result.skip and result.news]
        if fresh:
            context.skips.record(context.route.id, fresh, now)
        done = [result.item.key for result in results if not result.skip and result.item.key in self.skips]
        if done:
            context.skips.forget(context.route.id, done)
        for result in results:
            cause = result.failed.cause if result.failed else result.skip.reason if result.skip else ""
            context.tally.count(result.verdict, cause)

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


def evidence(item: Item) -> Evidence:
    """What the decision was made from."""
    diff = item.decision.shown() if item.decision else None
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
