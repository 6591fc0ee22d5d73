"""Which routes a pair of platforms can carry: the one side shows changes of the object, the other takes them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from hub.platforms.endpoint import Endpoint
from hub.platforms.platform import Connection, Wiring
from hub.platforms.registry import platform
from hub.store.link import other
from hub.store.maps import Entry, for_endpoints
from objects.fields import Side

#: Platform, name and settings of a connection, as stored.
Description = tuple[str, str, Mapping[str, Any]]


def unsupported(
    sides: Mapping[Side, Description],
    routes: Mapping[str, tuple[str, str]],
    settings: Mapping[str, Any],
    entries: list[Entry],
) -> dict[str, str]:
    """Routes (name -> object and direction) that cannot be, with the reason. Talks to nobody."""
    complete = {**settings, **for_endpoints(entries)}
    refused = {}
    with ExitStack() as stack:
        connections: dict[Side, Connection] = {}
        for side, (kind, name, given) in sides.items():
            known = platform(kind)
            connections[side] = known.connect(name, known.settings_schema().load(given), Wiring())
            stack.callback(connections[side].close)
        for name, (object_name, direction) in routes.items():
            source: Side = "shop" if direction == "shop_to_erp" else "erp"
            reason = _reason(connections, object_name, source, complete)
            if reason:
                refused[name] = reason
    return refused


def _reason(connections: Mapping[Side, Connection], object_name: str, source: Side, settings: Mapping[str, Any]) -> str:
    read, written = (endpoint_of(connections[side], object_name, settings) for side in (source, other(source)))
    if read is None or not read.sources:
        return f"{connections[source].name} shows no changes of {object_name}."
    if written is None or not written.verbs:
        return f"{object_name} is not written to {connections[other(source)].name}."
    return ""


def endpoint_of(connection: Connection, object_name: str, settings: Mapping[str, Any]) -> Endpoint | None:
    """This side's view of an object; None where it has none."""
    try:
        return connection.endpoint(object_name, settings)
    except KeyError:
        return None
