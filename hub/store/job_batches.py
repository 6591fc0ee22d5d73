"""Many jobs at once, one for each of many routes: as the clock puts them in when thousands are due together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_

from hub.chunks import chunks
from hub.store.claiming import joinable
from hub.store.database import Database
from hub.store.job import JOBS, Request, joined, new_row

#: A pair of route and planned time takes two parameters of a statement, so half as many as usual.
_PAIRS = 250


def put_many(database: Database, requests: Sequence[Request], now: datetime) -> int:
    """Insert jobs, one of each route at most, by the rules of `Jobs.put`; answers how many were inserted.

    A planned time of a route that has been a job before is passed over. The jobs carry no keys, and none of them is one
    that is done apart.
    """
    if len({request.route_id for request in requests}) != len(requests):
        raise ValueError("put_many takes one job of each route")
    if any(request.apart or request.keys for request in requests):
        raise ValueError("put_many takes no jobs with keys, and none that is done apart")
    with database.write() as connection:
        known = _planned(connection, requests)
        fresh = [request for request in requests if (request.route_id, request.planned_at) not in known]
        if not fresh:
            return 0
        hosts = _hosts(connection, fresh)
        ids = {route_id: int(host.id) for route_id, host in hosts.items()}
        connection.execute(JOBS.insert(), [new_row(request, now, ids.get(request.route_id)) for request in fresh])
        changes = [_changed(hosts[request.route_id], request) for request in fresh if request.route_id in hosts]
        if changes:
            names = ("scope", "priority", "not_before")
            update = JOBS.update().where(JOBS.c.id == bindparam("host"))
            connection.execute(update.values({name: bindparam(f"new_{name}") for name in names}), changes)
    return len(fresh)


def _planned(connection: Connection, requests: Sequence[Request]) -> set[tuple[int, datetime | None]]:
    """Those pairs of route and planned time that there are jobs for."""
    found: set[tuple[int, datetime | None]] = set()
    pairs = [(request.route_id, request.planned_at) for request in requests if request.planned_at is not None]
    for part in chunks(pairs, _PAIRS):
        query = select(JOBS.c.route_id, JOBS.c.planned_at)
        rows = connection.execute(query.where(tuple_(JOBS.c.route_id, JOBS.c.planned_at).in_(part)))
        found |= {(row.route_id, row.planned_at) for row in rows}
    return found


def _hosts(connection: Connection, requests: Sequence[Request]) -> dict[int, Any]:
    """The waiting job of each route that takes a later one in: the oldest."""
    found: dict[int, Any] = {}
    for part in chunks(request.route_id for request in requests):
        columns = (JOBS.c.id, JOBS.c.route_id, JOBS.c.scope, JOBS.c.priority)
        query = select(*columns).where(joinable(), JOBS.c.route_id.in_(part)).order_by(JOBS.c.id)
        for row in connection.execute(query.with_for_update()):
            found.setdefault(row.route_id, row)
    return found


def _changed(host: Any, request: Request) -> dict[str, Any]:
    """The parameters of the update that lets a waiting job take a later one in."""
    changes = joined(host.scope, host.priority, request)
    return {"host": host.id} | {f"new_{name}": value for name, value in changes.items()}
