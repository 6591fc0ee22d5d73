"""Seeing a job through at the command line: counts while it goes on, Ctrl+C, and what came of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hub.bootstrap import Hub
from hub.cli.app import ABORTED, FAILED
from hub.cli.output import to_json
from hub.errors import RunHeld
from hub.store.plans import Plan
from hub.store.runs import Run, Tally
from hub.working import see_through, sentence, totals

#: How far a run is, in words.
Say = Callable[[Tally], str]


def work_off_and_report(hub: Hub, job_id: int, *, as_json: bool) -> int:
    """Work a job off, or follow the worker that took it; print the result and answer the exit status."""
    run = followed_through(hub, job_id, quiet=as_json)
    report(hub, run, as_json=as_json)
    return exit_status(run)


def counted(tally: Tally) -> str:
    """What a run has done so far."""
    return sentence(tally.counts())


def followed_through(hub: Hub, job_id: int, *, quiet: bool, say: Say = counted) -> Run:
    """Work a job off, or follow the worker that took it, to its finished run."""
    with _stoppable(hub, job_id), _progress(hub, say, quiet=quiet):
        return see_through(hub, job_id, lambda text: click.echo(text, err=True))


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
def _progress(hub: Hub, say: Say, *, quiet: bool) -> Iterator[None]:
    """Counts while a run goes on: a live line on a terminal, a plain line now and then otherwise."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        hub.progress = (lambda tally: None) if quiet else _plain_lines(hub, say)
        yield
        return
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as live:
        task = live.add_task("starting")
        hub.progress = lambda tally: live.update(task, description=say(tally))
        yield


def _plain_lines(hub: Hub, say: Say) -> Callable[[Tally], None]:
    last = [hub.clock()]

    def line(tally: Tally) -> None:
        if (hub.clock() - last[0]).total_seconds() >= 10:
            last[0] = hub.clock()
            click.echo(say(tally), err=True)

    return line


def told(hub: Hub, run: Run) -> dict[str, Any]:
    """What a run did, for programs."""
    plan = hub.plans.of_run(run.id) if run.state == "held" else None
    held = {"plan": plan.id, "reasons": plan.reasons} if plan else {}
    return {"run": run.id, "state": run.state, "error": run.error, **totals(hub, run), "warnings": run.warnings, **held}


def report(hub: Hub, run: Run, *, as_json: bool) -> None:
    """Print what a run did."""
    if as_json:
        click.echo(to_json(told(hub, run)))
        return
    route = hub.routes.get(run.route_id)
    click.echo(f"{route.object} {route.direction.replace('_', ' ')}: {sentence(run.counts)}")
    for cause, count in sorted(run.causes.items(), key=lambda entry: -entry[1]):
        click.echo(f"  {count:>6}  {cause}")
    for warning in run.warnings:
        click.echo(f"Warning: {warning}", err=True)
    plan = hub.plans.of_run(run.id) if run.state == "held" else None
    if plan is not None:
        _report_held(plan, run.counts["brought"])
    else:
        report_end(run)


def _report_held(plan: Plan, brought: int) -> None:
    besides = f" but the {brought} records that it depends on" if brought else ""
    click.echo(f"The run is held as plan {plan.id}: nothing was written{besides}.", err=True)
    for reason in plan.reasons:
        click.echo(f"  {reason}", err=True)
    click.echo(f"What to do: {RunHeld.fix.replace('PLAN', str(plan.id))}", err=True)


def report_end(run: Run) -> None:
    """Say why a run did not come to its end."""
    if run.state != "done":
        click.echo(f"The run was {run.state}{f': {run.error}' if run.error else '.'}", err=True)


def exit_status(run: Run) -> int:
    """0 nothing failed, 1 some records failed, 2 the run did not come to its end."""
    if run.state != "done":
        return ABORTED
    return FAILED if run.counts.get("failed") else 0
