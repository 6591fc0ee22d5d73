"""The audit trail: who changed or pressed what, with each value before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import click

from hub.bootstrap import Hub
from hub.changes import moves
from hub.cli.app import as_json, explained, opened
from hub.cli.options import MOMENT, limit_option
from hub.cli.output import as_dict, show
from hub.store.audit import Act


@click.command()
@click.argument("name", required=False)
@click.option(
    "--subject", default="", help="Acts about this: a setting (price_list), a map, a route, a part of a name."
)
@click.option("--since", type=MOMENT, help="Acts from this time on.")
@limit_option
@as_json
@explained
def audit(name: str | None, subject: str, since: datetime | None, limit: int, as_json: bool) -> None:
    """Show who changed or pressed what, the newest first: everything, or what an integration or setting has seen."""
    with opened() as hub:
        of_integration, mentions = _of(hub, name) if name else (_all, [])
        acts = hub.audit.history(
            lambda act: of_integration(act) and _is_about(act, subject), limit=limit, mentions=mentions, since=since
        )
    rows = [{**as_dict(act), "change": "; ".join(_moves(act, subject))} for act in acts]
    if as_json:
        for row in rows:
            del row["change"]
    show(rows, ["id", "at", "actor", "action", "subject", "change"], as_json=as_json, empty="Nothing of that kind.")


def _all(act: Act) -> bool:
    return True


def _of(hub: Hub, name: str) -> tuple[Callable[[Act], bool], list[str]]:
    """Which acts are about an integration or one of its connections, and what their subjects mention."""
    integration = hub.integrations.named(name)
    longer = [other.name for other in hub.integrations.all() if other.name.startswith(f"{name} ")]
    connections = [hub.connections.get(identity).name for identity in (integration.shop_id, integration.erp_id)]
    # A connection may have been changed with the file of another integration that shares it.
    shared = [f": connection {connection}" for connection in connections]

    def is_about(act: Act) -> bool:
        if _begins(act.subject, name):
            return not any(_begins(act.subject, other) for other in longer)
        return any(_begins(act.subject.partition(text)[1] + act.subject.partition(text)[2], text) for text in shared)

    return is_about, [name, *shared]


def _begins(subject: str, name: str) -> bool:
    """Whether a subject begins with just this name, and not with one that only begins like it."""
    return subject == name or subject.startswith((f"{name} ", f"{name}:"))


def _is_about(act: Act, text: str) -> bool:
    wanted = text.casefold()
    return wanted in f"{act.action} {act.subject}".casefold() or any(text in pair for pair in _values(act))


def _values(act: Act) -> Iterator[tuple[str, Any]]:
    """Names and values of what was before and after, those that are empty left out."""
    for side in (act.before, act.after):
        for entry in side if isinstance(side, list) else [side]:
            if isinstance(entry, Mapping):
                yield from ((name, value) for name, value in entry.items() if value is not None)


def _moves(act: Act, text: str) -> Iterator[str]:
    """What the act changed; only the value that was asked for, where the act has one of that name."""
    only = text if any(text == name for name, _ in _values(act)) else ""
    return moves(act.before, act.after, act.subject.partition(": ")[2], only)
