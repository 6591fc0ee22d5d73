"""Setting an integration up: its file, its checks, its maps, and the fields the ERP needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.cli.app import CONFIGURATION, as_json, explained, name_argument, opened
from hub.cli.options import MOMENT
from hub.cli.output import show, to_json
from hub.configuration import applying, exporting
from hub.configuration.examining import examine
from hub.configuration.faults import FaultyFile
from hub.configuration.file import read
from hub.configuration.schema import ENTRY_SCHEMAS
from hub.errors import ConfigurationError
from hub.platforms.platform import Finding
from hub.store.maps import ALWAYS, MAPS, Entry

map_argument = click.argument("map_name", metavar="MAP", type=click.Choice(sorted(MAPS)))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Show what would change; write nothing.")
@as_json
@explained
def apply(file: Path, only_check: bool, as_json: bool) -> None:
    """Set an integration up, or change it, as FILE says. What the file does not name stays as it is."""
    text = _text(file)
    with opened() as hub:
        try:
            described = read(text, os.environ, str(file))
            changes = applying.preview(described, hub) if only_check else applying.apply(described, hub)
        except FaultyFile as faulty:
            if not as_json:
                raise
            click.echo(to_json({"applied": False, "changes": [], "faults": faulty.faults}))
            sys.exit(CONFIGURATION)
    if as_json:
        click.echo(to_json({"applied": not only_check, "changes": changes, "faults": []}))
        return
    for change in changes:
        click.echo(_sentence(change))
    if not changes:
        click.echo(f"{described.name} is as the file says; nothing to change.")
    elif only_check:
        click.echo(f"{len(changes)} changes would be made; nothing was written.")
    else:
        click.echo(f"Applied. Next: hub check {described.name}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read: {error.strerror}.", detail=str(file), fix="Name an existing file."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is no UTF-8 text.", detail=str(file), fix="Save it as UTF-8.") from error


def _sentence(change: applying.Change) -> str:
    before = change.before
    if before is None:
        return f"new      {change.what}: {_values(change.after)}"
    moves = (f"{name} {_value(before[name])} -> {_value(value)}" for name, value in change.after.items())
    return f"changed  {change.what}: {', '.join(moves)}"


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in values.items() if value not in (None, ""))


def _value(value: Any) -> str:
    return "(none)" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@click.command()
@name_argument
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@explained
def export(name: str, output: Path | None) -> None:
    """Write an integration as the file that describes it, without its secrets."""
    with opened() as hub:
        text = exporting.export(name, hub)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@click.command()
@name_argument
@as_json
@explained
def check(name: str, as_json: bool) -> None:
    """Test both connections and everything that records could fail on later. Exit status 3 when something would."""
    with opened() as hub:
        found = _examined(hub, name)
    wrong = sum(1 for finding in found if not finding.ok and finding.blocking)
    if as_json:
        click.echo(to_json({"ok": not wrong, "findings": found}))
    else:
        for finding in found:
            click.echo(_line(finding))
        click.echo(f"{wrong} things to mend." if wrong else "Nothing stands in the way.")
    sys.exit(CONFIGURATION if wrong else 0)


def _examined(hub: Hub, name: str) -> list[Finding]:
    integration = hub.integrations.named(name)
    settings = integration_settings.load(integration.settings)
    shop = hub.connect(hub.connections.get(integration.shop_id))
    erp = hub.connect(hub.connections.get(integration.erp_id))
    try:
        entries, routes = hub.maps.entries(integration.id), hub.routes.of(integration.id)
        return examine(name, settings, entries, routes, (shop, erp), hub.clock())
    finally:
        shop.close()
        erp.close()


def _line(finding: Finding) -> str:
    mark = "ok     " if finding.ok else "WRONG  " if finding.blocking else "note   "
    return f"{mark}{finding.what}" + ("" if finding.ok else f"\n         {finding.fix}")


@click.command("setup-erp")
@name_argument
@as_json
@explained
def setup_erp(name: str, as_json: bool) -> None:
    """Create in the ERP the fields that the hub needs there. May be run again at any time."""
    with opened() as hub:
        integration = hub.integrations.named(name)
        connection = hub.connect(hub.connections.get(integration.erp_id))
        try:
            created = connection.set_up()
        finally:
            connection.close()
        hub.audit.note("setup-erp", name, after={"created": created})
    if as_json:
        click.echo(to_json({"created": created}))
    else:
        click.echo(f"Created: {', '.join(created)}." if created else "Nothing to create: all is there.")
        if created:
            click.echo("Now restart the Service Layer: it shows new fields only after that.")


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
