"""What a person stops for a time: all writes over one connection, or the jobs of routes; and letting them go on."""

from __future__ import annotations

from typing import Any

import click

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.output import to_json
from hub.cli.sync import direction_option
from hub.configuration.standstill import shown
from hub.pausing import pause_route
from hub.stopping import affected, connection_of, switch
from hub.store.connections import StoredConnection
from objects.fields import Side
from objects.registry import OBJECTS

SIDES = ("shop", "erp")
side_argument = click.argument("side", type=click.Choice(SIDES))


@click.command()
@name_argument
@side_argument
@as_json
@explained
def stop(name: str, side: Side, as_json: bool) -> None:
    """Stop all writes over one connection of an integration, at once. Reading goes on, and nothing is lost.

    A run that wants to write ends and says so; what it had settled is settled. The next run after `hub resume` goes on
    from there.
    """
    with opened() as hub:
        fresh = switch(hub, name, _connection(hub, name, side), stopped=True)
        _report(hub, name, side, as_json=as_json, fresh=fresh)


@click.command()
@name_argument
@click.argument("what", metavar="[shop|erp|OBJECT]", required=False, type=click.Choice([*SIDES, *sorted(OBJECTS)]))
@direction_option
@as_json
@explained
def resume(name: str, what: str | None, direction: str | None, as_json: bool) -> None:
    """Let go on what was stopped or paused.

    With `shop` or `erp`: the writes over that connection that `hub stop` has stopped. Else: the jobs of the
    integration, or of one object, that `hub pause` lets wait.
    """
    with opened() as hub:
        if what not in SIDES:
            _pause(hub, name, what, direction, paused=False)
            return
        side: Side = "shop" if what == "shop" else "erp"
        fresh = switch(hub, name, _connection(hub, name, side), stopped=False)
        _report(hub, name, side, as_json=as_json, fresh=fresh)


@click.command()
@name_argument
@click.argument("object_name", metavar="[OBJECT]", required=False, type=click.Choice(sorted(OBJECTS)))
@direction_option
@explained
def pause(name: str, object_name: str | None, direction: str | None) -> None:
    """Let the jobs of an integration, or of one object, wait until `hub resume`.

    Runs under way go on to their end. Synchronising now, by hand, is refused meanwhile.
    """
    with opened() as hub:
        _pause(hub, name, object_name, direction, paused=True)


def _pause(hub: Hub, name: str, object_name: str | None, direction: str | None, *, paused: bool) -> None:
    """Pause the routes of an integration, or of one object of it, or let them go on; tells what has changed."""
    integration = hub.integrations.named(name)
    found = [
        route
        for route in hub.routes.of(integration.id)
        if route.enabled and object_name in (None, route.object) and direction in (None, route.direction)
    ]
    if not found:
        hub.routes.find(integration.id, object_name or "", direction)
    for route in found:
        if not pause_route(hub, name, route, paused=paused):
            click.echo(f"{name} {route.name}: {'paused already' if paused else 'not paused'}.")
            continue
        click.echo(f"{name} {route.name}: {'its jobs wait now' if paused else 'its jobs go on'}.")


def _connection(hub: Hub, name: str, side: Side) -> StoredConnection:
    return connection_of(hub, hub.integrations.named(name), side)


def _report(hub: Hub, name: str, side: Side, *, as_json: bool, fresh: bool) -> None:
    """Say how the connection stands now; `fresh` = this command has made it so."""
    connection = _connection(hub, name, side)
    found = affected(hub, connection)
    routes = {key: f"{integration.name} {route.name}" for key, (integration, route) in found.routes.items()}
    waiting = [
        f"{routes[job.route_id]}, job {job.id} ({job.kind}), {job.state}, asked by {job.actor}" for job in found.jobs
    ]
    if as_json:
        told: dict[str, Any] = {"connection": connection.name, "stopped_at": connection.stopped_at}
        told |= {"stopped_by": connection.stopped_by, "routes": [*routes.values()], "waiting": waiting}
        click.echo(to_json(told))
        return
    if connection.stopped_at is not None:
        zone = integration_settings.zone(integration_settings.load(hub.integrations.named(name).settings))
        since = f" since {shown(connection.stopped_at, zone)} by {connection.stopped_by}"
        click.echo(f"Writes over {connection.name} are stopped{'' if fresh else since}. Reading goes on.")
        click.echo(f"To let them go on: hub resume {name} {side}")
    else:
        click.echo(f"Writes over {connection.name} go on{'' if fresh else '; they were not stopped'}.")
    click.echo(f"Routes that write over it: {', '.join(routes.values()) or 'none'}.")
    for job in waiting:
        click.echo(f"Waiting: {job}")
    if not waiting:
        click.echo("No job is waiting.")
