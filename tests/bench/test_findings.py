"""What the benches found once: each a short story that must never come true again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.store.job import Request
from hub.store.links import Links
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


def test_what_a_dead_run_had_claimed_and_not_begun_is_free_again(stage: Scene) -> None:
    hub, code = stage.hub, stage.work.items[0]
    route, now = stage.route("product"), stage.clock.now()
    hub.jobs.put(Request(route.id, "changes", "bench", "bench"), now)
    job = hub.jobs.claim("dead", now, now + hub.config.lease)
    assert job is not None
    run = hub.runs.start(job.id, route.id, "dead", job.fence, now)
    links = Links(hub.database, route.integration_id, "erp")
    link = links.of("variant", [code])[code]
    assert links.claim([link.id], run, now, now + timedelta(hours=1)) == {link.id}
    stage.stage.erp.post("items", {"ItemCode": code, "BarCode": "4006381333931"})
    stage.later(hub.config.lease.total_seconds() + 1)
    stage.worker().work_off()
    assert (stage.settled().words(), stage.stage.troubles()) == ([], [])


def test_waiting_for_another_run_is_no_failure_of_the_record(stage: Scene) -> None:
    hub, code = stage.hub, stage.work.items[0]
    route, now = stage.route("product"), stage.clock.now()
    links = Links(hub.database, route.integration_id, "erp")
    other = hub.runs.start(stage.run("customer").job_id, route.id, "other", 1, now)
    link = links.of("variant", [code])[code]
    links.claim([link.id], other, now, now + timedelta(hours=1))
    stage.stage.erp.post("items", {"ItemCode": code, "BarCode": "4006381333931"})
    for _ in range(6):
        assert stage.run("product").causes.keys() == {"CHANGED_MEANWHILE"}
    links.release_all(other)
    assert (stage.settled().words(), stage.stage.troubles()) == ([], [])
