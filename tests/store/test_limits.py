"""Rows of what workers share: budgets, places for calls, log-ins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.store.database import Database, make_engine
from hub.store.limits import Budgets, Sessions, Slots, StoredBudget, time_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = NOON + timedelta(seconds=5)


@pytest.fixture
def shop_id(integration_id: int) -> int:
    return integration_id


def test_the_first_word_about_a_budget_is_kept_and_later_ones_replace_it(database: Database, shop_id: int) -> None:
    budgets = Budgets(database)
    assert budgets.lock(shop_id) is None
    budgets.put(shop_id, StoredBudget(2000, 1500, 100, NOON))
    budgets.put(shop_id, StoredBudget(2000, 1600, 100, SOON))
    assert budgets.lock(shop_id) == StoredBudget(2000, 1600, 100, SOON)


def test_no_more_places_are_given_than_there_are(database: Database, shop_id: int) -> None:
    slots = Slots(database)
    slots.prepare(shop_id, 4)
    slots.prepare(shop_id, 4)
    assert slots.take(shop_id, "a", 3, NOON, SOON, 4) == [1, 2, 3]
    assert slots.take(shop_id, "b", 3, NOON, SOON, 4) == [4]
    assert slots.take(shop_id, "c", 1, NOON, SOON, 4) == []
    assert slots.holders(shop_id, NOON) == {"a": 3, "b": 1}


def test_places_whose_time_has_passed_are_free_again(database: Database, shop_id: int) -> None:
    slots = Slots(database)
    slots.prepare(shop_id, 2)
    slots.take(shop_id, "a", 2, NOON, SOON, 2)
    assert slots.keep(shop_id, "a", [1], SOON + timedelta(seconds=5)) == [1]
    assert slots.take(shop_id, "b", 2, SOON, SOON + timedelta(seconds=5), 2) == [2]
    # The one that stood still finds out that one of its two is somebody else's.
    assert slots.keep(shop_id, "a", [1, 2], SOON + timedelta(seconds=9)) == [1]


def test_places_that_are_given_back_are_free_at_once(database: Database, shop_id: int) -> None:
    slots = Slots(database)
    slots.prepare(shop_id, 1)
    slots.take(shop_id, "a", 1, NOON, SOON, 1)
    slots.keep(shop_id, "a", [1], NOON)
    assert slots.take(shop_id, "b", 1, NOON, SOON, 1) == [1]


def test_fewer_places_than_before_are_heeded(database: Database, shop_id: int) -> None:
    slots = Slots(database)
    slots.prepare(shop_id, 4)
    assert slots.take(shop_id, "a", 4, NOON, SOON, 2) == [1, 2]


def test_a_wish_is_heard_until_it_is_fulfilled_or_has_grown_old(database: Database, shop_id: int) -> None:
    slots = Slots(database)
    slots.wish(shop_id, "a", SOON)
    slots.wish(shop_id, "a", SOON)
    slots.wish(shop_id, "b", NOON)
    assert slots.wishes(shop_id, NOON) == {"a"}
    slots.forget_wish(shop_id, "a")
    assert slots.wishes(shop_id, NOON) == set()


def test_each_log_in_has_a_higher_generation(database: Database, shop_id: int) -> None:
    sessions = Sessions(database)
    assert sessions.get(shop_id) is None
    assert [sessions.put(shop_id, text, NOON) for text in (b"one", b"two")] == [1, 2]
    sessions.used(shop_id, 1, SOON)
    stored = sessions.get(shop_id)
    assert stored is not None
    assert (stored.ticket, stored.generation, stored.used_at) == (b"two", 2, NOON), "the first one is not in use"
    sessions.used(shop_id, 2, SOON)
    stored = sessions.get(shop_id)
    assert stored is not None
    assert stored.used_at == SOON


def test_the_time_is_that_of_the_database(database: Database) -> None:
    moments = [time_of(database), datetime.now(UTC), time_of(database)]
    assert moments[0].tzinfo is UTC
    assert timedelta(0) <= moments[2] - moments[0] < timedelta(minutes=1)
    assert abs(moments[1] - moments[0]) < timedelta(hours=1)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_two_who_take_at_the_same_moment_get_different_places(url: str, database: Database, shop_id: int) -> None:
    other = Database(make_engine(url))
    Slots(database).prepare(shop_id, 2)
    take: Callable[[Database, str], Any] = lambda door, who: Slots(door).take(shop_id, who, 1, NOON, SOON, 2)  # noqa: E731
    with database.together():
        first = take(database, "a")
        second = take(other, "b")
    other.dispose()
    assert (first, second) == ([1], [2])
