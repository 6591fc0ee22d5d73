"""How a route stands, in one word and one sentence: what a card of the dashboard says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from admin.said import said
from hub.readiness import in_the_way
from hub.schedule import NEVER, Schedule
from hub.store.health import Standing
from hub.store.integrations import Integration
from hub.store.job import Job
from hub.store.plans import Plan
from hub.store.routes import Route
from hub.store.runs import VERDICTS, Run
from hub.store.schedules import Stored

State = Literal["off", "not initialised", "paused", "waiting", "held", "running", "queued", "failing", "in step", "new"]
#: State -> how much it asks for a look: bad, warn, busy, good or calm.
TONES: dict[State, str] = {
    "off": "calm",
    "not initialised": "warn",
    "paused": "warn",
    "waiting": "bad",
    "held": "warn",
    "running": "busy",
    "queued": "busy",
    "failing": "bad",
    "in step": "good",
    "new": "calm",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a route at a moment."""

    integration: Integration
    route: Route
    now: datetime
    cut_over: datetime | None
    stored: Stored | None
    last: Run | None
    #: Begin of the newest run that has read all that changed.
    read_at: datetime | None
    jobs: Sequence[Job]
    sides: Sequence[Standing]
    held: Plan | None
    failures: int
    #: Of the run under way.
    running: Run | None


@dataclass(frozen=True, slots=True)
class Card:
    """A route as it is shown."""

    facts: Facts
    state: State
    #: Why it is so, and what to do; empty where the word says it all.
    why: str
    #: What has to happen before it may run; empty = it may.
    obstacle: str

    @property
    def tone(self) -> str:
        """How much it asks for a look."""
        return TONES[self.state]

    @property
    def schedule(self) -> Schedule:
        """When it runs by itself."""
        return self.facts.stored.schedule if self.facts.stored else NEVER

    @property
    def next_run(self) -> datetime | None:
        """When it runs next; None = not by itself, or not before somebody has done something."""
        may = not self.obstacle and self.facts.route.paused_at is None
        return self.facts.stored.next_run_at if may and self.facts.stored else None

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return sum(job.state == "waiting" for job in self.facts.jobs)


def obstacle(facts: Facts) -> str:
    """What has to happen before a route may run, and where; empty where nothing has."""
    has_run = facts.stored is not None and facts.stored.last_planned_at is not None
    first = "Its first load comes first: press First load on the route's page. It can be previewed."
    # That it is paused is told by a button of its own.
    match in_the_way(replace(facts.route, paused_at=None), facts.cut_over, facts.now, has_run=has_run):
        case "off":
            return "The route is switched off. Switch it on in the set-up of its integration, under Scenarios."
        case "initialize":
            return first
        case "loading":
            return f"Its first load has begun and is not done. {first}"
        case "cut_over":
            return "Orders need a cut-over, from which on they are imported: set it in the set-up of its integration."
        case "before_cut_over":
            return f"Orders are imported from the cut-over on: {facts.cut_over:%Y-%m-%d %H:%M %Z}."
    return ""


def card(facts: Facts) -> Card:
    """The card of a route."""
    blocked = obstacle(facts)
    state, why = _state(facts, blocked)
    return Card(facts, state, why, blocked)


def _state(facts: Facts, blocked: str) -> tuple[State, str]:
    if not facts.route.enabled:
        return "off", blocked
    if any(job.state in ("running", "split") for job in facts.jobs):
        return "running", ""
    stopped = _stopped(facts)
    if stopped is not None:
        return stopped
    return ("not initialised", blocked) if blocked else _outcome(facts)


def _stopped(facts: Facts) -> tuple[State, str] | None:
    """What keeps its jobs waiting, if anything does."""
    if facts.route.paused_at is not None:
        return "paused", f"By {facts.route.paused_by}; its jobs wait."
    for side in facts.sides:
        if side.refused_at is not None:
            return "waiting", f"{side.name} refuses us: {side.refused_why}"
        if side.down_since is not None:
            return "waiting", f"{side.name} does not answer: {side.down_why}"
    return None


def _outcome(facts: Facts) -> tuple[State, str]:
    """How it stands after what it has done."""
    if facts.held is not None:
        return "held", f"Nothing was written, and it waits for a decision: {' '.join(facts.held.reasons)}"
    if facts.last is not None and facts.last.state == "aborted":
        return "failing", f"The last run did not come to its end: {said(facts.last.error)}"
    if facts.failures:
        return "failing", ""
    if any(job.state == "waiting" for job in facts.jobs):
        return "queued", ""
    return ("in step", "") if facts.last is not None else ("new", "It has not run yet.")


def added_up(run: Run) -> list[tuple[str, int]]:
    """The counts of a run by verdict; together they are the records that were read."""
    return [(name, run.counts.get(name, 0)) for name in VERDICTS]
