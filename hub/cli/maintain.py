"""Looking after the installation: the databases' schema and the master key."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hub.bootstrap import upgrade as upgrade_databases
from hub.cli.app import as_json, explained, opened
from hub.cli.options import confirmed, yes_option
from hub.cli.output import to_json
from hub.config import from_environment
from hub.store.backup import back_up
from hub.store.rotation import rotate as rotate_keys


@click.group()
def db() -> None:
    """The databases."""


@db.command()
@explained
def upgrade() -> None:
    """Bring both databases to this release's schema. Every command does so; this one does nothing else."""
    upgrade_databases(from_environment(os.environ))
    click.echo("Store and message log are at this release's schema.")


@db.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@as_json
@explained
def backup(folder: Path, as_json: bool) -> None:
    """Copy store and message log into FOLDER, which is new or empty, while the hub may be at work (SQLite only).

    The master key is not copied: keep a copy of it somewhere else.
    """
    sizes = back_up(from_environment(os.environ), folder)
    if as_json:
        click.echo(to_json({"folder": folder.absolute().as_posix(), "files": sizes}))
        return
    for name, size in sizes.items():
        click.echo(f"{folder / name}: {size:,} bytes")
    click.echo("The key is not in it; keep a copy of it somewhere else.")


@click.group()
def secrets() -> None:
    """The key that encrypts credentials and payloads."""


@secrets.command()
@yes_option
@as_json
@explained
def rotate(yes: bool, as_json: bool) -> None:
    """Change the master key: credentials and data keys are encrypted anew, payloads stay as they are.

    With HUB_KEY put the new key in front of the old one first ("new,old"), rotate, then take the old one away.
    """
    config = from_environment(os.environ)
    with opened() as hub:
        where = "HUB_KEY" if config.keys else str(config.key_file)
        confirmed(f"Encrypt all secrets with {'the first key of HUB_KEY' if config.keys else 'a new key'}?", yes=yes)
        count = rotate_keys(config, hub.database)
        hub.audit.note("secrets rotate", where, after={"secrets": count})
    click.echo(to_json({"secrets": count}) if as_json else f"{count} secrets are under the new key ({where}).")
