"""How a plan is shown: its totals, then each record and field, as a table, JSON or CSV; steps are never all held."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from hub.bootstrap import Hub
from hub.cli.output import as_dict, cell, show, to_json
from hub.hiding import masked_step
from hub.planning import OUTCOMES
from hub.store.plans import Plan, PlanStep
from hub.store.routes import Route
from objects.registry import OBJECTS

F = TypeVar("F", bound=Callable[..., Any])
#: The actions of steps, in the order in which they are counted.
ACTIONS = ("create", "update", "cancel", "link", "skip", "refuse")
#: Characters of a value in a table; the other forms show all of it.
LONGEST = 60
COLUMNS = ["action", "record", "field", "old", "new", "why", "outcome"]
CSV_COLUMNS = ["key", "label", "target_id", "action", "cause", "detail", "field", "old", "new", "outcome"]


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody wants to see a plan."""

    form: str
    #: Rows of a table.
    limit: int
    personal: bool
    actions: tuple[str, ...] = ()
    #: Only steps that ended like this; "" = those of which nothing has become yet.
    outcome: str | None = None


def looking(command: F) -> F:
    """The options that say how a plan is shown; they come as `form`, `limit`, `personal` and `as_json`."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
        click.option("--personal", is_flag=True, help="Show personal data; this is noted in the audit trail."),
        click.option(
            "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Rows of the table."
        ),
        click.option(
            "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
        ),
    ):
        command = option(command)
    return command


def choosing_steps(command: F) -> F:
    """The options that say which steps of a plan are shown; they come as `actions` and `outcome`."""
    for option in (
        click.option("--outcome", type=click.Choice(sorted(OUTCOMES)), help="Only steps that ended like this."),
        click.option(
            "--action", "actions", multiple=True, type=click.Choice(ACTIONS), help="May be given several times."
        ),
    ):
        command = option(command)
    return command


def look_of(form: str, limit: int, personal: bool, as_json: bool, **more: Any) -> Look:
    """What the options of `looking` mean."""
    return Look("json" if as_json else form, limit, personal, **more)


def show_plan(hub: Hub, plan: Plan, route: Route, look: Look, title: str) -> None:
    """Print a plan; personal values are masked unless they were asked for, which is noted."""
    hidden = OBJECTS[route.object].personal
    if look.personal and hidden:
        hub.audit.note("show personal data", f"{hub.integrations.get(route.integration_id).name} plan {plan.id}")
    steps = hub.plans.steps(plan.id, actions=look.actions, outcome=look.outcome)
    visible = steps if look.personal else (masked_step(step, hidden) for step in steps)
    if look.form == "json":
        _stream_json(hub, plan, route, visible)
        return
    head = _head(hub, plan, title)
    if look.form == "csv":
        click.echo("\n".join(head), err=True)
        _stream_csv(visible)
    else:
        click.echo("\n".join(head))
        _table(visible, look.limit, _number(plan, look))


def summed(counts: Mapping[str, int]) -> str:
    """The totals of a plan in words."""
    order = [*ACTIONS, *(name for name in counts if name not in ACTIONS)]
    parts = [f"{counts[name]} {name.replace('_', ' ')}" for name in order if counts.get(name)]
    return f"{sum(counts.values())} records" + (f": {', '.join(parts)}" if parts else "")


def became(outcomes: Mapping[str, int]) -> str:
    """What became of a plan's steps, in words; empty where nothing has yet."""
    return ", ".join(f"{outcomes[name]} {name}" for name in ("done", "stale", "failed") if outcomes.get(name))


def _head(hub: Hub, plan: Plan, title: str) -> Iterator[str]:
    yield f"{title}: {summed(plan.counts)}."
    for cause, count in sorted(plan.causes.items(), key=lambda entry: -entry[1]):
        yield f"  {count:>6}  {cause}"
    yield from (f"  {reason}" for reason in plan.reasons)
    done = became(hub.plans.outcomes(plan.id))
    if done:
        yield f"What became of it: {done}."


def _number(plan: Plan, look: Look) -> int | None:
    """How many records there are to show; None = nobody has counted them."""
    if look.outcome is not None:
        return None
    return sum(plan.counts.get(action, 0) for action in look.actions or ACTIONS)


# -- forms ----------------------------------------------------------------------------------------------------------


def _table(steps: Iterator[PlanStep], limit: int, number: int | None) -> None:
    rows: list[dict[str, Any]] = []
    shown, cut = 0, False
    for step in steps:
        if len(rows) >= limit:
            cut = True
            break
        rows += _rows(step)
        shown += 1
    if not rows:
        return
    columns = [name for name in COLUMNS if any(row.get(name) for row in rows)]
    show(rows, columns, as_json=False)
    if cut:
        more = f"{number - shown} more records" if number is not None else "There are more"
        click.echo(f"{more}: add --limit, or --format csv for all of them.")


def _rows(step: PlanStep) -> list[dict[str, Any]]:
    """A row per field; what the record is about stands in the first one."""
    why = ": ".join(part for part in (step.cause, step.detail) if part)
    first = {"action": step.action, "record": step.label or step.key, "why": why, "outcome": step.outcome}
    fields = [
        {"field": name, "old": _short(both["old"]), "new": _short(both["new"])}
        for name, both in _fields(step)
        # What is created empty is no news.
        if step.action != "create" or both["new"] not in (None, "", [])
    ]
    return [{**first, **(fields[0] if fields else {})}, *fields[1:]]


def _fields(step: PlanStep) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from (step.diff or {}).items()


def _short(value: Any) -> str:
    text = _plain(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else to_json(value)


def _stream_csv(steps: Iterator[PlanStep]) -> None:
    writer = csv.DictWriter(sys.stdout, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for step in steps:
        about = {name: value for name, value in as_dict(step).items() if name in CSV_COLUMNS}
        fields: Sequence[tuple[str, Mapping[str, Any]]] = list(_fields(step)) or [("", {})]
        for name, both in fields:
            values = {"field": name, "old": _plain(both.get("old")), "new": _plain(both.get("new"))}
            writer.writerow({column: cell(value) for column, value in {**about, **values}.items()})


def _stream_json(hub: Hub, plan: Plan, route: Route, steps: Iterator[PlanStep]) -> None:
    """One JSON object whose last part, the steps, is written as they come."""
    about = {name: value for name, value in as_dict(plan).items() if name != "route_id"}
    integration = hub.integrations.get(route.integration_id).name
    where = {"integration": integration, "object": route.object, "direction": route.direction}
    click.echo(f'{to_json({**about, **where})[:-1]},"steps":[', nl=False)
    names = ("key", "label", "action", "cause", "detail", "target_id", "outcome")
    for number, step in enumerate(steps):
        told = {name: getattr(step, name) for name in names} | {"diff": dict(step.diff or {})}
        click.echo(f"{',' if number else ''}{to_json(told)}", nl=False)
    click.echo("]}")
