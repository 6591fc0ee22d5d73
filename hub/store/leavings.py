"""What the store itself leaves behind: runs, jobs, cured failures, decided plans; removed a few hundred at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, tuple_

from hub.store.alerts import ALERTS
from hub.store.coverage import LOOKS, RECORDS
from hub.store.database import Database
from hub.store.failures import FAILURES
from hub.store.job import JOB_KEYS, JOBS, UNFINISHED
from hub.store.link import LINKS
from hub.store.pairings import PAIRINGS
from hub.store.plans import PLANS, STEPS
from hub.store.runs import RUNS

#: Rows of one transaction.
BATCH = 300
#: Jobs and plans that nothing will become of any more.
ENDED_JOBS = ("done", "cancelled", "absorbed")
DECIDED_PLANS = ("applied", "dropped", "replaced")


class Leavings:
    """Removes what is old and over. What is under way, the newest of each route, and what others refer to stay.

    `pause` is called between two transactions, so that others get their turn; `stop` says whether to end there.
    """

    def __init__(
        self,
        database: Database,
        *,
        pause: Callable[[], None] = lambda: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._pause, self._stop = pause, stop

    def runs(self, route_ids: Sequence[int], before: datetime) -> int:
        """Remove ended runs; the newest of each route stay, and the newest that came to its end."""
        of_routes = RUNS.c.route_id.in_(list(route_ids))
        newest = select(func.max(RUNS.c.id)).where(of_routes).group_by(RUNS.c.route_id)
        planned = select(PLANS.c.run_id).where(PLANS.c.run_id.is_not(None))
        claiming = select(LINKS.c.claimed_by).where(LINKS.c.claimed_by.is_not(None))
        with self._database.read() as connection:
            kept = {
                *connection.scalars(newest),
                *connection.scalars(newest.where(RUNS.c.state == "done")),
                *connection.scalars(planned),
                *connection.scalars(claiming.distinct()),
            }
        old = of_routes & (RUNS.c.state != "running") & (RUNS.c.started_at < before)
        return self._by_id(RUNS, old, kept.intersection)

    def jobs(self, route_ids: Sequence[int], before: datetime) -> int:
        """Remove ended jobs with their keys; those whose runs are still there, and the newest of each route, stay."""
        of_routes = JOBS.c.route_id.in_(list(route_ids))
        with self._database.read() as connection:
            newest = set(connection.scalars(select(func.max(JOBS.c.id)).where(of_routes).group_by(JOBS.c.route_id)))
        old = of_routes & JOBS.c.state.in_(ENDED_JOBS) & (JOBS.c.created_at < before)
        # Those that refer to others go first: what was absorbed, then the parts of what was split.
        kinds = (
            JOBS.c.absorbed_into.is_not(None),
            JOBS.c.absorbed_into.is_(None) & JOBS.c.parent_id.is_not(None),
            JOBS.c.absorbed_into.is_(None) & JOBS.c.parent_id.is_(None),
        )
        return sum(
            self._by_id(JOBS, old & kind, lambda ids: newest.intersection(ids) | self._needed(ids), self._keys_of)
            for kind in kinds
        )

    def _needed(self, job_ids: Sequence[int]) -> set[int]:
        """Jobs that runs, reports or other jobs refer to."""
        needed: set[int] = set()
        with self._database.read() as connection:
            referring = (RUNS.c.job_id, JOBS.c.absorbed_into, JOBS.c.parent_id, LOOKS.c.job_id, PAIRINGS.c.job_id)
            for column in referring:
                needed.update(connection.scalars(select(column).where(column.in_(job_ids)).distinct()))
        return needed

    def _keys_of(self, job_ids: Sequence[int]) -> None:
        """Remove the keys of jobs: there may be more of them than fit into one transaction."""
        self._rows(JOB_KEYS, JOB_KEYS.c.job_id.in_(job_ids), JOB_KEYS.c.job_id, JOB_KEYS.c.key)

    def reports(self, route_ids: Sequence[int], before: datetime) -> int:
        """Remove what looks at coverage have found, and what work on pairs has come to, long ago."""
        looks, pairings = (_old_reports(table, route_ids, before) for table in (LOOKS, PAIRINGS))
        records = RECORDS.c.job_id.in_(select(LOOKS.c.job_id).where(looks))
        self._rows(RECORDS, records, RECORDS.c.job_id, RECORDS.c.place)
        # A look whose records are still there, as time was up, goes the next time.
        empty = looks & ~select(RECORDS.c.place).where(RECORDS.c.job_id == LOOKS.c.job_id).exists()
        return self._rows(LOOKS, empty, LOOKS.c.job_id) + self._rows(PAIRINGS, pairings, PAIRINGS.c.job_id)

    def failures(self, route_ids: Sequence[int], before: datetime) -> int:
        """Remove failures that were cured long ago."""
        old = FAILURES.c.route_id.in_(list(route_ids)) & (FAILURES.c.state == "resolved")
        return self._rows(FAILURES, old & (FAILURES.c.last_at < before), FAILURES.c.route_id, FAILURES.c.key)

    def plan_steps(self, route_ids: Sequence[int], before: datetime) -> int:
        """Remove the steps of plans that were carried out or given up; that there was a plan, and its counts, stay."""
        decided = func.coalesce(PLANS.c.decided_at, PLANS.c.created_at) < before
        over = PLANS.c.route_id.in_(list(route_ids)) & PLANS.c.state.in_(DECIDED_PLANS) & decided
        plans = select(PLANS.c.id).where(over)
        return self._rows(STEPS, STEPS.c.plan_id.in_(plans), STEPS.c.plan_id, STEPS.c.place)

    def dry_runs(self, route_ids: Sequence[int], before: datetime) -> int:
        """Remove dry runs whose question nobody has answered."""
        left = PLANS.c.route_id.in_(list(route_ids)) & (PLANS.c.kind == "dry run") & (PLANS.c.created_at < before)
        return self._by_id(PLANS, left, first=self._steps_of)

    def _steps_of(self, plan_ids: Sequence[int]) -> None:
        self._rows(STEPS, STEPS.c.plan_id.in_(plan_ids), STEPS.c.plan_id, STEPS.c.place)

    def alerts(self, before: datetime) -> int:
        """Remove alerts that were over long ago."""
        return self._by_id(ALERTS, ALERTS.c.cleared_at < before)

    # -- inside -------------------------------------------------------------------------------------------------

    def _by_id(
        self,
        table: Table,
        old: ColumnElement[bool],
        kept: Callable[[Sequence[int]], Collection[int]] = lambda ids: (),
        first: Callable[[Sequence[int]], None] = lambda ids: None,
    ) -> int:
        """Remove rows, the oldest first, without those that are to be kept; `first` removes what hangs on them."""
        count = 0
        for ids in self._old(table, old):
            gone = sorted(set(ids).difference(kept(ids)))
            if gone:
                first(gone)
                with self._database.write() as connection:
                    count += int(connection.execute(table.delete().where(table.c.id.in_(gone))).rowcount)
                self._pause()
        return count

    def _old(self, table: Table, old: ColumnElement[bool]) -> Iterator[list[int]]:
        last = 0
        while not self._stop():
            query = select(table.c.id).where(old, table.c.id > last).order_by(table.c.id).limit(BATCH)
            with self._database.read() as connection:
                ids = list(connection.scalars(query))
            if not ids:
                return
            yield ids
            last = ids[-1]

    def _rows(self, table: Table, old: ColumnElement[bool], *key: ColumnElement[Any]) -> int:
        """Remove rows that have no number of their own."""
        count = 0
        while not self._stop():
            with self._database.read() as connection:
                rows = [tuple(row) for row in connection.execute(select(*key).where(old).limit(BATCH))]
            if not rows:
                break
            with self._database.write() as connection:
                count += int(connection.execute(table.delete().where(tuple_(*key).in_(rows), old)).rowcount)
            self._pause()
        return count


def _old_reports(table: Table, route_ids: Sequence[int], before: datetime) -> ColumnElement[bool]:
    """Reports that were asked for before then, and whose job is not at them any more."""
    of_routes = list(route_ids)
    at_work = select(JOBS.c.id).where(JOBS.c.route_id.in_(of_routes), JOBS.c.state.in_(UNFINISHED))
    old: ColumnElement[bool] = table.c.route_id.in_(of_routes) & (table.c.started_at < before)
    return old & table.c.job_id.not_in(at_work)
