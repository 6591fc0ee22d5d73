"""A cancellation names no order: it is matched by customer, code and price, newest order first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.sandbox.world.model import Refund, RefundLine, World


def refunds(world: World) -> dict[str, list[tuple[tuple[int, int], ...]]]:
    """Order name -> its refunds, each as pairs of line and units."""
    return {
        order.name: [tuple((line.line, line.quantity) for line in refund.lines) for refund in order.refunds]
        for order in world.orders
    }


def test_a_cancellation_is_a_refund_of_the_order_it_matches_at_its_own_date(folder: Any) -> None:
    folder.line("1", "TEE").line("1", quantity=6)
    world, report = folder.line("C2", quantity=-2, at="2010-12-03 10:00:00").load()
    at = datetime(2010, 12, 3, 10, tzinfo=ZoneInfo("Europe/London"))
    [order] = world.orders
    assert order.refunds == (Refund(at, (RefundLine(1, 2, "CANCEL"),), gateway="shopify_payments", note="C2"),)
    assert report.to_json() == {
        "invoices": 2,
        "orders": 1,
        "refunds": 1,
        "not_loadable": {},
        "unmatched_lines": {},
    }


def test_it_may_be_spread_over_several_orders_with_one_refund_each_and_counts_once(folder: Any) -> None:
    folder.line("1", quantity=3).line("1", "TEE", 5)
    folder.line("2", quantity=2, at="2010-12-02 08:00:00")
    folder.line("C3", quantity=-4, at="2010-12-03 08:00:00").line("C3", "TEE", -1, at="2010-12-03 08:00:00")
    world, report = folder.load()
    assert refunds(world) == {"#1": [((0, 2), (1, 1))], "#2": [((0, 2),)]}
    assert (report.invoices, report.orders, report.refunds) == (3, 2, 1)


def test_two_lines_about_one_order_line_are_one_line_of_the_refund(folder: Any) -> None:
    world, _ = folder.line("1", quantity=5).line("C2", quantity=-1).line("C2", quantity=-2).load()
    assert refunds(world) == {"#1": [((0, 3),)]}


def test_what_was_taken_back_once_is_not_taken_back_again(folder: Any) -> None:
    world, report = folder.line("1", quantity=2).line("C2", quantity=-2).line("C3", quantity=-1).load()
    assert refunds(world) == {"#1": [((0, 2),)]}
    assert report.not_loadable == {"cancellation_of_no_order": 1}
    assert report.unmatched_lines == {"more_units_than_ordered": 1}


def test_units_beyond_those_ordered_are_counted_and_the_rest_is_refunded(folder: Any) -> None:
    world, report = folder.line("1", quantity=2).line("C2", quantity=-5).load()
    assert refunds(world) == {"#1": [((0, 2),)]}
    assert (report.refunds, report.unmatched_lines) == (1, {"more_units_than_ordered": 1})


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        ("other_price", {"price": "2.10"}),
        ("not_ordered_before", {"code": "mug"}),
        ("not_ordered_before", {"customer": "2"}),
        ("not_ordered_before", {"at": "2010-11-30 08:00:00"}),
        ("discount", {"code": "D", "price": "1.00"}),
    ],
)
def test_a_line_that_matches_no_earlier_order_is_counted_with_its_cause(
    cause: str, line: dict[str, Any], folder: Any
) -> None:
    world, report = folder.line("1").line("C2", **{"quantity": -1, **line}).load()
    assert refunds(world) == {"#1": []}
    assert (report.not_loadable, report.unmatched_lines) == ({"cancellation_of_no_order": 1}, {cause: 1})


def test_a_cancellation_with_one_matching_line_is_a_refund(folder: Any) -> None:
    _, report = folder.line("1").line("C2", quantity=-1).line("C2", "TEE", -1).line("C2", quantity=1).load()
    assert (report.refunds, report.not_loadable) == (1, {})
    assert report.unmatched_lines == {"not_ordered_before": 1, "not_negative": 1}


def test_a_cancellation_without_a_customer_matches_nobody_elses_order(folder: Any) -> None:
    world, report = folder.line("1", customer="").line("C2", quantity=-1, customer="").load()
    assert refunds(world) == {"#1": []}
    assert (report.not_loadable, report.unmatched_lines) == ({"cancellation_without_customer": 1}, {"no_customer": 1})


def test_carriage_given_back_is_money_of_the_refund(folder: Any) -> None:
    folder.line("1").line("1", "POST", 2, "18.00").line("C2", "POST", -1, "18.00")
    world, report = folder.load()
    [refund] = world.orders[0].refunds
    assert (refund.lines, refund.shipping) == ((), Decimal("18.00"))
    assert report.refunds == 1


def test_a_manual_charge_is_given_back_as_the_custom_line_it_was(folder: Any) -> None:
    world, _ = folder.line("1").line("1", "M", 1, "40.00").line("C2", "M", -1, "40.00").load()
    assert refunds(world) == {"#1": [((1, 1),)]}
