from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from objects.base import Mapped, Ref
from objects.order import Order, decide, difference
from objects.registry import OBJECTS

SETTINGS: dict[str, Any] = {"cod_gateways": ["Cash on Delivery (COD)"]}
TAX = Mapped("tax", "0.19")
MONEY = {"tolerance": Decimal("0.05")}


def line(**fields: Any) -> dict[str, Any]:
    given = {
        "id": "l1",
        "sku": "MUG",
        "item": Ref("variant", "v1", "MUG"),
        "quantity": 2,
        "ordered": 2,
        "total": "23.80",
    }
    return {**given, "tax_code": TAX, "variant": "v1", "location": "L1", **fields}


def order(**fields: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "number": "#1001",
        "placed_at": "2026-11-20T23:40:00+00:00",
        "currency": "EUR",
        "taxes_included": True,
        "financial_status": "PAID",
        "lines": [line()],
        "total": "23.80",
        "total_tax": "3.80",
    }
    return OBJECTS["order"].schema.load({**given, **fields})


def payment(gateway: str) -> dict[str, Any]:
    account = Mapped("payment", gateway)
    return {"id": "t", "kind": "SALE", "status": "PENDING", "gateway": gateway, "account": account, "amount": "1"}


REASONS: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"test": True}, "TEST_ORDER"),
    ({"cancelled_at": "2026-11-21T00:00:00+00:00"}, "CANCELLED_BEFORE_IMPORT"),
    ({"financial_status": "VOIDED"}, "VOIDED"),
    ({"financial_status": "EXPIRED"}, "EXPIRED"),
    ({"financial_status": "AUTHORIZED"}, "WAITING_FOR_PAYMENT"),
    ({"financial_status": "PENDING"}, "WAITING_FOR_PAYMENT"),
    ({"financial_status": "PENDING", "payment_terms": True}, None),
    ({"financial_status": "PENDING", "payments": [payment("Cash on delivery (COD)")]}, None),
    ({"financial_status": "PENDING", "payments": [payment("manual")]}, "WAITING_FOR_PAYMENT"),
    ({"financial_status": "PARTIALLY_PAID"}, None),
    ({"financial_status": "PARTIALLY_REFUNDED"}, None),
    ({"financial_status": "REFUNDED"}, "REFUNDED_BEFORE_IMPORT"),
    ({"financial_status": "REFUNDED", "shipped": True}, None),
    ({"lines": [line(quantity=0)]}, "NOTHING_LEFT"),
    ({"on_hold": True}, "ON_HOLD"),
    ({"high_risk": True}, "HIGH_RISK"),
]


@pytest.mark.parametrize(("fields", "reason"), REASONS)
def test_the_gate_says_why_an_order_waits_or_stays_out(fields: dict[str, Any], reason: str | None) -> None:
    skip = decide(order(**fields), SETTINGS)
    assert (skip.reason if skip else None) == reason


def test_orders_from_before_the_cut_over_come_by_backfill_only() -> None:
    settings = {**SETTINGS, "order_cut_over": datetime(2026, 11, 21, tzinfo=UTC)}
    early = decide(order(), settings)
    assert early is not None
    assert early.reason == "BEFORE_CUT_OVER"
    assert decide(order(), settings, backfill=True) is None


@pytest.mark.parametrize(
    "settings",
    [{"order_sources": ["pos"]}, {"order_tags_excluded": ["B2B"]}, {"order_locations": ["L2"]}],
)
def test_filters_keep_orders_out(settings: dict[str, Any]) -> None:
    skip = decide(order(source="web", tags=["b2b"]), {**SETTINGS, **settings})
    assert skip is not None
    assert skip.reason == "FILTERED"


def test_an_imported_order_has_passed_the_gate() -> None:
    assert Order().decide(order(test=True), SETTINGS, linked=True, backfill=False) is None


def imported(**quantities: int) -> dict[str, Any]:
    lines = [{"id": key, "item": "MUG", "quantity": Decimal(number)} for key, number in quantities.items()]
    return {"lines": lines, "total": Decimal("23.80"), "cancelled": False}


def test_the_difference_names_each_line_that_is_not_as_imported() -> None:
    assert difference(order(), imported(l1=2)) == []
    assert difference(order(lines=[line(quantity=1)]), imported(l1=2)) == ["MUG: 2 -> 1"]
    both = [line(), line(id="l2", sku="TEE", quantity=1)]
    assert difference(order(lines=both), imported(l1=2)) == ["TEE: 0 -> 1"]
    assert difference(order(), imported(l1=2, l9=3)) == ["MUG: 3 -> 0"]


def test_a_document_that_does_not_name_the_shops_lines_is_taken_as_it_was_imported() -> None:
    assert difference(order(), imported(**{"#0": 2})) == []
    assert Order().open_units(order(lines=[line(open_quantity=2)]), imported(**{"#0": 2})) == {("v1", "L1"): 2}


def test_cancelled_with_nothing_shipped_cancels_the_document_once() -> None:
    cancelled = order(cancelled_at="2026-11-21T00:00:00+00:00", lines=[line(quantity=0)])
    amendment = Order().amend(cancelled, imported(l1=2), MONEY)
    assert amendment is not None
    assert amendment.cancel
    assert Order().amend(cancelled, {**imported(l1=2), "cancelled": True}, MONEY) is None


def test_a_refund_and_an_edit_are_shown_with_their_lines() -> None:
    refund = {"id": "r", "created_at": "2026-11-21T00:00:00+00:00", "total": "11.90"}
    refunded = Order().amend(order(lines=[line(quantity=1)], refunds=[refund]), imported(l1=2), MONEY)
    edited = Order().amend(order(lines=[line(quantity=3)], edited=True), imported(l1=2), MONEY)
    assert refunded is not None and refunded.skip is not None
    assert edited is not None and edited.skip is not None
    assert (refunded.skip.reason, refunded.skip.detail) == ("ORDER_REFUNDED", "MUG: 2 -> 1")
    assert (edited.skip.reason, edited.skip.detail) == ("ORDER_EDITED", "MUG: 2 -> 3")
    assert Order().amend(order(), imported(l1=2), MONEY) is None


def test_money_given_back_without_units_is_shown_and_a_bare_difference_is_a_mismatch() -> None:
    refund = {"id": "r", "created_at": "2026-11-21T00:00:00+00:00", "total": "4.90"}
    refunded = Order().amend(order(total="18.90", refunds=[refund]), imported(l1=2), MONEY)
    assert refunded is not None and refunded.skip is not None
    assert (refunded.skip.reason, refunded.skip.detail) == ("ORDER_REFUNDED", "total: 23.80 -> 18.90")
    bare = Order().amend(order(total="23.70"), imported(l1=2), MONEY)
    assert bare is not None
    assert bare.mismatch == "23.70 / 23.80 / 0.10"
    assert Order().amend(order(total="23.80"), imported(l1=2), MONEY) is None


def test_open_units_are_summed_by_place_and_none_are_left_of_a_cancelled_order() -> None:
    lines = [line(open_quantity=2), line(id="l2", open_quantity=1), line(id="l3", variant="", open_quantity=5)]
    assert Order().open_units(order(lines=lines)) == {("v1", "L1"): 3}
    assert Order().open_units(order(lines=lines, cancelled_at="2026-11-21T00:00:00+00:00")) == {}


def test_units_that_the_document_does_not_hold_do_not_count_as_imported() -> None:
    edited = order(lines=[line(open_quantity=3), line(id="l2", variant="v2", open_quantity=1)])
    assert Order().open_units(edited, imported(l1=2)) == {("v1", "L1"): 2}
    assert Order().open_units(order(lines=[line(open_quantity=1)]), imported(l1=2)) == {("v1", "L1"): 1}
    assert Order().open_units(edited, {**imported(l1=2), "cancelled": True}) == {}


def test_a_message_is_found_by_the_buyers_email_phone_and_customer() -> None:
    record = order(email="a@b.c", phone="1", customer=Ref("customer", "gid://c"))
    assert list(Order().persons("gid://o", record)) == ["a@b.c", "1", "gid://c"]
