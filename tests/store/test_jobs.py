from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from hub.store.database import Database
from hub.store.job import BACKFILL, SCHEDULE, SYNC_NOW, Request, Wanted
from hub.store.jobs import Jobs
from hub.store.routes import Routes
from tests.store.conftest import Clock

LEASE = timedelta(seconds=60)


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database)


def request(route_id: int, scope: str = "changes", **more: object) -> Request:
    return Request(route_id, scope, "schedule", "clock", **more)  # type: ignore[arg-type]


def test_a_waiting_job_absorbs_a_later_one_with_its_keys_scope_and_priority(
    jobs: Jobs, route_id: int, clock: Clock
) -> None:
    first = jobs.put(request(route_id, "keys", keys=[Wanted("A")], priority=SCHEDULE), clock())
    second = jobs.put(request(route_id, "full", keys=[Wanted("B", follows=7)], priority=SYNC_NOW), clock())
    job = jobs.get(first)
    assert second == first
    assert (job.scope, job.priority) == ("full", SYNC_NOW)
    assert [(key.key, key.follows) for key in jobs.keys(first)] == [("A", None), ("B", 7)]


def test_a_range_neither_absorbs_nor_is_absorbed(jobs: Jobs, route_id: int, clock: Clock) -> None:
    changes = jobs.put(request(route_id), clock())
    ranged = jobs.put(request(route_id, "range", limits={"numbers": ["1", "9"]}, priority=BACKFILL), clock())
    again = jobs.put(request(route_id), clock())
    assert again == changes != ranged


def test_a_running_job_absorbs_nothing(jobs: Jobs, route_id: int, clock: Clock) -> None:
    first = jobs.put(request(route_id), clock())
    assert jobs.claim("w1", clock(), clock() + LEASE) is not None
    assert jobs.put(request(route_id), clock()) != first


def test_the_same_planned_time_is_inserted_once(jobs: Jobs, route_id: int, clock: Clock) -> None:
    jobs.put(request(route_id, planned_at=clock()), clock())
    with pytest.raises(IntegrityError):
        jobs.put(request(route_id, planned_at=clock()), clock())


def test_the_higher_priority_is_claimed_first_and_one_route_runs_once(
    jobs: Jobs, database: Database, integration_id: int, route_id: int, clock: Clock
) -> None:
    other = Routes(database).save(integration_id, "customer", "shop_to_erp", enabled=True)
    jobs.put(request(route_id, priority=SCHEDULE), clock())
    urgent = jobs.put(request(other, priority=SYNC_NOW), clock())
    ranged = jobs.put(request(other, "range", priority=SYNC_NOW), clock())
    first = jobs.claim("w1", clock(), clock() + LEASE)
    assert first is not None
    assert first.id == urgent
    assert jobs.claim("w2", clock(), clock() + LEASE, only=ranged) is None
    second = jobs.claim("w2", clock(), clock() + LEASE)
    assert second is not None
    assert second.route_id == route_id


def test_a_priority_that_was_changed_changes_the_order_in_which_jobs_are_claimed(
    jobs: Jobs, database: Database, integration_id: int, route_id: int, clock: Clock
) -> None:
    routes = [route_id, Routes(database).save(integration_id, "customer", "shop_to_erp", enabled=True)]
    routes.append(Routes(database).save(integration_id, "order", "shop_to_erp", enabled=True))
    first, second, third = (jobs.put(request(route, priority=SCHEDULE), clock()) for route in routes)
    jobs.prioritize(third, SYNC_NOW)
    jobs.prioritize(first, BACKFILL)
    claimed = [jobs.claim("w1", clock(), clock() + LEASE) for _ in routes]
    assert [job.id for job in claimed if job] == [third, second, first]


def test_a_job_whose_priority_was_lowered_is_as_urgent_as_one_that_it_takes_in(
    jobs: Jobs, route_id: int, clock: Clock
) -> None:
    job = jobs.put(request(route_id, priority=SCHEDULE), clock())
    jobs.prioritize(job, BACKFILL)
    jobs.put(request(route_id, priority=SYNC_NOW), clock())
    assert jobs.get(job).priority == SYNC_NOW


def test_many_workers_claim_each_job_once(jobs: Jobs, database: Database, integration_id: int, clock: Clock) -> None:
    routes = Routes(database)
    made = [
        routes.save(integration_id, name, direction, enabled=True)
        for name in ("customer", "order", "inventory", "product")
        for direction in ("shop_to_erp", "erp_to_shop")
    ]
    for route in made:
        jobs.put(request(route), clock())

    def claim_all(worker: int) -> list[int]:
        mine = []
        while (job := jobs.claim(f"w{worker}", clock(), clock() + LEASE)) is not None:
            mine.append(job.id)
        return mine

    with ThreadPoolExecutor(4) as pool:
        claimed = [job for part in pool.map(claim_all, range(4)) for job in part]
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == len(made)


def test_a_lease_that_ran_out_is_taken_over_and_the_old_worker_is_fenced_off(
    jobs: Jobs, route_id: int, clock: Clock
) -> None:
    jobs.put(request(route_id), clock())
    old = jobs.claim("w1", clock(), clock() + LEASE)
    assert old is not None
    assert jobs.claim("w2", clock(), clock() + LEASE) is None
    clock.advance(seconds=61)
    new = jobs.claim("w2", clock(), clock() + LEASE)
    assert new is not None
    assert new.fence == old.fence + 1
    assert not jobs.heartbeat(old, clock() + LEASE)
    assert not jobs.finish(old, "done")
    assert jobs.heartbeat(new, clock() + LEASE)
    assert jobs.finish(new, "done")


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked_to_stop(
    jobs: Jobs, route_id: int, clock: Clock
) -> None:
    waiting = jobs.put(request(route_id), clock())
    assert jobs.request_cancel(waiting)
    assert jobs.get(waiting).state == "cancelled"
    running = jobs.put(request(route_id), clock())
    jobs.claim("w1", clock(), clock() + LEASE)
    assert jobs.request_cancel(running)
    assert jobs.get(running).cancel_requested
    assert not jobs.request_cancel(waiting)
