"""Random lives of orders: whatever happens, stock and money stay true."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.sandbox.shopify.application import ShopifyApplication
from tests.sandbox.shopify.client import Clock, Shop, mug_shop


@cache
def _start() -> bytes:
    return ShopifyApplication(mug_shop(), now=Clock()).dump()


def fresh() -> Shop:
    clock = Clock()
    made = Shop(ShopifyApplication(mug_shop(), now=clock), clock)
    made.application.restore(_start())
    return made


_LINE = st.fixed_dictionaries(
    {
        "sku": st.sampled_from(["MUG", "TEE-M", "CABLE", "GIFT25"]),
        "quantity": st.integers(1, 5),
        "tax_rate": st.sampled_from(["0", "0.07", "0.19"]),
        "discount": st.sampled_from(["0", "1.37", "0.01"]),
        "location": st.sampled_from(["L1", "L2"]),
    }
)
_UNITS = st.fixed_dictionaries(
    {
        "line": st.integers(0, 2),
        "quantity": st.integers(1, 4),
        "restock": st.sampled_from(["RETURN", "CANCEL", "NO_RESTOCK"]),
        "location": st.sampled_from([None, "L1", "L2"]),
        "shipped": st.sampled_from([None, True, False]),
    }
)
_STEP = st.one_of(
    st.tuples(st.just("fulfil"), st.fixed_dictionaries({"lines": st.lists(_UNITS, min_size=1, max_size=2)})),
    st.tuples(st.just("fulfil"), st.just({})),
    st.tuples(
        st.just("refund"),
        st.fixed_dictionaries({"lines": st.lists(_UNITS, max_size=2), "shipping": st.sampled_from(["0", "1.20"])}),
    ),
    st.tuples(st.just("refund"), st.fixed_dictionaries({"money": st.sampled_from(["0.50", "3"])})),
    st.tuples(st.just("cancel"), st.fixed_dictionaries({"restock": st.booleans()})),
    st.tuples(
        st.just("edit-order"), st.fixed_dictionaries({"remove": st.lists(_UNITS, max_size=1), "pay": st.booleans()})
    ),
    st.tuples(st.just("edit-order"), st.fixed_dictionaries({"add": st.lists(_LINE, min_size=1, max_size=1)})),
    st.tuples(st.just("mark-as-paid"), st.just({})),
    st.tuples(st.just("cancel-fulfilment"), st.just({})),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(_LINE, min_size=1, max_size=3),
    financial=st.sampled_from(["paid", "pending", "authorized"]),
    included=st.booleans(),
    tip=st.sampled_from(["0", "2.00"]),
    steps=st.lists(_STEP, max_size=7),
)
def test_after_every_step_the_books_hold(
    lines: list[dict[str, Any]], financial: str, included: bool, tip: str, steps: list[tuple[str, dict[str, Any]]]
) -> None:
    shop = fresh()
    carriage = [{"price": "4.90", "tax_rate": "0.19"}]
    shop.control(
        "orders", name="#1", lines=lines, shipping_lines=carriage, financial=financial, taxes_included=included, tip=tip
    )
    _books_hold(shop)
    for topic, body in steps:
        before = shop.order_state("#1")
        response = shop.try_control(topic, order="#1", **body)
        assert response.status in {200, 400, 422}, response.body
        if response.status == 422 and topic != "edit-order":
            assert shop.order_state("#1") == before, json.loads(response.body)
        _books_hold(shop)


def _books_hold(shop: Shop) -> None:
    order = shop.order_state("#1")
    committed: dict[tuple[str, str], int] = {}
    for line in order["lines"]:
        assert 0 <= line["current_quantity"] <= line["quantity"]
        assert line["unfulfilled_quantity"] >= 0
        key = (line["sku"], line["location"])
        committed[key] = committed.get(key, 0) + line["unfulfilled_quantity"]
    for level in shop.state("inventory"):
        unavailable = level["reserved"] + level["damaged"] + level["quality_control"] + level["safety_stock"]
        assert level["on_hand"] == level["available"] + level["committed"] + unavailable
        wanted = committed.get((level["sku"], level["location_code"]), 0) if level["tracked"] else 0
        assert level["committed"] == wanted
    assert order["outstanding"] == order["current_total"] - order["net_payment"]
    assert order["net_payment"] == order["received"] - order["refunded"] >= 0
    for name in ("current_total", "total", "tax", "outstanding"):
        assert order[name] == order[name].quantize(Decimal("0.01"))
