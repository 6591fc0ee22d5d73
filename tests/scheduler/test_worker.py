"""Workers: whose job comes next, what waits for what, how a process ends, and what heals by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.awaited import awaited
from hub.backlog import backlog, expected
from hub.covering import look
from hub.errors import ConfigurationError, PlatformRefused, PlatformUnavailable, RateLimited
from hub.store.job import BACKFILL, SCHEDULE, SYNC_NOW, Job, Request
from hub.store.jobs import Jobs
from hub.store.workers import WorkerProcess
from hub.sync.lease import Lease
from hub.sync.work import MOST_TAKEOVERS
from hub.working import see_through, taken_by
from scheduler import healing, serving
from scheduler.worker import Pool
from tests.sync.conftest import Stage, staged

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as made:
        yield made


def put(stage: Stage, object_name: str, priority: int = SYNC_NOW, scope: str = "changes", **more: object) -> int:
    route = stage.route(object_name).id
    request = Request(route, scope, "sync now", "ann", priority=priority, **more)  # type: ignore[arg-type]
    return stage.hub.jobs.put(request, stage.clock())


def claim(stage: Stage) -> Job | None:
    now = stage.clock()
    return stage.hub.jobs.claim("w", now, now + MINUTE)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do; fails after ten seconds."""
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within ten seconds")


def probed(stage: Stage) -> None:
    """The clock asks the platforms that are down, and has its answers."""
    for thread in healing.probe(stage.hub, stage.clock()):
        thread.join(10)


def another(stage: Stage, name: str) -> int:
    """A second integration on the same platforms; answers its customer route."""
    known = stage.hub.integrations.get(stage.integration_id)
    other = stage.hub.integrations.save(name, known.shop_id, known.erp_id, known.settings)
    return stage.hub.routes.save(other, "customer", "shop_to_erp", enabled=True)


def claimed(stage: Stage) -> list[str]:
    """The objects of the waiting jobs, in the order in which one worker does them."""
    found = []
    while (job := claim(stage)) is not None:
        found.append(stage.hub.routes.get(job.route_id).object)
        stage.hub.jobs.finish(job, "done")
    return found


def test_sync_now_comes_before_the_schedule_and_that_before_a_backfill(stage: Stage) -> None:
    put(stage, "order", BACKFILL, "range")
    put(stage, "customer", SCHEDULE)
    put(stage, "inventory", SYNC_NOW)
    assert claimed(stage) == ["inventory", "customer", "order"]


def test_what_was_due_together_is_done_in_the_order_of_dependencies(stage: Stage) -> None:
    for name in ("inventory", "order", "product", "customer"):
        put(stage, name, SCHEDULE, tick=stage.clock())
    assert claimed(stage) == ["product", "customer", "order", "inventory"]


def test_inventory_waits_while_the_orders_that_were_due_with_it_are_being_done(stage: Stage) -> None:
    put(stage, "order", SCHEDULE, tick=stage.clock())
    put(stage, "inventory", SCHEDULE, tick=stage.clock())
    orders = claim(stage)
    assert orders is not None
    assert claim(stage) is None
    stage.hub.jobs.finish(orders, "done")
    assert claim(stage) is not None


def test_what_was_due_at_another_time_waits_for_nobody(stage: Stage) -> None:
    put(stage, "order", SCHEDULE, tick=stage.clock())
    put(stage, "inventory", SCHEDULE, tick=stage.clock() + MINUTE)
    assert claim(stage) is not None
    assert claim(stage) is not None


def test_integrations_take_turns(stage: Stage) -> None:
    other = another(stage, "bravo")
    for name in ("customer", "product", "order"):
        put(stage, name)
    stage.hub.jobs.put(Request(other, "changes", "sync now", "ann"), stage.clock())
    first, second = claim(stage), claim(stage)
    assert first is not None
    assert second is not None
    owners = [stage.hub.routes.get(job.route_id).integration_id for job in (first, second)]
    assert len(set(owners)) == 2


def test_the_integration_that_was_served_longest_ago_is_next(stage: Stage) -> None:
    other = another(stage, "bravo")
    put(stage, "customer")
    job = claim(stage)
    assert job is not None
    stage.hub.jobs.finish(job, "done")
    stage.clock.advance(1)
    put(stage, "product")
    late = stage.hub.jobs.put(Request(other, "changes", "sync now", "ann"), stage.clock())
    job = claim(stage)
    assert job is not None
    assert job.id == late


def test_jobs_of_a_paused_route_wait_and_the_backlog_says_why(stage: Stage) -> None:
    put(stage, "customer")
    stage.hub.routes.pause(stage.route("customer").id, stage.clock(), "ann")
    assert claim(stage) is None
    assert [one.why for one in backlog(stage.hub, stage.clock()).jobs] == ["the route was paused by ann"]
    stage.hub.routes.pause(stage.route("customer").id, None, "ann")
    assert claim(stage) is not None


# -- platforms in trouble ---------------------------------------------------------------------------------------


def test_a_platform_that_does_not_answer_makes_its_jobs_wait_until_it_is_back(stage: Stage) -> None:
    stage.shop.down = PlatformUnavailable("connection refused")
    job = put(stage, "customer")
    stage.hub.worker().work_off()
    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert run.state == "aborted"
    assert stage.hub.jobs.get(job).state == "waiting"
    assert stage.hub.worker().work_off() is None
    why = backlog(stage.hub, stage.clock()).jobs[0].why
    assert why.startswith("shop does not answer")

    probed(stage)
    assert stage.hub.worker().work_off() is None
    stage.shop.down = None
    stage.clock.advance(11)
    probed(stage)
    assert stage.hub.worker().work_off() is not None
    assert stage.hub.jobs.get(job).state == "done"


def test_a_platform_that_stays_away_is_asked_ever_more_rarely(stage: Stage) -> None:
    stage.shop.down = PlatformUnavailable("connection refused")
    put(stage, "customer")
    stage.hub.worker().work_off()
    asked = []
    for _ in range(700):
        stage.clock.advance(1)
        if stage.hub.health.due(stage.clock()):
            asked.append(stage.clock())
    distances = [(later - earlier).total_seconds() for earlier, later in pairwise(asked)]
    assert distances == [20, 40, 80, 160, 300]


def test_only_one_clock_asks_a_platform_that_is_due(stage: Stage) -> None:
    stage.hub.health.unavailable("shop", "gone", stage.clock())
    stage.clock.advance(60)
    assert len(stage.hub.health.due(stage.clock())) == 1
    assert stage.hub.health.due(stage.clock()) == []


def test_refused_credentials_stop_everything_at_once_until_they_are_mended(stage: Stage) -> None:
    stage.erp.down = PlatformRefused("wrong password")
    job = put(stage, "customer", SCHEDULE)
    stage.shop.add_customer("1")
    stage.hub.worker().work_off()
    assert stage.hub.jobs.get(job).state == "waiting"
    stage.clock.advance(24 * 3600)
    probed(stage)
    assert claim(stage) is None
    calls = stage.erp.calls.total()
    probed(stage)
    assert stage.erp.calls.total() == calls

    stage.erp.down = None
    erp = stage.hub.connections.named("erp")
    stage.hub.connections.save("erp", erp.platform, {**erp.settings, "read_timeout": 30}, erp.secret)
    assert stage.hub.worker().work_off() is not None
    assert stage.hub.jobs.get(job).state == "done"


def test_a_person_who_asks_again_does_not_wait_for_the_next_probe(stage: Stage) -> None:
    stage.shop.down = PlatformUnavailable("connection refused")
    see_through(stage.hub, put(stage, "customer"))
    stage.shop.down = None
    run = see_through(stage.hub, put(stage, "customer"))
    assert run.state == "done"
    assert stage.hub.health.of(stage.hub.connections.named("shop").id).well


def test_a_platform_that_asks_us_to_wait_is_not_down(stage: Stage) -> None:
    stage.shop.down = RateLimited("later", wait=timedelta(seconds=90))
    put(stage, "customer")
    stage.hub.worker().work_off()
    stage.shop.down = None
    assert stage.hub.health.of(stage.hub.connections.named("shop").id).well
    stage.clock.advance(89)
    assert claim(stage) is None
    stage.clock.advance(2)
    assert claim(stage) is not None


def test_a_preview_that_met_a_platform_that_is_down_is_over(stage: Stage) -> None:
    stage.shop.down = PlatformUnavailable("connection refused")
    job = put(stage, "customer", mode="preview")
    stage.hub.worker().work_off()
    assert stage.hub.jobs.get(job).state == "done"


def test_what_waiting_may_have_cured_is_tried_by_the_clock(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.shop.loses_answer["MUG"] = 1
    stage.work("product", "initialize")
    assert [one.state for one in stage.failures("product").values()] == ["waiting"]
    assert healing.retry(stage.hub, stage.clock()) == 0
    stage.clock.advance(3600)
    assert healing.retry(stage.hub, stage.clock()) == 1
    assert healing.retry(stage.hub, stage.clock()) == 0
    stage.hub.worker().work_off()
    assert stage.failures("product") == {}


# -- processes --------------------------------------------------------------------------------------------------


def test_a_job_whose_workers_die_again_and_again_is_given_up(stage: Stage) -> None:
    job = put(stage, "customer")
    for _ in range(MOST_TAKEOVERS + 2):
        assert claim(stage) is not None
        stage.clock.advance(61)
    stage.hub.worker().work_off()
    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert run.state == "aborted"
    assert "was gone" in run.error
    assert stage.hub.jobs.get(job).state == "done"


def test_a_worker_that_is_told_to_end_begins_no_new_record_and_another_goes_on(stage: Stage) -> None:
    for number in range(150):
        stage.erp.add_item(f"I{number:03}")
    job = put(stage, "product", scope="initialize")
    told = threading.Event()
    stage.hub.progress = lambda tally: told.set()
    stage.hub.worker(told.is_set).work_off()
    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert run.state == "interrupted"
    # What was under way came to its end; nothing of the second page was begun.
    assert 0 < len(stage.shop.table("variants")) <= 100
    assert stage.hub.jobs.get(job).state == "waiting"
    stage.hub.worker().work_off()
    assert stage.hub.jobs.get(job).state == "done"
    assert len(stage.shop.table("variants")) == 150


def test_a_database_that_was_away_in_mid_run_costs_nothing_but_time(stage: Stage) -> None:
    for number in range(150):
        stage.erp.add_item(f"I{number:03}")
    job = put(stage, "product", scope="initialize")

    def away(tally: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("terminating connection"))

    stage.hub.progress = away
    stage.hub.worker().work_off()
    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert run.state == "aborted"
    assert "did not serve us" in run.error
    stage.hub.progress = lambda tally: None
    assert claim(stage) is None
    stage.clock.advance(61)
    stage.hub.worker().work_off()
    assert stage.hub.jobs.get(job).state == "done"
    assert len(stage.shop.table("variants")) == 150


def test_a_pool_does_what_waits_and_leaves_nothing_behind_when_it_ends(stage: Stage) -> None:
    stage.shop.add_customer("1")
    job = put(stage, "customer")
    pool = Pool(stage.hub, 2)
    pool.start()
    until(lambda: stage.hub.jobs.get(job).state == "done")
    assert pool.stop()
    assert stage.hub.workers.alive(stage.clock()) == []


def test_a_job_that_hears_nothing_from_its_platform_keeps_no_place(stage: Stage) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hang() -> None:
        entered.set()
        leave.wait(10)

    stage.shop.add_customer("1")
    stage.erp.pause = hang
    stuck = put(stage, "customer")
    pool = Pool(stage.hub, 1)
    pool.start()
    try:
        assert entered.wait(10)
        other = put(stage, "product", scope="initialize")
        pool.nudge()
        time.sleep(0.2)
        assert stage.hub.jobs.get(other).state == "waiting"
        stage.clock.advance(4)
        pool.nudge()
        until(lambda: stage.hub.jobs.get(other).state == "done")
        assert stage.hub.jobs.get(stuck).state == "running"
    finally:
        leave.set()
        pool.stop()


def test_a_second_worker_process_on_sqlite_is_refused(stage: Stage) -> None:
    with (
        serving.only_worker(stage.hub),
        pytest.raises(ConfigurationError, match="on SQLite only one may"),
        serving.only_worker(stage.hub),
    ):
        pass


def test_sync_now_says_that_nobody_works_or_who_took_it(stage: Stage) -> None:
    job = put(stage, "customer")
    assert taken_by(stage.hub, job).startswith("No worker is running")
    stage.hub.workers.say(WorkerProcess("w1", "local", 4, stage.clock(), stage.clock(), False))
    assert taken_by(stage.hub, job).startswith("No worker has taken it yet (1 there)")
    assert claim(stage) is not None
    assert taken_by(stage.hub, job) == "w took it."


def test_the_backlog_tells_its_age_and_when_it_will_be_done(stage: Stage) -> None:
    stage.work("customer", "initialize")
    put(stage, "customer")
    stage.clock.advance(90)
    found = backlog(stage.hub, stage.clock())
    assert (len(found.jobs), found.places, found.oldest) == (1, 0, timedelta(seconds=90))
    assert found.expected is None


def test_looking_and_previewing_tell_nothing_about_how_long_a_run_takes(stage: Stage) -> None:
    stage.work("customer", "initialize")
    stage.work("customer", mode="preview")
    look(stage.hub, stage.route("customer"))
    assert stage.hub.worker().work_off() is not None
    route = stage.route("customer").id
    assert len(stage.hub.runs.newest([route], 9)) == 3
    assert len(stage.hub.runs.spans([route], 9)[route]) == 1


def test_one_job_is_told_the_reason_that_the_backlog_tells(stage: Stage) -> None:
    first, second = put(stage, "customer"), put(stage, "product")
    assert claim(stage) is not None
    behind = put(stage, "customer", scope="range")
    stage.hub.routes.pause(stage.route("product").id, stage.clock(), "ann")
    told = {one.job.id: one.why for one in backlog(stage.hub, stage.clock()).jobs}
    assert {job: awaited(stage.hub, job).why for job in (first, second, behind)} == told
    assert told == {first: "", second: "the route was paused by ann", behind: "another job of the route is being done"}


def test_whoever_waits_for_one_job_asks_nothing_about_others(stage: Stage) -> None:
    for name in ("customer", "product", "order", "inventory"):
        stage.work(name)
    job, asked, counts = put(stage, "customer"), list[str](), list[int]()
    event.listen(stage.hub.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    for others in ([], ["product", "order", "inventory"]):
        for name in others:
            put(stage, name)
        asked.clear()
        awaited(stage.hub, job)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_expected_time_is_shared_by_the_places_and_never_shorter_than_the_longest_job(stage: Stage) -> None:
    ids = [put(stage, name) for name in ("customer", "product", "order")]
    jobs = [stage.hub.jobs.get(one) for one in ids]
    spans = {job.route_id: [MINUTE, 2 * MINUTE, 9 * MINUTE] for job in jobs}
    assert expected(jobs, spans, 1) == 6 * MINUTE
    assert expected(jobs, spans, 2) == 3 * MINUTE
    assert expected(jobs, spans, 6) == 2 * MINUTE
    assert expected(jobs, {}, 6) is None


# -- what reviewers found ---------------------------------------------------------------------------------------


def test_a_platform_that_answers_only_when_asked_is_worked_with_ever_more_rarely(stage: Stage) -> None:
    stage.shop.down = PlatformUnavailable("502 to everything but the ping")
    put(stage, "customer")
    tries = 0
    for _ in range(1200):
        if stage.hub.worker().work_off() is not None:
            tries += 1
        down, stage.shop.down = stage.shop.down, None
        probed(stage)
        stage.shop.down = down
        stage.clock.advance(1)
    assert tries <= 9


def test_a_run_that_never_asked_a_platform_says_nothing_about_it(stage: Stage) -> None:
    stage.work("product", "initialize")
    shop = stage.hub.connections.named("shop")
    stage.hub.health.refused("shop", "wrong key", stage.clock())
    job = put(stage, "product")
    assert stage.hub.worker().work_off(job) is not None
    assert stage.hub.health.of(shop.id).refused_at is not None
    stage.hub.health.mended(shop.id, stage.clock())
    assert stage.hub.health.of(shop.id).well


def test_jobs_whose_workers_are_gone_take_no_place_of_those_that_are_there(stage: Stage) -> None:
    put(stage, "customer")
    assert claim(stage) is not None
    assert stage.hub.jobs.running(stage.clock()) == 1
    stage.clock.advance(61)
    assert (stage.hub.jobs.running(stage.clock()), stage.hub.jobs.claimable(stage.clock())) == (0, 1)


def test_a_lease_outlives_a_database_that_is_away_for_a_moment(stage: Stage) -> None:
    put(stage, "customer")
    job = claim(stage)
    assert job is not None
    renewed = threading.Event()

    class Away(Jobs):
        calls = 0

        def heartbeat(self, job: Job, until: datetime) -> bool:
            Away.calls += 1
            if Away.calls == 1:
                raise OperationalError("UPDATE job", {}, Exception("terminating connection"))
            renewed.set()
            return super().heartbeat(job, until)

    with Lease(Away(stage.hub.database), job, timedelta(seconds=0.2), stage.clock):
        assert renewed.wait(10)


@pytest.mark.parametrize("how", ["put off", "given back"])
def test_a_job_that_is_cancelled_and_then_put_back_is_over_and_swallows_nothing(stage: Stage, how: str) -> None:
    first = put(stage, "customer")
    job = claim(stage)
    assert job is not None
    assert stage.hub.jobs.request_cancel(first)
    if how == "put off":
        stage.hub.jobs.put_off(job, stage.clock())
    else:
        stage.hub.jobs.give_back(job)
    assert stage.hub.jobs.get(first).state == "cancelled"
    assert put(stage, "customer", scope="full") != first


def test_a_database_that_has_no_connection_left_costs_nothing_but_time(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    job = put(stage, "product", scope="initialize")

    def exhausted(tally: object) -> None:
        raise PoolTimeout("QueuePool limit of size 5 overflow 10 reached")

    stage.hub.progress = exhausted
    stage.hub.worker().work_off()
    assert stage.hub.jobs.get(job).state == "waiting"


def test_once_told_to_end_no_job_is_begun(stage: Stage) -> None:
    told = threading.Event()
    told.set()
    with serving.workers(stage.hub, 1, told), serving.clock(stage.hub, told):
        job = put(stage, "customer")
        time.sleep(0.1)
        assert stage.hub.jobs.get(job).state == "waiting"
