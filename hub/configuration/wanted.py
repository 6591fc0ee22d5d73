"""What the store holds of an integration, and what it shall hold once a file is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from hub.clock import Clock
from hub.configuration.field_choices import Choices, merged
from hub.configuration.file import IntegrationFile, RoutePart
from hub.schedule import Schedule
from hub.store.audit import Audit
from hub.store.connections import Connections, StoredConnection
from hub.store.database import Database
from hub.store.integrations import Integration, Integrations
from hub.store.maps import Entry, Maps
from hub.store.routes import Direction, Policy, Route, Routes
from hub.store.schedules import Schedules


class Store(Protocol):
    """The tables that a file describes."""

    @property
    def database(self) -> Database:
        """Where they lie."""

    @property
    def connections(self) -> Connections:
        """Connections."""

    @property
    def integrations(self) -> Integrations:
        """Integrations."""

    @property
    def maps(self) -> Maps:
        """Maps."""

    @property
    def routes(self) -> Routes:
        """Routes."""

    @property
    def schedules(self) -> Schedules:
        """Schedules of routes."""

    @property
    def audit(self) -> Audit:
        """The audit trail."""

    @property
    def clock(self) -> Clock:
        """The time."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of the integration that the file describes."""

    integration: Integration | None
    connections: Mapping[str, StoredConnection]
    #: Integrations of other names: they may use the same connections.
    others: list[Integration]
    entries: list[Entry]
    routes: list[Route]
    #: By route.
    schedules: Mapping[int, Schedule]

    @property
    def states(self) -> dict[str, RouteState]:
        """Its routes by name, as far as a file can describe them."""
        return {
            route.name: RouteState(
                route.object,
                route.direction,
                route.enabled,
                route.policy,
                route.freeze,
                self.schedules.get(route.id),
                route.silence_minutes or 0,
            )
            for route in self.routes
        }


@dataclass(frozen=True, slots=True)
class RouteState:
    """What a file can say of a route."""

    object: str
    direction: Direction
    enabled: bool
    policy: Policy
    freeze: list[dict[str, str]]
    #: None: it has never had one.
    schedule: Schedule | None
    #: Minutes without a run that came to its end, until an alert is raised; 0 = never.
    silence_minutes: int = 0

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.object} {self.direction}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the store shall hold."""

    settings: Mapping[str, Any]
    fields: Choices
    #: Entries of the file that are not there yet, or not like this.
    fresh: list[Entry]
    #: Entries that are to go: only where a file is applied with `prune`.
    gone: list[Entry]
    #: By name; those of the store that the file does not name included.
    routes: Mapping[str, RouteState]

    @property
    def directions(self) -> Mapping[str, frozenset[str]]:
        """The directions of each object that has routes."""
        found: dict[str, frozenset[str]] = {}
        for route in self.routes.values():
            found[route.object] = found.get(route.object, frozenset()) | {route.direction}
        return found


def known(file: IntegrationFile, store: Store) -> Known:
    """Read what the store holds."""
    integration = next((entry for entry in store.integrations.all() if entry.name == file.name), None)
    schedules = store.schedules.of(integration.id) if integration else {}
    return Known(
        integration=integration,
        connections={connection.name: connection for connection in store.connections.all()},
        others=[entry for entry in store.integrations.all() if entry.name != file.name],
        entries=store.maps.entries(integration.id) if integration else [],
        routes=store.routes.of(integration.id) if integration else [],
        schedules={route: stored.schedule for route, stored in schedules.items()},
    )


def wanted(file: IntegrationFile, there: Known, *, prune: bool) -> Wanted:
    """What the store shall hold. Without `prune`, what the file does not name stays as it is."""
    stored = there.integration
    before = stored.settings if stored and not prune else {}
    named = {identity(entry) for entry in file.entries.values()}
    return Wanted(
        settings={**before, **file.settings},
        fields=merged(stored.fields if stored and not prune else {}, file.fields),
        fresh=[entry for entry in file.entries.values() if entry not in there.entries],
        gone=[entry for entry in there.entries if identity(entry) not in named] if prune else [],
        routes=_routes(file, there, prune=prune),
    )


def identity(entry: Entry) -> tuple[Any, ...]:
    """What tells an entry from the others of its integration."""
    return (entry.map, entry.shop_value, entry.valid_from)


def usual_policy(object_name: str, direction: Direction) -> Policy:
    """The policy of a new route: what the ERP offers the shop is marked first, everything else is carried."""
    return "marked" if (object_name, direction) == ("product", "erp_to_shop") else "all"


def _routes(file: IntegrationFile, there: Known, *, prune: bool) -> dict[str, RouteState]:
    stored = there.states
    named = {part.name: _route(part, stored.get(part.name), prune=prune) for part in file.routes.values()}
    others = {
        # A route holds marks and links to what it has read: it is switched off and never deleted.
        name: replace(old, enabled=False, freeze=[], schedule=None) if prune else old
        for name, old in stored.items()
        if name not in named
    }
    return {**others, **named}


def _route(part: RoutePart, old: RouteState | None, *, prune: bool) -> RouteState:
    policy = part.policy or (old.policy if old else usual_policy(part.object, part.direction))
    kept = old if old and not prune else None
    freeze = (kept.freeze if kept else []) if part.freeze is None else part.freeze
    schedule = (kept.schedule if kept else None) if part.schedule is None else part.schedule
    silence = (kept.silence_minutes if kept else 0) if part.alert_after_minutes is None else part.alert_after_minutes
    return RouteState(part.object, part.direction, part.enabled, policy, freeze, schedule, silence)
