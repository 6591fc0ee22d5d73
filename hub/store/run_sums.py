"""Counts of many runs added up by spans of time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, case, cast, func, select

from hub.store.database import Database
from hub.store.job import JOBS
from hub.store.runs import RUNS, VERDICTS

#: So many runs may begin at the same moment.
SIDE_BY_SIDE = 1000


class RunSums:
    """Adds up what runs have done; previews have done nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def between(self, route_ids: Collection[int], limits: Sequence[datetime]) -> list[dict[str, int]]:
        """The counts by verdict of the runs that began between each two of these moments, which are in order."""
        sums = [dict.fromkeys(VERDICTS, 0) for _ in limits[1:]]
        if not sums or not route_ids:
            return sums
        at = RUNS.c.started_at
        span = case(*((at < end, number) for number, end in enumerate(limits[1:])), else_=len(sums))
        columns = [func.sum(cast(RUNS.c.counts[name].as_integer(), Integer)).label(name) for name in VERDICTS]
        with self._database.read() as connection:
            query = (
                select(span.label("span"), *columns)
                .select_from(RUNS.join(JOBS, JOBS.c.id == RUNS.c.job_id))
                # Ids grow with time, and there is an index of them by route: nothing older is looked at.
                .where(RUNS.c.route_id.in_(route_ids), RUNS.c.id >= _first_since(connection, limits[0]))
                .where(at >= limits[0], at < limits[-1], JOBS.c.mode == "write")
                .group_by("span")
            )
            for row in connection.execute(query):
                sums[row.span] = {name: int(getattr(row, name) or 0) for name in VERDICTS}
        return sums


def _first_since(connection: Connection, moment: datetime) -> int:
    """An id from which on all runs since a moment are found: a few looks by id, as times have no index."""
    low, high = connection.execute(select(func.min(RUNS.c.id), func.max(RUNS.c.id))).one()
    if low is None:
        return 0
    while low < high:
        middle = (low + high) // 2
        query = select(RUNS.c.id, RUNS.c.started_at).where(RUNS.c.id > middle).order_by(RUNS.c.id).limit(1)
        row = connection.execute(query).one_or_none()
        if row is None or row.started_at >= moment:
            high = middle
        else:
            low = row.id
    # Runs that began side by side may have their ids in the other order.
    return int(low) - SIDE_BY_SIDE
