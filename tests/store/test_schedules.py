from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.schedule import NEVER, Schedule, daily, every, weekly
from hub.store.database import Database
from hub.store.integrations import Integrations
from hub.store.job import SCHEDULE, SYNC_NOW, Request, Wanted
from hub.store.job_batches import put_many
from hub.store.jobs import Jobs
from hub.store.routes import Routes
from hub.store.runs import Runs
from hub.store.schedules import Move, Schedules
from tests.store.conftest import Clock

BERLIN = "Europe/Berlin"


@pytest.fixture
def schedules(database: Database) -> Schedules:
    return Schedules(database)


def request(route_id: int, **more: Any) -> Request:
    usual = {"scope": "changes", "reason": "schedule", "actor": "clock", "priority": SCHEDULE}
    return Request(route_id, **{**usual, **more})


@pytest.mark.parametrize(
    "schedule",
    [NEVER, daily("02:30"), weekly(["friday", "monday"], "23:30"), every("15m"), every("2h", "22:00", "06:00")],
    ids=str,
)
def test_what_is_saved_comes_back(schedules: Schedules, route_id: int, clock: Clock, schedule: Schedule) -> None:
    assert schedules.get(route_id) is None
    schedules.save(route_id, schedule, BERLIN, now=clock(), actor="ann")
    stored = schedules.get(route_id)
    assert stored is not None
    assert (stored.schedule, stored.zone, stored.saved_at, stored.saved_by) == (schedule, BERLIN, clock(), "ann")
    assert (stored.next_run_at, stored.last_planned_at) == (None, None)


def test_saving_the_same_again_changes_nothing_and_another_one_forgets_the_next_time(
    schedules: Schedules, route_id: int, clock: Clock
) -> None:
    schedules.save(route_id, daily("02:30"), BERLIN, now=clock(), actor="ann")
    planned = clock() + timedelta(hours=3)
    schedules.advance([Move(route_id, planned, BERLIN, clock())])
    before = schedules.get(route_id)
    schedules.save(route_id, daily("02:30"), BERLIN, now=clock.advance(hours=1), actor="bob")
    assert schedules.get(route_id) == before
    schedules.save(route_id, daily("03:30"), BERLIN, now=clock(), actor="bob")
    after = schedules.get(route_id)
    assert before is not None
    assert after is not None
    assert (after.next_run_at, after.last_planned_at, after.saved_by) == (None, before.last_planned_at, "bob")


def test_a_schedule_can_be_taken_away(schedules: Schedules, route_id: int, clock: Clock) -> None:
    schedules.save(route_id, daily("02:30"), BERLIN, now=clock(), actor="ann")
    schedules.remove(route_id)
    schedules.remove(route_id)
    assert schedules.get(route_id) is None


def test_only_what_is_due_or_not_computed_is_found_and_never_is_neither(
    schedules: Schedules, database: Database, integration_id: int, clock: Clock
) -> None:
    routes = Routes(database)
    made = {
        name: routes.save(integration_id, name, "shop_to_erp", enabled=True)
        for name in ("customer", "product", "order", "inventory")
    }
    for route in made.values():
        schedules.save(route, daily("02:30"), BERLIN, now=clock(), actor="ann")
    now = clock()
    schedules.advance([Move(made["customer"], now, BERLIN), Move(made["product"], now + timedelta(seconds=1), BERLIN)])
    schedules.save(made["inventory"], NEVER, BERLIN, now=now, actor="ann")
    assert schedules.due_integrations(now) == [(integration_id, 2)]
    found = schedules.due(now, [integration_id])
    assert [(one.object, one.stored.next_run_at) for one in found] == [("customer", now), ("order", None)]
    assert schedules.due(now, [integration_id + 1]) == []
    assert schedules.due_integrations(now - timedelta(days=1)) == [(integration_id, 1)]


def test_the_query_for_what_is_due_uses_the_index(database: Database, schedules: Schedules) -> None:
    if database.engine.dialect.name != "sqlite":
        assert schedules.due_integrations(datetime(2026, 11, 21, tzinfo=UTC)) == []
        return
    with database.read() as connection:
        sql = "select route_id from schedule where next_run_at <= '2026' or (next_run_at is null and kind <> 'never')"
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"explain query plan {sql}"))
    assert "schedule_due" in plan
    assert "SCAN" not in plan


def test_another_zone_makes_the_next_times_of_its_integration_open_again(
    schedules: Schedules, database: Database, integration_id: int, route_id: int, clock: Clock
) -> None:
    integrations = Integrations(database)
    integration = integrations.get(integration_id)
    other = integrations.save("other", integration.shop_id, integration.erp_id, {})
    elsewhere = Routes(database).save(other, "product", "erp_to_shop", enabled=True)
    for route in (route_id, elsewhere):
        schedules.save(route, daily("02:30"), BERLIN, now=clock(), actor="ann", next_run_at=clock())
    schedules.rezone(integration_id, BERLIN)
    assert schedules.due_integrations(clock() - timedelta(days=1)) == []
    schedules.rezone(integration_id, "Asia/Tokyo")
    assert schedules.due_integrations(clock() - timedelta(days=1)) == [(integration_id, 1)]
    assert schedules.of(integration_id)[route_id].zone == BERLIN


# -- many jobs at once ------------------------------------------------------------------------------------------------


def made_routes(database: Database, integration_id: int) -> list[int]:
    routes = Routes(database)
    return [
        routes.save(integration_id, name, "shop_to_erp", enabled=True) for name in ("customer", "order", "inventory")
    ]


def test_many_jobs_follow_the_rules_of_one(database: Database, integration_id: int, clock: Clock) -> None:
    jobs = Jobs(database)
    empty, waiting, ranged = made_routes(database, integration_id)
    host = jobs.put(request(waiting, scope="keys", keys=[Wanted("A")], priority=10), clock())
    apart = jobs.put(request(ranged, scope="range", limits={"numbers": ["1", "9"]}), clock())
    wanted = [request(route, planned_at=clock(), tick=clock()) for route in (empty, waiting, ranged)]
    assert put_many(database, wanted, clock()) == 3
    assert (jobs.get(host).scope, jobs.get(host).priority, jobs.get(host).tick) == ("changes", SCHEDULE, None)
    assert jobs.get(apart).scope == "range"
    waiting_jobs = jobs.unfinished([empty, ranged])
    assert [(job.route_id, job.scope, job.planned_at) for job in waiting_jobs if job.id != apart] == [
        (empty, "changes", clock()),
        (ranged, "changes", clock()),
    ]
    # What waits as one job came to be in the same form as by a single put.
    single = jobs.get(jobs.put(request(empty), clock.advance(seconds=1)))
    assert single.id == next(job.id for job in waiting_jobs if job.route_id == empty)


def test_a_wider_and_more_urgent_job_that_waits_stays_so(database: Database, integration_id: int, clock: Clock) -> None:
    jobs = Jobs(database)
    route = made_routes(database, integration_id)[0]
    host = jobs.put(request(route, scope="full", priority=SYNC_NOW), clock())
    assert put_many(database, [request(route, planned_at=clock())], clock()) == 1
    assert (jobs.get(host).scope, jobs.get(host).priority) == ("full", SYNC_NOW)


def test_planned_times_that_are_there_are_passed_over_and_the_others_inserted(
    database: Database, integration_id: int, clock: Clock
) -> None:
    first, second, _third = made_routes(database, integration_id)
    jobs = Jobs(database)
    jobs.put(request(first, planned_at=clock()), clock())
    wanted = [request(route, planned_at=clock()) for route in (first, second)]
    assert put_many(database, wanted, clock()) == 1
    assert put_many(database, wanted, clock()) == 0
    assert [job.route_id for job in jobs.unfinished([first, second])] == [first, second]


def test_jobs_that_it_cannot_take_are_refused(database: Database, route_id: int, clock: Clock) -> None:
    with pytest.raises(ValueError, match="one job of each route"):
        put_many(database, [request(route_id), request(route_id)], clock())
    with pytest.raises(ValueError, match="no jobs with keys"):
        put_many(database, [request(route_id, keys=[Wanted("A")])], clock())
    with pytest.raises(ValueError, match="done apart"):
        put_many(database, [request(route_id, scope="range")], clock())


def test_the_last_run_of_each_route_is_known_and_previews_do_not_count(
    database: Database, integration_id: int, clock: Clock
) -> None:
    first, second, third = made_routes(database, integration_id)
    jobs, runs = Jobs(database), Runs(database)
    made = {}
    for route, mode in ((first, "write"), (first, "write"), (first, "preview"), (second, "write"), (third, "preview")):
        job = jobs.put(request(route, mode=mode), clock())
        made[route, mode] = runs.start(job, route, "w", 1, clock())
    assert {route: run.id for route, run in runs.latest([first, second, third]).items()} == {
        first: made[first, "write"],
        second: made[second, "write"],
    }
    assert runs.latest([]) == {}
