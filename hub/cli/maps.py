"""The maps: what a value of the shop is called in the ERP, and which values nobody has named yet."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from marshmallow import ValidationError

from hub import settings as integration_settings
from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.options import MOMENT
from hub.cli.output import as_dict, show
from hub.cli.sides import both_sides
from hub.configuration.examining import unmapped_values
from hub.configuration.schema import ENTRY_SCHEMAS
from hub.errors import ConfigurationError
from hub.store.maps import ALWAYS, MAPS, Entry

map_argument = click.argument("map_name", metavar="MAP", type=click.Choice(sorted(MAPS)))


@click.group()
def maps() -> None:
    """What a value of the shop is called in the ERP: maps of locations, payments and taxes."""


@maps.command("list")
@name_argument
@click.argument("map_name", metavar="[MAP]", type=click.Choice(sorted(MAPS)), required=False)
@as_json
@explained
def list_maps(name: str, map_name: str | None, as_json: bool) -> None:
    """Show the entries of one map, or of all."""
    with opened() as hub:
        entries = hub.maps.entries(hub.integrations.named(name).id, map_name)
    show([_row(entry) for entry in entries], ["map", "shop", "erp", "valid_from", "default"], as_json=as_json)


def _row(entry: Entry) -> dict[str, Any]:
    since = None if entry.valid_from == ALWAYS else entry.valid_from.isoformat()
    names = {"map": entry.map, "shop": entry.shop_value, "erp": entry.erp_value}
    return {**names, "valid_from": since, "default": "default" if entry.is_default else ""}


@maps.command("set")
@name_argument
@map_argument
@click.argument("shop")
@click.argument("erp")
@click.option("--valid-from", type=MOMENT, help="The entry counts from this day on.")
@click.option("--default", "is_default", is_flag=True, help="The default pair (location map).")
@explained
def set_map(name: str, map_name: str, shop: str, erp: str, valid_from: date | None, is_default: bool) -> None:
    """Say what a value of the shop is called in the ERP."""
    row: dict[str, Any] = {"shop": shop, "erp": erp}
    row |= {"valid_from": valid_from.isoformat()[:10]} if valid_from else {}
    row |= {"default": True} if is_default else {}
    try:
        loaded = ENTRY_SCHEMAS[map_name]().load(row)
    except ValidationError as error:
        said = error.messages_dict
        words = "; ".join(f"{key}: {' '.join(texts)}" for key, texts in said.items())
        raise ConfigurationError(words, detail=map_name, fix=f"The map {map_name}: {MAPS[map_name]}.") from error
    entry = Entry(map_name, shop, erp, loaded["valid_from"], loaded.get("default", False))
    with opened() as hub:
        integration = hub.integrations.named(name)
        same = (entry.shop_value, entry.valid_from)
        known = hub.maps.entries(integration.id, map_name)
        before = next((_row(old) for old in known if (old.shop_value, old.valid_from) == same), None)
        hub.maps.put(integration.id, [entry])
        hub.audit.note("maps set", f"{name} {map_name}", before, _row(entry))
    click.echo(f"{map_name}: {shop} = {erp}")


@maps.command("remove")
@name_argument
@map_argument
@click.argument("shop")
@explained
def remove_map(name: str, map_name: str, shop: str) -> None:
    """Remove a value of the shop from a map."""
    with opened() as hub:
        integration = hub.integrations.named(name)
        before = [_row(entry) for entry in hub.maps.entries(integration.id, map_name) if entry.shop_value == shop]
        if not hub.maps.remove(integration.id, map_name, shop):
            raise ConfigurationError(
                f"The map {map_name} has no entry for {shop}.", detail=shop, fix=f"See: hub maps list {name} {map_name}"
            )
        hub.audit.note("maps remove", f"{name} {map_name}", before)
    click.echo(f"{map_name}: {shop} removed")


@maps.command("unmapped")
@name_argument
@as_json
@explained
def list_unmapped(name: str, as_json: bool) -> None:
    """Show what recent orders, the shop's locations and the ERP's warehouses have that no map knows yet.

    Each value comes with the number of recent orders that have it and with the command that maps it.
    """
    with opened() as hub:
        integration = hub.integrations.named(name)
        settings, entries = integration_settings.load(integration.settings), hub.maps.entries(integration.id)
        with both_sides(hub, integration) as connections:
            found = unmapped_values(name, settings, entries, connections, hub.clock())
    rows = [{**as_dict(one), "command": one.command(name)} for one in found]
    columns = ["map", "side", "value", "label", "orders", "command"]
    show(rows, columns, as_json=as_json, empty="The maps know all values in use.")
