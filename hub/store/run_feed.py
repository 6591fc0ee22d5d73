"""Runs one after the other, for whoever adds up what they did; none is read twice once it has come to its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Text, case, cast, func, select

from hub.store.database import Database
from hub.store.job import JOBS
from hub.store.run_span import SIDE_BY_SIDE, first_since
from hub.store.runs import RUNS, VERDICTS

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

    def sums(self, after: int, upto: int | None, starts: Sequence[datetime]) -> list[tuple[int, int, list[int]]]:
        """The runs behind `after`, that of `upto` included, added up by route and span of time: (span, route, sums).

        A span goes from one of `starts`, which ascend, to the next; what began before the first is left out. The sums
        are those of VERDICTS.
        """
        began = RUNS.c.started_at
        # The newest span first: it is what most looks are about.
        spans = [(began >= start, place) for place, start in reversed(list(enumerate(starts)))]
        span = case(*spans, else_=-1).label("span")
        numbers = [func.coalesce(func.sum(RUNS.c.counts[name].as_integer()), 0) for name in VERDICTS]
        query = select(span, RUNS.c.route_id, *numbers).join(JOBS, JOBS.c.id == RUNS.c.job_id)
        query = query.where(RUNS.c.id > after, JOBS.c.mode == "write", began >= starts[0])
        query = query.where(cast(RUNS.c.counts, Text).not_like(_NOTHING)).group_by(span, RUNS.c.route_id)
        if upto is not None:
            query = query.where(RUNS.c.id <= upto)
        with self._database.read() as connection:
            return [(row[0], row[1], [int(number) for number in row[2:]]) for row in connection.execute(query)]
