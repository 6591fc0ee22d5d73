"""Brings the store to what a file says, or shows what would change.

What the file does not name stays as it is: an integration's settings, map entries and routes are added to or changed,
never removed. A connection alone is what its block says as a whole, as half of one credential and half of another would
be none. Everything is validated, together with what the store holds, before the first write, and all writes are one
transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hub.configuration.file import SIDES, ConnectionPart, IntegrationFile
from hub.configuration.routes import unsupported
from hub.settings import load as load_settings
from hub.store.audit import Audit
from hub.store.connections import Connections, StoredConnection
from hub.store.database import Database
from hub.store.integrations import Integration, Integrations
from hub.store.maps import ALWAYS, Entry, Maps
from hub.store.routes import Route, Routes
from objects.registry import OBJECTS

#: Stands for a secret wherever changes are shown.
SECRET = "***"
NEW_SECRET = "*** (changed)"


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
    def audit(self) -> Audit:
        """The audit trail."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the store and the file. None as `before` = it does not exist yet."""

    what: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store holds of the integration that the file describes."""

    integration: Integration | None
    connections: Mapping[str, StoredConnection]
    #: Integrations of other names: they may use the same connections.
    others: list[Integration]
    entries: list[Entry]
    routes: list[Route]


def apply(file: IntegrationFile, store: Store) -> list[Change]:
    """Apply a file, all of it or nothing; answers what was changed, nothing when it was applied before.

    Raises FaultyFile.
    """
    with store.database.together():
        known = _known(file, store)
        changes = _validated(file, known)
        identity = _save_integration(file, known, store)
        fresh = [entry for entry in file.entries.values() if entry not in known.entries]
        if fresh:
            store.maps.put(identity, fresh)
        as_they_are = {(route.name, route.enabled) for route in known.routes}
        for part in file.routes.values():
            if (part.name, part.enabled) not in as_they_are:
                store.routes.save(identity, part.object, part.direction, enabled=part.enabled)
        for change in changes:
            store.audit.note("apply", f"{file.name}: {change.what}"[:255], change.before, change.after)
    return changes


def preview(file: IntegrationFile, store: Store) -> list[Change]:
    """What `apply` would change; writes nothing. Raises FaultyFile."""
    return _validated(file, _known(file, store))


def _known(file: IntegrationFile, store: Store) -> _Known:
    integration = next((entry for entry in store.integrations.all() if entry.name == file.name), None)
    return _Known(
        integration=integration,
        connections={connection.name: connection for connection in store.connections.all()},
        others=[entry for entry in store.integrations.all() if entry.name != file.name],
        entries=store.maps.entries(integration.id) if integration else [],
        routes=store.routes.of(integration.id) if integration else [],
    )


def _save_integration(file: IntegrationFile, known: _Known, store: Store) -> int:
    ids = {side: _save_connection(file.sides[side], known, store) for side in SIDES}
    settings = _settings(file, known)
    stored = known.integration
    if stored is not None and stored == Integration(
        stored.id, file.name, ids["shop"], ids["erp"], settings, stored.fields
    ):
        return stored.id
    return store.integrations.save(file.name, ids["shop"], ids["erp"], settings)


def _save_connection(part: ConnectionPart, known: _Known, store: Store) -> int:
    stored = known.connections.get(part.name)
    if stored is not None and stored.settings == part.settings:
        return stored.id
    return store.connections.save(part.name, part.platform, part.settings, part.secret)


def _settings(file: IntegrationFile, known: _Known) -> dict[str, Any]:
    return {**(known.integration.settings if known.integration else {}), **file.settings}


# -- what would change ------------------------------------------------------------------------------------------------


def _validated(file: IntegrationFile, known: _Known) -> list[Change]:
    _faults_of_connections(file, known)
    _faults_of_entries(file, known)
    _faults_of_routes(file, known)
    file.places.refuse_faults()
    return [*_changes(file, known)]


def _changes(file: IntegrationFile, known: _Known) -> Iterator[Change]:
    for side in SIDES:
        part = file.sides[side]
        stored = known.connections.get(part.name)
        shared = [other.name for other in known.others if stored and stored.id in (other.shop_id, other.erp_id)]
        also = f" (also that of {', '.join(shared)})" if shared else ""
        yield from _change(f"connection {part.name}{also}", _shown(stored), _shown_part(part, stored))
    before = _named(known) if known.integration else None
    yield from _change(
        "settings", before, {**_settings(file, known), **{side: file.sides[side].name for side in SIDES}}
    )
    stored_entries = {(entry.map, entry.shop_value, entry.valid_from): entry for entry in known.entries}
    for entry in file.entries.values():
        old = stored_entries.get((entry.map, entry.shop_value, entry.valid_from))
        yield from _change(f"map {entry.map}: {entry.shop_value}", _entry(old), _entry(entry) or {})
    for route in file.routes.values():
        enabled = next((stored.enabled for stored in known.routes if stored.name == route.name), None)
        yield from _change(
            f"route {route.name}", None if enabled is None else {"enabled": enabled}, {"enabled": route.enabled}
        )


def _change(what: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Iterator[Change]:
    """The change between two states, cut down to the values that differ."""
    if before is None:
        yield Change(what, None, after)
        return
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if names:
        yield Change(what, {name: before.get(name) for name in names}, {name: after.get(name) for name in names})


def _named(known: _Known) -> dict[str, Any]:
    assert known.integration is not None
    names = {connection.id: connection.name for connection in known.connections.values()}
    sides = {"shop": names[known.integration.shop_id], "erp": names[known.integration.erp_id]}
    return {**known.integration.settings, **sides}


def _shown(stored: StoredConnection | None) -> dict[str, Any] | None:
    """A stored connection without its secrets."""
    if stored is None:
        return None
    clear = {name: SECRET if name in stored.secret else value for name, value in stored.settings.items()}
    return {"platform": stored.platform, **clear}


def _shown_part(part: ConnectionPart, stored: StoredConnection | None) -> dict[str, Any]:
    """The file's connection without its secrets; a secret that is another than before can be told from the same."""
    before = stored.settings if stored else part.settings
    clear = {
        name: (SECRET if before.get(name) == value else NEW_SECRET) if name in part.secret else value
        for name, value in part.settings.items()
    }
    return {"platform": part.platform, **clear}


def _entry(entry: Entry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    since = None if entry.valid_from == ALWAYS else str(entry.valid_from)
    return {"erp": entry.erp_value, "valid_from": since, "default": entry.is_default or None}


# -- faults that only the store shows ---------------------------------------------------------------------------------


def _faults_of_connections(file: IntegrationFile, known: _Known) -> None:
    for side in SIDES:
        part = file.sides[side]
        stored = known.connections.get(part.name)
        if stored is not None and stored.platform != part.platform:
            text = f"The connection {part.name} is one to {stored.platform} already."
            file.places.fault((side, "name"), text, "Give this one another name.")


def _faults_of_entries(file: IntegrationFile, known: _Known) -> None:
    """The file's entries must get on with those stored ones that it does not name."""
    named = {(entry.map, entry.shop_value, entry.valid_from) for entry in file.entries.values()}
    others = [entry for entry in known.entries if (entry.map, entry.shop_value, entry.valid_from) not in named]
    for path, entry in file.entries.items():
        for other in others:
            trouble = _trouble(entry, other)
            if trouble:
                command = f'hub maps remove {file.name} {other.map} "{other.shop_value}"'
                file.places.fault(path, trouble, f"Name that entry in the file, too, or remove it: {command}")


def _trouble(entry: Entry, other: Entry) -> str:
    """Why two entries cannot stand side by side; empty where they can."""
    if entry.map != other.map:
        return ""
    same = entry.shop_value.casefold() == other.shop_value.casefold()
    if entry.map != "location":
        twice = same and entry.valid_from == other.valid_from
        return f"The store has this value already, written {other.shop_value}." if twice else ""
    if same or entry.erp_value.casefold() == other.erp_value.casefold():
        return f"The store pairs {other.shop_value} with {other.erp_value} already."
    return f"The store has {other.shop_value} as the default." if entry.is_default and other.is_default else ""


def _faults_of_routes(file: IntegrationFile, known: _Known) -> None:
    entries = {(entry.map, entry.shop_value): entry for entry in [*known.entries, *file.entries.values()]}
    settings = load_settings(_settings(file, known))
    refused = unsupported(
        {side: (part.platform, part.name, part.settings) for side, part in file.sides.items()},
        {route.name: (route.object, route.direction) for route in file.routes.values()},
        {**settings, "name": file.name},
        list(entries.values()),
    )
    needs_cut_over = settings["order_cut_over"] is None
    for path, route in file.routes.items():
        if route.name in refused:
            file.places.fault(path, f"No pair of platforms carries {route.name}: {refused[route.name]}", "Remove it.")
        elif route.enabled and needs_cut_over and not OBJECTS[route.object].initialized:
            fix = "Set order_cut_over below `settings`: from which moment on are orders imported?"
            file.places.fault(path, "This route needs a cut-over.", fix)
    if needs_cut_over and "order_cut_over" in file.settings:
        named = {route.name for route in file.routes.values()}
        stored = [route for route in known.routes if route.enabled and route.name not in named]
        if any(not OBJECTS[route.object].initialized for route in stored):
            text = "The order route is on and needs its cut-over."
            file.places.fault(("settings", "order_cut_over"), text, "Write the moment, or switch the route off.")
