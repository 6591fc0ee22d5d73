"""Housekeeping at the command line: what was done at quiet hours, and doing it now."""

from __future__ import annotations

import sys
from typing import Any

import click

from hub.bootstrap import Hub
from hub.cli.app import FAILED, as_json, explained, opened
from hub.cli.output import show, to_json
from hub.configuration.standstill import shown
from hub.errors import ConfigurationError
from hub.store.chores import Chore, Chores
from scheduler.chores import Report
from scheduler.housekeeping import COMMON, KINDS, Housekeeper, Task, tasks

integration_option = click.option("--integration", "name", metavar="NAME", help="Only this integration's.")


@click.group()
def housekeeping() -> None:
    """What is done by itself at quiet hours: retention, comparison of keys, open orders, tidying."""


@housekeeping.command("list")
@integration_option
@as_json
@explained
def list_chores(name: str | None, as_json: bool) -> None:
    """Show each chore: when it is next done, and what it came to last time."""
    with opened() as hub:
        known = Chores(hub.database).all()
        rows = [_row(task, known.get(task.name), as_json=as_json) for task in _chosen(hub, None, name)]
    columns = ("chore", "integration", "next", "last", "seconds", "outcome")
    show(rows, columns, as_json=as_json, empty="There is no integration yet.")


@housekeeping.command()
@click.argument("chore", required=False, type=click.Choice(KINDS))
@integration_option
@click.option("--dry-run", is_flag=True, help="Only say what retention would remove from the message log.")
@as_json
@explained
def run(chore: str | None, name: str | None, dry_run: bool, as_json: bool) -> None:
    """Do chores now: all of them, or one kind. Ends with status 1 where something is to be looked at."""
    if dry_run and chore not in (None, "retention"):
        raise ConfigurationError(
            f"{chore} has no dry run.", detail="--dry-run", fix="Use it with retention: only that removes history."
        )
    with opened() as hub:
        chosen = _chosen(hub, "retention" if dry_run else chore, name)
        if not dry_run:
            what = {"chore": chore or "all"}
            hub.audit.note("housekeeping run", name or "all integrations", after=what)
        reports = []
        for task, report in Housekeeper(hub).run(chosen, only_count=dry_run):
            reports.append((task, report))
            if not as_json:
                click.echo(f"{task.label}: {'WARNING: ' if report.warning else ''}{report.text}")
    if as_json:
        click.echo(to_json([_reported(task, report) for task, report in reports]))
    if any(report.warning for _, report in reports):
        sys.exit(FAILED)


def _chosen(hub: Hub, kind: str | None, name: str | None) -> list[Task]:
    """The chores that are meant; ConfigurationError where there is no such integration, or nothing to choose from."""
    wanted = hub.integrations.named(name) if name is not None else None
    if wanted is not None and kind in COMMON:
        fix = "Leave --integration out."
        raise ConfigurationError(f"{kind} belongs to no integration.", detail=wanted.name, fix=fix)
    return [
        task
        for task in tasks(hub)
        if kind in (None, task.kind)
        and (wanted is None or (task.integration is not None and task.integration.id == wanted.id))
    ]


def _row(task: Task, known: Chore | None, *, as_json: bool) -> dict[str, Any]:
    integration = task.integration.name if task.integration else ""
    times: dict[str, Any] = {"next": known and known.next_at, "last": known and known.last_at}
    if not as_json:
        times = {name: at and shown(at, task.quiet.zone) for name, at in times.items()}
    seconds = round(known.last_seconds, 1) if known and known.last_seconds is not None else None
    outcome = known.outcome if known else ""
    return {"chore": task.kind, "integration": integration, **times, "seconds": seconds, "outcome": outcome}


def _reported(task: Task, report: Report) -> dict[str, Any]:
    return {
        "chore": task.kind,
        "integration": task.integration.name if task.integration else None,
        "text": report.text,
        "warning": report.warning,
        **report.figures,
    }
