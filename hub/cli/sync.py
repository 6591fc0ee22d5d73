"""Putting jobs in and seeing them through: initialize, sync, backfill."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.cli.app import ABORTED, FAILED, as_json, explained, name_argument, opened
from hub.cli.output import to_json
from hub.errors import ConfigurationError
from hub.store.integrations import Integration
from hub.store.jobs import BACKFILL, Request, Wanted
from hub.store.routes import Route
from hub.store.runs import Run, Tally
from hub.working import see_through, sentence, totals
from objects.registry import OBJECTS

object_argument = click.argument("object_name", metavar="OBJECT", type=click.Choice(sorted(OBJECTS)))
direction_option = click.option(
    "--direction", type=click.Choice(["shop_to_erp", "erp_to_shop"]), help="Where an object is synchronised both ways."
)


@click.command()
@name_argument
@object_argument
@direction_option
@as_json
@explained
def initialize(name: str, object_name: str, direction: str | None, as_json: bool) -> None:
    """Load an object for the first time: match and link what exists, create only what does not."""
    with opened() as hub:
        integration = hub.integrations.named(name)
        route = hub.routes.find(integration.id, object_name, direction)
        if not OBJECTS[object_name].initialized:
            raise ConfigurationError(
                "Orders have no first load: they are imported from a moment on.",
                detail="order_cut_over",
                fix="Set order_cut_over in the integration's file; older orders come by `hub backfill`.",
            )
        hub.audit.note("initialize", f"{name} {route.name}")
        job = hub.jobs.put(Request(route.id, "initialize", "initialize", hub.audit.actor), hub.clock())
        status = work_off_and_report(hub, job, as_json=as_json)
    sys.exit(status)


@click.command()
@name_argument
@object_argument
@direction_option
@click.option("--keys", help="Only these records, by their ids on the source (separated by commas).")
@click.option("--full", is_flag=True, help="Read and compare everything, not only what changed.")
@as_json
@explained
def sync(name: str, object_name: str, direction: str | None, keys: str | None, full: bool, as_json: bool) -> None:
    """Synchronise an object now: what changed since the last run, or certain records."""
    with opened() as hub:
        integration = hub.integrations.named(name)
        route = hub.routes.find(integration.id, object_name, direction)
        refuse_unready(integration, route)
        wanted = [Wanted(key.strip()) for key in (keys or "").split(",") if key.strip()]
        scope: Any = "keys" if wanted else "full" if full else "changes"
        request = Request(route.id, scope, "sync now", hub.audit.actor, keys=wanted)
        hub.audit.note("sync now", f"{name} {route.name}", after={"scope": scope, "keys": [w.key for w in wanted]})
        status = work_off_and_report(hub, hub.jobs.put(request, hub.clock()), as_json=as_json)
    sys.exit(status)


@click.command()
@name_argument
@click.option("--from", "start", help="Orders created from this moment on (ISO, with zone: 2026-11-01T00:00+01:00).")
@click.option("--to", "end", help="Orders created up to this moment.")
@click.option("--numbers", help="Orders of these numbers, first and last: 1001-1099.")
@as_json
@explained
def backfill(name: str, start: str | None, end: str | None, numbers: str | None, as_json: bool) -> None:
    """Import orders from before the cut-over, by period or by number."""
    limits = backfill_limits(start, end, numbers)
    with opened() as hub:
        integration = hub.integrations.named(name)
        route = hub.routes.find(integration.id, "order", "shop_to_erp")
        request = Request(route.id, "range", "backfill", hub.audit.actor, priority=BACKFILL, limits=limits)
        hub.audit.note("backfill", f"{name} {route.name}", after=limits)
        status = work_off_and_report(hub, hub.jobs.put(request, hub.clock()), as_json=as_json)
    sys.exit(status)


def backfill_limits(start: str | None, end: str | None, numbers: str | None) -> dict[str, Any]:
    """Limits of a range job from what was typed; ConfigurationError where they make no range."""
    if numbers:
        first, dash, last = (part.strip() for part in numbers.partition("-"))
        if start or end or not dash or not first.isdecimal() or not last.isdecimal() or int(first) > int(last):
            raise ConfigurationError(
                f"--numbers {numbers} is no range.",
                detail="--numbers",
                fix="Write first and last: --numbers 1001-1099.",
            )
        return {"numbers": [first, last]}
    if not start:
        raise ConfigurationError(
            "A backfill needs a period or a range of numbers.",
            detail="--from",
            fix="Give --from (and --to), or --numbers.",
        )
    limits = {"from": _moment("--from", start)} | ({"to": _moment("--to", end)} if end else {})
    if limits.get("to", limits["from"]) < limits["from"]:
        raise ConfigurationError("--to lies before --from.", detail="--to", fix="Exchange the two moments.")
    return limits


def _moment(option: str, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{option} {text} is no time.", detail=option, fix="Write it like 2026-11-01T00:00+01:00."
        ) from error
    if moment.tzinfo is None:
        raise ConfigurationError(
            f"{option} {text} lacks its zone.", detail=option, fix="Write it like 2026-11-01T00:00+01:00."
        )
    return moment.isoformat()


def refuse_unready(integration: Integration, route: Route) -> None:
    """Raise ConfigurationError where a route may not run yet, with what comes first."""
    if OBJECTS[route.object].initialized:
        if route.initialization == "none":
            raise ConfigurationError(
                f"{route.name} is not initialised yet.",
                detail=route.name,
                fix=f"Run: hub initialize {integration.name} {route.object}",
            )
    elif integration_settings.load(integration.settings)["order_cut_over"] is None:
        raise ConfigurationError(
            "Orders have no cut-over: from which moment on are they imported?",
            detail="order_cut_over",
            fix="Set order_cut_over (with date, time and zone) in the integration's file and run `hub apply`.",
        )


# -- seeing a job through ---------------------------------------------------------------------------------------------


def work_off_and_report(hub: Hub, job_id: int, *, as_json: bool) -> int:
    """Work a job off, or follow the worker that took it; print the result and answer the exit status."""
    with _stoppable(hub, job_id), _progress(hub, quiet=as_json):
        run = see_through(hub, job_id, lambda text: click.echo(text, err=True))
    report(hub, run, as_json=as_json)
    return exit_status(run)


@contextmanager
def _stoppable(hub: Hub, job_id: int) -> Iterator[None]:
    """Let the first Ctrl+C stop the run between two pages, and only the second one break it off."""
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        click.echo("Stopping after the records under way. Ctrl+C again breaks off; the next run goes on.", err=True)
        # In a thread of its own: the signal may have come in the middle of a transaction of this one.
        threading.Thread(target=hub.jobs.request_cancel, args=(job_id,)).start()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(hub: Hub, *, quiet: bool) -> Iterator[None]:
    """Counts while a run goes on: a live line on a terminal, a plain line now and then otherwise."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        hub.progress = (lambda tally: None) if quiet else _plain_lines(hub)
        yield
        return
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as live:
        task = live.add_task("starting")
        hub.progress = lambda tally: live.update(task, description=sentence(tally.counts()))
        yield


def _plain_lines(hub: Hub) -> Callable[[Tally], None]:
    last = [hub.clock()]

    def line(tally: Tally) -> None:
        if (hub.clock() - last[0]).total_seconds() >= 10:
            last[0] = hub.clock()
            click.echo(sentence(tally.counts()), err=True)

    return line


def report(hub: Hub, run: Run, *, as_json: bool) -> None:
    """Print what a run did."""
    if as_json:
        click.echo(to_json({"run": run.id, "state": run.state, "error": run.error, **totals(hub, run)}))
        return
    route = hub.routes.get(run.route_id)
    click.echo(f"{route.object} {route.direction.replace('_', ' ')}: {sentence(run.counts)}")
    for cause, count in sorted(run.causes.items(), key=lambda entry: -entry[1]):
        click.echo(f"  {count:>6}  {cause}")
    if run.state != "done":
        click.echo(f"The run was {run.state}{f': {run.error}' if run.error else '.'}", err=True)


def exit_status(run: Run) -> int:
    """0 nothing failed, 1 some records failed, 2 the run did not come to its end."""
    if run.state != "done":
        return ABORTED
    return FAILED if run.counts.get("failed") else 0
