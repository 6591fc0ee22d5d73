"""Runs one after the other, for whoever adds up what they did; none is read twice once it has come to its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Text, cast, func, select

from hub.store.database import Database
from hub.store.job import JOBS
from hub.store.run_span import SIDE_BY_SIDE, first_since
from hub.store.runs import RUNS

#: So long ago a run began at least before nothing with a smaller id can still appear.
SETTLES = timedelta(minutes=1)
#: A run that read nothing, as its counts are written. Written otherwise it would only be read in vain.
_NOTHING = '{"read":0,%'


class RunFeed:
    """The table of runs in the order of their ids; previews have done nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def before(self, moment: datetime) -> int:
        """An id behind which all runs since a moment are found."""
        with self._database.read() as connection:
            return max(first_since(connection, RUNS, moment) - SIDE_BY_SIDE - 1, 0)

    def settled(self, after: int, now: datetime) -> int:
        """The last id behind `after` up to which every run has come to its end; `after` where there is none."""
        behind = RUNS.c.id > after
        with self._database.read() as connection:
            going_on = select(func.min(RUNS.c.id)).where(behind, RUNS.c.state.in_(("running", "split")))
            last = select(func.max(RUNS.c.id)).where(behind, RUNS.c.started_at < now - SETTLES)
            first, newest = connection.scalar(going_on), connection.scalar(last)
        if newest is None:
            return after
        return int(newest if first is None else max(min(newest, first - 1), after))

    def counts(self, after: int, upto: int | None = None) -> Iterator[tuple[int, datetime, dict[str, int]]]:
        """Route, begin and counts of the runs behind `after`, that of `upto` included."""
        columns = (RUNS.c.route_id, RUNS.c.started_at, RUNS.c.counts)
        query = select(*columns).join(JOBS, JOBS.c.id == RUNS.c.job_id).where(RUNS.c.id > after)
        query = query.where(JOBS.c.mode == "write", cast(RUNS.c.counts, Text).not_like(_NOTHING))
        if upto is not None:
            query = query.where(RUNS.c.id <= upto)
        with self._database.read() as connection:
            for row in connection.execute(query, execution_options={"yield_per": 1000}):
                yield row.route_id, row.started_at, row.counts
