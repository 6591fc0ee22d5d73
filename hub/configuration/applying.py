"""Brings the store to what a file says, or shows what would change.

What the file does not name stays as it is: an integration's settings, fields, map entries and routes are added to or
changed, never removed; only `prune` takes them back. A connection alone is what its block says as a whole, as half of
one credential and half of another would be none. Everything is validated, together with what the store holds, before
the first write, and all writes are one transaction.
"""

from __future__ import annotations

from hub.configuration.difference import Change, differences
from hub.configuration.file import SIDES, ConnectionPart, IntegrationFile
from hub.configuration.store_faults import note_faults
from hub.configuration.wanted import Known, RouteState, Store, Wanted, known, wanted
from hub.settings import timing
from hub.store.integrations import Integration


def apply(file: IntegrationFile, store: Store, *, prune: bool = False) -> list[Change]:
    """Apply a file, all of it or nothing; answers what was changed, nothing when it was applied before.

    With `prune`, what the file does not name goes: map entries and schedules are removed, settings, fields and freeze
    windows return to their defaults, and routes are switched off; they keep their policy, their marks and their links.
    Raises FaultyFile.
    """
    with store.database.together():
        there = known(file, store)
        goal = wanted(file, there, prune=prune)
        changes = _validated(file, there, goal)
        identity = _save_integration(file, there, goal, store)
        if goal.gone:
            store.maps.drop(identity, goal.gone)
        if goal.fresh:
            store.maps.put(identity, goal.fresh)
        zone, as_they_are = timing(goal.settings)[0].key, there.states
        for route in goal.routes.values():
            if route != as_they_are.get(route.name):
                _save_route(identity, route, zone, store)
        store.schedules.rezone(identity, zone)
        for change in changes:
            store.audit.note("apply", f"{file.name}: {change.what}"[:255], change.before, change.after)
    return changes


def preview(file: IntegrationFile, store: Store, *, prune: bool = False) -> list[Change]:
    """What `apply` would change; writes nothing. Raises FaultyFile."""
    there = known(file, store)
    return _validated(file, there, wanted(file, there, prune=prune))


def _validated(file: IntegrationFile, there: Known, goal: Wanted) -> list[Change]:
    note_faults(file, there, goal)
    file.places.refuse_faults()
    return [*differences(file, there, goal)]


def _save_integration(file: IntegrationFile, there: Known, goal: Wanted, store: Store) -> int:
    ids = {side: _save_connection(file.sides[side], there, store) for side in SIDES}
    stored = there.integration
    if stored is not None and stored == Integration(
        stored.id, file.name, ids["shop"], ids["erp"], goal.settings, goal.fields
    ):
        return stored.id
    return store.integrations.save(file.name, ids["shop"], ids["erp"], goal.settings, goal.fields)


def _save_route(integration_id: int, route: RouteState, zone: str, store: Store) -> None:
    identity = store.routes.save(
        integration_id,
        route.object,
        route.direction,
        enabled=route.enabled,
        policy=route.policy,
        freeze=route.freeze,
        silence_minutes=route.silence_minutes,
    )
    if route.schedule is None:
        store.schedules.remove(identity)
    else:
        store.schedules.save(identity, route.schedule, zone, now=store.clock(), actor=store.audit.actor)


def _save_connection(part: ConnectionPart, there: Known, store: Store) -> int:
    stored = there.connections.get(part.name)
    if stored is not None and (stored.settings, stored.blackout) == (part.settings, part.blackout):
        return stored.id
    return store.connections.save(part.name, part.platform, part.settings, part.secret, part.blackout)
