"""Linking what exists on both sides: proposals, accepting them, and the list of pairs as a spreadsheet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from hub.bootstrap import Hub
from hub.cli.app import FAILED, as_json, explained, opened
from hub.cli.look import links
from hub.cli.options import DIRECTION, limit_option
from hub.cli.output import as_dict, followed, show, to_json
from hub.errors import ConfigurationError, RecordError
from hub.linking import accepting, importing, listing, proposing, sheet
from hub.linking.scoring import OBJECTS
from hub.pairs import meant
from hub.store.proposals import STATES, Proposal
from hub.sync.pair import Pair, opened_pair

F = TypeVar("F", bound=Callable[..., Any])

personal_option = click.option(
    "--personal", is_flag=True, help="Show what customers are called; this is noted in the audit trail."
)


def _of_route(command: F) -> F:
    """NAME, OBJECT and the direction of a route whose existing records are linked."""
    direction = click.option("--direction", type=DIRECTION, help="Where an object is synchronised both ways.")
    what = click.argument("object_name", metavar="OBJECT", type=click.Choice(OBJECTS))
    return click.argument("name")(what(direction(command)))


@contextmanager
def _opened(hub: Hub, name: str, object_name: str, direction: str | None) -> Iterator[Pair]:
    """Both endpoints of the route that is meant."""
    route = hub.routes.find(hub.integrations.named(name).id, object_name, direction)
    with opened_pair(hub, route) as pair:
        yield pair


@links.command()
@_of_route
@as_json
@explained
def propose(name: str, object_name: str, direction: str | None, as_json: bool) -> None:
    """Look for pairs: every record of the source that is not linked, beside what it could be. Links nothing."""
    with opened() as hub, _opened(hub, name, object_name, direction) as pair:
        done = followed(
            proposing.propose(pair, hub.database, hub.clock()),
            proposing.Proposed(),
            lambda so_far: f"{so_far.read} read, {so_far.matched} with a candidate",
            hub.clock,
        )
        hub.audit.note("links propose", f"{name} {pair.route.name}", after=as_dict(done))
    if as_json:
        click.echo(to_json(done))
        return
    click.echo(f"{done.read} read: {done.linked} linked already, {done.matched} with a candidate.")
    if done.faulty:
        click.echo(f"{done.faulty} could not be understood: hub coverage {name} {object_name} --list error")
    states = ", ".join(f"{done.states.get(state, 0)} {state}" for state in STATES if state != "accepted")
    click.echo(f"Proposals: {states}.")
    click.echo(f"Next: hub links proposals {name} {object_name}, then hub links accept {name} {object_name}")


@links.command()
@_of_route
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="May be given several times.")
@click.option("--min-score", "least", type=click.IntRange(0, 100), default=0, help="At least this score.")
@click.option("--after", type=int, default=0, help="Go on behind this proposal.")
@limit_option
@personal_option
@as_json
@explained
def proposals(
    name: str, object_name: str, direction: str | None, limit: int, personal: bool, as_json: bool, **narrowed: Any
) -> None:
    """Show proposals: which records could be the same, what they share, and how much it says."""
    with opened() as hub, _opened(hub, name, object_name, direction) as pair:
        kept = proposing.proposals_of(pair, hub.database)
        states = narrowed.pop("states") or ("unique", "ambiguous", "duplicate")
        found = kept.page(states=states, limit=limit, **narrowed)
        names: Mapping[str, str] = {}
        if personal and pair.personal:
            hub.audit.note("show personal data", f"links proposals {name} {object_name}")
            names = listing.names(pair, found)
    rows = [_named(row, names) for row in found]
    columns = ["id", "state", "score", "reason", "source_key", "source_label", "target_id", "target_label"]
    show(rows, columns, as_json=as_json, empty=f"No proposals. Look for some: hub links propose {name} {object_name}")
    if len(found) == limit and not as_json:
        click.echo(f"More: add --after {found[-1].id}")


def _named(row: Proposal, names: Mapping[str, str]) -> dict[str, Any]:
    labels = {
        "source_label": names.get(row.source_key, row.source_label),
        "target_label": names.get(row.target_id, row.target_label),
    }
    return {**as_dict(row), **labels}


@links.command()
@_of_route
@click.option("--all-unique", is_flag=True, help="All pairs without a rival.")
@click.option("--min-score", "least", type=click.IntRange(0, 100), help="Pairs without a rival, from this score on.")
@click.option("--id", "ids", type=int, multiple=True, help="This proposal; may be given several times.")
@as_json
@explained
def accept(
    name: str,
    object_name: str,
    direction: str | None,
    all_unique: bool,
    least: int | None,
    ids: tuple[int, ...],
    as_json: bool,
) -> None:
    """Link what was proposed, without writing to either side; the next run compares it."""
    if bool(ids) == (all_unique or least is not None):
        raise ConfigurationError(
            "Which proposals?", detail="choice", fix="Give --all-unique, --min-score, or --id; --id stands alone."
        )
    chosen = accepting.Chosen(ids, least or 0)
    with opened() as hub, _opened(hub, name, object_name, direction) as pair:
        meant(hub, pair.route, chosen)
        now, actor = hub.clock(), hub.audit.actor
        progress = accepting.accept(pair, hub.database, hub.jobs, chosen, actor=actor, now=now)
        start = accepting.Accepted()
        done = followed(progress, start, lambda so_far: f"{so_far.linked} linked", hub.clock)
        asked = {"ids": list(ids), "min_score": least, "linked": done.linked, "refused": len(done.refused)}
        hub.audit.note("links accept", f"{name} {pair.route.name}", after=asked)
    refused = [{"id": row.id, "source_key": row.source_key, **_why(row.target_id, e)} for row, e in done.refused]
    if as_json:
        click.echo(to_json({"linked": done.linked, "jobs": sorted(done.jobs), "refused": refused}))
    else:
        click.echo(f"{done.linked} linked.{_next(name, pair, bool(done.linked))}")
        if refused:
            show(refused, ["id", "source_key", "target_id", "what", "fix"], as_json=False)
    sys.exit(FAILED if refused else 0)


def _why(target_id: str, error: RecordError) -> dict[str, Any]:
    return {"target_id": target_id, "what": str(error), "fix": error.fix}


def _next(name: str, pair: Pair, linked: bool) -> str:
    if not linked:
        return ""
    first = pair.route.initialization == "none"
    command = f"hub {'initialize' if first else 'sync'} {name} {pair.route.object} --direction {pair.route.direction}"
    return f" The next run compares both sides: {command}"


@links.command("export")
@_of_route
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@personal_option
@as_json
@explained
def export_pairs(name: str, object_name: str, direction: str | None, file: Path, personal: bool, as_json: bool) -> None:
    """Write every record of the source that is not linked to FILE.csv, with what is proposed, to be filled in."""
    _refuse_other_files(file)
    with opened() as hub, _opened(hub, name, object_name, direction) as pair:
        personal = personal and pair.personal
        if personal:
            hub.audit.note("show personal data", f"links export {name} {object_name}")
        # The mark at its beginning tells a table program that letters are those of UTF-8.
        with file.open("w", encoding="utf-8-sig", newline="") as opened_file:
            count = sheet.write(listing.rows(pair, hub.database, personal=personal), opened_file)
        hub.audit.note("links export", f"{name} {pair.route.name}", after={"rows": count})
    click.echo(to_json({"rows": count, "file": str(file)}) if as_json else f"{count} rows written to {file}.")
    if not as_json:
        command = f"hub links import {name} {object_name} {file}"
        click.echo(f"Fill in target_id where it is empty, then: {command} --validate")


@links.command("import")
@_of_route
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--validate", "only_check", is_flag=True, help="Look every row through; link nothing.")
@click.option("--skip-faulty", is_flag=True, help="Link what is right and leave wrong rows out.")
@as_json
@explained
def import_pairs(
    name: str,
    object_name: str,
    direction: str | None,
    file: Path,
    only_check: bool,
    skip_faulty: bool,
    as_json: bool,
) -> None:
    """Link the pairs of a filled-in FILE.csv: all of them, or none while a row is wrong. Writes to neither side."""
    _refuse_other_files(file)
    linked = 0
    with opened() as hub, _opened(hub, name, object_name, direction) as pair:
        with _readable(file) as opened_file:
            checked = importing.check(pair, hub.database, sheet.read(opened_file, file.name), hub.clock())
        if not only_check:
            now = hub.clock()
            brought = importing.bring(pair, hub.database, hub.jobs, hub.audit, checked, now, skip_faulty=skip_faulty)
            linked = brought["linked"]
    faults = [
        {"line": fault.line.number, "source_key": fault.line.source_key, **_why(fault.line.target_id, fault.error)}
        for fault in checked.faults
    ]
    if as_json:
        counts = {"rows": checked.rows, "empty": checked.empty, "linked": linked}
        click.echo(to_json({**counts, "faults": faults}))
    else:
        _report(checked, faults, linked, only_check=only_check)
        click.echo(_next(name, pair, bool(linked)).strip(), nl=bool(linked))
    sys.exit(FAILED if faults else 0)


def _report(checked: importing.Checked, faults: Sequence[dict[str, Any]], linked: int, *, only_check: bool) -> None:
    if faults:
        show(faults, ["line", "source_key", "target_id", "what", "fix"], as_json=False)
    empty = f", {checked.empty} without a target" if checked.empty else ""
    click.echo(f"{checked.rows} pairs{empty}: {len(faults)} wrong.")
    if only_check:
        click.echo("Nothing was linked: the list was only looked through.")
    elif faults and not linked:
        click.echo("Nothing was linked. Mend these rows, or leave them out: --skip-faulty.")
    else:
        click.echo(f"{linked} linked.")


def _readable(file: Path) -> IO[str]:
    try:
        return file.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read: {error.strerror}.", detail=str(file), fix="Name an existing file."
        ) from error


def _refuse_other_files(file: Path) -> None:
    if file.suffix.casefold() != ".csv":
        raise ConfigurationError(
            f"{file.name} is no CSV file.",
            detail=str(file),
            fix="Use a name that ends in .csv; every table program opens and saves such files.",
        )
