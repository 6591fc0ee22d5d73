"""The two connections of an integration, open for as long as somebody needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from hub.bootstrap import Hub
from hub.platforms.platform import Connection
from hub.settings import timing
from hub.store.integrations import Integration
from hub.sync.brake import Brake


@contextmanager
def both_sides(hub: Hub, integration: Integration, *, hurried: bool = False) -> Iterator[tuple[Connection, Connection]]:
    """Shop and ERP of an integration.

    `hurried`: somebody waits for a page. Each call is tried once and given up soon, and blackout hours are obeyed.
    """
    with ExitStack() as stack:
        connections = []
        for identity in (integration.shop_id, integration.erp_id):
            stored = hub.connections.get(identity)
            if hurried:
                Brake(stored, hub.stopped, timing(integration.settings)[0], hub.clock).ensure_lit()
            connection = hub.connect(stored, hurried=hurried)
            stack.callback(connection.close)
            connections.append(connection)
        shop, erp = connections
        yield shop, erp
