"""Planned records as the steps of a plan: kept, shown, and compared with what would be done now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from hub.errors import Conflict
from hub.store.plans import Kind, PlanStep
from hub.sync.base import is_empty
from hub.sync.context import Context
from hub.sync.digest import plain
from hub.sync.item import Item
from hub.sync.results import Result
from hub.sync.writers import write_step

NOTHING_ELSE: Mapping[str, int] = {}


def shown(diff: Any) -> dict[str, Any]:
    """A difference in plain JSON values, as a plan keeps it."""
    found: dict[str, Any] = orjson.loads(orjson.dumps(diff, plain))
    return found


def foresee(item: Item, context: Context) -> None:
    """Note with a record that would be created all that it would be given; what is left empty is not given.

    The decision's own difference says less: it speaks of what this route has a say in from then on. Raises the
    RecordError of a record that the target would refuse.
    """
    decision = item.decision
    item.given = None
    if decision is None or decision.action != "create":
        return
    told = context.target.foretell(write_step(item))
    if told is None:
        told = {name: change.new for name, change in decision.diff.items()}
    item.given = {name: value for name, value in told.items() if not is_empty(value)}


def step_of(item: Item, context: Context, result: Result | None = None) -> PlanStep:
    """What the plan says about a record that was decided and foreseen, or that came to its end before."""
    decision = item.decision
    action: str = decision.action if decision else "none"
    cause = detail = ""
    if result is not None and result.failed is not None:
        action, cause, detail = "refuse", result.failed.cause, result.failed.detail or result.failed.text
    elif result is not None and result.skip is not None:
        action, cause, detail = "skip", result.skip.reason, result.skip.detail
    elif decision is not None and decision.comparison is not None and decision.comparison.conflicts:
        cause, detail = Conflict.cause, ", ".join(sorted(decision.comparison.conflicts))
    return PlanStep(
        key=item.key,
        label=item.key if context.label_is_personal else item.label,
        action=action,
        cause=cause,
        detail=detail,
        target_id=item.target_id,
        source_digest=item.digest,
        target_digest=context.digest(item.target, context.target) if item.target is not None else "",
        diff=shown(_difference(item)) if decision else None,
    )


def _difference(item: Item) -> dict[str, Any]:
    if item.given is not None:
        return {name: {"old": None, "new": value} for name, value in item.given.items()}
    return item.decision.shown() if item.decision else {}


def is_stale(item: Item, context: Context) -> bool:
    """Whether the plan that is carried out says something else about a record than what would be done now.

    Raises the RecordError of a record that the target would refuse.
    """
    planned = item.planned
    if planned is None:
        return False
    foresee(item, context)
    now = step_of(item, context)
    return (now.action, now.source_digest, now.target_digest, dict(now.diff or {})) != (
        planned.action,
        planned.source_digest,
        planned.target_digest,
        dict(planned.diff or {}),
    )


class PlanWriter:
    """Writes a plan as its steps come."""

    def __init__(self, context: Context, kind: Kind) -> None:
        self._context = context
        now = context.clock()
        self.plan_id = context.plans.begin(
            context.route.id, context.run_id, kind, context.job.scope, context.job.actor, now
        )
        self._place = 0
        self._counts: Counter[str] = Counter()
        self._causes: Counter[str] = Counter()

    def add(self, steps: Sequence[PlanStep]) -> None:
        """Add steps in their order."""
        self._context.plans.add(self.plan_id, steps, self._place)
        self._place += len(steps)
        self._counts.update(step.action for step in steps)
        self._causes.update(step.cause for step in steps if step.cause)

    def close(self, reasons: Sequence[str] = (), unlisted: Mapping[str, int] = NOTHING_ELSE) -> int:
        """Note the totals, with the numbers of records that have no step; answers the plan's number."""
        counts = {**self._counts, **unlisted}
        self._context.plans.complete(self.plan_id, counts, self._causes, reasons)
        return self.plan_id
