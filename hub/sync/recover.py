"""Take-over: what runs that are gone left behind, brought into order before a job goes on."""

from __future__ import annotations

from collections.abc import Sequence, Set

from hub.errors import OutcomeUnknown
from hub.store.failures import Trouble
from hub.store.plans import Outcome
from hub.sync.context import Context
from hub.sync.plan import Action
from hub.sync.verdict import VERDICTS, failed
from message_log.entries import Closing, Verdict
from message_log.ledger import OpenMessage

INTERRUPTED = "The run ended before the answer came."


def recover(context: Context) -> int:
    """Close the messages that runs left open which do not run any more; answers how many there were.

    A message whose link was committed is completed from the link: nothing is written again. Any other write may have
    been carried out, or may be yet; the create guard decides once it can no longer land. Records that a dead run was
    bringing for this route are settled in their own route's terms.
    """
    mine = [message for message in context.ledger.open_messages() if message.integration == context.integration.name]
    # A run may have been cut off after it had claimed links and before it had opened a message.
    seen = {message.run for message in mine} | context.links.claimants()
    dead = seen - context.runs.running(seen)
    if context.job.parent_id is not None:
        # Parts go on side by side: each settles its own. Their whole has settled the rest before it was split.
        dead &= context.runs.ids_of_job(context.job.id)
    left = [message for message in mine if message.run in dead]
    own = [message for message in left if message.route == context.route.id]
    done = _settle(context, own)
    plan = context.job.plan_id
    if plan is not None:
        # The steps that the dead run was at are not looked at again: what it did would seem to be somebody else's.
        outcomes = {one.key: _outcome(one, done) for one in own if one.job == context.job.id}
        context.plans.note_outcomes(plan, outcomes)
    brought = 0
    for kind in ("customer", "variant"):
        other = context.bring(kind)
        if other is not None and other.route.id != context.route.id:
            theirs = [message for message in left if message.route == other.route.id]
            _settle(other, theirs)
            brought += len(theirs)
    for run in dead:
        context.links.release_all(run)
    return len(own) + brought


def _outcome(message: OpenMessage, done: Set[int]) -> Outcome:
    return "done" if message.id in done else "failed"


def _settle(context: Context, messages: Sequence[OpenMessage]) -> set[int]:
    """Complete what is known to be done, and answer its ids; treat the rest as unknown."""
    if not messages:
        return set()
    now = context.clock()
    links = context.links.of(context.object_type.kind, [message.key for message in messages])
    done = [item for item in messages if item.key in links and links[item.key].message == item.id]
    lost = [item for item in messages if item not in done]
    context.ledger.close([(item.id, _completed(item, links[item.key].target_id)) for item in done], context.policy)
    creates = [links[item.key].id for item in lost if item.action == "create" and item.key in links]
    context.links.note_unknown(creates, now)
    error = OutcomeUnknown(INTERRUPTED)
    outcome = failed(error, context.safe_after(now))
    closing = Closing(Verdict.FAILED, cause=error.cause, detail=INTERRUPTED, fix=error.fix)
    context.ledger.close([(item.id, closing) for item in lost], context.policy)
    troubles = [
        Trouble(
            key=item.key,
            label=item.label or item.key,
            cause=outcome.cause,
            detail=outcome.detail,
            fix=outcome.fix,
            text=outcome.text,
            waiting=outcome.waiting,
            message=item.id,
            not_before=outcome.not_before,
            tried=False,
        )
        for item in lost
    ]
    context.failures.record(context.route.id, troubles, now)
    return {item.id for item in done}


def _completed(message: OpenMessage, target_id: str | None) -> Closing:
    actions: dict[str, Action] = {"create": "create", "update": "update", "cancel": "cancel"}
    return Closing(Verdict(VERDICTS[actions[message.action]]), target_id=target_id)
