"""Which failures are meant by what people say of them, and what is done about those alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub import curing
from hub.store.failure_list import FailureList
from hub.store.failures import Trouble
from tests.aside import set_aside
from tests.sync.conftest import Stage


def trouble(key: str, label: str, cause: str, detail: str) -> Trouble:
    return Trouble(key, label, cause, detail, "Mend it.", "", False, 7)


@pytest.fixture
def failing(stage: Stage) -> Stage:
    failures, now = stage.hub.failures, stage.clock()
    orders = [
        trouble("gid://1", "#1001", "MISSING_MAPPING", "payment=klarna"),
        trouble("gid://2", "#1002", "UNKNOWN_SKU", "sku=X"),
        trouble("gid://3", "#1003", "UNKNOWN_SKU", "sku=X"),
        trouble("gid://4", "#1004", "UNKNOWN_SKU", "sku=X"),
    ]
    failures.record(stage.route("order").id, orders, now)
    failures.record(stage.route("product").id, [trouble("MUG", "MUG", "INVALID_FIELD", "barcode")], now)
    set_aside(stage.hub.database, stage.route("order").id, "gid://3", "acknowledged", "known")
    failures.resolve(stage.route("order").id, ["gid://4"], now)
    return stage


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, {"gid://1", "gid://2", "MUG"}),
        ({"cause": "UNKNOWN_SKU"}, {"gid://2"}),
        ({"cause": "MISSING_MAPPING", "detail": "payment=klarna"}, {"gid://1"}),
        ({"key": "#1002"}, {"gid://2"}),
        ({"key": "gid://3"}, {"gid://3"}),
        ({"key": "gid://4"}, set()),
        ({"cause": "OTHER"}, set()),
    ],
)
def test_what_is_said_means_all_of_it(failing: Stage, said: dict[str, str], expected: set[str]) -> None:
    which = curing.meant([failing.route("order"), failing.route("product")], **said)
    assert {one.key for one in FailureList(failing.hub.database).page(which)[0]} == expected
    assert curing.count(failing.hub, which) == len(expected)


def test_those_that_are_meant_are_taken_up_in_the_order_in_which_their_objects_depend(failing: Stage) -> None:
    orders, products = failing.route("order"), failing.route("product")
    done = curing.take_up(failing.hub, curing.meant([orders, products]), {})
    assert done.records == 3
    assert [failing.hub.jobs.get(job).route_id for job in done.jobs] == [products.id, orders.id]
    assert {(one.key, one.follows) for one in failing.hub.jobs.keys(done.jobs[1])} == {("gid://1", 7), ("gid://2", 7)}


def test_a_route_that_is_switched_off_is_left_out(failing: Stage) -> None:
    orders = failing.route("order")
    which = curing.meant([orders])
    failing.hub.routes.save(failing.integration_id, "order", "shop_to_erp", enabled=False)
    assert curing.take_up(failing.hub, which, {}) == curing.TakenUp(0, ())
    off = {orders.id: replace(orders, enabled=False)}
    assert curing.count(failing.hub, curing.certain([(orders.id, "gid://1")], off)) == 0
