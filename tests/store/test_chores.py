from __future__ import annotations

from datetime import timedelta

import pytest

from hub.store.chores import Chore, Chores, Done
from hub.store.database import Database
from tests.store.conftest import Clock

DAY = timedelta(days=1)


@pytest.fixture
def chores(database: Database) -> Chores:
    return Chores(database)


def test_a_chore_is_due_once_its_time_has_come(chores: Chores, clock: Clock) -> None:
    chores.plan("retention 1", clock() + timedelta(hours=2))
    chores.plan("comparison 1", clock() + timedelta(hours=1))
    assert chores.due(clock()) == []
    assert chores.due(clock() + timedelta(hours=1)) == ["comparison 1"]
    assert chores.due(clock() + DAY) == ["comparison 1", "retention 1"]


def test_what_was_done_is_noted_with_its_next_time(chores: Chores, clock: Clock) -> None:
    chores.plan("tidying", clock())
    chores.note("tidying", Done(clock(), 2.5, "Nothing to do."), clock() + DAY)
    assert chores.all() == {"tidying": Chore("tidying", clock() + DAY, clock(), 2.5, "Nothing to do.")}
    assert chores.due(clock()) == []


def test_another_plan_keeps_what_was_done(chores: Chores, clock: Clock) -> None:
    chores.note("tidying", Done(clock(), 2.5, "Nothing to do."), clock() + DAY)
    chores.plan("tidying", clock() + 3 * DAY)
    assert chores.all()["tidying"] == Chore("tidying", clock() + 3 * DAY, clock(), 2.5, "Nothing to do.")


def test_a_chore_that_nobody_has_any_more_is_struck_off(chores: Chores, clock: Clock) -> None:
    chores.plan("retention 1", clock())
    chores.plan("retention 2", clock())
    chores.forget(["retention 2"])
    assert list(chores.all()) == ["retention 1"]
