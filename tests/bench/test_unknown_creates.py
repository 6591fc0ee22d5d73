"""What the benches found: creates whose outcome is unknown, and what happens to them meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.scene import Scene, once, scene


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as made:
        yield made


def lose_the_answer(stage: Scene, seconds: float = 15) -> str:
    """An order whose create lands late, its answer lost; answers the order's id."""
    stage.work.new_order()
    stage.stage.erp.set_faults(once("late", "POST Orders", seconds=[seconds, seconds]))
    assert stage.run("order").causes == {"OUTCOME_UNKNOWN": 1}
    return stage.work.orders[-1]


def test_looking_before_the_time_is_no_further_failure(stage: Scene) -> None:
    lose_the_answer(stage)
    for _ in range(6):
        assert stage.run("order").causes == {"OUTCOME_UNKNOWN": 1}
    stage.later(60)
    assert stage.run("order").causes == {}
    assert (stage.settled().words(), stage.stage.troubles()) == ([], [])


def test_an_order_that_is_cancelled_while_its_create_is_on_its_way_is_cancelled_in_the_erp(stage: Scene) -> None:
    order = lose_the_answer(stage)
    stage.stage.shop.post("cancel", {"order": order})
    stage.later(60)
    stage.run("order")
    (document,) = stage.stage.erp.state("orders", ("U_HubRef", "Cancelled"))
    assert document == {"U_HubRef": order, "Cancelled": "tYES"}


def test_an_order_that_is_cancelled_and_whose_create_never_landed_is_left_alone(stage: Scene) -> None:
    stage.work.new_order()
    stage.stage.erp.set_faults(once("dropped", "POST Orders"))
    assert stage.run("order").causes == {"OUTCOME_UNKNOWN": 1}
    stage.stage.shop.post("cancel", {"order": stage.work.orders[-1]})
    stage.later(60)
    assert stage.run("order").causes == {"CANCELLED_BEFORE_IMPORT": 1}
    assert stage.stage.erp.state("orders", ("U_HubRef",)) == []
