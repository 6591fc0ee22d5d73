"""Held runs: what a run would have done that nobody believed, released or dropped by a person."""

from __future__ import annotations

import sys
from typing import Any

import click

from hub.bootstrap import Hub
from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.options import OBJECT, limit_option, routes_of
from hub.cli.output import show
from hub.cli.plan_output import choosing_steps, looking
from hub.cli.plans import carried_out, drop_and_report, plan_argument, rows_of, show_numbered
from hub.errors import ConfigurationError
from hub.planning import UNDECIDED
from hub.planning import release as let_go
from hub.store.plans import Plan


@click.group()
def held() -> None:
    """Runs that would have changed more than is plausible: nothing was written, and a person decides."""


@held.command("list")
@name_argument
@click.option("--object", "object_name", type=OBJECT)
@limit_option
@as_json
@explained
def list_held(name: str, object_name: str | None, limit: int, as_json: bool) -> None:
    """Show held runs that wait for a decision, or that were released and not carried out to their end."""
    with opened() as hub:
        routes = {route.id: route for route in routes_of(hub, name, object_name)}
        found = hub.plans.newest(list(routes), kind="held", states=UNDECIDED, limit=limit)
    columns = ["id", "route", "state", "created_at", "counts", "reasons"]
    show(rows_of(found, routes), columns, as_json=as_json, empty="No run is held.")


@held.command("show")
@plan_argument
@choosing_steps
@looking
@explained
def show_held(plan_id: int, actions: tuple[str, ...], outcome: str | None, **shown: Any) -> None:
    """Show what a held run would do to each record and field."""
    with opened() as hub:
        _held(hub, plan_id)
        show_numbered(hub, plan_id, actions, outcome, **shown)


@held.command()
@plan_argument
@as_json
@explained
def release(plan_id: int, as_json: bool) -> None:
    """Let a held run do exactly what it shows. Where a side has changed since, nothing is done: PLAN_STALE."""
    with opened() as hub:
        plan = _held(hub, plan_id)
        route = hub.routes.get(plan.route_id)
        status = carried_out(hub, plan, let_go(hub, plan, route), as_json=as_json)
    sys.exit(status)


@held.command()
@plan_argument
@as_json
@explained
def drop(plan_id: int, as_json: bool) -> None:
    """Give a held run up: nothing is written, and the next run judges anew."""
    with opened() as hub:
        drop_and_report(hub, _held(hub, plan_id), "held drop", as_json=as_json)


def _held(hub: Hub, plan_id: int) -> Plan:
    plan = hub.plans.get(plan_id)
    if plan.kind != "held":
        raise ConfigurationError(
            f"Plan {plan_id} is a preview, no held run.", detail=str(plan_id), fix=f"See: hub plans show {plan_id}"
        )
    return plan
