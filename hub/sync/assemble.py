"""Builds the `Context` of a run: opens the connections, reads settings and maps, ties the stores together."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol

import orjson

from hub import settings as integration_settings
from hub.clock import Clock
from hub.platforms.endpoint import Endpoint
from hub.platforms.exchanges import Exchange
from hub.platforms.platform import Connection
from hub.store.commitments import Commitments
from hub.store.connections import StoredConnection
from hub.store.database import Database
from hub.store.failures import Failures
from hub.store.integrations import Integration
from hub.store.jobs import Job, Jobs
from hub.store.links import Links, Side
from hub.store.maps import Entry, Translator, location_map
from hub.store.routes import Route, Routes
from hub.store.runs import Runs, Tally
from hub.store.skips import Skips
from hub.sync.base import Hash
from hub.sync.context import Context
from hub.sync.digest import plain
from hub.sync.lease import Lease
from message_log.entries import Policy
from message_log.ledger import Ledger
from objects.base import ObjectType
from objects.registry import OBJECTS, of_kind

#: Exchanges that belong to no message are written in batches of so many.
UNATTACHED = 50


@dataclass(frozen=True, slots=True)
class Parts:
    """The long-lived parts that every run shares."""

    database: Database
    jobs: Jobs
    runs: Runs
    routes: Routes
    failures: Failures
    skips: Skips
    ledger: Ledger
    keyed: Hash
    clock: Clock


class Configuration(Protocol):
    """What a run asks about an integration."""

    def integration(self, identity: int) -> Integration:
        """One integration."""

    def connection(self, identity: int) -> StoredConnection:
        """One connection as stored."""

    def entries(self, integration_id: int) -> list[Entry]:
        """All its map entries."""

    def policy(self, integration: Integration) -> Policy:
        """What of its messages is kept."""


#: Opens a stored connection; what it sends outside of messages goes to the sink, and it asks before it writes.
Connect = Callable[[StoredConnection, Callable[[Exchange], None], Callable[[float], None]], Connection]


@dataclass(slots=True)
class Unattached:
    """Collects exchanges that belong to no message and writes them in batches."""

    ledger: Ledger
    policy: Policy
    waiting: list[Exchange] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, exchange: Exchange) -> None:
        """Take one exchange, from whichever thread."""
        with self.guard:
            self.waiting.append(exchange)
            full = len(self.waiting) >= UNATTACHED
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        with self.guard:
            waiting, self.waiting = self.waiting, []
        if waiting:
            self.ledger.record(waiting, self.policy)


def mapping_version(object_type: ObjectType, settings: Mapping[str, Any], entries: list[Entry]) -> str:
    """Names what shapes the content of a write: its settings and the maps it uses."""
    shaping = {
        name: value
        for name, value in settings.items()
        if name not in integration_settings.WITHOUT_EFFECT_ON_CONTENT and name not in ("locations", "fields")
    }
    fields = settings.get("fields", {}).get(object_type.name)
    shaping["fields"] = repr((sorted(fields.owners.items()), fields.custom)) if fields else ""
    maps = [
        (entry.map, entry.shop_value, entry.erp_value, str(entry.valid_from))
        for entry in entries
        if entry.map in object_type.maps
    ]
    text = orjson.dumps([object_type.name, shaping, sorted(maps)], plain, orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=8).hexdigest()


class Assembly:
    """Opens contexts; the `opener` of a `Worker`."""

    def __init__(
        self,
        parts: Parts,
        configuration: Configuration,
        connect: Connect,
        workers: int,
        progress: Callable[[Tally], None],
    ) -> None:
        self._parts, self._configuration = parts, configuration
        self._connect, self._workers, self._progress = connect, workers, progress

    @contextmanager
    def open(self, job: Job, run_id: int, lease: Lease) -> Iterator[Context]:
        """The context of a job's run; connections are closed and waiting exchanges written at its end."""
        route = self._parts.routes.get(job.route_id)
        integration = self._configuration.integration(route.integration_id)
        policy = self._configuration.policy(integration)
        entries = self._configuration.entries(integration.id)
        settings = integration_settings.load(integration.settings)
        locations = location_map(entries)
        settings |= {"name": integration.name, "locations": locations}
        # Without a setting of its own the default warehouse is that of the location map.
        settings["default_warehouse"] = settings["default_warehouse"] or next(iter(locations), "")
        with ExitStack() as stack:
            sink = Unattached(self._parts.ledger, policy)
            stack.callback(sink.flush)
            sides: dict[Side, Connection] = {}
            for side, identity in (("shop", integration.shop_id), ("erp", integration.erp_id)):
                connection = self._connect(
                    self._configuration.connection(identity),
                    sink,
                    lambda seconds: lease.ensure(timedelta(seconds=seconds)),
                )
                stack.callback(connection.close)
                sides["shop" if side == "shop" else "erp"] = connection
            scene = _Scene(self._parts, integration, settings, entries, policy, sides, job, run_id, lease)
            context = scene.context(route, self._workers)
            context.progress = self._progress
            yield context


@dataclass(slots=True)
class _Scene:
    """One integration with its connections open, from which the contexts of its routes are made."""

    parts: Parts
    integration: Integration
    settings: dict[str, Any]
    entries: list[Entry]
    policy: Policy
    sides: dict[Side, Connection]
    job: Job
    run_id: int
    lease: Lease

    def context(self, route: Route, workers: int) -> Context:
        """The context of one route."""
        parts = self.parts
        object_type = OBJECTS[route.object]
        source: Side = "shop" if route.direction == "shop_to_erp" else "erp"
        target: Side = "erp" if source == "shop" else "shop"
        return Context(
            integration=self.integration,
            route=route,
            object_type=object_type,
            settings=self.settings,
            source=self.sides[source].endpoint(route.object, self.settings),
            target=self.sides[target].endpoint(route.object, self.settings),
            translator=Translator(self.entries, to_erp=source == "shop"),
            mapping_version=mapping_version(object_type, self.settings, self.entries),
            links=Links(parts.database, self.integration.id, source),
            routes=parts.routes,
            runs=parts.runs,
            jobs=parts.jobs,
            failures=parts.failures,
            skips=parts.skips,
            commitments=Commitments(parts.database, self.integration.id),
            ledger=parts.ledger,
            policy=self.policy,
            keyed=parts.keyed,
            clock=parts.clock,
            job=self.job,
            run_id=self.run_id,
            lease=self.lease,
            workers=workers,
            bring=lambda kind: self._bringing(kind, route, workers),
            lookup=lambda kind: self._lookup(kind, target),
        )

    def _bringing(self, kind: str, route: Route, workers: int) -> Context | None:
        wanted = of_kind(kind).name
        for other in self.parts.routes.of(self.integration.id):
            if other.enabled and (other.object, other.direction) == (wanted, route.direction):
                context = self.context(other, workers)
                return replace(context, job=replace(self.job, reason=f"needed by {route.object}"))
        return None

    def _lookup(self, kind: str, target: Side) -> Endpoint | None:
        name = of_kind(kind).name
        try:
            return self.sides[target].endpoint(name, self.settings)
        except KeyError:
            return None
