"""What becomes of an order by its status: told as the gate decides it."""

from __future__ import annotations

from typing import Any

from hub.settings import load
from objects.order_statuses import Rule, rules


def told(**settings: Any) -> dict[tuple[str, str], tuple[str, str]]:
    return {(rule.status, rule.case): (rule.outcome, rule.reason) for rule in rules(load(settings))}


def test_the_usual_ones_are_those_of_the_documents() -> None:
    assert told() == {
        ("PENDING", "cash on delivery (Cash on Delivery (COD))"): ("import", ""),
        ("PENDING", "with payment terms"): ("import", ""),
        ("PENDING", "all others"): ("wait", "WAITING_FOR_PAYMENT"),
        ("AUTHORIZED", ""): ("wait", "WAITING_FOR_PAYMENT"),
        ("PARTIALLY_PAID", ""): ("import", ""),
        ("PAID", ""): ("import", ""),
        ("PARTIALLY_REFUNDED", ""): ("import", ""),
        ("REFUNDED", "something was shipped"): ("import", ""),
        ("REFUNDED", "nothing was shipped"): ("skip", "REFUNDED_BEFORE_IMPORT"),
        ("VOIDED", ""): ("skip", "VOIDED"),
        ("EXPIRED", ""): ("skip", "EXPIRED"),
    }


def test_the_settings_decide_and_cases_that_end_alike_are_one() -> None:
    found = told(order_statuses=["PAID", "PENDING"], cod_gateways=[], order_tags_excluded=["x"])
    assert (found["PENDING", ""], found["PARTIALLY_PAID", ""]) == (("import", ""), ("wait", "WAITING_FOR_PAYMENT"))
    assert found["REFUNDED", ""] == ("wait", "WAITING_FOR_PAYMENT")
    # What is voided is left alone whatever is named.
    assert told(order_statuses=["VOIDED"])["VOIDED", ""] == ("skip", "VOIDED")


def test_a_status_that_the_shop_does_not_have_is_named_last() -> None:
    assert rules(load({"order_statuses": ["PAYED", "PAID"]}))[-1] == Rule(
        "PAYED", "skip", "the shop has no such status"
    )
