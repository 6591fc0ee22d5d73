"""Writes an integration back as the file that describes it: applied again, it changes nothing.

Secrets are not in it. Each is a `${VARIABLE}` named for its connection and setting, to be set before the file is
applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from hub.configuration import variables
from hub.configuration.wanted import Store
from hub.schedule import Schedule
from hub.store.connections import StoredConnection
from hub.store.maps import ALWAYS, MAPS, Entry
from hub.store.routes import Route

_HEAD = """\
# The integration {name}, as it is configured in the hub. Apply it with: hub apply FILE
# What the file does not name stays as it is. Secrets come from the environment:{secrets}
"""


def export(name: str, store: Store) -> str:
    """The file of an integration; ConfigurationError when there is none of this name."""
    return written(document(name, store))


def written(content: Mapping[str, Any]) -> str:
    """A document as the text of its file, with a head that names the variables of its secrets."""
    values = (part["settings"].values() for part in (content["shop"], content["erp"]))
    names = [text[2:-1] for part in values for text in part if isinstance(text, str) and variables.mentions(text)]
    head = _HEAD.format(name=content["name"], secrets="".join(f"\n#   {variable}" for variable in names) or " none.")
    return head + yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=120)


def document(name: str, store: Store) -> dict[str, Any]:
    """The file of an integration as plain values; ConfigurationError when there is none of this name."""
    integration = store.integrations.named(name)
    shop, erp = (store.connections.get(identity) for identity in (integration.shop_id, integration.erp_id))
    entries = store.maps.entries(integration.id)
    schedules = {route: stored.schedule for route, stored in store.schedules.of(integration.id).items()}
    return {
        "name": integration.name,
        "shop": connection(shop),
        "erp": connection(erp),
        "settings": _literal(dict(integration.settings)),
        **({"fields": _literal(integration.fields)} if integration.fields else {}),
        "maps": {name: [_row(entry) for entry in entries if entry.map == name] for name in MAPS},
        "routes": [_route(route, schedules.get(route.id)) for route in store.routes.of(integration.id)],
    }


def connection(stored: StoredConnection) -> dict[str, Any]:
    """A connection as a file has it."""
    settings = {
        name: _placeholder(stored, name) if name in stored.secret else _literal(value)
        for name, value in sorted(stored.settings.items())
    }
    hours = {"blackout": [dict(row) for row in stored.blackout]} if stored.blackout else {}
    return {"platform": stored.platform, "name": stored.name, "settings": settings, **hours}


def _route(route: Route, schedule: Schedule | None) -> dict[str, Any]:
    row: dict[str, Any] = {"object": route.object, "direction": route.direction}
    row |= {"enabled": route.enabled, "policy": route.policy}
    row |= {"freeze": route.freeze} if route.freeze else {}
    row |= {"schedule": schedule.written()} if schedule else {}
    return row | ({"alert_after_minutes": route.silence_minutes} if route.silence_minutes else {})


def _placeholder(stored: StoredConnection, setting: str) -> str:
    return variables.placeholder(stored.name, setting)


def _row(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"shop": _literal(entry.shop_value), "erp": _literal(entry.erp_value)}
    if entry.valid_from != ALWAYS:
        row["valid_from"] = str(entry.valid_from)
    row |= {"rank": entry.rank} if entry.rank else {}
    return {**row, "default": True} if entry.is_default else row


def _literal(value: Any) -> Any:
    """A value that means itself when the file is read again."""
    if isinstance(value, str):
        return variables.written(value)
    if isinstance(value, Mapping):
        return {key: _literal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_literal(inner) for inner in value]
    return value
