"""The rate budget: arithmetic, then waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.platforms.budget import Bucket, Budget

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
    assert budget.take(900) == 0
    assert budget.bucket is None


def test_whoever_asks_later_waits_longer(time: Time) -> None:
    budget = Budget(clock=time.clock, sleep=lambda seconds: None)
    budget.correct(1000, 100, 50, taken=0)
    assert [budget.take(100), budget.take(50), budget.take(50)] == [0, 1, 2]


def test_more_than_the_bucket_holds_waits_for_a_full_one(time: Time) -> None:
    budget = Budget(clock=time.clock, sleep=time.sleep)
    budget.correct(1000, 0, 100, taken=0)
    assert budget.take(5000) == 10


def test_an_answer_corrects_the_bucket_by_what_is_still_under_way(time: Time) -> None:
    budget = Budget(clock=time.clock, sleep=time.sleep)
    budget.take(100)
    budget.take(30)
    budget.correct(2000, 1950, 100, taken=100)
    assert budget.bucket is not None
    assert budget.bucket.available == 1920
    budget.give_back(30)
    budget.correct(2000, 1990, 100, taken=0)
    assert budget.bucket.available == 1990
