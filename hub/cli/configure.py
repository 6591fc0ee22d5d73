"""Setting an integration up: its file, its checks, and the fields the ERP needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from hub import settings as integration_settings
from hub.changes import moves, values
from hub.checking import examined
from hub.cli.app import CONFIGURATION, as_json, explained, name_argument, opened
from hub.cli.output import to_json
from hub.configuration import applying, exporting
from hub.configuration.difference import Change
from hub.configuration.faults import FaultyFile
from hub.configuration.file import read
from hub.configuration.standstill import refuse_stopped
from hub.errors import ConfigurationError
from hub.platforms.platform import Finding
from hub.store.drafts import Drafts


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--diff", "--check", "only_show", is_flag=True, help="Show what would change, old -> new; write nothing.")
@click.option(
    "--prune",
    is_flag=True,
    help="Take back what FILE does not name: map entries, settings, fields, freeze windows, schedules; "
    "routes are switched off.",
)
@as_json
@explained
def apply(file: Path, only_show: bool, prune: bool, as_json: bool) -> None:
    """Set an integration up, or change it, as FILE says. What the file does not name stays, unless --prune is given.

    See first what it would do: --diff, or --diff --prune.
    """
    text = _text(file)
    with opened() as hub:
        try:
            described = read(text, os.environ, str(file))
            act = applying.preview if only_show else applying.apply
            changes = act(described, hub, prune=prune)
            if changes and not only_show:
                drafts = Drafts(hub.database, hub.vault)
                drafts.note_deployed(described.name, now=hub.clock(), actor=hub.audit.actor)
        except FaultyFile as faulty:
            if not as_json:
                raise
            click.echo(to_json({"applied": False, "changes": [], "faults": faulty.faults}))
            sys.exit(CONFIGURATION)
    if as_json:
        click.echo(to_json({"applied": not only_show, "changes": changes, "faults": []}))
        return
    lines = [line for change in changes for line in _lines(change)]
    for line in lines:
        click.echo(line)
    if not changes:
        click.echo(f"{described.name} is as the file says; nothing to change.")
    elif only_show:
        count = "1 change" if len(lines) == 1 else f"{len(lines)} changes"
        click.echo(f"{count} would be made; nothing was written.")
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


def _lines(change: Change) -> Iterator[str]:
    """A change as people read it: a line per value that is another one, a line for what is new or gone."""
    if change.before is None:
        yield f"new      {change.what}: {values(change.after)}"
    elif change.after is None:
        yield f"removed  {change.what}: {values(change.before)}"
    else:
        for move in moves(change.before, change.after, change.what):
            yield f"changed  {change.what}: {move}"


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
        found = examined(hub, name)
    wrong = sum(1 for finding in found if not finding.ok and finding.blocking)
    if as_json:
        click.echo(to_json({"ok": not wrong, "findings": found}))
    else:
        for finding in found:
            click.echo(_line(finding))
        click.echo(f"{wrong} things to mend." if wrong else "Nothing stands in the way.")
    sys.exit(CONFIGURATION if wrong else 0)


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
        stored = hub.connections.get(integration.erp_id)
        refuse_stopped(stored, integration_settings.zone(integration_settings.load(integration.settings)))
        connection = hub.connect(stored)
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
