"""The stop switch: how the connections of an integration stand, and stopping all writes over one of them."""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import Schema, fields

from admin.api.blueprint import endpoint, the_hub
from admin.api.problems import conflicting
from admin.api.reach import integration, integrations
from admin.api.schemas import DoneSchema, when
from hub.stopping import Affected, affected, connection_of, refuse_strangers, switch
from hub.store.connections import StoredConnection
from objects.fields import Side

PATH = "/integrations/<name>/connections"
ONE = f"{PATH}/<any(shop,erp):side>"


class WriterSchema(Schema):
    """A route that writes over a connection."""

    integration = fields.String(required=True)
    object = fields.String(required=True)
    direction = fields.String(required=True)


class SwitchSchema(Schema):
    """A connection, and what stopping it concerns."""

    side = fields.String(required=True)
    name = fields.String(required=True)
    platform = fields.String(required=True)
    stopped_at = when()
    stopped_by = fields.String(required=True)
    down_since = when()
    refused_at = when()
    routes = fields.List(fields.Nested(WriterSchema), required=True)
    others = fields.Integer(
        required=True, metadata={"description": "Routes that write over it, too, and are not open to you."}
    )
    jobs = fields.Integer(required=True, metadata={"description": "Jobs of your routes that wait or are being done."})


class SwitchesSchema(Schema):
    """The connections of an integration."""

    items = fields.List(fields.Nested(SwitchSchema), required=True)


@endpoint(f"GET {PATH}", "read", tag="connections", answer=SwitchesSchema)
def list_connections(name: str) -> Any:
    """How the connections of an integration stand, and which routes write over them."""
    one = integration(name)
    return {"items": [_told(side, connection_of(the_hub(), one, side)) for side in get_args(Side)]}


@endpoint(f"POST {ONE}/stop", "act", tag="connections", answer=DoneSchema)
def stop_writes(name: str, side: Side) -> Any:
    """Stop all writes over a connection, at once. Reading goes on; a run that wants to write ends and says so.

    Refused (409) where integrations that are not open to you write over it, too.
    """
    return _switched(name, side, stopped=True)


@endpoint(f"POST {ONE}/resume", "act", tag="connections", answer=DoneSchema)
def resume_writes(name: str, side: Side) -> Any:
    """Let the writes over a connection go on. The next runs go on from where they were stopped."""
    return _switched(name, side, stopped=False)


def _switched(name: str, side: Side, *, stopped: bool) -> dict[str, bool]:
    hub, one = the_hub(), integration(name)
    connection = connection_of(hub, one, side)
    with conflicting():
        refuse_strangers(connection, affected(hub, connection), _open())
    return {"changed": switch(hub, one.name, connection, stopped=stopped)}


def _open() -> set[int]:
    return {one.id for one in integrations()}


def _told(side: Side, connection: StoredConnection) -> dict[str, Any]:
    everything: Affected = affected(the_hub(), connection)
    mine, standing = everything.open_to(_open()), the_hub().health.of(connection.id)
    return {
        "side": side,
        "name": connection.name,
        "platform": connection.platform,
        "stopped_at": connection.stopped_at,
        "stopped_by": connection.stopped_by,
        "down_since": standing.down_since,
        "refused_at": standing.refused_at,
        "routes": [
            {"integration": one.name, "object": route.object, "direction": route.direction}
            for one, route in mine.routes.values()
        ],
        "others": len(everything.routes) - len(mine.routes),
        "jobs": len(mine.jobs),
    }
