"""A route's two endpoints as such: to look at what is there, to choose from it, to link it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from hub.chunks import chunks
from hub.clock import Clock
from hub.errors import ConfigurationError
from hub.platforms.endpoint import Endpoint, Native
from hub.platforms.platform import Connection
from hub.settings import zone as integration_zone
from hub.store.integrations import Integration
from hub.store.link import other
from hub.store.routes import Route
from hub.sync.assemble import Configuration, Connect, Unattached, complete_settings, sides_of, source_of
from hub.sync.brake import Brake
from hub.sync.context import Context
from message_log.ledger import Ledger
from objects.base import ObjectType
from objects.fields import Side
from objects.registry import OBJECTS

#: Records that are looked at together.
AT_A_TIME = 100


class Doors(Configuration, Protocol):
    """What it takes to open the connections of an integration."""

    @property
    def ledger(self) -> Ledger:
        """Where calls are noted."""

    @property
    def clock(self) -> Clock:
        """What time it is."""

    @property
    def connect(self) -> Connect:
        """Opens one of them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Source and target of a route, opened under its integration's settings."""

    #: The name of the integration.
    integration: str
    route: Route
    settings: dict[str, Any]
    source: Endpoint
    target: Endpoint

    @property
    def subject(self) -> str:
        """How the trail calls the route."""
        return f"{self.integration} {self.route.name}"

    @property
    def object_type(self) -> ObjectType:
        """The object that both carry."""
        return OBJECTS[self.route.object]

    @property
    def source_side(self) -> Side:
        """The side that the route reads."""
        return source_of(self.route)

    @property
    def personal(self) -> bool:
        """Whether what people call a record is personal data: then only the platforms and the message log hold it."""
        return self.object_type.label_is_personal

    def label(self, native: Native) -> str:
        """What people call a record of the source, where the store may know it; else its key."""
        return self.source.key(native) if self.personal else self.source.label(native)

    def target_label(self, native: Native) -> str:
        """The same of a record of the target."""
        return self.target.key(native) if self.personal else self.target.label(native)

    def everything(self) -> Iterator[list[tuple[str, Native]]]:
        """Every record of the source, in small parts; what its list does not carry whole is read by key."""
        sources = self.source.sources
        chosen = next((source for source in sources if source.kind == "time"), next(iter(sources), None))
        if chosen is None:
            raise ConfigurationError(
                f"{self.route.name} has nothing that could be read in full.", detail=self.route.name
            )
        for page in self.source.changes(chosen, None):
            for part in chunks(page.entries, AT_A_TIME):
                missing = [key for key, native in part if native is None]
                read = self.source.read(missing) if missing else {}
                natives = ((key, native if native is not None else read.get(key)) for key, native in part)
                yield [(key, native) for key, native in natives if native is not None]


def pair_of(context: Context) -> Pair:
    """The endpoints of a run."""
    return Pair(context.integration.name, context.route, dict(context.settings), context.source, context.target)


@contextmanager
def opened_pair(doors: Doors, route: Route, *, hurried: bool = False) -> Iterator[Pair]:
    """The endpoints of a route; calls are noted in the message log, and connections closed at the end.

    `hurried`: somebody waits for a page, so each call is tried once and given up soon.
    Raises WritesStopped in the blackout hours of a connection; the stop switch is obeyed by writes alone.
    """
    integration = doors.integration(route.integration_id)
    with opened_sides(doors, integration, hurried=hurried) as (settings, connections):
        ends = {side: connection.endpoint(route.object, settings) for side, connection in connections.items()}
        source = source_of(route)
        yield Pair(integration.name, route, settings, ends[source], ends[other(source)])


@contextmanager
def opened_sides(
    doors: Doors, integration: Integration, *, hurried: bool = False
) -> Iterator[tuple[dict[str, Any], dict[Side, Connection]]]:
    """An integration's settings, and its two connections, opened as for a pair."""
    settings = complete_settings(integration, doors.entries(integration.id))
    zone = integration_zone(settings)
    with ExitStack() as stack:
        sink = Unattached(doors.ledger, doors.policy(integration))
        stack.callback(sink.flush)
        connections: dict[Side, Connection] = {}
        for side, identity in sides_of(integration):
            brake = Brake(doors.connection(identity), doors.stopped, zone, doors.clock)
            brake.ensure_lit()
            connections[side] = doors.connect(brake.connection, sink, _permission(brake), hurried=hurried)
            stack.callback(connections[side].close)
        yield settings, connections


def _permission(brake: Brake) -> Callable[[float], None]:
    return lambda _: brake.ensure()
