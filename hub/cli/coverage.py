"""How far the two sides cover each other: every record of a source in one of five classes, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from hub.cli.app import as_json, explained, name_argument, opened
from hub.cli.options import DIRECTION, OBJECT
from hub.cli.output import followed, show, stream, to_json
from hub.linking.coverage import Coverage, Covered, Summary
from hub.linking.standing import CLASSES
from hub.sync.pair import opened_pair


@click.command()
@name_argument
@click.argument("object_name", metavar="OBJECT", type=OBJECT)
@click.option("--direction", type=DIRECTION, help="Where an object is synchronised both ways.")
@click.option("--list", "listed", type=click.Choice(CLASSES), help="Show the records of this class.")
@click.option("--personal", is_flag=True, help="Show what customers are called; this is noted in the audit trail.")
@as_json
@explained
def coverage(
    name: str, object_name: str, direction: str | None, listed: str | None, personal: bool, as_json: bool
) -> None:
    """Read the whole source and tell how its records stand: connected, syncable, warning, error or ignored."""
    with opened() as hub:
        route = hub.routes.find(hub.integrations.named(name).id, object_name, direction)
        with opened_pair(hub, route) as pair:
            if personal and pair.personal:
                hub.audit.note("show personal data", f"coverage {name} {object_name}")
            called = pair.source.label if personal else pair.label
            parts = Coverage(pair, hub.database, hub.vault, called).records(hub.clock())
            if listed is not None:
                rows = (_row(record) for part in parts for record in part if record.standing.name == listed)
                columns = ["key", "label", "reason", "detail"]
                stream(rows, columns, as_json=as_json, empty=f"No record is in the class {listed}.")
                return
            summary = followed(_counted(parts), Summary(), lambda so_far: f"{so_far.read} read", hub.clock)
    if as_json:
        click.echo(to_json({"read": summary.read, "classes": summary.classes, "reasons": summary.reasons}))
        return
    show(summary.rows(), ["class", "reason", "records"], as_json=False)
    click.echo(f"{summary.read} read.")


def _row(record: Covered) -> dict[str, Any]:
    standing = record.standing
    return {"key": record.key, "label": record.label, "reason": standing.reason, "detail": standing.detail}


def _counted(parts: Iterator[list[Covered]]) -> Iterator[Summary]:
    summary = Summary()
    for part in parts:
        for record in part:
            summary.add(record)
        yield summary
