"""The rate budget: arithmetic, then waiting."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import RunCancelled
from hub.platforms.budget import Bucket, Budget, Share
from hub.sandbox.shopify.throttle import Bucket as Platform

from .conftest import Time

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_bucket_refills_steadily_and_never_above_its_maximum() -> None:
    bucket = Bucket(2000, 500, 100, NOON)
    assert bucket.at_moment(NOON + timedelta(seconds=4)).available == 900
    assert bucket.at_moment(NOON + timedelta(hours=1)).available == 2000


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    assert Bucket(2000, 500, 100, NOON).at_moment(NOON - timedelta(minutes=1)).available == 500


@given(st.floats(1, 5000), st.floats(-5000, 5000), st.floats(1, 2000), st.floats(0, 10_000))
def test_after_the_wait_the_points_are_there(maximum: float, available: float, rate: float, points: float) -> None:
    bucket = Bucket(maximum, min(available, maximum), rate, NOON)
    wait = bucket.seconds_until(points)
    assert wait >= 0
    later = bucket.at_moment(NOON + timedelta(seconds=wait + 0.001))
    assert later.available >= min(points, maximum) - 0.001 * rate - 1e-6


def test_nobody_waits_before_the_platform_has_said_what_it_grants(time: Time) -> None:
    budget = Budget(clock=time.clock, sleep=time.sleep)
    assert [budget.take(900).waited, budget.take(100).waited] == [0, 0]
    assert budget.bucket is None


def test_before_that_no_more_is_sent_than_any_platform_grants(time: Time) -> None:
    budget = Budget(clock=time.clock, sleep=time.sleep)
    first = budget.take(900)

    def answered(seconds: float) -> None:
        time.sleep(seconds)
        budget.correct(2000, 1100, 100, taken=first, spent=900)

    budget._sleep = answered
    assert 0 < budget.take(200).waited < 0.1


def known(time: Time, available: float) -> Budget:
    """A budget that was told what is there: 1000 points at most, 100 more each second."""
    budget = Budget(clock=time.clock, sleep=time.sleep)
    budget.correct(1000, available, 100, taken=budget.take(0), spent=0)
    return budget


def test_points_that_are_not_there_are_waited_for(time: Time) -> None:
    budget = known(time, 100)
    assert [budget.take(points).waited for points in (100, 50, 50)] == pytest.approx([0, 0.5, 0.5])


def test_more_than_the_bucket_holds_waits_for_a_full_one(time: Time) -> None:
    assert known(time, 0).take(5000).waited == pytest.approx(10)


def test_points_that_are_given_back_meanwhile_shorten_the_wait(time: Time) -> None:
    budget = known(time, 500)
    dear = budget.take(500)
    naps: list[float] = []

    def answered_after_a_second(seconds: float) -> None:
        time.sleep(seconds)
        naps.append(seconds)
        if sum(naps) >= 1 and dear in budget._under_way:
            budget.correct(1000, 550, 100, taken=dear, spent=50)

    budget._sleep = answered_after_a_second
    assert budget.take(400).waited == pytest.approx(1)


def test_an_answer_corrects_the_bucket_by_what_is_still_under_way(time: Time) -> None:
    budget = Budget(clock=time.clock, sleep=time.sleep)
    first, second, third = budget.take(100), budget.take(30), budget.take(0)
    budget.correct(2000, 1950, 100, taken=first, spent=80)
    assert budget.bucket is not None
    assert budget.bucket.available == 1920
    budget.give_back(second)
    # What ended while the third was under way may be missing in its answer: our own book knows better.
    budget.correct(2000, 1990, 100, taken=third, spent=0)
    assert budget.bucket.available == 1920
    # Nothing was under way beside this one, so what is said is what there is.
    budget.correct(2000, 1990, 100, taken=budget.take(0), spent=0)
    assert budget.bucket.available == 1990


def test_points_that_somebody_else_took_are_missed_at_once(time: Time) -> None:
    budget = known(time, 900)
    first, second = budget.take(100), budget.take(50)
    budget.correct(1000, 300, 100, taken=first, spent=100)
    assert budget.bucket is not None
    assert budget.bucket.available == 250
    budget.correct(1000, 200, 100, taken=second, spent=50)
    assert budget.bucket.available == 200 - 100, "the first may not be counted in the second's answer"


def test_where_there_is_enough_for_all_nobody_waits_for_a_turn(time: Time) -> None:
    budget = known(time, 1000)
    # Another thread has asked and has not begun yet.
    budget._waiting.append(Share(600, 10))
    assert budget.take(400).waited == 0
    with pytest.raises(AssertionError, match="waits"):
        patience(budget).take(1)


def patience(budget: Budget) -> Budget:
    """The same budget; who waits fails."""

    def no(seconds: float) -> None:
        raise AssertionError("waits")

    budget._sleep = no
    return budget


def test_who_is_stopped_while_waiting_holds_nobody_up(time: Time) -> None:
    budget = known(time, 0)

    def stopped(seconds: float) -> None:
        raise RunCancelled

    budget._sleep = stopped
    with pytest.raises(RunCancelled):
        budget.take(1000)
    budget._sleep = time.sleep
    assert budget.take(10).waited == pytest.approx(0.1)


class Threads:
    """Time for several threads: it moves on to whoever wakes first, once all of them sleep."""

    def __init__(self, count: int) -> None:
        self.now = NOON
        self._awake = count
        self._wakes: list[datetime] = []
        self._changed = threading.Condition()

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._changed:
            wake = self.now + timedelta(seconds=seconds)
            self._wakes.append(wake)
            self._awake -= 1
            self._move_on()
            self._changed.wait_for(lambda: self.now >= wake)
            self._wakes.remove(wake)
            self._awake += 1

    def end(self) -> None:
        with self._changed:
            self._awake -= 1
            self._move_on()

    def _move_on(self) -> None:
        # Who is due by now but has not woken yet counts as awake.
        if self._awake == 0 and self._wakes and min(self._wakes) > self.now:
            self.now = min(self._wakes)
            self._changed.notify_all()


def test_a_cheap_call_does_not_overtake_a_dear_one_that_waits() -> None:
    time = Threads(2)
    budget = Budget(clock=time.clock, sleep=time.sleep)
    budget.correct(1000, 100, 100, taken=budget.take(0), spent=0)
    begun: dict[str, float] = {}

    def call(name: str, after: float, points: float) -> None:
        time.sleep(after)
        budget.take(points)
        begun[name] = (time.clock() - NOON).total_seconds()
        time.end()

    threads = [threading.Thread(target=call, args=args) for args in (("dear", 0.1, 500), ("cheap", 0.5, 50))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun == {"dear": pytest.approx(4, abs=0.1), "cheap": pytest.approx(4.5, abs=0.2)}


@dataclass
class Job:
    """Calls that several threads send to a platform with a bucket, of kinds that ask for so much and cost so much."""

    kinds: list[tuple[float, float]]
    latency: float
    workers: int = 8
    #: In the first minute the bucket is emptied that was full.
    seconds: float = 180
    spent: list[tuple[datetime, float]] = field(default_factory=list)
    throttled: int = 0

    def run(self) -> None:
        time = Threads(self.workers)
        platform = Platform(2000, 100, time.clock)
        budget = Budget(clock=time.clock, sleep=time.sleep)
        end = NOON + timedelta(seconds=self.seconds)
        random = Random(7)
        lock = threading.Lock()

        def work() -> None:
            while time.clock() < end:
                requested, actual = random.choice(self.kinds)
                share = budget.take(requested, actual)
                time.sleep(self.latency * random.uniform(0.2, 0.8))
                with lock:
                    let_through = platform.take(requested)
                    self.throttled += not let_through
                time.sleep(self.latency * random.uniform(0.2, 0.8))
                with lock:
                    if let_through:
                        platform.give_back(requested - actual)
                        self.spent.append((time.clock(), actual))
                    said = platform.status()
                time.sleep(self.latency * random.uniform(0.2, 0.8))
                spent = actual if let_through else 0.0
                available = said["currentlyAvailable"]
                budget.correct(said["maximumAvailable"], available, said["restoreRate"], taken=share, spent=spent)
            time.end()

        threads = [threading.Thread(target=work) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def used(self) -> float:
        """The share of the points restored in the last two minutes that were used in them."""
        end = NOON + timedelta(seconds=self.seconds)
        spent = sum(points for at, points in self.spent if end - timedelta(seconds=120) < at <= end)
        return spent / (120 * 100)


@pytest.mark.parametrize(
    ("kinds", "latency"),
    [
        pytest.param([(15, 15)], 0.05, id="small writes"),
        pytest.param([(32, 12)], 0.05, id="writes that cost less than they ask for"),
        pytest.param([(150, 40)], 0.2, id="pages that find little"),
        pytest.param([(80, 80)], 0.4, id="a slow wire"),
        pytest.param([(900, 300)], 0.5, id="large pages"),
        pytest.param([(10, 10), (17, 17), (60, 20), (300, 250)], 0.1, id="all kinds"),
    ],
)
def test_several_threads_use_what_is_restored_and_are_never_turned_away(
    kinds: list[tuple[float, float]], latency: float
) -> None:
    job = Job(kinds, latency)
    job.run()
    assert job.throttled == 0
    assert job.used() >= 0.95
