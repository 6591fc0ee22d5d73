"""Failures: what is wrong, in groups that one act cures; taking up again, or setting aside."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from hub.bootstrap import Hub
from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.follow import work_off_and_report
from hub.cli.options import DIRECTION, MOMENT, OBJECT, limit_option, routes_of
from hub.cli.output import as_dict, show, to_json
from hub.curing import Aside, count, meant, set_aside, take_up, take_up_message
from hub.errors import ConfigurationError
from hub.store.failure_list import Which
from hub.store.failures import OPEN_STATES, STATES, Failure
from hub.store.routes import Route

F = TypeVar("F", bound=Callable[..., Any])


def _choosing(command: F) -> F:
    """The options by which failures are chosen."""
    for option in (
        click.option("--all", "everything", is_flag=True, help="All open failures."),
        click.option("--key", default="", help="One record: its id on the source, or what people call it."),
        click.option("--detail", default="", help="Only this detail of the cause."),
        click.option("--cause", default="", help="All failures of this cause."),
        click.option("--direction", type=DIRECTION),
        click.option("--object", "object_name", type=OBJECT),
    ):
        command = option(command)
    return command


@click.group()
def failures() -> None:
    """Records that could not be synchronised, and what to do about each."""


@failures.command("list")
@name_argument
@click.option("--object", "object_name", type=OBJECT)
@click.option("--direction", type=DIRECTION)
@click.option("--cause", default="", help="Only this cause.")
@click.option("--detail", default="", help="Only this detail.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="May be given several times.")
@limit_option
@as_json
@explained
def list_failures(name: str, states: tuple[str, ...], limit: int, as_json: bool, **narrowed: Any) -> None:
    """Show failures, the newest first: what waits for a person, for time, or was tried too often."""
    with opened() as hub:
        routes = {route.id: route for route in _routes(hub, name, narrowed)}
        found = hub.failures.select(routes, states=states or OPEN_STATES, **narrowed)
    rows = [_row(failure, routes[failure.route_id]) for failure in found[:limit]]
    columns = ["object", "label", "cause", "detail", "state", "count", "last_at", "next_try", "fix"]
    show(rows, columns, as_json=as_json, empty="No failures.")
    if len(found) > limit and not as_json:
        click.echo(f"{len(found) - limit} more: add --limit or narrow the choice.")


def _row(failure: Failure, route: Route) -> dict[str, Any]:
    hidden = ("route_id", "digest", "mapping_version")
    shown = {name: value for name, value in as_dict(failure).items() if name not in hidden}
    return {"object": route.object, "direction": route.direction, **shown}


@failures.command()
@name_argument
@as_json
@explained
def groups(name: str, as_json: bool) -> None:
    """Show open failures by cause and detail, the largest group first, with what cures each."""
    with opened() as hub:
        routes = {route.id: route for route in routes_of(hub, name)}
        found = hub.failures.groups(routes)
    rows = [{**as_dict(group), "object": routes[group.route_id].object} for group in found]
    show(rows, ["count", "object", "cause", "detail", "oldest", "fix"], as_json=as_json, empty="No failures.")


@failures.command()
@name_argument
@_choosing
@click.option("--note", default="", help="Why; it is kept with the failure.")
@as_json
@explained
def acknowledge(name: str, note: str, as_json: bool, **choice: Any) -> None:
    """Set failures aside as known: they are not taken up again until their record changes."""
    _set_aside(name, "acknowledged", note, None, choice, as_json=as_json)


@failures.command()
@name_argument
@_choosing
@click.option("--until", type=MOMENT, required=True, help="They count again after this time.")
@click.option("--note", default="", help="Why; it is kept with the failure.")
@as_json
@explained
def ignore(name: str, until: datetime, note: str, as_json: bool, **choice: Any) -> None:
    """Leave failures alone until a time."""
    _set_aside(name, "ignored", note, until, choice, as_json=as_json)


def _set_aside(
    name: str, state: str, note: str, until: datetime | None, choice: dict[str, Any], *, as_json: bool
) -> None:
    with opened() as hub:
        found = _chosen(hub, name, choice)
        number = set_aside(hub, found, Aside(state, note, until), _asked(choice))
    click.echo(to_json({state: number}) if as_json else f"{number} failures {state}.")


def _chosen(hub: Hub, name: str, options: dict[str, Any]) -> Which:
    """The failures that the options of `_choosing` mean; an error where there are none, as a typing error is likely."""
    cause, detail, key = options["cause"], options["detail"], options["key"]
    if not (cause or detail or key or options["everything"]):
        raise ConfigurationError(
            "Which failures?", detail="choice", fix="Give --key, --cause (with --detail), or --all."
        )
    routes = _routes(hub, name, dict(options))
    found = meant(routes, cause=cause, detail=detail, key=key)
    if not count(hub, found):
        given = {"cause": cause, "detail": detail, "key": key}
        asked = " ".join(f"--{name} {value}" for name, value in given.items() if value)
        raise ConfigurationError(
            f"No open failure answers to {asked}." if asked else "There are no open failures.",
            detail=asked,
            fix="See `hub failures list NAME` for what there is.",
        )
    return found


def _routes(hub: Hub, name: str, options: dict[str, Any]) -> list[Route]:
    """The routes that the options mean; takes its part of the options away."""
    return routes_of(hub, name, options.pop("object_name"), options.pop("direction"))


def _asked(choice: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in choice.items() if value}


@click.command()
@name_argument
@click.argument("object_name", metavar="[OBJECT]", type=OBJECT, required=False)
@click.option("--direction", type=DIRECTION)
@click.option("--message", type=int, help="The record of this message.")
@click.option("--cause", default="", help="All failures of this cause.")
@click.option("--detail", default="", help="Only this detail of the cause.")
@click.option("--key", default="", help="One record: its id on the source, or what people call it.")
@click.option("--all", "everything", is_flag=True, help="All open failures.")
@as_json
@explained
def resync(name: str, message: int | None, as_json: bool, **choice: Any) -> None:
    """Take failures up again: each record is read afresh from its source. With --json one line per route."""
    with opened() as hub:
        if message is not None:
            jobs, records = [take_up_message(hub, name, message)], 1
        else:
            done = take_up(hub, _chosen(hub, name, choice), _asked(choice))
            jobs, records = list(done.jobs), done.records
        if not as_json:
            click.echo(f"{records} records are read afresh.", err=True)
        status = max(work_off_and_report(hub, job, as_json=as_json) for job in jobs)
    sys.exit(status)
