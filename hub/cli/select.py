"""Set Items for Synchronization: choosing records of the source, marking them, and taking the mark away."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeVar

import click

from hub.bootstrap import Hub
from hub.cli.app import FAILED, as_json, explained, opened
from hub.cli.follow import work_off_and_report
from hub.cli.options import DIRECTION
from hub.cli.output import followed, show, stream, to_json
from hub.errors import ConfigurationError
from hub.platforms.endpoint import Criteria
from hub.readiness import refuse_unready
from hub.selecting.choosing import DIRECTIONS, Choice, Chooser, Row, Show, preview, span
from hub.selecting.marking import Marker, Marking, noted
from hub.store.routes import Route
from hub.sync.pair import Pair, opened_pair
from message_log.redact import MASK
from objects.registry import OBJECTS

F = TypeVar("F", bound=Callable[..., Any])
COLUMNS = ["key", "label", "name", "group", "price", "stock", "marked", "target_id"]

object_argument = click.argument(
    "object_name", metavar="[product|customer]", type=click.Choice(sorted(DIRECTIONS)), default="product"
)
limit_option = click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
personal_option = click.option(
    "--personal", is_flag=True, help="Show names and e-mail addresses; this is noted in the audit trail."
)


class ListedByDefault(click.Group):
    """A group whose `list` may be left out: what is no command of it is an argument of `list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take an option that comes first for one of `list`."""
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a name that is no command for an argument of `list`."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["list", *args])


def _choosing(command: F) -> F:
    """The options by which records are chosen; all that are given must hold."""
    for option in (
        personal_option,
        limit_option,
        click.option("--direction", type=DIRECTION, help="Whose source is chosen from, where both ways are carried."),
        click.option("--new", "shown", flag_value="new", help="Only records that are not linked yet."),
        click.option("--unmarked", "shown", flag_value="unmarked", help="Only records that are not marked."),
        click.option("--marked", "shown", flag_value="marked", default="", help="Only records that are marked."),
        click.option("--keys", default="", help="Certain records, by their ids on the source (separated by commas)."),
        click.option("--text", default="", help="Words of the code or name."),
        click.option("--groups", help="Groups from-to, as --items."),
        click.option("--items", help="Codes from-to: A..B, or A-B where the codes have no dash; A.. has no end."),
        object_argument,
        click.argument("name"),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options of `_choosing` mean."""

    name: str
    object_name: str
    direction: str
    choice: Choice
    limit: int
    personal: bool
    #: The criteria as they were typed.
    typed: dict[str, Any]

    @classmethod
    def of(cls, options: dict[str, Any]) -> _Asked:
        """From what was typed; ConfigurationError where it makes no sense."""
        criteria = Criteria(
            codes=span("--items", options["items"]) if options["items"] else ("", ""),
            groups=span("--groups", options["groups"]) if options["groups"] else ("", ""),
            text=options["text"].strip(),
        )
        keys = tuple(key.strip() for key in options["keys"].split(",") if key.strip())
        if keys and criteria != Criteria():
            raise ConfigurationError(
                "--keys says all by itself.", detail="--keys", fix="Leave --items, --groups and --text out."
            )
        object_name = options["object_name"]
        shown: Show = options["shown"] or ""
        names = ("items", "groups", "text", "keys", "shown")
        return cls(
            name=options["name"],
            object_name=object_name,
            direction=options["direction"] or DIRECTIONS[object_name],
            choice=Choice(criteria, keys, shown),
            limit=options["limit"],
            personal=options["personal"],
            typed={name: options[name] for name in names if options[name]},
        )

    def refuse_everything(self, *, unless: bool) -> None:
        """Raise ConfigurationError where nothing narrows the choice and nobody said that all are meant."""
        if self.choice.open and not unless:
            raise ConfigurationError(
                "Which records?",
                detail="choice",
                fix="Give --items, --groups, --text or --keys; or --all for every one.",
            )

    def route(self, hub: Hub) -> Route:
        """The route whose source is chosen from."""
        return hub.routes.find(hub.integrations.named(self.name).id, self.object_name, self.direction)

    def masked(self, pair: Pair) -> bool:
        """Whether what records are called stays hidden."""
        return pair.personal and not self.personal

    def note_showing(self, hub: Hub, pair: Pair) -> None:
        """Note in the trail that personal data was shown."""
        if self.personal and pair.personal:
            hub.audit.note("show personal data", f"select {self.name} {self.object_name}")

    def noted(self, hub: Hub, pair: Pair) -> dict[str, Any]:
        """The criteria for the trail: whom somebody looked for is personal, too."""
        text = self.typed.get("text")
        return {**self.typed, "text": hub.vault.keyed_hash(text)} if pair.personal and text else self.typed


@click.group(cls=ListedByDefault)
def select() -> None:
    """Which records are carried, where a route carries only what is marked.

    `hub select NAME` is short for `hub select list NAME`.
    """


@select.command("list")
@_choosing
@click.option("--preview", "previewing", is_flag=True, help="Show what marking these would do; write nothing.")
@click.option("--after", default="", help="Go on behind this key.")
@as_json
@explained
def list_records(previewing: bool, after: str, as_json: bool, **options: Any) -> None:
    """Show records of the source in the order of their keys: which are marked, and which are linked."""
    asked = _Asked.of(options)
    with opened() as hub, opened_pair(hub, asked.route(hub)) as pair:
        asked.note_showing(hub, pair)
        rows = Chooser(pair, hub.database).rows(asked.choice, after)
        if previewing:
            _preview(rows, asked.limit, as_json=as_json, masked=asked.masked(pair))
            return
        shown = (_dict(row, as_json=as_json, masked=asked.masked(pair)) for row in islice(rows, asked.limit))
        count, last = stream(shown, COLUMNS, as_json=as_json, empty="No records.")
    if count == asked.limit and not as_json:
        click.echo(f"More: add --after {last['key']}")


@select.command()
@_choosing
@click.option("--all", "everything", is_flag=True, help="All records of the source.")
@click.option("--preview", "previewing", is_flag=True, help="Show what marking would do; write nothing.")
@click.option("--sync", "at_once", is_flag=True, help="Synchronise what was newly marked at once.")
@as_json
@explained
def mark(everything: bool, previewing: bool, at_once: bool, as_json: bool, **options: Any) -> None:
    """Mark records for synchronisation; exactly the newly marked ones are queued for the next run."""
    asked = _Asked.of(options)
    asked.refuse_everything(unless=everything)
    with opened() as hub:
        route = asked.route(hub)
        if at_once:
            refuse_unready(hub, hub.integrations.named(asked.name), route)
        with opened_pair(hub, route) as pair:
            if previewing:
                asked.note_showing(hub, pair)
                rows = Chooser(pair, hub.database).rows(asked.choice)
                _preview(rows, asked.limit, as_json=as_json, masked=asked.masked(pair))
                return
            done = _carried_out(hub, pair, asked, "mark")
        _report(done, "marked", as_json=as_json)
        status = FAILED if done.refused else 0
        if at_once:
            status = max([status, *(work_off_and_report(hub, job, as_json=as_json) for job in sorted(done.jobs))])
        elif not as_json:
            click.echo(_next(asked.name, route, done))
    sys.exit(status)


@select.command()
@_choosing
@click.option("--all", "everything", is_flag=True, help="All that are marked.")
@click.option("--preview", "previewing", is_flag=True, help="Show what would be unmarked; write nothing.")
@as_json
@explained
def unmark(everything: bool, previewing: bool, as_json: bool, **options: Any) -> None:
    """Take records out of the selection: updates stop, and nothing is removed on either side."""
    asked = _Asked.of({**options, "shown": "marked"})
    asked.refuse_everything(unless=everything)
    with opened() as hub, opened_pair(hub, asked.route(hub)) as pair:
        if previewing:
            asked.note_showing(hub, pair)
            rows = islice(Chooser(pair, hub.database).rows(asked.choice), asked.limit)
            shown = (_dict(row, as_json=as_json, masked=asked.masked(pair)) for row in rows)
            stream(shown, COLUMNS, as_json=as_json, empty="None of these is marked.")
            return
        done = _carried_out(hub, pair, asked, "unmark")
    _report(done, "unmarked", as_json=as_json)
    sys.exit(FAILED if done.refused else 0)


# -- parts ----------------------------------------------------------------------------------------------------------


def _carried_out(hub: Hub, pair: Pair, asked: _Asked, act: Literal["mark", "unmark"]) -> Marking:
    """See a marking through; what was done is in the trail also if it was broken off."""
    marker = Marker(pair, hub.database, hub.jobs, actor=hub.audit.actor, clock=hub.clock)
    progress = marker.mark(asked.choice) if act == "mark" else marker.unmark(asked.choice)
    with noted(hub.audit, act, f"{asked.name} {pair.route.name}", asked.noted(hub, pair), marker.done):
        followed(progress, marker.done, lambda done: f"{done.chosen} records, {done.changed} {act}ed", hub.clock)
    return marker.done


def _dict(row: Row, *, as_json: bool, masked: bool) -> dict[str, Any]:
    brief = row.brief
    shown: dict[str, Any] = {"key": brief.key, "label": brief.label, "name": brief.name, "group": brief.group}
    if masked:
        shown |= {"label": brief.key, "name": MASK if brief.name else ""}
    marked = row.marked if as_json else "yes" if row.marked else ""
    return {**shown, "price": row.cost, "stock": row.units, "marked": marked, "target_id": row.target_id}


def _preview(rows: Iterator[Row], limit: int, *, as_json: bool, masked: bool) -> None:
    found = preview(rows, limit)
    dicts = [{**_dict(row, as_json=as_json, masked=masked), "becomes": row.becomes} for row in found.rows]
    if as_json:
        click.echo(to_json({"counts": found.counts, "records": dicts}))
        return
    show(
        dicts,
        ["key", "label", "name", "group", "price", "stock", "target_id", "becomes"],
        as_json=False,
        empty="No records.",
    )
    words = ", ".join(f"{count} {what}" for what, count in sorted(found.counts.items()))
    click.echo(f"{found.looked} records{f': {words}' if words else ''}. Nothing was written.")
    if found.looked > len(found.rows):
        click.echo(f"{found.looked - len(found.rows)} more: add --limit.")


def _report(done: Marking, what: str, *, as_json: bool) -> None:
    refused = [
        {"key": key, "cause": error.cause, "text": str(error), "fix": error.fix}
        for key, error in sorted(done.refused.items())
    ]
    if as_json:
        click.echo(to_json({"chosen": done.chosen, what: done.changed, "jobs": sorted(done.jobs), "refused": refused}))
        return
    already = done.chosen - done.changed
    click.echo(f"{done.changed} {what}" + (f", {already} were so already." if already else "."))
    if done.without_field:
        click.echo("These records have no field of their own for it: the selection is kept in the hub alone.")
    if refused:
        click.echo(f"{len(refused)} could not be written to their own field; in the hub they are {what} all the same:")
        show(refused, ["key", "cause", "text", "fix"], as_json=False)


def _next(name: str, route: Route, done: Marking) -> str:
    if OBJECTS[route.object].initialized and route.initialization == "none":
        return f"The first load takes all that is marked: hub initialize {name} {route.object}"
    if not done.jobs:
        return "Nothing is newly marked, so nothing was queued."
    return f"Queued; the next run does it, or at once: hub sync {name} {route.object} --direction {route.direction}"
