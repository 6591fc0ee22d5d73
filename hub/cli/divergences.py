"""Conflicts and drift: fields in which linked records are left to differ, and what a person decides about them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import click

from hub.bootstrap import Hub
from hub.cli.app import ABORTED, FAILED, as_json, explained, name_argument, opened
from hub.cli.follow import exit_status, followed_through, report, told
from hub.cli.options import OBJECT, limit_option, routes_of
from hub.cli.output import show, to_json
from hub.deciding import Case, Decision, Winner, Wish, case_of
from hub.errors import ConfigurationError
from hub.hiding import masked
from hub.settling import book_of, links_of, owners_of, row, settle
from hub.store.divergences import Divergence, Divergences, Kind
from hub.store.integrations import Integration
from hub.store.routes import Route
from hub.store.runs import Run
from hub.sync.assemble import source_of
from objects.registry import of_kind

F = TypeVar("F", bound=Callable[..., Any])
SIDES = ("shop", "erp", "source", "target")
#: A field that is in step again needs no word; these are said of one that is not.
SKU_CHANGED, DRIFT = "SKU_CHANGED", "DRIFT"


def _listing(command: F) -> F:
    """The options of a list of divergences."""
    options: tuple[Callable[[F], F], ...] = (
        as_json,
        click.option("--personal", is_flag=True, help="Show personal data; this is noted in the audit trail."),
        limit_option,
        click.option("--after", type=int, default=0, help="Go on behind this one."),
        click.option("--object", "object_name", type=OBJECT),
        click.argument("name"),
    )
    for option in options:
        command = option(command)
    return command


@click.group()
def conflicts() -> None:
    """Fields that both sides have changed and neither owns: both versions are kept until a person decides."""


@conflicts.command("list")
@_listing
@explained
def list_conflicts(name: str, as_json: bool, **options: Any) -> None:
    """Show both versions of each field side by side."""
    columns = ["id", "object", "item", "field", "shop", "erp", "at", "choice"]
    _list(name, "conflict", columns, "Nothing is in conflict.", as_json=as_json, **options)


@click.group()
def drift() -> None:
    """Fields that were edited on the side that does not own them: left alone, and listed here."""


@drift.command("list")
@_listing
@explained
def list_drift(name: str, as_json: bool, **options: Any) -> None:
    """Show both versions of each field, and whose counts. With the setting `drift: revert` they are undone instead."""
    columns = ["id", "object", "item", "what", "field", "shop", "erp", "owner", "at"]
    _list(name, "drift", columns, "Nothing has drifted.", as_json=as_json, **options)


def _list(name: str, kind: Kind, columns: Sequence[str], empty: str, *, as_json: bool, **options: Any) -> None:
    limit, personal = options["limit"], options["personal"]
    with opened() as hub:
        integration = hub.integrations.named(name)
        routes = [route.id for route in routes_of(hub, name, options["object_name"])]
        found = book_of(hub, integration).select(kind=kind, routes=routes, after=options["after"], limit=limit)
        rows = _rows(hub, integration, found, personal=personal)
        if personal:
            hub.audit.note("show personal data", f"{name} {'conflicts' if kind == 'conflict' else kind}")
    show(rows, columns, as_json=as_json, empty=empty)
    if len(found) == limit and not as_json:
        click.echo(f"More: add --after {found[-1].id}")


def _rows(hub: Hub, integration: Integration, found: Sequence[Divergence], *, personal: bool) -> list[dict[str, Any]]:
    links = links_of(hub, integration).of(one.link_id for one in found)
    rows = []
    for one in found:
        object_type = of_kind(links[one.link_id].kind)
        hidden = frozenset[str]() if personal else object_type.personal
        owner = owners_of(integration, object_type.name).get(one.field, "")
        what = SKU_CHANGED if one.field == "code" else DRIFT
        rows.append({**row(one, links[one.link_id], hidden), "what": what, "owner": owner})
    return rows


@conflicts.command()
@name_argument
@click.argument("item")
@click.argument("winner", metavar="shop|erp|source|target|merge", type=click.Choice([*SIDES, "merge"]))
@click.option("--object", "object_name", type=OBJECT)
@click.option("--field", "fields", multiple=True, help="Only this field; with merge: FIELD=shop or FIELD=erp.")
@click.option("--set", "own", multiple=True, help="With merge: FIELD=VALUE, a value of your own.")
@as_json
@explained
def take(
    name: str,
    item: str,
    winner: str,
    object_name: str | None,
    fields: tuple[str, ...],
    own: tuple[str, ...],
    as_json: bool,
) -> None:
    """Decide whose version counts, and carry it out at once.

    ITEM is what people call the record, or its id on either side. `merge` needs a choice for each field in conflict.
    """
    wish = _wish(winner, fields, own)
    with opened() as hub:
        integration = hub.integrations.named(name)
        book = book_of(hub, integration)
        case = case_of(book, links_of(hub, integration), item, object_name)
        routes_of(hub, name, case.object_type.name)
        settled = settle(hub, integration, case, wish)
        decisions = settled.decisions
        runs = [followed_through(hub, job, quiet=as_json) for job in settled.jobs]
        left = _left(book, case, decisions)
        status = _report(hub, integration, case, decisions, runs, left, as_json=as_json)
    sys.exit(status)


def _wish(winner: str, fields: Sequence[str], own: Sequence[str]) -> Wish:
    if winner != "merge":
        wrong = next((text for text in fields if "=" in text), next(iter(own), None))
        if wrong is not None:
            raise ConfigurationError(
                f"{wrong} is a choice of its own: that is a merge.", detail=wrong, fix="Say merge instead."
            )
        return Wish(cast(Winner, winner), tuple(fields))
    each = dict(_pair("--field", text) for text in fields)
    wrong = next((name for name, side in each.items() if side not in SIDES), None)
    if wrong is not None:
        raise ConfigurationError(
            f"--field {wrong}={each[wrong]} names no side.", detail=wrong, fix=f"Write --field {wrong}=shop or =erp."
        )
    values = dict(_pair("--set", text) for text in own)
    twice = ", ".join(sorted(each.keys() & values.keys()))
    if twice:
        raise ConfigurationError(f"{twice} is decided twice.", detail=twice, fix="Give either --field or --set.")
    return Wish(None, (), cast(Mapping[str, Winner], each), values)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigurationError(
            f"{option} {text} has no value.", detail=option, fix=f"Write {option} FIELD=VALUE, such as title=shop."
        )
    return name.strip(), value


def _left(book: Divergences, case: Case, decisions: Sequence[Decision]) -> dict[str, Divergence]:
    """What was decided and is in conflict all the same."""
    known = book.of([case.link.id]).get(case.link.id, {})
    names = {one.divergence.field for one in decisions}
    return {name: one for name, one in known.items() if name in names and one.kind == "conflict"}


def _report(
    hub: Hub,
    integration: Integration,
    case: Case,
    decisions: Sequence[Decision],
    runs: Sequence[Run],
    left: Mapping[str, Divergence],
    *,
    as_json: bool,
) -> int:
    rows = _rows(hub, integration, list(left.values()), personal=False)
    status = max([FAILED if left else 0, *(exit_status(run) for run in runs)])
    if as_json:
        decided = {one.divergence.field: one.choice for one in decisions}
        ended = [told(hub, run) for run in runs]
        click.echo(to_json({"item": case.label, "decided": decided, "runs": ended, "left": rows}))
        return status
    for run in runs:
        report(hub, run, as_json=False)
    if not left:
        words = ", ".join(_words(one, case) for one in decisions)
        click.echo(f"{case.label}: the conflict is gone: {words}.")
        open_fields = sorted(case.fields.keys() - {one.divergence.field for one in decisions})
        if open_fields:
            click.echo(f"Still to be decided: {', '.join(open_fields)}; until then the record counts as failed.")
        return status
    click.echo(f"{case.label} is still in conflict:")
    show(rows, ["field", "shop", "erp", "choice"], as_json=False)
    if any(not one.choice for one in left.values()):
        click.echo("The versions have changed meanwhile: decide anew.")
    for why in _troubles(hub, case, runs):
        click.echo(why)
    return status


def _words(one: Decision, case: Case) -> str:
    side = {"shop": "the shop's version", "erp": "the ERP's version"}.get(one.choice)
    value = masked(str(one.value), one.divergence.field, case.object_type.personal)
    return f"{one.divergence.field} is {side or repr(value)}"


def _troubles(hub: Hub, case: Case, runs: Sequence[Run]) -> list[str]:
    """Why what was decided could not be carried out."""
    found = []
    for run in runs:
        route: Route = hub.routes.get(run.route_id)
        key = case.link.shop_id if source_of(route) == "shop" else case.link.erp_id
        for failure in hub.failures.of(route.id, [str(key)]).values():
            found.append(f"{route.name}: {failure.cause}: {failure.text} What to do: {failure.fix}")
        if run.causes.get("NOT_MARKED"):
            found.append(f"{route.name}: NOT_MARKED: the record is not carried. What to do: hub select mark")
    if any(exit_status(run) == ABORTED for run in runs):
        found.append("What was decided is kept, and the next run that comes to its end carries it out.")
    return found
