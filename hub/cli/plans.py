"""Saved previews: looking at them, doing exactly what one says, and giving it up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

import click

from hub.bootstrap import Hub
from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.follow import exit_status, followed_through, report, told
from hub.cli.options import OBJECT, limit_option, routes_of
from hub.cli.output import as_dict, show, to_json
from hub.cli.plan_output import became, choosing_steps, look_of, looking, show_plan
from hub.errors import ConfigurationError
from hub.planning import OUTCOMES, give_up
from hub.planning import apply as carry_out
from hub.planning import became as outcomes_of
from hub.store.plans import Listed, Plan, State
from hub.store.routes import Route

F = TypeVar("F", bound=Callable[..., Any])
STATES = tuple(state for state in get_args(State) if state != "making")

plan_argument: Callable[[F], F] = click.argument("plan_id", metavar="PLAN", type=int)


@click.group()
def plans() -> None:
    """Previews that were saved: what a run would do, kept to the letter until it is carried out or dropped."""


@plans.command("list")
@name_argument
@click.option("--object", "object_name", type=OBJECT)
@click.option("--state", type=click.Choice(STATES), help="Only plans in this state.")
@click.option("--kind", type=click.Choice(get_args(Listed)), help="Only saved previews, or only held runs.")
@limit_option
@as_json
@explained
def list_plans(
    name: str, object_name: str | None, state: State | None, kind: Listed | None, limit: int, as_json: bool
) -> None:
    """Show plans with their numbers, the newest first."""
    with opened() as hub:
        routes = {route.id: route for route in routes_of(hub, name, object_name)}
        found = hub.plans.newest(list(routes), kind=kind, states=[state] if state else (), limit=limit)
    columns = ["id", "kind", "route", "scope", "state", "created_at", "actor", "counts", "causes", "decided_by"]
    show(rows_of(found, routes), columns, as_json=as_json, empty="No plans.")


def rows_of(plans: Sequence[Plan], routes: dict[int, Route]) -> list[dict[str, Any]]:
    """Plans as they are listed."""
    return [{**as_dict(plan), "route": routes[plan.route_id].name} for plan in plans]


@plans.command("show")
@plan_argument
@choosing_steps
@looking
@explained
def show_one(plan_id: int, actions: tuple[str, ...], outcome: str | None, **shown: Any) -> None:
    """Show what a plan says about each record and field, and what became of each step."""
    with opened() as hub:
        show_numbered(hub, plan_id, actions, outcome, **shown)


def show_numbered(hub: Hub, plan_id: int, actions: tuple[str, ...], outcome: str | None, **shown: Any) -> None:
    """Show the plan of this number."""
    plan = hub.plans.get(plan_id)
    route = hub.routes.get(plan.route_id)
    look = look_of(**shown, actions=actions, outcome=OUTCOMES[outcome] if outcome else None)
    when = f"{plan.created_at.astimezone():%Y-%m-%d %H:%M}"
    what = {"preview": "preview", "held": "held run"}[plan.kind]
    decided = f" by {plan.decided_by}" if plan.decided_by else ""
    name = f"{hub.integrations.get(route.integration_id).name} {route.name}"
    show_plan(hub, plan, route, look, f"Plan {plan.id} of {name}, {what} of {when}, {plan.state}{decided}")


@plans.command()
@plan_argument
@as_json
@explained
def apply(plan_id: int, as_json: bool) -> None:
    """Do exactly what a saved preview says. Where a side has changed since, nothing is done: PLAN_STALE."""
    with opened() as hub:
        plan = hub.plans.get(plan_id)
        route = hub.routes.get(plan.route_id)
        status = carried_out(hub, plan, carry_out(hub, plan, route), as_json=as_json)
    sys.exit(status)


def carried_out(hub: Hub, plan: Plan, job: int, *, as_json: bool) -> int:
    """Follow the job that carries a plan out; print what became of it, answer the exit status."""
    run = followed_through(hub, job, quiet=as_json)
    if as_json:
        click.echo(to_json({**told(hub, run), "plan": plan.id, "outcomes": outcomes_of(hub, plan)}))
        return exit_status(run)
    report(hub, run, as_json=False)
    outcomes = hub.plans.outcomes(plan.id)
    click.echo(f"Plan {plan.id}: {became(outcomes) or 'nothing done'}.")
    if outcomes.get("stale"):
        newer = f"hub messages list --run {run.id} --cause PLAN_STALE"
        click.echo(f"Where a side has changed since, nothing was done. What would be done now: {newer}")
    return exit_status(run)


@plans.command()
@plan_argument
@as_json
@explained
def drop(plan_id: int, as_json: bool) -> None:
    """Give a plan up: it can not be carried out any more."""
    with opened() as hub:
        plan = hub.plans.get(plan_id)
        if plan.kind == "held":
            raise ConfigurationError(
                f"Plan {plan.id} is a held run.", detail=str(plan.id), fix=f"Give it up: hub held drop {plan.id}"
            )
        drop_and_report(hub, plan, "plans drop", as_json=as_json)


def drop_and_report(hub: Hub, plan: Plan, action: str, *, as_json: bool) -> None:
    """Give a plan up, and say what had become of it."""
    outcomes = give_up(hub, plan, action)
    if as_json:
        click.echo(to_json({"plan": plan.id, "state": "dropped"}))
    else:
        click.echo(f"Plan {plan.id} is dropped: {became(outcomes) or 'nothing was written'}.")
