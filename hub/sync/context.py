"""All that one route's run works with, gathered once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.clock import Clock
from hub.platforms.endpoint import Endpoint, Lookup, Native
from hub.store.commitments import Commitments
from hub.store.divergences import Divergence, Divergences
from hub.store.failures import Failures
from hub.store.integrations import Integration
from hub.store.job import Job
from hub.store.jobs import Jobs
from hub.store.links import Links
from hub.store.maps import Translator
from hub.store.plans import Cipher, Plans
from hub.store.presence import Presence
from hub.store.routes import Route, Routes
from hub.store.runs import Runs, Tally
from hub.store.skips import Skips
from hub.sync.base import Chosen, Hash, Meanings, Terms, Winner
from hub.sync.digest import digest
from hub.sync.lease import Lease
from message_log.entries import Policy
from message_log.ledger import Ledger
from objects.base import ObjectType
from objects.fields import Owner, Side


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
    #: The side that is the source, and the owners of the fields that this route has a say in; None = all follow it.
    side: Side
    owners: Mapping[str, Owner] | None
    #: What values stand for under the maps of their fields.
    meanings: Meanings
    links: Links
    presence: Presence
    routes: Routes
    runs: Runs
    jobs: Jobs
    failures: Failures
    skips: Skips
    commitments: Commitments
    divergences: Divergences
    plans: Plans
    #: Keeps what a run lays aside on disk from other eyes.
    cipher: Cipher
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
    #: Asks for records of the opposite route, by their keys: an edit is to be undone there, or a conflict is over.
    ask_back: Callable[[Sequence[str]], None] = lambda keys: None
    #: Asks the next run for records that have changed since this one has read them.
    ask_again: Callable[[Sequence[str]], None] = lambda keys: None
    #: Leaves records to the job of which this one is a part, as another part is at them; None = it is no part.
    leave: Callable[[Sequence[str]], None] | None = None
    #: Raises WritesStopped where the blackout hours of a connection have begun.
    may_go_on: Callable[[], None] = lambda: None
    #: Raises WritesStopped where nothing may be written on this route now.
    may_write: Callable[[], None] = lambda: None
    #: Which of these keys are marked for synchronisation; None = the route carries every record.
    marked: Callable[[Sequence[str]], set[str]] | None = None
    #: Does what is no synchronising, such as marking what a job means, and calls the second one after each part.
    errand: Callable[[Context, Callable[[], None]], None] = lambda context, report: None
    #: Called after each settled page.
    progress: Callable[[Tally], None] = lambda tally: None
    tally: Tally = field(default_factory=Tally)
    #: Records that somebody asked for by their keys, and that have come to their end.
    settled: set[str] = field(default_factory=set)
    #: When the platforms behind the connections, by id, have last answered.
    heard: dict[int, datetime] = field(default_factory=dict)
    #: Codes looked up in this run: code -> the target's id, or None.
    codes: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def terms(self, known: Mapping[str, Divergence]) -> Terms:
        """Under which terms a record is compared, given what is known of its divergences."""
        choices = {name: self._chosen(one) for name, one in known.items() if one.choice}
        revert = self.settings["drift"] == "revert"
        return Terms(self.side, self.owners, self.object_type.kept, revert, choices, self.meanings)

    def _chosen(self, one: Divergence) -> Chosen:
        mine, theirs = (one.shop_hash, one.erp_hash) if self.side == "shop" else (one.erp_hash, one.shop_hash)
        winner: Winner = "value" if one.choice == "value" else "source" if one.choice == self.side else "target"
        return Chosen(winner, mine, theirs, one.value)

    def digest(self, native: Native, endpoint: Endpoint) -> str:
        """What a native record looked like, under this run's mapping."""
        return digest(native, endpoint.volatile, self.mapping_version)

    def safe_after(self, sent: datetime) -> datetime | None:
        """When a create that was sent and not answered can no longer land, so that looking it up gives a true answer.

        None = the platform refuses a second create by itself, so it may be tried at any time.
        """
        guard = self.target.create_guard
        return sent + self.target.read_timeout + guard.settle if isinstance(guard, Lookup) else None

    @property
    def label_is_personal(self) -> bool:
        """Whether what people call a record of this route is personal data: then only the message log holds it."""
        return self.object_type.label_is_personal and self.route.direction == "shop_to_erp"
