"""Putting jobs in and seeing them through: initialize, sync, backfill."""

from __future__ import annotations

import sys
from typing import Any

import click

from hub.backfilling import limits_of
from hub.bootstrap import Hub
from hub.cli.app import explained, name_argument, opened
from hub.cli.follow import work_off_and_report
from hub.cli.plan_output import Look
from hub.cli.preview import preview, previewing, wanted
from hub.readiness import refuse_unready
from hub.starting import backfill as orders_between
from hub.starting import first_load, start
from hub.store.job import Request, Wanted
from hub.working import taken_by
from objects.registry import OBJECTS

object_argument = click.argument("object_name", metavar="OBJECT", type=click.Choice(sorted(OBJECTS)))
direction_option = click.option(
    "--direction", type=click.Choice(["shop_to_erp", "erp_to_shop"]), help="Where an object is synchronised both ways."
)


@click.command()
@name_argument
@object_argument
@direction_option
@previewing
@explained
def initialize(name: str, object_name: str, direction: str | None, **options: Any) -> None:
    """Load an object for the first time: match and link what exists, create only what does not."""
    look = wanted(**options)
    with opened() as hub:
        integration = hub.integrations.named(name)
        route = hub.routes.find(integration.id, object_name, direction)
        status = _shown_or_done(hub, first_load(route, hub.audit.actor), look, **options)
    sys.exit(status)


@click.command()
@name_argument
@object_argument
@direction_option
@click.option("--keys", help="Only these records, by their ids on the source (separated by commas).")
@click.option("--full", is_flag=True, help="Read and compare everything, not only what changed.")
@click.option("--no-wait", is_flag=True, help="Leave it to the workers, and only say which one took it.")
@previewing
@explained
def sync(
    name: str, object_name: str, direction: str | None, keys: str | None, full: bool, no_wait: bool, **options: Any
) -> None:
    """Synchronise an object now: what changed since the last run, or certain records."""
    look = wanted(**options)
    with opened() as hub:
        integration = hub.integrations.named(name)
        route = hub.routes.find(integration.id, object_name, direction)
        if look is None or not OBJECTS[object_name].initialized:
            refuse_unready(hub, integration, route)
        chosen = [Wanted(key.strip()) for key in (keys or "").split(",") if key.strip()]
        scope: Any = "keys" if chosen else "full" if full else "changes"
        request = Request(route.id, scope, "sync now", hub.audit.actor, keys=chosen)
        if no_wait and look is None:
            click.echo(taken_by(hub, start(hub, request)))
            return
        status = _shown_or_done(hub, request, look, **options)
    sys.exit(status)


@click.command()
@name_argument
@click.option("--from", "begin", help="Orders created from this moment on (ISO, with zone: 2026-11-01T00:00+01:00).")
@click.option("--to", "end", help="Orders created up to this moment.")
@click.option("--numbers", help="Orders of these numbers, first and last: 1001-1099.")
@previewing
@explained
def backfill(name: str, begin: str | None, end: str | None, numbers: str | None, **options: Any) -> None:
    """Import orders from before the cut-over, by period or by number."""
    look = wanted(**options)
    limits = limits_of(begin, end, numbers)
    with opened() as hub:
        integration = hub.integrations.named(name)
        route = hub.routes.find(integration.id, "order", "shop_to_erp")
        status = _shown_or_done(hub, orders_between(route, limits, hub.audit.actor), look, **options)
    sys.exit(status)


def _shown_or_done(hub: Hub, request: Request, look: Look | None, *, save: bool, as_json: bool, **shown: Any) -> int:
    """Show what a request would do, or do it. Answers the exit status."""
    if look is None:
        as_json = as_json or shown["form"] == "json"
        return work_off_and_report(hub, start(hub, request), as_json=as_json)
    return preview(hub, request, look, save=save)
