"""The pre-checks of an integration as it is, with what keeps its writes and its jobs from going on."""

from __future__ import annotations

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.configuration.examining import examine
from hub.configuration.standstill import standstill
from hub.errors import HubError
from hub.platforms.platform import Connection, Finding
from hub.sides import both_sides
from hub.store.connections import StoredConnection
from hub.store.integrations import Integration
from objects.fields import Side


def examined(hub: Hub, name: str) -> list[Finding]:
    """Everything there is to say about an integration; jobs that waited for a platform go on if it accepts us now."""
    integration = hub.integrations.named(name)
    settings = integration_settings.load(integration.settings)
    entries, routes = hub.maps.entries(integration.id), hub.routes.of(integration.id)
    with both_sides(hub, integration) as connections:
        found = examine(name, settings, entries, routes, connections, hub.clock())
        for one, connection in zip(stored_sides(hub, integration).values(), connections, strict=True):
            found += going_on(hub, one, connection)
    return [*found, *at_a_standstill(hub, integration)]


def stored_sides(hub: Hub, integration: Integration) -> dict[Side, StoredConnection]:
    """Its two connections as stored."""
    return {"shop": hub.connections.get(integration.shop_id), "erp": hub.connections.get(integration.erp_id)}


def at_a_standstill(hub: Hub, integration: Integration) -> list[Finding]:
    """What keeps writes of an integration from being made at this moment."""
    zone = integration_settings.timing(integration.settings)[0]
    sides, routes = stored_sides(hub, integration), hub.routes.of(integration.id)
    return [*standstill(integration.name, sides, routes, zone, hub.clock())]


def going_on(hub: Hub, stored: StoredConnection, connection: Connection) -> list[Finding]:
    """Let the jobs go on that waited for a platform, if it answers and accepts us now."""
    if hub.health.of(stored.id).well:
        return []
    try:
        connection.ping()
    except HubError as error:
        return [Finding(False, f"Jobs over {stored.name} wait: {error}", error.fix)]
    hub.health.mended(stored.id, hub.clock())
    return [Finding(True, f"{stored.name} answers and accepts us again: the jobs that waited for it go on.")]
