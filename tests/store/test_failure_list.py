"""The list of failures: each one once, newest first, and acts on all that match, on each kind of database."""

from __future__ import annotations

import pytest

from hub.store.database import Database
from hub.store.failure_list import FailureList, Open, Which
from hub.store.failures import Failures, Trouble
from tests.store.conftest import Clock


@pytest.fixture
def failures(database: Database, route_id: int, clock: Clock) -> FailureList:
    for number in range(25):
        cause, detail = ("A", f"d{number % 2}") if number % 5 else ("B", "")
        trouble = Trouble(f"K{number:02}", f"L{number:02}", cause, detail, "Mend it.", "", False, number)
        # Three at a time have the same moment.
        Failures(database).record(route_id, [trouble], clock.time if number % 3 else clock.advance(seconds=1))
    return FailureList(database)


def test_pages_hold_each_one_once_newest_first(failures: FailureList, route_id: int) -> None:
    found, place = failures.page(Which((route_id,)), limit=7)
    while place is not None:
        page, place = failures.page(Which((route_id,)), after=place, limit=7)
        found += page
    assert len(found) == failures.count(Which((route_id,))) == 25
    assert found == sorted(found, key=lambda one: (one.last_at, one.key), reverse=True)
    assert len({one.key for one in found}) == 25


def test_what_is_narrowed_by_cause_detail_and_name(failures: FailureList, route_id: int) -> None:
    assert failures.count(Which((route_id,), cause="B")) == 5
    assert failures.count(Which((route_id,), detail="")) == 5
    assert failures.count(Which((route_id,), cause="A", detail="d1")) == 10
    assert [one.key for one in failures.page(Which((route_id,), ident="L07"))[0]] == ["K07"]
    assert failures.count(Which((), cause="B")) == 0
    assert failures.page(Which((route_id,), ident="none")) == ([], None)


def test_groups_and_sums(failures: FailureList, route_id: int) -> None:
    groups = [(one.cause, one.detail, one.count) for one in failures.groups(Which((route_id,)))]
    assert groups == [("A", "d0", 10), ("A", "d1", 10), ("B", "", 5)]
    assert failures.open_ones([route_id]) == Open({route_id: 25}, {"A": 20, "B": 5})
    assert failures.by_route(Which((route_id,))) == {route_id: 25}
    assert len(failures.groups(Which((route_id,)), limit=1)) == 1


def test_all_that_match_are_set_aside_and_no_others(failures: FailureList, route_id: int) -> None:
    picks = tuple((route_id, key) for key in ("K01", "K02", "gone"))
    assert failures.count(Which((route_id,), picks=picks)) == 2
    assert failures.count(Which((route_id,), picks=())) == 0
    assert failures.set_aside(Which((route_id,), cause="B"), "acknowledged", "known", None) == 5
    assert failures.count(Which((route_id,))) == 20
    assert failures.count(Which((route_id,), states=("acknowledged",))) == 5
    assert failures.set_aside(Which((route_id,), states=("resolved",)), "ignored", "", None) == 0
