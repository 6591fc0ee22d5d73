"""The difference between what the store holds and what it shall hold, as it is shown and kept in the audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.configuration.field_choices import flat
from hub.configuration.file import SIDES, ConnectionPart, IntegrationFile
from hub.configuration.wanted import Known, RouteState, Wanted, identity
from hub.store.connections import StoredConnection
from hub.store.maps import ALWAYS, Entry

#: Stands for a secret wherever changes are shown.
SECRET = "***"
NEW_SECRET = "*** (changed)"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. None as `before` = it does not exist yet; None as `after` = it is removed."""

    what: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def differences(file: IntegrationFile, known: Known, wanted: Wanted) -> Iterator[Change]:
    """Everything that applying the file changes, in the order of the file."""
    for side in SIDES:
        part = file.sides[side]
        stored = known.connections.get(part.name)
        shared = [other.name for other in known.others if stored and stored.id in (other.shop_id, other.erp_id)]
        also = f" (also that of {', '.join(shared)})" if shared else ""
        yield from _change(f"connection {part.name}{also}", _shown(stored), _shown_part(part, stored))
    names: dict[str, Any] = {side: file.sides[side].name for side in SIDES}
    yield from _change("settings", _named(known) if known.integration else None, {**wanted.settings, **names})
    yield from _fields(known, wanted)
    yield from _entries(known, wanted)
    stored_routes = known.states
    for name, route in wanted.routes.items():
        old = stored_routes.get(name)
        yield from _change(f"route {name}", _route(old) if old else None, _route(route))


def _change(what: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Iterator[Change]:
    """The change between two states, cut down to the values that differ."""
    if before is None:
        yield Change(what, None, after)
        return
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if names:
        yield Change(what, {name: before.get(name) for name in names}, {name: after.get(name) for name in names})


def _named(known: Known) -> dict[str, Any]:
    assert known.integration is not None
    names = {connection.id: connection.name for connection in known.connections.values()}
    sides = {"shop": names[known.integration.shop_id], "erp": names[known.integration.erp_id]}
    return {**known.integration.settings, **sides}


def _fields(known: Known, wanted: Wanted) -> Iterator[Change]:
    stored = known.integration.fields if known.integration else {}
    for name in {**wanted.fields, **stored}:
        yield from _change(f"fields {name}", flat(stored.get(name, {})), flat(wanted.fields.get(name, {})))


def _entries(known: Known, wanted: Wanted) -> Iterator[Change]:
    stored = {identity(entry): entry for entry in known.entries}
    for entry in wanted.gone:
        yield Change(_place(entry), _entry(entry), None)
    for entry in wanted.fresh:
        old = stored.get(identity(entry))
        yield from _change(_place(entry), _entry(old) if old else None, _entry(entry))


def _place(entry: Entry) -> str:
    return f"map {entry.map}: {entry.shop_value}"


def _entry(entry: Entry) -> dict[str, Any]:
    since = None if entry.valid_from == ALWAYS else str(entry.valid_from)
    return {
        "erp": entry.erp_value,
        "valid_from": since,
        "default": entry.is_default or None,
        "rank": entry.rank or None,
    }


def _route(route: RouteState) -> dict[str, Any]:
    freeze = ", ".join(f"{window['from']} to {window['to']}" for window in route.freeze)
    schedule = str(route.schedule) if route.schedule else None
    stopped = {"enabled": route.enabled, "policy": route.policy, "freeze": freeze or None}
    return {**stopped, "schedule": schedule, "alert_after_minutes": route.silence_minutes or None}


def _shown(stored: StoredConnection | None) -> dict[str, Any] | None:
    """A stored connection without its secrets."""
    if stored is None:
        return None
    clear = {name: SECRET if name in stored.secret else value for name, value in stored.settings.items()}
    return {"platform": stored.platform, **clear, "blackout": _hours(stored.blackout)}


def _shown_part(part: ConnectionPart, stored: StoredConnection | None) -> dict[str, Any]:
    """The file's connection without its secrets; a secret that is another than before can be told from the same."""
    before = stored.settings if stored else part.settings
    clear = {
        name: (SECRET if before.get(name) == value else NEW_SECRET) if name in part.secret else value
        for name, value in part.settings.items()
    }
    return {"platform": part.platform, **clear, "blackout": _hours(part.blackout)}


def _hours(blackout: tuple[Mapping[str, str], ...]) -> str | None:
    return ", ".join(f"{hours['from']} to {hours['to']}" for hours in blackout) or None
