"""What is asked of a route: Sync Now, the first load, a backfill; at once, or as a preview that is kept as a plan."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.problems import conflicting
from admin.api.reach import ROUTE, Place, place
from admin.api.schemas import JobRefSchema, key, moment, word
from hub.backfilling import Words, limits_of
from hub.readiness import refuse_unready
from hub.starting import backfill, first_load, look, start
from hub.store.job import Request, Wanted
from objects.registry import OBJECTS

#: Keys of one request.
MOST_KEYS = 10_000
#: How a backfill's limits are called and written in its body.
_SENT = Words("from", "to", "numbers", "2026-11-01T00:00:00+01:00", "1001-1099")


class StartSchema(Schema):
    """Whether it is done, or only looked at."""

    preview = fields.Boolean(
        load_default=False,
        metadata={"description": "Write nothing, and keep what would be done as a plan: see /jobs/{job_id}."},
    )


class SyncSchema(StartSchema):
    """What is to be synchronised: what has changed, certain records, or everything."""

    keys = fields.List(
        key(),
        load_default=list,
        validate=validate.Length(max=MOST_KEYS),
        metadata={"description": "Only these records, by their ids on the source."},
    )
    full = fields.Boolean(load_default=False, metadata={"description": "Read and compare everything."})


class BackfillSchema(StartSchema):
    """Which orders from before the cut-over are meant: those of a period, or of a range of numbers."""

    start = moment(data_key="from", metadata={"description": "Created at this time or later."})
    end = moment(data_key="to", metadata={"description": "Created up to this time; left out, up to now."})
    numbers = word(metadata={"description": "First and last number, such as 1001-1099; without a period."})


@endpoint(f"POST {ROUTE}/sync", "act", tag="integrations", body=SyncSchema, answer=JobRefSchema, status=202)
def sync(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Sync Now: put a job in, and answer at once. An empty body synchronises what has changed.

    Refused (409) where the route is switched off, paused or not initialised yet. A job that waits already takes the
    new one in; then its number is the answer.
    """
    where = place(name, object_name, direction)
    keys = list(dict.fromkeys(asked["keys"]))
    scope: Any = "keys" if keys else "full" if asked["full"] else "changes"
    wanted = [Wanted(key) for key in keys]
    request = Request(where[1].id, scope, "sync now", the_hub().audit.actor, keys=wanted)
    # What a route would do is told before its first load, too.
    return _begun(where, request, asked, first_load=asked["preview"] and OBJECTS[object_name].initialized)


@endpoint(f"POST {ROUTE}/initialize", "act", tag="integrations", body=StartSchema, answer=JobRefSchema, status=202)
def initialize(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """The first load: what exists on both sides is linked, and only what is missing is created.

    Refused (409) where the route is switched off or paused, and for orders, which have none.
    """
    where = place(name, object_name, direction)
    with conflicting():
        request = first_load(where[1], the_hub().audit.actor)
    return _begun(where, request, asked, first_load=True)


@endpoint(f"POST {ROUTE}/backfill", "act", tag="integrations", body=BackfillSchema, answer=JobRefSchema, status=202)
def backfill_orders(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Import orders from before the cut-over, by period or by number. It is a job of its own, of low priority.

    Refused (409) where the route is switched off or paused, and for all but orders from the shop.
    """
    where = place(name, object_name, direction)
    begin, end = (asked[one].isoformat() if one in asked else None for one in ("start", "end"))
    limits = limits_of(begin, end, asked.get("numbers"), words=_SENT)
    with conflicting():
        request = backfill(where[1], limits, the_hub().audit.actor)
    return _begun(where, request, asked, first_load=True)


def _begun(where: Place, request: Request, asked: dict[str, Any], *, first_load: bool) -> dict[str, int]:
    hub, (one, route) = the_hub(), where
    with conflicting():
        refuse_unready(hub, one, route, first_load=first_load)
    return {"job": look(hub, request) if asked["preview"] else start(hub, request)}
