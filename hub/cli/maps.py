"""The maps: what a value of the shop is called in the ERP, and which values nobody has named yet."""

from __future__ import annotations

from datetime import date

import click

from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.options import MOMENT
from hub.cli.output import as_dict, show
from hub.mapping import checked, remove_value, row, set_entry, statuses_of, unmapped_of
from hub.store.maps import MAPS

map_argument = click.argument("map_name", metavar="MAP", type=click.Choice(sorted(MAPS)))


@click.group()
def maps() -> None:
    """What a value of the shop is called in the ERP: maps of locations, payments, taxes and groups."""


@maps.command("list")
@name_argument
@click.argument("map_name", metavar="[MAP]", type=click.Choice(sorted(MAPS)), required=False)
@as_json
@explained
def list_maps(name: str, map_name: str | None, as_json: bool) -> None:
    """Show the entries of one map, or of all."""
    with opened() as hub:
        entries = hub.maps.entries(hub.integrations.named(name).id, map_name)
    show([row(entry) for entry in entries], ["map", "shop", "erp", "valid_from", "default", "rank"], as_json=as_json)


@maps.command("set")
@name_argument
@map_argument
@click.argument("shop")
@click.argument("erp")
@click.option("--valid-from", type=MOMENT, help="The entry counts from this day on.")
@click.option("--default", "is_default", is_flag=True, help="The default pair (location map).")
@click.option(
    "--rank", type=click.IntRange(0, 9999), default=0, help="Of several that fit, the lowest counts (groups)."
)
@explained
def set_map(
    name: str, map_name: str, shop: str, erp: str, valid_from: date | None, is_default: bool, rank: int
) -> None:
    """Say what a value of the shop is called in the ERP."""
    entry = checked(map_name, shop, erp, valid_from=valid_from, is_default=is_default, rank=rank)
    with opened() as hub:
        set_entry(hub, hub.integrations.named(name), entry)
    click.echo(f"{map_name}: {shop} = {erp}")


@maps.command("remove")
@name_argument
@map_argument
@click.argument("shop")
@explained
def remove_map(name: str, map_name: str, shop: str) -> None:
    """Remove a value of the shop from a map."""
    with opened() as hub:
        remove_value(hub, hub.integrations.named(name), map_name, shop)
    click.echo(f"{map_name}: {shop} removed")


@maps.command("statuses")
@name_argument
@as_json
@explained
def list_statuses(name: str, as_json: bool) -> None:
    """Show what becomes of an order by its financial status: it is imported, waits, or is left alone.

    There is no map of them: the settings order_statuses and cod_gateways decide.
    """
    with opened() as hub:
        found = statuses_of(hub.integrations.named(name))
    show([as_dict(one) for one in found], ["status", "case", "outcome", "reason"], as_json=as_json)


@maps.command("unmapped")
@name_argument
@as_json
@explained
def list_unmapped(name: str, as_json: bool) -> None:
    """Show what recent orders, the shop's locations and product types, and the ERP's warehouses have that no map knows.

    Each value comes with the number of recent orders that have it and with the command that maps it.
    """
    with opened() as hub:
        found = unmapped_of(hub, hub.integrations.named(name))
    rows = [{**as_dict(one), "command": one.command(name)} for one in found]
    columns = ["map", "side", "value", "label", "orders", "command"]
    show(rows, columns, as_json=as_json, empty="The maps know all values in use.")
