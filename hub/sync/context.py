"""All that one route's run works with, gathered once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.clock import Clock
from hub.platforms.endpoint import Endpoint
from hub.store.commitments import Commitments
from hub.store.failures import Failures
from hub.store.integrations import Integration
from hub.store.jobs import Job, Jobs
from hub.store.links import Links
from hub.store.maps import Translator
from hub.store.routes import Route, Routes
from hub.store.runs import Runs, Tally
from hub.store.skips import Skips
from hub.sync.base import Hash
from hub.sync.lease import Lease
from message_log.entries import Policy
from message_log.ledger import Ledger
from objects.base import ObjectType


@dataclass(slots=True)
class Context:
    """One route in one run."""

    integration: Integration
    route: Route
    object_type: ObjectType
    #: The integration's settings with their types.
    settings: Mapping[str, Any]
    source: Endpoint
    target: Endpoint
    translator: Translator
    #: Names what shapes the content of a write: the settings, the maps, the fields.
    mapping_version: str
    links: Links
    routes: Routes
    runs: Runs
    jobs: Jobs
    failures: Failures
    skips: Skips
    commitments: Commitments
    ledger: Ledger
    policy: Policy
    keyed: Hash
    clock: Clock
    job: Job
    run_id: int
    lease: Lease
    #: Calls at a time on the target.
    workers: int
    #: The route of this direction that carries records of a kind, to bring a missing one; None = there is none.
    bring: Callable[[str], Context | None]
    #: The target's endpoint for records of a kind, to look a code up; None = it has none.
    lookup: Callable[[str], Endpoint | None]
    #: Called after each settled page.
    progress: Callable[[Tally], None] = lambda tally: None
    tally: Tally = field(default_factory=Tally)
    #: Codes looked up in this run: code -> the target's id, or None.
    codes: dict[tuple[str, str], str | None] = field(default_factory=dict)

    @property
    def label_is_personal(self) -> bool:
        """Whether what people call a record of this route is personal data: then only the message log holds it."""
        return self.object_type.label_is_personal and self.route.direction == "shop_to_erp"
