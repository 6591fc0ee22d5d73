"""Looking after the installation: the databases' schema and the master key."""

from __future__ import annotations

import os

import click

from hub.bootstrap import upgrade as upgrade_databases
from hub.cli.app import as_json, explained, opened
from hub.cli.options import confirmed, yes_option
from hub.cli.output import to_json
from hub.config import from_environment
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
