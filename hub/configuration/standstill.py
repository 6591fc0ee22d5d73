"""What keeps writes from being made now: stopped connections, blackout hours, freeze windows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.configuration.subject import Mend, bad, note
from hub.errors import WritesStopped
from hub.platforms.platform import Finding
from hub.store.connections import StoredConnection
from hub.store.routes import Route
from hub.windows import blacked_out, frozen
from objects.fields import Side


def standstill(
    name: str,
    connections: Mapping[Side, StoredConnection],
    routes: Sequence[Route],
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[Finding]:
    """A line for each thing that keeps writes of this integration from being made at this moment."""
    for side, connection in connections.items():
        if connection.stopped_at is not None:
            since = shown(connection.stopped_at, zone)
            what = f"Writes over {connection.name} have been stopped by {connection.stopped_by} since {since}."
            command = f"When the reason is gone, run: hub resume {name} {side}"
            yield bad(what, Mend(command, "", "When the reason is gone, let its writes go on."))
        until = blacked_out(connection.blackout, zone, now)
        if until is not None:
            what = f"{connection.name} has its blackout hours until {shown(until, zone)}: no run begins or goes on."
            yield note(what, "Nothing to do; the next run after that goes on.")
    for route in routes:
        until = frozen(route.freeze, now) if route.enabled else None
        if until is not None:
            what = f"{route.name} is frozen until {shown(until, zone)}: it writes nothing."
            command = "Nothing to do; to end it sooner, change `freeze` in the file and run `hub apply`."
            yield note(what, Mend(command, "", "Nothing to do; the next run after that goes on."))


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as people of the integration's zone read it."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def refuse_stopped(connection: StoredConnection, zone: ZoneInfo) -> None:
    """Raise WritesStopped where a person has stopped all writes over a connection."""
    if connection.stopped_at is not None:
        since = shown(connection.stopped_at, zone)
        raise WritesStopped(
            f"Writes over {connection.name} have been stopped by {connection.stopped_by} since {since}.",
            detail=connection.name,
        )
