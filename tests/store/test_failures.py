from __future__ import annotations

from datetime import timedelta

import pytest

from hub.store.database import Database
from hub.store.failures import LONGEST_WAIT, PARK_AFTER, Failure, Failures, Trouble, distance
from tests.aside import set_aside
from tests.store.conftest import Clock


@pytest.fixture
def failures(database: Database) -> Failures:
    return Failures(database)


def trouble(key: str = "A", cause: str = "CONFLICT", *, waiting: bool = True, **more: object) -> Trouble:
    return Trouble(key, key, cause, "", "fix", "text", waiting, 1, **more)  # type: ignore[arg-type]


def one(failures: Failures, route_id: int, key: str = "A") -> Failure:
    return failures.of(route_id, [key])[key]


def test_a_cause_that_waiting_can_cure_comes_back_with_growing_distance(
    failures: Failures, route_id: int, clock: Clock
) -> None:
    waits = []
    for _ in range(PARK_AFTER - 1):
        failures.record(route_id, [trouble()], clock())
        waits.append(one(failures, route_id).next_try - clock())  # type: ignore[operator]
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 6, 36, 216)]
    assert failures.due(route_id, clock()) == []
    clock.advance(hours=4)
    assert failures.due(route_id, clock()) == [("A", 1)]


def test_the_same_failure_five_times_is_parked(failures: Failures, route_id: int, clock: Clock) -> None:
    for _ in range(PARK_AFTER):
        failures.record(route_id, [trouble()], clock())
    assert one(failures, route_id).state == "parked"
    clock.advance(days=30)
    assert failures.due(route_id, clock()) == []


def test_another_cause_starts_counting_anew(failures: Failures, route_id: int, clock: Clock) -> None:
    failures.record(route_id, [trouble()], clock())
    failures.record(route_id, [trouble(cause="INVALID_FIELD", waiting=False)], clock())
    failure = one(failures, route_id)
    assert (failure.count, failure.state, failure.next_try) == (1, "open", None)


def test_an_unknown_outcome_is_tried_as_soon_as_it_is_safe_and_not_before(
    failures: Failures, route_id: int, clock: Clock
) -> None:
    safe = clock() + timedelta(seconds=90)
    failures.record(route_id, [trouble(not_before=safe)], clock())
    assert one(failures, route_id).next_try == safe


def test_what_is_ignored_stays_so_until_its_time_is_over(
    database: Database, failures: Failures, route_id: int, clock: Clock
) -> None:
    failures.record(route_id, [trouble(waiting=False)], clock())
    set_aside(database, route_id, "A", "ignored", "known", clock() + timedelta(days=1))
    failures.record(route_id, [trouble(waiting=False)], clock())
    assert (one(failures, route_id).state, one(failures, route_id).note) == ("ignored", "known")
    clock.advance(days=2)
    failures.record(route_id, [trouble(waiting=False)], clock())
    assert one(failures, route_id).state == "open"


def test_a_resolved_failure_is_closed_and_its_return_is_a_new_one(
    failures: Failures, route_id: int, clock: Clock
) -> None:
    failures.record(route_id, [trouble()], clock())
    assert failures.resolve(route_id, ["A", "B"], clock()) == 1
    assert failures.of(route_id, ["A"]) == {}
    clock.advance(hours=1)
    failures.record(route_id, [trouble()], clock())
    assert one(failures, route_id).first_at == clock()


def test_failures_are_grouped_by_cause_and_detail(failures: Failures, route_id: int, clock: Clock) -> None:
    failures.record(route_id, [trouble("A"), trouble("B"), trouble("C", "UNKNOWN_SKU")], clock())
    assert [(group.cause, group.count) for group in failures.groups([route_id])] == [
        ("CONFLICT", 2),
        ("UNKNOWN_SKU", 1),
    ]
    assert [failure.key for failure in failures.select([route_id], cause="UNKNOWN_SKU")] == ["C"]


def test_the_distance_is_capped() -> None:
    assert distance(100) == LONGEST_WAIT
