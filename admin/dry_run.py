"""The dry run behind a page that asks "shall I?": what would become of the ticked records once they are marked.

It is a preview like any other, but nobody keeps it: it is gone as soon as the question is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import NoResultFound

from hub.awaited import awaited
from hub.bootstrap import Hub
from hub.hiding import masked_step
from hub.planning import ask
from hub.store.job import Job, Request, Wanted
from hub.store.plans import Plan, PlanStep
from hub.store.routes import Route
from objects.registry import OBJECTS

REASON = "dry run of a selection"
#: Steps that are shown; nobody ticks more.
MOST = 200


@dataclass(frozen=True, slots=True)
class DryRun:
    """How far a dry run is, and what it has found."""

    job: Job
    plan: Plan | None = None
    steps: Sequence[PlanStep] = ()
    #: Why it has come to nothing; empty = it has not, or not yet.
    error: str = ""
    #: Why it waits, and whether anybody is there who could do it.
    why: str = ""
    places: int = 0
    #: Whether there is anything personal in it that is not shown.
    hides: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether it is still to come, or under way."""
        return self.job.unfinished


def begin_dry_run(hub: Hub, route: Route, keys: Sequence[str], actor: str) -> DryRun | None:
    """Put one in, in which these records count as marked; None where the route could not do it now."""
    if route.paused_at is not None:
        return None
    wanted = [Wanted(key) for key in keys]
    asked = Request(route.id, "keys", REASON, actor, keys=wanted, limits={"as_marked": True})
    return dry_run(hub, ask(hub, asked))


def dry_run(hub: Hub, job_id: int, *, personal: bool = False) -> DryRun | None:
    """A dry run of this number, masked unless `personal`; None = there is none."""
    try:
        stands = awaited(hub, job_id)
    except NoResultFound:
        return None
    job, run = stands.job, stands.run
    if job.reason != REASON:
        return None
    if job.unfinished:
        return DryRun(job, why=stands.why, places=stands.places)
    plan = hub.plans.of_run(run.id) if run else None
    if plan is None:
        return DryRun(job, error=run.error if run else "It was cancelled.")
    hidden = frozenset[str]() if personal else OBJECTS[hub.routes.get(job.route_id).object].personal
    steps = [masked_step(step, hidden) for step in hub.plans.page(plan.id, MOST)]
    return DryRun(job, plan, steps, hides=bool(hidden))


def forget_dry_run(hub: Hub, job_id: str, actor: str) -> None:
    """Nobody needs it any more: its question was answered."""
    shown = dry_run(hub, int(job_id)) if job_id.isdecimal() and len(job_id) < 16 else None
    if shown is None or shown.job.actor != actor:
        return
    if shown.unfinished:
        hub.jobs.request_cancel(shown.job.id)
    elif shown.plan is not None and shown.plan.state == "open":
        hub.plans.forget(shown.plan.id)
