"""Linking what exists on both sides, as it is asked for in the console: jobs do it while people look elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.linking.accepting import Chosen
from hub.linking.errands import seal
from hub.linking.sheet import Line
from hub.planning import subject
from hub.store.job import BACKFILL, SYNC_NOW, Request
from hub.store.pairings import Kind, Pairing, Pairings
from hub.store.routes import ROUTES, Route

REASON = "master data mapping"
#: How each kind is called among jobs, and in the trail.
_ACTS: Mapping[Kind, tuple[str, str]] = {
    "propose": ("find pairs", "links propose"),
    "accept": ("link pairs", "links accept"),
    "validate": ("check a list", "links validate"),
    "link": ("link a list", "links import"),
}
#: What reads a whole side holds its route for long: what is due on it, and what somebody waits for, comes first.
_URGENCY: Mapping[Kind, int] = {"propose": BACKFILL, "accept": SYNC_NOW, "validate": BACKFILL, "link": SYNC_NOW}


def propose(hub: Hub, route: Route) -> int:
    """Look for pairs; answers the job that does it, as the others do."""
    return _begin(hub, route, "propose", {})


def accept(hub: Hub, route: Route, chosen: Chosen, total: int) -> int:
    """Link what was chosen among the proposals, which are so many."""
    return _begin(hub, route, "accept", {"ids": list(chosen.ids), "min_score": chosen.least, "total": total})


def validate(hub: Hub, route: Route, lines: Sequence[Line]) -> int:
    """Look a list through, row by row; nothing is linked."""
    return _begin(hub, route, "validate", {"total": len(lines)}, seal(hub.vault, lines))


def link(hub: Hub, route: Route, looked_through: Pairing, *, skip_faulty: bool) -> int:
    """Link the rows of a list that was looked through; ConfigurationError where it is no longer the newest."""
    asked = {"skip_faulty": skip_faulty, "total": looked_through.counts.get("read", 0)}
    return _begin(hub, route, "link", asked, follows=looked_through.job_id)


def _begin(
    hub: Hub,
    route: Route,
    kind: Kind,
    asked: Mapping[str, Any],
    lines: bytes | None = None,
    follows: int | None = None,
) -> int:
    """Begin, one piece of work at a time on a route."""
    kept, actor, now = Pairings(hub.database), hub.audit.actor, hub.clock()
    act, noted_as = _ACTS[kind]
    with hub.database.together():
        hub.database.hold(ROUTES, route.id)
        _refuse(hub, kept.newest(route.id), follows)
        limits = {"act": act, **asked}
        request = Request(route.id, "pairs", REASON, actor, priority=_URGENCY[kind], limits=limits, mode="read")
        job = hub.jobs.put(request, now)
        # The list is that of the work which this one follows.
        lines = lines if follows is None else kept.lines(follows)
        kept.begin(route.id, job, kind, actor, now, lines)
        hub.audit.note(noted_as, subject(hub, route), after={"job": job, **asked})
    return job


def _refuse(hub: Hub, last: Pairing | None, follows: int | None) -> None:
    """Raise ConfigurationError where something goes on, or where it is no longer so that this work follows another."""
    if last is not None and hub.jobs.get(last.job_id).unfinished:
        raise ConfigurationError(
            f"{last.by} has begun something on this route, which is not done yet.",
            detail=last.kind,
            fix=f"Wait until it is done, or cancel job {last.job_id}.",
        )
    if follows is not None and (last is None or last.job_id != follows):
        raise ConfigurationError(
            f"{last.by if last else 'Somebody'} has begun something else on this route meanwhile. Nothing was done.",
            detail=last.kind if last else "",
            fix="Look at what the page shows now; upload your list again if it is another one.",
        )
