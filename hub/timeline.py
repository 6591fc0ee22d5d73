"""What happened to one record: every message about it, and what people pressed, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.bootstrap import Hub
from hub.looking import queries
from hub.record import Family, Record, family
from hub.store.audit import Act
from hub.store.failures import Failure
from hub.store.job import Job, JobKey
from message_log.entries import Child
from message_log.queries import Entry

#: Messages on a page.
PAGE = 50
#: Names that are looked for: an item of very many variants is followed through the first ones only.
NAMES = 60
#: A number so short means many things; as a word in the audit trail it says nothing.
SHORT = 6
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: a message, or an act of a person."""

    at: datetime
    message: Entry | None = None
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of it, newest first."""

    record: Record
    family: Family
    events: Sequence[Event]
    attempts: Mapping[int, int]
    children: Mapping[int, tuple[Child, ...]]
    failures: Sequence[Failure]
    #: What waits or is being done about it, with who asked.
    coming: Sequence[tuple[Job, JobKey]]
    #: The message to go on from towards the past; None where nothing lies behind.
    older: int | None


def timeline(hub: Hub, record: Record, *, before: int | None = None, limit: int = PAGE) -> Timeline:
    """A page of a record's timeline; `before` goes on behind a message."""
    log, around = queries(hub), family(hub, record)
    names = _telling((*record.names, *around.names))[:NAMES]
    name = record.integration.name
    found = log.timeline([name], names, object_name=record.object, before=before, limit=limit + 1)
    shown, more = found[:limit], len(found) > limit
    ids = [entry.id for entry in shown]
    acts = _acts(hub, record, shown, _span(hub, shown, before, more=more))
    events = [*(Event(entry.opened_at, message=entry) for entry in shown), *(Event(act.at, act=act) for act in acts)]
    routes = [one.id for one in hub.routes.of(record.integration.id) if one.object == record.object]
    first = before is None
    return Timeline(
        record=record,
        family=around,
        # At the same moment the act comes later: people act upon what they have seen.
        events=sorted(events, key=lambda event: (event.at, -1 if event.message is None else -2), reverse=True),
        attempts=log.attempts(ids),
        children=log.children(ids) if ids else {},
        failures=_failures(hub, routes, names) if first else (),
        coming=_coming(hub, routes, names) if first else (),
        older=ids[-1] if more else None,
    )


def _telling(names: Sequence[str]) -> Sequence[str]:
    """Names without short numbers, which other documents have, too; those as well where there is nothing else."""
    return [name for name in names if not (name.isdecimal() and len(name) < SHORT)] or names


def _span(hub: Hub, shown: Sequence[Entry], before: int | None, *, more: bool) -> tuple[datetime, datetime]:
    """The time that a page covers: from its oldest message to where the page before it began."""
    end = hub.clock() + timedelta(days=1)
    if before is not None:
        above = queries(hub).page(before=before + 1, limit=1).entries
        end = above[0].opened_at if above else end
    return (shown[-1].opened_at if more else EVER), end


def _acts(hub: Hub, record: Record, shown: Sequence[Entry], span: tuple[datetime, datetime]) -> list[Act]:
    """What people did about the record in this time, as far as the trail names it."""
    own = record.integration.name
    names = _telling(record.names)
    messages = [f"message {entry.id}" for entry in shown]
    acts = hub.audit.about([*names, *messages], span)
    mine = {own, *messages}
    return [act for act in acts if act.subject in mine or act.subject.startswith((f"{own} ", f"{own}:"))]


def _failures(hub: Hub, routes: Sequence[int], names: Sequence[str]) -> list[Failure]:
    return [failure for route in routes for failure in hub.failures.of(route, names).values()]


def _coming(hub: Hub, routes: Sequence[int], names: Sequence[str]) -> list[tuple[Job, JobKey]]:
    """Jobs for this very record that have not come to their end."""
    jobs = {job.id: job for job in hub.jobs.unfinished(routes) if job.scope == "keys"}
    return [(jobs[job_id], key) for job_id, key in hub.jobs.about(list(jobs), names)]
