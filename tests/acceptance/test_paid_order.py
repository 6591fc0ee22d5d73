"""Scenario 1: paid, discounted, near midnight; with the Sales Order alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.acceptance.stage import Stage

Json = dict[str, Any]
BUYER = {"first_name": "Nora", "last_name": "Neu", "email": "nora@example.com"}


def money(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def place(stage: Stage) -> Json:
    """#1001, at 00:40 in Berlin: UTC still counts the day before."""
    order: Json = stage.shop.order(
        "#1001",
        created_at="2026-11-20T23:40:00Z",
        customer=BUYER,
        lines=[{"sku": "MUG", "quantity": 3}],
        discount="10.00",
        discount_code="WELCOME10",
        shipping_lines=[{"title": "Standard", "price": "4.90"}],
    )
    assert [order["tax"], order["total"]] == money("4.88", "30.60")
    return order


def freights(document: Json) -> dict[int, Json]:
    """Freights at the head, by number."""
    return {row["ExpenseCode"]: row for row in document.get("DocumentAdditionalExpenses", ())}


def test_a_paid_and_discounted_order_arrives_once_with_its_totals_and_its_local_date(stage: Stage) -> None:
    order = place(stage)
    before = stage.shop.stock_writes()

    run = stage.run("order")
    assert (run.counts["created"], run.counts["brought"]) == (1, 1)

    document = stage.erp.document("#1001")
    assert stage.erp.partners() == [document["CardCode"]]
    assert document["U_HubRef"] == order["id"]
    assert document["DocDate"] == "2026-11-21"
    assert document["TaxDate"] == "2026-11-21"
    assert document["U_HubDiscount"] == "WELCOME10"
    assert [document["DocTotal"], document["VatSum"]] == money("30.60", "4.88")
    (line,) = document["DocumentLines"]
    assert (line["ItemCode"], line["Quantity"], line["WarehouseCode"], line["VatGroup"]) == ("MUG", 3, "01", "A2")
    assert line["GrossTotal"] == Decimal("25.70")
    shipping = freights(document)
    assert {number: row["LineGross"] for number, row in shipping.items()} == {1: Decimal("4.90")}

    (message,) = stage.messages("order")
    assert (message.verdict, message.label, message.detail) == ("created", "#1001", None)

    stage.run("customer")
    stage.run("inventory")
    assert len(stage.erp.partners()) == 1
    assert stage.erp.stock()["MUG 01"] == "100/13"
    assert stage.shop.levels()["MUG L1"] == "87/3/90"
    assert stage.shop.stock_writes() == before


def test_in_freight_mode_tax_is_posted_as_freight_and_the_total_is_the_same(stage: Stage) -> None:
    stage.configure(tax_mode="freight")
    place(stage)

    assert stage.run("order").counts["created"] == 1

    document = stage.erp.document("#1001")
    (line,) = document["DocumentLines"]
    (tax,) = line["DocumentLineAdditionalExpenses"]
    head = freights(document)
    assert [line["LineTotal"], tax["LineTotal"]] == money("21.60", "4.10")
    assert {number: row["LineTotal"] for number, row in head.items()} == {1: Decimal("4.12"), 2: Decimal("0.78")}
    assert {row["VatGroup"] for row in (line, tax, *head.values())} == {"A0"}
    assert tax["ExpenseCode"] == 2
    assert [document["DocTotal"], document["VatSum"]] == money("30.60", "0")
    assert stage.erp.stock()["MUG 01"] == "100/13"


def place_net(stage: Stage) -> None:
    """Three lines of 1.03 without tax: the shop taxes each, the ERP all of them together."""
    stage.erp.do("settings", group_vat=True)
    line = {"sku": "MUG", "quantity": 1, "unit_price": "1.03"}
    order = stage.shop.order("#1001", customer=BUYER, lines=[line, line, line])
    assert [order["tax"], order["total"]] == money("0.60", "3.69")


def test_a_cent_that_grouped_tax_leaves_over_is_posted_as_rounding(net_stage: Stage) -> None:
    place_net(net_stage)

    assert net_stage.run("order").counts["created"] == 1

    document = net_stage.erp.document("#1001")
    rounding = freights(document)[3]
    assert [rounding["LineTotal"], rounding["TaxSum"]] == money("0.01", "0")
    assert rounding["VatGroup"] == "A0"
    assert [row["LineTotal"] for row in document["DocumentLines"]] == money("1.03", "1.03", "1.03")
    assert [document["DocTotal"], document["VatSum"]] == money("3.69", "0.59")


def test_without_tolerance_that_cent_is_a_total_mismatch_and_nothing_is_posted(net_stage: Stage) -> None:
    net_stage.configure(tolerance="0")
    place_net(net_stage)

    run = net_stage.run("order")
    assert (run.counts["failed"], run.causes) == (1, {"TOTAL_MISMATCH": 1})

    (failure,) = net_stage.failures("order")
    assert (failure.label, failure.cause, failure.detail) == ("#1001", "TOTAL_MISMATCH", "3.69 / 3.68 / 0.01")
    assert net_stage.erp.documents() == []
    assert net_stage.erp.stock()["MUG 01"] == "100/10"
    net_stage.run("inventory")
    assert net_stage.shop.levels()["MUG L1"] == "87/3/90"
