"""The message log: looking through it, one message in full, taking it out, and erasing a person."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.options import DIRECTION, MOMENT, OBJECT, confirmed, limit_option, yes_option
from hub.cli.output import as_dict, show, to_json
from hub.errors import ConfigurationError
from hub.log_export import Export, Form
from hub.looking import details, note_showing, queries, spellings
from hub.store.divergences import Divergences
from hub.store.pairings import Pairings
from message_log.detail import Body, Detail
from message_log.entries import Verdict
from message_log.erase import Eraser
from message_log.queries import Entry, Queries
from message_log.redact import MASK
from message_log.streams import OPEN, Filters

F = TypeVar("F", bound=Callable[..., Any])
COLUMNS = ["id", "opened_at", "integration", "object", "label", "action", "verdict", "cause", "detail"]
personal_option = click.option("--personal", is_flag=True, help="Show personal data; this is noted in the audit trail.")


def _filters(command: F) -> F:
    """The options that narrow a search; all that are given must hold."""
    for option in (
        click.option("--integration", help="Of this integration."),
        click.option("--object", type=OBJECT),
        click.option("--direction", type=DIRECTION),
        click.option("--verdict", type=click.Choice([*(verdict.value for verdict in Verdict), OPEN])),
        click.option("--cause", help="Of this cause or reason."),
        click.option("--run", type=int, help="Of this run."),
        click.option("--ident", help="A key, an id of either side, an order number or SKU, exactly."),
        click.option("--person", help="An e-mail address, phone number or customer id."),
        click.option("--since", type=MOMENT, help="Opened at this time or later."),
        click.option("--until", type=MOMENT, help="Opened before this time."),
        click.option("--text", help="Words in keys, ids, causes and details; abc* is a beginning."),
    ):
        command = option(command)
    return command


def _wanted(options: dict[str, Any]) -> Filters:
    verdict = options.pop("verdict")
    options["spelled"] = spellings(options["ident"] or "")
    return Filters(**options, verdict=verdict if verdict in (None, OPEN) else Verdict(verdict))


@click.group()
def messages() -> None:
    """The message log: what became of every record, with what was sent and answered."""


@messages.command("list")
@_filters
@click.option("--before", type=int, help="Go on behind this message (towards the past).")
@limit_option
@click.option("--count", is_flag=True, help="Only how many there are (counted up to 10,000).")
@personal_option
@as_json
@explained
def list_messages(before: int | None, limit: int, count: bool, personal: bool, as_json: bool, **options: Any) -> None:
    """Show messages, the newest first."""
    filters = _wanted(options)
    with opened() as hub:
        if count:
            found = queries(hub).count(filters)
            click.echo(to_json({"count": found.number, "more": found.more}) if as_json else str(found))
            return
        if personal:
            note_showing(hub, "messages list", filters)
        page = queries(hub).page(filters, before=before, limit=limit, personal=personal)
    if as_json:
        click.echo(to_json({"messages": page.entries, "older": page.older}))
        return
    # What is masked is told apart by its key.
    rows = [{**as_dict(entry), "label": _called(entry)} for entry in page.entries]
    show(rows, COLUMNS, as_json=False, empty="No messages.")
    if page.older is not None:
        click.echo(f"Older ones: add --before {page.older}")


def _called(entry: Entry) -> str:
    return entry.key if entry.label in (None, MASK) else str(entry.label)


@messages.command("show")
@click.argument("message", type=int)
@personal_option
@as_json
@explained
def show_message(message: int, personal: bool, as_json: bool) -> None:
    """Show one message with its payloads, attempts and calls."""
    with opened() as hub:
        detail = details(hub).show(message, personal=personal)
        if detail is None:
            raise ConfigurationError(
                f"There is no message {message}.", detail=str(message), fix="See `hub messages list`."
            )
        if personal:
            hub.audit.note("show personal data", f"message {message}")
    click.echo(to_json(detail) if as_json else "\n".join(_lines(detail)))


def _lines(detail: Detail) -> Iterator[str]:
    entry = detail.entry
    yield f"Message {entry.id}: {entry.object} {_called(entry)} ({entry.integration}, {entry.direction})"
    yield f"  {entry.action} -> {entry.verdict or 'open'}   {entry.source_id or '-'} -> {entry.target_id or '-'}"
    by = f" by {entry.actor}" if entry.actor else ""
    yield f"  opened {entry.opened_at:%Y-%m-%d %H:%M:%S %Z} in run {entry.run}, because of {entry.reason}{by}"
    if entry.cause:
        yield f"  {entry.cause}: {entry.detail or ''}"
        yield f"  What to do: {entry.fix or 'nothing.'}"
    elif entry.detail:
        yield f"  {entry.detail}"
    if entry.follows:
        yield f"  follows message {entry.follows}"
    if entry.resolved_by:
        yield f"  resolved by message {entry.resolved_by}"
    for child in detail.children:
        yield f"  {child.kind}: {child.source_id or '-'} -> {child.target_id or '-'} {child.action or ''}"
    for title, body in (("Source", detail.source), ("Canonical", detail.canonical), ("Difference", detail.diff)):
        yield from _body(title, body)
    for attempt in detail.attempts:
        yield f"Attempt {attempt.number}: {attempt.verdict} in {attempt.duration_ms} ms {attempt.detail or ''}"
        for call in attempt.exchanges:
            answer = call.status if call.status is not None else f"no answer ({call.error})"
            yield f"  {call.method} {call.connection} {call.operation} {call.path} -> {answer}, {call.duration_ms} ms"
            yield from _body("  Sent", call.request)
            yield from _body("  Answered", call.response)


def _body(title: str, body: Body | None) -> Iterator[str]:
    if body is None:
        return
    text = body.text if body.text is not None else f"({body.kept}, {body.size} bytes)"
    query = f"?{body.query} " if body.query else ""
    yield f"{title}: {query}{text}"


@messages.command("export")
@_filters
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@personal_option
@explained
def export_messages(form: Form, output: Path | None, personal: bool, **options: Any) -> None:
    """Write all messages that match, the oldest first, as JSON Lines or CSV."""
    filters = _wanted(options)
    with opened() as hub, _writing(output) as file:
        export = Export(hub, filters, form, personal)
        file.writelines(export.parts())
    click.echo(f"{export.rows} messages.", err=True)


@contextmanager
def _writing(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        yield file


@messages.command()
@name_argument
@click.option("--customer", "customers", multiple=True, help="The customer's id in the shop.")
@click.option("--email", "emails", multiple=True)
@click.option("--phone", "phones", multiple=True)
@yes_option
@as_json
@explained
def erase(
    name: str,
    customers: tuple[str, ...],
    emails: tuple[str, ...],
    phones: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> None:
    """Erase one person's data from the log, plans and conflicts. That something happened, and how it ended, stays."""
    given = [text.strip() for text in (*customers, *emails, *phones) if text.strip()]
    if not given:
        raise ConfigurationError("Whose data?", detail=name, fix="Give --customer, --email or --phone.")
    with opened() as hub:
        integration = hub.integrations.named(name)
        looked = queries(hub)
        persons = _identifiers(looked, name, given)
        found = {entry.id: entry.key for person in persons for entry in looked.export(Filters(person=person))}
        confirmed(f"Erase the payloads of {len(found)} messages? This cannot be taken back.", yes=yes)
        keys = {*found.values(), *persons}
        hub.failures.forget_texts(keys)
        hub.plans.forget_values(keys)
        Divergences(hub.database, integration.id, hub.vault).forget(keys)
        routes = [route.id for route in hub.routes.of(integration.id)]
        Pairings(hub.database).forget(routes)
        hub.jobs.forget_criteria(routes)
        erased = Eraser(hub.log_database.engine, hub.vault, hub.clock).erase(persons)
        hashes = [hub.vault.keyed_hash(person.strip().casefold()) for person in given]
        hub.audit.note("erase", name, after={"persons": hashes, **as_dict(erased)})
    if as_json:
        click.echo(to_json(erased))
    else:
        click.echo(f"Erased: {erased.messages} messages, {erased.payloads} payloads, {erased.texts} texts.")


def _identifiers(queries: Queries, name: str, given: list[str]) -> list[str]:
    """What was given, and the ids under which the same person's customer record went through the log."""
    found = set(given)
    for person in given:
        for entry in queries.export(Filters(integration=name, object="customer", person=person)):
            found |= {ident for ident in (entry.source_id, entry.target_id) if ident}
    return sorted(found)
