"""The command group, what all commands share, and how errors become an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, ParamSpec, TypeVar

import click

from hub import logs
from hub.bootstrap import Hub, build
from hub.config import from_environment
from hub.errors import ConfigurationError, HubError

P = ParamSpec("P")
R = TypeVar("R")

#: Exit statuses.
FAILED, ABORTED, CONFIGURATION = 1, 2, 3

#: Command -> where it is defined; imported when it is called, so that `hub --help` stays quick.
COMMANDS = {
    "apply": "hub.cli.configure:apply",
    "audit": "hub.cli.trail:audit",
    "backfill": "hub.cli.sync:backfill",
    "cancel": "hub.cli.jobs:cancel",
    "check": "hub.cli.configure:check",
    "conflicts": "hub.cli.divergences:conflicts",
    "coverage": "hub.cli.coverage:coverage",
    "db": "hub.cli.maintain:db",
    "demo": "hub.cli.demo:demo",
    "drift": "hub.cli.divergences:drift",
    "export": "hub.cli.configure:export",
    "failures": "hub.cli.failures:failures",
    "held": "hub.cli.held:held",
    "initialize": "hub.cli.sync:initialize",
    "jobs": "hub.cli.jobs:jobs",
    "links": "hub.cli.linking:links",
    "maps": "hub.cli.maps:maps",
    "messages": "hub.cli.messages:messages",
    "pause": "hub.cli.stopping:pause",
    "plans": "hub.cli.plans:plans",
    "priority": "hub.cli.jobs:priority",
    "resume": "hub.cli.stopping:resume",
    "resync": "hub.cli.failures:resync",
    "runs": "hub.cli.look:runs",
    "sandbox": "hub.sandbox.cli:sandbox",
    "secrets": "hub.cli.maintain:secrets",
    "select": "hub.cli.select:select",
    "setup-erp": "hub.cli.configure:setup_erp",
    "stop": "hub.cli.stopping:stop",
    "sync": "hub.cli.sync:sync",
}


#: Other packages add their commands under this group of entry points.
ENTRY_POINTS = "hub.commands"


@cache
def _places() -> dict[str, str]:
    """Every command with the place where it is defined."""
    return COMMANDS | {found.name: found.value for found in entry_points(group=ENTRY_POINTS)}


class Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        return sorted(_places())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command; None for an unknown name."""
        place = _places().get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@contextmanager
def opened() -> Iterator[Hub]:
    """The hub of this process, closed at the end."""
    made = build(from_environment(os.environ))
    try:
        yield made
    finally:
        made.close()


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the hub's own errors into a sentence on stderr and an exit status; anything else is a bug and is shown."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except HubError as error:
            click.echo(f"{error.cause}: {error}", err=True)
            click.echo(f"What to do: {error.fix}", err=True)
            sys.exit(CONFIGURATION if isinstance(error, ConfigurationError) else ABORTED)

    return wrapper


@click.version_option(package_name="integration-hub", prog_name="hub")
@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@explained
def hub() -> None:
    """Keep a shop and an ERP in step.

    Data lies in HUB_HOME (./var unless set). Begin with: hub apply FILE.yaml, hub check NAME.
    """
    logs.configure(os.environ)


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
name_argument: Callable[[Callable[..., Any]], Callable[..., Any]] = click.argument("name")
