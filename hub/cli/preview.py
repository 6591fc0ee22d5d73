"""Previews: a job that writes nothing is worked off, and what it would do is shown, or kept as a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hub.bootstrap import Hub
from hub.cli.app import ABORTED
from hub.cli.follow import followed_through, report_end, told
from hub.cli.output import to_json
from hub.cli.plan_output import Look, look_of, looking, show_plan
from hub.errors import ConfigurationError
from hub.starting import look as look_at
from hub.store.job import Request
from hub.store.runs import Tally

F = TypeVar("F", bound=Callable[..., Any])


def previewing(command: F) -> F:
    """The options of a command that can show what it would do; they come as `dry_run`, `save` and those of looking."""
    for option in (
        click.option("--save", is_flag=True, help="Keep the preview as a plan: `hub plans apply` does exactly that."),
        click.option("--dry-run", is_flag=True, help="Show what would be done, record by record; write nothing."),
        looking,
    ):
        command = option(command)
    return command


def wanted(dry_run: bool, save: bool, **shown: Any) -> Look | None:
    """How the preview is shown that somebody asked for; None = it is meant in earnest."""
    look = look_of(**shown)
    if dry_run:
        return look
    given = {"--save": save, "--personal": look.personal, "--format": look.form == "csv"}
    alone = next((name for name, is_given in given.items() if is_given), None)
    if alone:
        raise ConfigurationError(f"{alone} belongs to a preview.", detail=alone, fix="Add --dry-run, or leave it out.")
    return None


def preview(hub: Hub, request: Request, look: Look, *, save: bool) -> int:
    """Show what a request would do; answers the exit status. A plan that is not to be kept is gone afterwards."""
    job = look_at(hub, request, saved=save)
    run = followed_through(hub, job, quiet=look.form == "json", say=_looked_at)
    plan = hub.plans.of_run(run.id)
    if plan is None:
        if look.form == "json":
            click.echo(to_json(told(hub, run)))
        else:
            report_end(run)
        return ABORTED
    route = hub.routes.get(request.route_id)
    try:
        title = f"Preview of {route.object} {route.direction.replace('_', ' ')}"
        show_plan(hub, plan, route, look, title)
    finally:
        if save:
            name = hub.integrations.get(route.integration_id).name
            hub.audit.note("plans save", f"{name} {route.name}", after={"plan": plan.id, **plan.counts})
        else:
            hub.plans.forget(plan.id)
    if look.form != "json":
        click.echo(_next(plan.id, save=save), err=look.form == "csv")
    return 0


def _looked_at(tally: Tally) -> str:
    return f"{tally.read} looked at"


def _next(plan: int, *, save: bool) -> str:
    if not save:
        return "Nothing was written. To keep a preview and do exactly what it says: add --save."
    return f"Nothing was written. Kept as plan {plan}; to do exactly this: hub plans apply {plan}"
