"""The two connections of an integration, open for as long as somebody needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from hub.bootstrap import Hub
from hub.platforms.platform import Connection
from hub.store.integrations import Integration


@contextmanager
def both_sides(hub: Hub, integration: Integration) -> Iterator[tuple[Connection, Connection]]:
    """Shop and ERP of an integration."""
    with ExitStack() as stack:
        connections = []
        for identity in (integration.shop_id, integration.erp_id):
            connection = hub.connect(hub.connections.get(identity))
            stack.callback(connection.close)
            connections.append(connection)
        shop, erp = connections
        yield shop, erp
