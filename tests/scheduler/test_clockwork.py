from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from hub.schedule import NEVER, daily, every
from hub.store.database import Database, make_engine
from hub.store.job import SCHEDULE, SYNC_NOW, Job, Request, Wanted
from hub.store.leases import CLOCK, Leases
from scheduler.clockwork import LEASE, Clockwork
from scheduler.duties import Duty
from tests.scheduler.conftest import Clock, Scene, make_integration

SECOND = timedelta(seconds=1)


def berlin(text: str) -> datetime:
    """A time of November 2026 in Berlin: "22 02:30"."""
    return datetime.fromisoformat(f"2026-11-{text}:00+01:00").astimezone(UTC)


@pytest.fixture
def clockwork(scene: Scene) -> Clockwork:
    return Clockwork(scene.hub, "one")


def test_what_is_due_becomes_a_job_and_the_schedule_goes_on(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    route = scene.plan(daily("02:30"))
    assert clockwork.tick(clock()) == 0
    assert scene.stored().next_run_at == berlin("22 02:30")
    clock.time = berlin("22 02:30") - SECOND
    assert clockwork.tick(clock()) == 0
    now = clock.advance(seconds=1.4)
    assert clockwork.tick(now) == 1
    (job,) = scene.jobs()
    assert (job.route_id, job.scope, job.priority, job.reason) == (route, "changes", SCHEDULE, "schedule")
    assert (job.planned_at, job.tick, job.state) == (berlin("22 02:30"), now, "waiting")
    assert (scene.stored().last_planned_at, scene.stored().next_run_at) == (berlin("22 02:30"), berlin("23 02:30"))
    assert clockwork.tick(clock.advance(seconds=1)) == 0


def test_what_was_missed_is_caught_up_once(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    scene.plan(every("15m"))
    clockwork.tick(clock())
    clock.advance(days=3, minutes=7)
    assert clockwork.tick(clock()) == 1
    assert [job.planned_at for job in scene.jobs()] == [datetime(2026, 11, 21, 12, 15, tzinfo=UTC)]
    assert scene.stored().next_run_at == datetime(2026, 11, 24, 12, 15, tzinfo=UTC)
    assert clockwork.tick(clock.advance(seconds=1)) == 0


def test_a_time_that_passed_before_any_clock_ran_is_caught_up_too(
    scene: Scene, clock: Clock, clockwork: Clockwork
) -> None:
    scene.plan(daily("02:30"))
    clock.advance(days=2)
    assert clockwork.tick(clock()) == 1
    assert scene.jobs()[0].planned_at == berlin("22 02:30")


def test_another_zone_moves_the_next_time_and_starts_nothing_by_itself(
    scene: Scene, clock: Clock, clockwork: Clockwork
) -> None:
    scene.plan(daily("02:30"))
    clockwork.tick(clock())
    clock.advance(days=1)
    assert clockwork.tick(clock()) == 1
    scene.change(zone="Asia/Tokyo")
    assert clockwork.tick(clock()) == 0
    assert scene.stored().zone == "Asia/Tokyo"
    assert scene.stored().next_run_at == datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    scene.change(currency="USD")
    assert scene.stored().next_run_at == datetime(2026, 11, 22, 17, 30, tzinfo=UTC)


def test_a_route_is_armed_by_its_first_load(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    route = scene.plan(every("1h"))
    for state in ("none", "running"):
        scene.hub.routes.set_initialization(route, state)  # type: ignore[arg-type]
        assert clockwork.tick(clock.advance(hours=1)) == 0
    assert scene.stored().next_run_at == datetime(2026, 11, 21, 15, tzinfo=UTC)
    scene.hub.routes.set_initialization(route, "done_with_failures")
    assert clockwork.tick(clock.advance(seconds=1)) == 0
    assert clockwork.tick(clock.advance(hours=1)) == 1
    # A first load that is repeated, and broken off, does not disarm it.
    scene.hub.routes.set_initialization(route, "running")
    assert clockwork.tick(clock.advance(hours=1)) == 1


def test_orders_are_armed_by_their_cut_over(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    scene.change(order_cut_over=None)
    scene.plan(every("1h"), "order")
    assert clockwork.tick(clock.advance(hours=1)) == 0
    scene.change(order_cut_over="2026-11-21T16:00:00+01:00")
    assert clockwork.tick(clock.advance(hours=1)) == 0
    assert clockwork.tick(clock.advance(hours=1)) == 1
    assert [job.planned_at for job in scene.jobs()] == [datetime(2026, 11, 21, 15, tzinfo=UTC)]


def test_a_route_that_is_off_is_not_due_and_goes_on_with_its_plan_when_it_is_on_again(
    scene: Scene, clock: Clock, clockwork: Clockwork
) -> None:
    route = scene.plan(every("1h"))
    scene.hub.routes.save(scene.integration_id, "customer", "shop_to_erp", enabled=False)
    for _hour in range(3):
        assert clockwork.tick(clock.advance(hours=1)) == 0
    scene.hub.routes.save(scene.integration_id, "customer", "shop_to_erp", enabled=True)
    assert clockwork.tick(clock.advance(minutes=59)) == 0
    assert clockwork.tick(clock.advance(minutes=1)) == 1
    assert [(job.route_id, job.planned_at) for job in scene.jobs()] == [(route, datetime(2026, 11, 21, 16, tzinfo=UTC))]


def test_never_is_never(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    scene.plan(daily("02:30"))
    scene.plan(NEVER)
    clockwork.tick(clock())
    assert clockwork.tick(clock.advance(days=400)) == 0
    assert (scene.stored().next_run_at, scene.jobs()) == (None, [])


def test_a_waiting_job_takes_the_next_one_in(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    route = scene.plan(every("1h"))
    asked = scene.hub.jobs.put(Request(route, "keys", "sync now", "ann", SYNC_NOW, [Wanted("A")]), clock())
    clockwork.tick(clock())
    assert [clockwork.tick(clock.advance(hours=1)) for _hour in range(2)] == [1, 1]
    host, *absorbed = scene.jobs()
    assert (host.id, host.scope, host.priority, host.tick) == (asked, "changes", SYNC_NOW, None)
    assert [key.key for key in scene.hub.jobs.keys(asked)] == ["A"]
    assert [(job.state, job.absorbed_into) for job in absorbed] == [("absorbed", asked)] * 2
    assert [job.planned_at.hour for job in absorbed if job.planned_at] == [13, 14]


def test_a_planned_time_that_is_a_job_already_is_passed_over(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    route = scene.plan(daily("02:30"))
    clockwork.tick(clock())
    scene.hub.jobs.put(Request(route, "changes", "schedule", "x", planned_at=berlin("22 02:30")), clock())
    clock.advance(days=1)
    assert clockwork.tick(clock()) == 0
    assert len(scene.jobs()) == 1
    assert scene.stored().next_run_at == berlin("23 02:30")


def test_routes_that_are_due_together_have_the_same_tick(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    names = ["inventory", "order", "product", "customer"]
    for name in names:
        scene.plan(daily("02:30"), name)
    clockwork.tick(clock())
    now = clock.advance(days=1)
    assert clockwork.tick(now) == 4
    assert {job.tick for job in scene.jobs()} == {now}


def claimed(scene: Scene, clock: Clock) -> Job | None:
    return scene.hub.jobs.claim("w", clock(), clock() + timedelta(hours=9))


def test_a_route_that_takes_longer_than_its_schedule_does_not_keep_the_next_ones_waiting_for_ever(
    scene: Scene, clock: Clock, clockwork: Clockwork
) -> None:
    for name in ("product", "order"):
        scene.plan(every("15m"), name)
    clockwork.tick(clock())
    clockwork.tick(clock.advance(minutes=15))
    products = claimed(scene, clock)
    assert products is not None
    assert products.route_id == scene.route("product").id
    for _turn in range(3):
        assert clockwork.tick(clock.advance(minutes=15)) == 2
    assert claimed(scene, clock) is None
    scene.hub.jobs.finish(products, "done")
    orders = claimed(scene, clock)
    assert orders is not None
    assert orders.route_id == scene.route("order").id


def test_a_paused_route_does_not_hold_back_the_others_of_its_integration(
    scene: Scene, clock: Clock, clockwork: Clockwork
) -> None:
    for name in ("customer", "order"):
        scene.plan(every("15m"), name)
    scene.hub.routes.pause(scene.route("customer").id, clock(), "bob")
    clockwork.tick(clock())
    assert clockwork.tick(clock.advance(minutes=15)) == 2
    orders = claimed(scene, clock)
    assert orders is not None
    assert orders.route_id == scene.route("order").id
    assert claimed(scene, clock) is None


def test_batches_take_all_and_do_not_tear_an_integration_apart(scene: Scene, clock: Clock) -> None:
    others = [make_integration(scene.hub, f"number {number}") for number in range(3)]
    everything = [scene.integration_id, *others]
    for integration in everything:
        for route in scene.hub.routes.of(integration):
            scene.hub.schedules.save(route.id, every("1h"), "Europe/Berlin", now=clock(), actor="ann")
    told: list[int] = []
    clockwork = Clockwork(scene.hub, "one", nudge=told.append, batch=6)
    clockwork.tick(clock())
    assert list(clockwork._parts(clock.advance(hours=1))) == [[identity] for identity in everything]
    assert clockwork.tick(clock()) == 16
    assert told == [16]
    assert clockwork.tick(clock()) == 0
    assert told == [16]


# -- one clock of several ---------------------------------------------------------------------------------------------


def test_a_second_clock_stands_by_and_takes_over_within_fifteen_seconds(scene: Scene, clock: Clock) -> None:
    scene.plan(every("1m"))
    first, second = Clockwork(scene.hub, "one"), Clockwork(scene.hub, "two")
    first.tick(clock())
    for _second in range(70):
        clock.advance(seconds=1)
        first.tick(clock())
        assert second.tick(clock()) == 0
    assert (first.holds, second.holds, len(scene.jobs())) == (True, False, 1)
    # The first one is gone.
    waited = 0
    while not second.holds:
        waited += 1
        second.tick(clock.advance(seconds=1))
    assert waited <= 15
    assert not first.holds


def test_a_clock_that_was_stopped_for_a_while_inserts_nothing(scene: Scene, clock: Clock) -> None:
    scene.plan(every("1m"))
    stopped, other = Clockwork(scene.hub, "one"), Clockwork(scene.hub, "two")
    stopped.tick(clock())
    before = clock()
    clock.advance(seconds=90)
    assert other.tick(clock()) == 1
    # It goes on in the middle of its tick, with the time of then, and once more with the time of now.
    assert stopped.tick(before) == 0
    assert stopped.tick(clock()) == 0
    assert len(scene.jobs()) == 1


class Interrupted(Clockwork):
    """Another clock takes the lease between the look at what is due and the first insert."""

    def _parts(self, now: datetime) -> Iterator[list[int]]:
        parts = list(super()._parts(now))
        later = now + LEASE + SECOND
        Leases(self._hub.database).take(CLOCK, "two", later, later + LEASE)
        yield from parts


def test_the_lease_counts_in_the_transaction_that_inserts(scene: Scene, clock: Clock) -> None:
    scene.plan(every("1h"))
    Clockwork(scene.hub, "one").tick(clock())
    clock.advance(hours=1)
    assert Interrupted(scene.hub, "one").tick(clock()) == 0
    assert scene.jobs() == []


class Killed(BaseException):
    """The process ends here."""


class Dying(Clockwork):
    """Ends after so many batches, in the middle of the next one: the jobs are in, the schedules not moved."""

    left = 1

    @contextmanager
    def _fenced(self, now: datetime) -> Iterator[bool]:
        with super()._fenced(now) as mine:
            yield mine
            if not self.left:
                raise Killed
            self.left -= 1


def test_a_clock_that_is_killed_in_a_batch_loses_and_doubles_nothing(scene: Scene, clock: Clock) -> None:
    for number in range(3):
        integration = make_integration(scene.hub, f"number {number}")
        for route in scene.hub.routes.of(integration):
            scene.hub.schedules.save(route.id, every("1h"), "Europe/Berlin", now=clock(), actor="ann")
    Clockwork(scene.hub, "zero").tick(clock())
    clock.advance(hours=1)
    with pytest.raises(Killed):
        Dying(scene.hub, "one", batch=4).tick(clock())
    assert len(scene.jobs()) == 4
    clock.advance(seconds=14)
    assert Clockwork(scene.hub, "two").tick(clock()) == 8
    assert len({(job.route_id, job.planned_at) for job in scene.jobs()}) == len(scene.jobs()) == 12


def test_a_clock_that_stops_lets_the_other_go_on_at_once(scene: Scene, clock: Clock) -> None:
    first, second = Clockwork(scene.hub, "one"), Clockwork(scene.hub, "two")
    first.tick(clock())
    second.tick(clock())
    first.stop()
    second.tick(clock.advance(seconds=1))
    assert (first.holds, second.holds) == (False, True)
    # One that never had it takes nothing away.
    Clockwork(scene.hub, "three").stop()
    assert second.holds


def test_a_transaction_that_stands_still_is_given_up(scene: Scene, clock: Clock, clockwork: Clockwork) -> None:
    if scene.hub.database.engine.dialect.name == "sqlite":
        assert scene.hub.config.is_sqlite
        return
    with clockwork._fenced(clock()) as mine, scene.hub.database.write() as connection:
        assert mine
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "5s"


# -- in threads -------------------------------------------------------------------------------------------------------


class Signals:
    """What a duty did, for a test that waits for it."""

    def __init__(self, fails: int = 0) -> None:
        self.fails, self.calls, self.done = fails, 0, threading.Event()

    def __call__(self, now: datetime) -> None:
        self.calls += 1
        if self.calls <= self.fails:
            raise ValueError("not today")
        self.done.set()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_it_ticks_and_does_its_duties_by_itself_and_a_duty_that_fails_is_tried_again(
    scene: Scene, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    scene.plan(every("1m"))
    inserted, failing, fine = threading.Event(), Signals(fails=1), Signals()
    duties = [Duty(name, timedelta(seconds=0.05), act) for name, act in (("failing", failing), ("fine", fine))]
    clock.advance(minutes=2)
    clockwork = Clockwork(scene.hub, "one", duties, nudge=lambda count: inserted.set())
    with caplog.at_level(logging.ERROR):
        clockwork.start()
        try:
            assert inserted.wait(10)
            assert failing.done.wait(10)
            assert fine.done.wait(10)
        finally:
            clockwork.stop()
    assert [record.getMessage() for record in caplog.records] == ["failing went wrong; it is tried again next time."]
    assert Leases(scene.hub.database).holder(CLOCK, clock.advance(seconds=1)) is None


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_clock_that_is_stopped_in_its_first_tick_comes_to_its_end(scene: Scene, clock: Clock) -> None:
    scene.plan(every("1m"))
    clock.advance(minutes=2)
    ticking, go_on = threading.Event(), threading.Event()

    def nudge(count: int) -> None:
        ticking.set()
        go_on.wait(10)

    clockwork = Clockwork(scene.hub, "one", [Duty("duty", timedelta(hours=1), Signals())], nudge=nudge)
    clockwork.start()
    assert ticking.wait(10)
    stopping = threading.Thread(target=clockwork.stop, daemon=True)
    stopping.start()
    stopping.join(0.3)
    assert stopping.is_alive(), "it waits for what is under way"
    go_on.set()
    stopping.join(10)
    assert not stopping.is_alive()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_clock_that_stands_by_has_no_duties(scene: Scene, clock: Clock) -> None:
    Clockwork(scene.hub, "one").tick(clock())
    act = Signals()
    clockwork = Clockwork(scene.hub, "two", [Duty("duty", timedelta(seconds=0.02), act)])
    clockwork.start()
    act.done.wait(0.2)
    clockwork.stop()
    assert act.calls == 0
    assert Leases(scene.hub.database).holder(CLOCK, clock()) is not None


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_database_that_is_away_does_not_end_the_clock(
    scene: Scene, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    clockwork = Clockwork(scene.hub, "one")
    clockwork._leases = Leases(Database(make_engine("sqlite://")))
    with caplog.at_level(logging.ERROR):
        clockwork._tick()
    assert "it tries again in a second" in caplog.text
    assert not clockwork.holds
