"""Take-over: what a run that died left behind, brought into order before its job goes on."""

from __future__ import annotations

from hub.errors import OutcomeUnknown
from hub.store.failures import Trouble
from hub.sync.apply import safe_after
from hub.sync.context import Context
from hub.sync.plan import Action
from hub.sync.verdict import VERDICTS, failed
from message_log.entries import Closing, Verdict
from message_log.ledger import OpenMessage

INTERRUPTED = "The run ended before the answer came."


def recover(context: Context, dead: list[int]) -> int:
    """Close the open messages of runs that are gone; answers how many there were.

    A message whose link was committed is completed from the link: nothing is written again. Any other write may have
    been carried out, or may be yet; the create guard decides once it can no longer land.
    """
    now = context.clock()
    count = 0
    for run in dead:
        messages = [message for message in context.ledger.open_messages(run=run) if message.route == context.route.id]
        count += len(messages)
        links = context.links.of(context.object_type.kind, [message.key for message in messages])
        done = [item for item in messages if item.key in links and links[item.key].message == item.id]
        lost = [item for item in messages if item not in done]
        context.ledger.close([(item.id, _completed(item, links[item.key].target_id)) for item in done], context.policy)
        creates = [links[item.key].id for item in lost if item.action == "create" and item.key in links]
        context.links.note_unknown(creates, now)
        error = OutcomeUnknown(INTERRUPTED)
        outcome = failed(error, safe_after(context, now))
        closing = Closing(Verdict.FAILED, cause=error.cause, detail=INTERRUPTED, fix=error.fix)
        context.ledger.close([(item.id, closing) for item in lost], context.policy)
        troubles = [
            Trouble(
                item.key,
                item.label or item.key,
                error.cause,
                "",
                error.fix,
                INTERRUPTED,
                True,
                item.id,
                not_before=outcome.not_before,
            )
            for item in lost
        ]
        context.failures.record(context.route.id, troubles, now)
        context.links.release_all(run)
    return count


def _completed(message: OpenMessage, target_id: str | None) -> Closing:
    actions: dict[str, Action] = {"create": "create", "update": "update", "cancel": "cancel"}
    return Closing(Verdict(VERDICTS[actions[message.action]]), target_id=target_id)
