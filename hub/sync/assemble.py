"""Builds the `Context` of a run: opens the connections, reads settings and maps, ties the stores together."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import orjson

from hub import settings as integration_settings
from hub.clock import Clock
from hub.logs import bound
from hub.platforms.endpoint import Endpoint
from hub.platforms.exchanges import Exchange
from hub.platforms.platform import Connection
from hub.store.commitments import Commitments
from hub.store.connections import StoredConnection
from hub.store.database import Database
from hub.store.divergences import Divergences
from hub.store.failures import Failures
from hub.store.integrations import Integration
from hub.store.job import Job, Request, Wanted
from hub.store.jobs import Jobs
from hub.store.link import other
from hub.store.links import Links
from hub.store.maps import Entry, Translator, for_endpoints, meanings
from hub.store.plans import Cipher, Plans
from hub.store.presence import Presence
from hub.store.routes import Route, Routes
from hub.store.runs import Runs, Tally
from hub.store.selection import Selection
from hub.store.skips import Skips
from hub.sync.base import Hash, Meanings
from hub.sync.brake import Brake
from hub.sync.context import Context
from hub.sync.digest import plain
from hub.sync.lease import Lease
from message_log.entries import Policy
from message_log.ledger import Ledger
from objects.base import ObjectType
from objects.fields import FieldMap, Side, field_map
from objects.registry import OBJECTS, of_kind

#: What endpoints are told beside the settings: it counts by the maps and the fields of the object.
NOT_SETTINGS = frozenset({"fields", *for_endpoints(())})
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
    plans: Plans
    ledger: Ledger
    keyed: Hash
    #: Keeps both versions of a divergence from other eyes.
    cipher: Cipher
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

    def stopped(self, connection_id: int) -> tuple[datetime, str] | None:
        """Since when, and by whom, writes over a connection are stopped; None = they go on."""


class Connect(Protocol):
    """Opens a stored connection."""

    def __call__(
        self,
        stored: StoredConnection,
        sink: Callable[[Exchange], None],
        may_write: Callable[[float], None],
        stopping: Callable[[], bool] = lambda: False,
        heard: Callable[[], None] = lambda: None,
        /,
        *,
        hurried: bool = False,
    ) -> Connection:
        """What it sends outside of messages goes to `sink`, it asks `may_write` before it writes, gives up waiting when
        the process is `stopping`, and tells `heard` that the platform has answered.
        """


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
        if name not in integration_settings.WITHOUT_EFFECT_ON_CONTENT and name not in NOT_SETTINGS
    }
    fields = settings.get("fields", {}).get(object_type.name)
    shaping["fields"] = repr((sorted(fields.owners.items()), fields.custom)) if fields else ""
    maps = [
        (entry.map, entry.shop_value, entry.erp_value, str(entry.valid_from), *filter(None, [entry.rank]))
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
        heard: Callable[[int], None],
        errand: Callable[[Context, Callable[[], None]], None] = lambda context, report: None,
    ) -> None:
        self._parts, self._configuration, self._errand = parts, configuration, errand
        self._connect, self._workers, self._progress, self._heard = connect, workers, progress, heard

    @contextmanager
    def open(self, job: Job, run_id: int, lease: Lease) -> Iterator[Context]:
        """The context of a job's run; connections are closed and waiting exchanges written at its end.

        Raises WritesStopped in the blackout hours of a connection: then not even a preview disturbs it.
        """
        route = self._parts.routes.get(job.route_id)
        integration = self._configuration.integration(route.integration_id)
        policy = self._configuration.policy(integration)
        entries = self._configuration.entries(integration.id)
        settings = complete_settings(integration, entries)
        with ExitStack() as stack:
            stack.enter_context(bound(integration=integration.id))
            sink = Unattached(self._parts.ledger, policy)
            stack.callback(sink.flush)
            sides: dict[Side, Connection] = {}
            brakes: dict[Side, Brake] = {}
            answers: dict[int, datetime] = {}
            for side, identity in sides_of(integration):
                brakes[side] = brake = self._brake(identity, route, side, settings)
                brake.ensure_lit()
                permission, heard = _permission(lease, brake), partial(self._answered, job.id, identity, answers)
                connection = self._connect(brake.connection, sink, permission, lease.stopping, heard)
                stack.callback(connection.close)
                sides[side] = connection
            scene = _Scene(self._parts, integration, settings, entries, policy, sides, brakes, job, run_id, lease)
            context = scene.context(route, self._workers)
            context.progress = self._progress
            context.heard = answers
            context.errand = self._errand
            yield context

    def _answered(self, job_id: int, connection_id: int, answers: dict[int, datetime]) -> None:
        answers[connection_id] = self._parts.clock()
        self._heard(job_id)

    def _brake(self, connection_id: int, route: Route, side: Side, settings: Mapping[str, Any]) -> Brake:
        stored = self._configuration.connection(connection_id)
        zone = integration_settings.zone(settings)
        written = route if target_of(route) == side else None
        return Brake(stored, self._configuration.stopped, zone, self._parts.clock, written)


def complete_settings(integration: Integration, entries: list[Entry]) -> dict[str, Any]:
    """What endpoints and decisions are told: the settings with their types, the places, and the fields by object."""
    settings = integration_settings.load(integration.settings)
    settings |= {"name": integration.name, **for_endpoints(entries), "fields": field_maps(integration)}
    # Without a setting of its own the default warehouse is that of the location map.
    settings["default_warehouse"] = settings["default_warehouse"] or next(iter(settings["locations"]), "")
    return settings


def field_maps(integration: Integration) -> dict[str, FieldMap]:
    """The fields of each object that declares its own."""
    return {
        name: field_map(object_type.fields, integration.fields.get(name, {}))
        for name, object_type in OBJECTS.items()
        if object_type.fields
    }


def _meanings(object_type: ObjectType, fields: FieldMap | None, entries: list[Entry]) -> Meanings:
    """What the values of an object's fields stand for under their maps."""
    maps = {rule.name: rule.map for rule in object_type.fields if rule.map}
    owners = fields.owners if fields else {}
    return Meanings(meanings(entries, maps), frozenset(name for name in maps if owners.get(name) == "shop"))


def sides_of(integration: Integration) -> tuple[tuple[Side, int], ...]:
    """Both sides of an integration, each with its connection."""
    return ("shop", integration.shop_id), ("erp", integration.erp_id)


def source_of(route: Route) -> Side:
    """The side that a route reads from."""
    return "shop" if route.direction == "shop_to_erp" else "erp"


def target_of(route: Route) -> Side:
    """The side that a route writes to."""
    return other(source_of(route))


def _permission(lease: Lease, brake: Brake) -> Callable[[float], None]:
    """Asked before every write, with the seconds that its answer may take."""

    def may_write(seconds: float) -> None:
        lease.may_go_on()
        lease.ensure(timedelta(seconds=seconds))
        brake.ensure()

    return may_write


@dataclass(slots=True)
class _Scene:
    """One integration with its connections open, from which the contexts of its routes are made."""

    parts: Parts
    integration: Integration
    settings: dict[str, Any]
    entries: list[Entry]
    policy: Policy
    sides: dict[Side, Connection]
    brakes: dict[Side, Brake]
    job: Job
    run_id: int
    lease: Lease

    def context(self, route: Route, workers: int, *, brought: bool = False) -> Context:
        """The context of one route; `brought`: its records are needed by another route, whatever is marked."""
        parts = self.parts
        object_type = OBJECTS[route.object]
        source, target = source_of(route), target_of(route)
        opposite = self._opposite(route)
        maps: dict[str, FieldMap] = self.settings["fields"]
        fields = maps.get(route.object)
        marked = route.policy == "marked" and not brought and not self.job.limits.get("as_marked")
        selection = Selection(parts.database, self.integration.id)
        return Context(
            integration=self.integration,
            route=route,
            object_type=object_type,
            settings=self.settings,
            source=self.sides[source].endpoint(route.object, self.settings),
            target=self.sides[target].endpoint(route.object, self.settings),
            translator=Translator(self.entries, to_erp=source == "shop"),
            mapping_version=mapping_version(object_type, self.settings, self.entries),
            side=source,
            owners=fields.flows(source, both_ways=opposite is not None) if fields else None,
            meanings=_meanings(object_type, fields, self.entries),
            links=Links(parts.database, self.integration.id, source),
            presence=Presence(parts.database, self.integration.id),
            routes=parts.routes,
            runs=parts.runs,
            jobs=parts.jobs,
            failures=parts.failures,
            skips=parts.skips,
            commitments=Commitments(parts.database, self.integration.id),
            divergences=Divergences(parts.database, self.integration.id, parts.cipher),
            plans=parts.plans,
            cipher=parts.cipher,
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
            ask_back=lambda keys: self._ask(opposite, keys, "drift"),
            leave=(lambda keys: parts.jobs.leave(self.job, keys)) if self.job.parent_id is not None else None,
            ask_again=lambda keys: self._ask(route, keys, "changed meanwhile"),
            may_write=self._may_run,
            may_go_on=self._may_go_on,
            marked=(lambda keys: selection.marked(route.object, keys)) if marked else None,
        )

    def _may_go_on(self) -> None:
        self.lease.may_go_on()
        for brake in self.brakes.values():
            brake.ensure_lit()

    def _may_run(self) -> None:
        for brake in self.brakes.values():
            if brake.route is not None:
                brake.ensure()

    def _opposite(self, route: Route) -> Route | None:
        """The route of the same object in the other direction, if it is switched on."""
        for candidate in self.parts.routes.of(self.integration.id):
            if candidate.object == route.object and candidate.id != route.id and candidate.enabled:
                return candidate
        return None

    def _ask(self, route: Route | None, keys: Sequence[str], reason: str) -> None:
        """Put a job in for records of a route, if there is one."""
        if route is not None:
            wanted = [Wanted(key) for key in keys]
            request = Request(route.id, "keys", reason, self.job.actor, keys=wanted)
            self.parts.jobs.put(request, self.parts.clock())

    def _bringing(self, kind: str, route: Route, workers: int) -> Context | None:
        wanted = of_kind(kind).name
        for needed in self.parts.routes.of(self.integration.id):
            if needed.enabled and (needed.object, needed.direction) == (wanted, route.direction):
                context = self.context(needed, workers, brought=True)
                return replace(context, job=replace(self.job, reason=f"needed by {route.object}"))
        return None

    def _lookup(self, kind: str, target: Side) -> Endpoint | None:
        name = of_kind(kind).name
        try:
            return self.sides[target].endpoint(name, self.settings)
        except KeyError:
            return None
