"""What is old and over goes; what is under way, newest, or referred to stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from hub.store.alerts import ALERTS
from hub.store.coverage import LOOKS, RECORDS, CoverageBook, Found
from hub.store.database import Database
from hub.store.failures import FAILURES, Failures, Trouble
from hub.store.job import JOB_KEYS, JOBS, Request, Wanted
from hub.store.jobs import Jobs
from hub.store.leavings import BATCH, Leavings
from hub.store.pairings import Pairings
from hub.store.plans import STEPS, Plans, PlanStep
from hub.store.runs import RUNS, Runs, Tally
from hub.store.vault import Vault
from tests.store.conftest import Clock

DAY = timedelta(days=1)


@pytest.fixture
def leavings(database: Database) -> Leavings:
    return Leavings(database)


def ids(database: Database, table: Table) -> list[int]:
    with database.read() as connection:
        return list(connection.scalars(select(table.c.id).order_by(table.c.id)))


def count(database: Database, table: Table) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def worked_off(database: Database, route_id: int, now: datetime, state: Any = "done", *keys: str) -> tuple[int, int]:
    """A job and its run, begun and ended now."""
    jobs, runs = Jobs(database), Runs(database)
    wanted = [Wanted(key) for key in keys]
    job_id = jobs.put(Request(route_id, "keys", "schedule", "clock", keys=wanted), now)
    job = jobs.claim("w", now, now + DAY, only=job_id)
    assert job is not None
    run = runs.start(job_id, route_id, "w", job.fence, now)
    runs.finish(run, state, Tally(), now)
    jobs.finish(job, "done")
    return job_id, run


def test_old_runs_and_their_jobs_go_and_the_newest_stay(
    database: Database, leavings: Leavings, route_id: int, clock: Clock
) -> None:
    made = [worked_off(database, route_id, clock.advance(days=1), state, "A") for state in ("done", "done", "aborted")]
    later = clock() + 100 * DAY
    assert leavings.runs([route_id], later) == 1
    # The newest, and the newest that came to its end.
    assert ids(database, RUNS) == [made[1][1], made[2][1]]
    assert leavings.jobs([route_id], later) == 1
    assert ids(database, JOBS) == [made[1][0], made[2][0]]
    assert count(database, JOB_KEYS) == 2


def test_young_runs_and_those_of_other_routes_stay(
    database: Database, leavings: Leavings, route_id: int, clock: Clock
) -> None:
    for _ in range(3):
        worked_off(database, route_id, clock())
    assert leavings.runs([route_id], clock()) == 0
    assert leavings.runs([route_id + 1], clock() + DAY) == 0
    assert leavings.jobs([route_id], clock()) == 0
    assert len(ids(database, RUNS)) == 3


def test_a_job_under_way_and_one_that_waits_stay(
    database: Database, leavings: Leavings, route_id: int, clock: Clock
) -> None:
    jobs = Jobs(database)
    at_work = jobs.put(Request(route_id, "changes", "schedule", "clock"), clock())
    jobs.claim("w", clock(), clock() + DAY)
    run = Runs(database).start(at_work, route_id, "w", 1, clock())
    waits = jobs.put(Request(route_id, "changes", "schedule", "clock"), clock())
    leavings.runs([route_id], clock() + 100 * DAY)
    leavings.jobs([route_id], clock() + 100 * DAY)
    assert (ids(database, JOBS), ids(database, RUNS)) == ([at_work, waits], [run])


def test_a_job_goes_with_those_that_it_absorbed(
    database: Database, leavings: Leavings, route_id: int, clock: Clock
) -> None:
    jobs = Jobs(database)
    host = jobs.put(Request(route_id, "changes", "schedule", "clock"), clock())
    jobs.put(Request(route_id, "changes", "schedule", "clock"), clock())
    job = jobs.claim("w", clock(), clock() + DAY, only=host)
    assert job is not None
    jobs.finish(job, "done")
    newest, _ = worked_off(database, route_id, clock())
    assert leavings.jobs([route_id], clock() + 100 * DAY) == 2
    assert ids(database, JOBS) == [newest]


def test_the_keys_of_a_large_job_go_in_parts(database: Database, route_id: int, clock: Clock) -> None:
    worked_off(database, route_id, clock(), "done", *(str(number) for number in range(2 * BATCH + 1)))
    worked_off(database, route_id, clock())
    worked_off(database, route_id, clock())
    turns: list[int] = []
    leavings = Leavings(database, pause=lambda: turns.append(count(database, JOB_KEYS)))
    leavings.runs([route_id], clock() + 100 * DAY)
    leavings.jobs([route_id], clock() + 100 * DAY)
    # The run, the keys in three parts, the job.
    assert turns == [2 * BATCH + 1, BATCH + 1, 1, 0, 0]


def test_a_run_whose_plan_is_there_stays(
    database: Database, leavings: Leavings, vault: Vault, route_id: int, clock: Clock
) -> None:
    _, run = worked_off(database, route_id, clock())
    worked_off(database, route_id, clock())
    Plans(database, vault).begin(route_id, run, "held", "changes", "ann", clock())
    assert leavings.runs([route_id], clock() + 100 * DAY) == 0


def test_cured_failures_go_and_open_ones_stay(
    database: Database, leavings: Leavings, route_id: int, clock: Clock
) -> None:
    failures = Failures(database)
    for key in ("A", "B"):
        failures.record(route_id, [Trouble(key, key, "X", "", "", "", waiting=False, message=None)], clock())
    failures.resolve(route_id, ["A"], clock())
    assert leavings.failures([route_id], clock()) == 0
    assert leavings.failures([route_id], clock() + DAY) == 1
    with database.read() as connection:
        assert list(connection.scalars(select(FAILURES.c.key))) == ["B"]


def test_steps_of_decided_plans_go_and_the_plan_itself_stays(
    database: Database, leavings: Leavings, vault: Vault, route_id: int, clock: Clock
) -> None:
    plans = Plans(database, vault)
    made = []
    for _ in range(2):
        plan = plans.begin(route_id, None, "preview", "changes", "ann", clock())
        plans.add(plan, [PlanStep(str(place), "", "update") for place in range(BATCH + 5)], 0)
        plans.complete(plan, {"update": BATCH + 5}, {})
        made.append(plan)
    plans.decide(made[0], "dropped", "ann", clock())
    assert leavings.plan_steps([route_id], clock()) == 0
    assert leavings.plan_steps([route_id], clock() + DAY) == BATCH + 5
    assert count(database, STEPS) == BATCH + 5
    assert plans.get(made[0]).counts == {"update": BATCH + 5}


def test_alerts_that_are_over_go(database: Database, leavings: Leavings, clock: Clock) -> None:
    row = {"kind": "silence", "text": "", "fix": "", "details": {}, "raised_at": clock(), "last_at": clock()}
    with database.write() as connection:
        for subject, cleared in (("a", clock()), ("b", None)):
            connection.execute(ALERTS.insert().values(subject=subject, count=1, cleared_at=cleared, **row))
    assert leavings.alerts(clock()) == 0
    assert leavings.alerts(clock() + DAY) == 1
    assert count(database, ALERTS) == 1


def test_removing_ends_where_it_is_told_to(database: Database, route_id: int, clock: Clock) -> None:
    for _ in range(3):
        worked_off(database, route_id, clock())
    assert Leavings(database, stop=lambda: True).runs([route_id], clock() + 100 * DAY) == 0
    assert len(ids(database, RUNS)) == 3


def test_reports_go_when_they_are_old_unless_their_job_goes_on(
    database: Database, leavings: Leavings, route_id: int, clock: Clock
) -> None:
    jobs, book, pairings = Jobs(database), CoverageBook(database), Pairings(database)
    made = []
    for _ in range(2):
        job = jobs.put(Request(route_id, "coverage", "coverage", "ann", mode="read"), clock.advance(days=1))
        book.begin(route_id, job, "ann", clock())
        book.add(job, [Found(place, "syncable", "", "", str(place), str(place)) for place in range(BATCH + 1)], {}, 0)
        made.append(job)
    paired = jobs.put(Request(route_id, "pairs", "pairs", "ann", limits={"act": "find pairs"}, mode="read"), clock())
    pairings.begin(route_id, paired, "validate", "ann", clock(), b"sealed")
    for job in (made[0], paired):
        jobs.request_cancel(job)
    # Jobs that reports are about stay with them.
    assert leavings.jobs([route_id], clock() + DAY) == 0
    assert leavings.reports([route_id], clock() - 10 * DAY) == 0
    assert leavings.reports([route_id], clock() + DAY) == 2
    assert [look.job_id for look in book.all_of([route_id])] == [made[1]]
    assert (count(database, LOOKS), count(database, RECORDS)) == (1, BATCH + 1)
    assert pairings.newest(route_id) is None
    assert leavings.jobs([route_id], clock() + DAY) == 1
