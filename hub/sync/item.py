"""One record on its way through a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.platforms.endpoint import Mark, Native
from hub.store.divergences import Divergence
from hub.store.job import JobKey
from hub.store.link import Link
from hub.store.plans import PlanStep
from hub.sync.plan import Decision
from message_log.entries import Attempt
from objects.base import Record


@dataclass(slots=True)
class Ticket:
    """One page on its way: how many of its records are still to be settled, and what may move when none is."""

    source: str = ""
    mark: Mark | None = None
    open: int = 0
    #: What is done once all before it is settled.
    act: Callable[[], None] | None = None


@dataclass(slots=True, eq=False)
class Item:
    """What is known of a record so far; each stage of `hub.sync.page` fills in its part."""

    key: str
    native: Native
    digest: str
    label: str
    #: Who wants exactly this record, and why; None = it came with a source's changes.
    wanted: JobKey | None = None
    #: What the plan that is carried out says about it.
    planned: PlanStep | None = None
    ticket: Ticket = field(default_factory=Ticket)
    link: Link | None = None
    #: Canonical, as the source says it.
    record: Record = field(default_factory=dict)
    #: The same with references and mapped values as the target calls them.
    resolved: Record = field(default_factory=dict)
    target_id: str = ""
    target: Native | None = None
    target_record: Record = field(default_factory=dict)
    #: Fields in which both sides were known to differ.
    known: Mapping[str, Divergence] = field(default_factory=dict)
    decision: Decision | None = None
    #: What a create would give the target, where somebody is to see it beforehand (`hub.sync.steps.foresee`).
    given: Mapping[str, Any] | None = None
    #: The message that is open for it, and what was tried under it.
    message: int | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def linked(self) -> bool:
        """Whether both sides are known to be the same thing."""
        return self.link is not None and self.link.state == "linked"
