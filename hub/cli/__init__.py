"""The command line: one `hub` for everything an operator can do."""

from __future__ import annotations

import sys

import click
from sqlalchemy.exc import DBAPIError

from hub.cli.app import ABORTED, CONFIGURATION, hub


def main() -> None:
    """Entry point of the `hub` command; its exit status is 0, 1 (records failed), 2 (run aborted) or 3 (settings).

    A command that is typed wrongly counts as a wrong setting: 2 is what a run says that did not come to its end.
    """
    try:
        hub.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(CONFIGURATION)
    except click.Abort:
        click.echo("Broken off.", err=True)
        sys.exit(ABORTED)
    except DBAPIError as error:
        click.echo(f"The database does not serve us: {error.orig}", err=True)
        click.echo("What to do: check HUB_DATABASE_URL and HUB_LOG_URL, or restore the backup.", err=True)
        sys.exit(CONFIGURATION)
    except OSError as error:
        click.echo(f"{error.strerror}: {error.filename}", err=True)
        click.echo("What to do: check the path and its permissions. HUB_HOME says where the hub's data are.", err=True)
        sys.exit(CONFIGURATION)
