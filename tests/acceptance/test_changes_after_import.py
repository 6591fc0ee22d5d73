"""Scenario 3d, and what becomes of an imported order that is cancelled, refunded or edited in the shop."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.stage import Stage


def place(stage: Stage, name: str, mugs: int) -> None:
    """A guest's order of mugs, paid by card, with carriage."""
    charge = {"title": "Standard", "price": "4.90"}
    lines = [{"sku": "MUG", "quantity": mugs}]
    stage.shop.order(name, lines=lines, shipping_lines=[charge], email="kim@example.com")


def reported(stage: Stage) -> list[tuple[str, str | None, str | None]]:
    """What the log says of orders that were left alone: number, reason and detail, oldest first."""
    found = stage.messages("order", verdict="skipped")
    return [(entry.label or "", entry.cause, entry.detail) for entry in found]


def test_an_order_cancelled_before_its_import_makes_no_document(stage: Stage) -> None:
    place(stage, "#1006", 2)
    stage.shop.do("cancel", order="#1006")

    run = stage.run("order")
    assert (run.counts["skipped"], run.causes) == (1, {"CANCELLED_BEFORE_IMPORT": 1})

    assert stage.erp.documents() == []
    assert stage.erp.stock()["MUG 01"] == "100/10"
    assert stage.shop.levels()["MUG L1"] == "90/0/90"
    assert len(reported(stage)) == 1


def test_an_order_cancelled_after_its_import_takes_its_lone_sales_order_with_it(stage: Stage) -> None:
    place(stage, "#1006", 2)
    stage.run("order")
    stage.run("inventory")
    assert stage.erp.stock()["MUG 01"] == "100/12"
    before = stage.shop.stock_writes()

    stage.later()
    stage.shop.do("cancel", order="#1006")
    assert stage.run("order").counts["updated"] == 1

    document = stage.erp.document("#1006")
    assert (document["Cancelled"], document["DocumentStatus"]) == ("tYES", "bost_Close")
    assert stage.erp.stock()["MUG 01"] == "100/10"
    stage.run("inventory")
    assert stage.shop.levels()["MUG L1"] == "90/0/90"
    assert stage.shop.stock_writes() == before
    stage.later()
    run = stage.run("order")
    assert run.counts["read"] == run.counts["unchanged"] > 0
    assert [message.action for message in stage.messages("order")] == ["create", "cancel"]


def test_a_refund_after_the_import_is_reported_once_per_change_with_its_lines(stage: Stage) -> None:
    place(stage, "#1003", 4)
    stage.run("order")
    for left in (3, 2):
        stage.later()
        stage.shop.do("refund", order="#1003", lines=[{"sku": "MUG", "quantity": 1, "restock": "CANCEL"}])
        for _ in range(2):
            stage.later()
            assert set(stage.run("order").causes) == {"ORDER_REFUNDED"}
        assert reported(stage)[-1] == ("#1003", "ORDER_REFUNDED", f"MUG: 4 -> {left}")
    assert len(reported(stage)) == 2

    # The Sales Order stays as it was posted, and so does what it holds: two mugs too many, not two too few.
    assert stage.erp.document("#1003")["DocTotal"] == Decimal("52.50")
    assert stage.erp.stock()["MUG 01"] == "100/14"
    assert stage.shop.levels()["MUG L1"] == "88/2/90"
    stage.run("inventory")
    assert stage.shop.levels()["MUG L1"] == "86/2/88"


def test_money_given_back_after_the_import_is_reported_too(stage: Stage) -> None:
    place(stage, "#1003", 1)
    stage.run("order")
    stage.later()
    stage.shop.do("refund", order="#1003", shipping="4.90")
    assert set(stage.run("order").causes) == {"ORDER_REFUNDED"}
    assert reported(stage) == [("#1003", "ORDER_REFUNDED", "total: 16.80 -> 11.90")]
    assert stage.erp.document("#1003")["DocTotal"] == Decimal("16.80")


def test_an_edit_after_the_import_is_reported_once_with_its_lines(stage: Stage) -> None:
    place(stage, "#1011", 2)
    stage.run("order")
    stage.later()
    stage.shop.do(
        "edit-order",
        order="#1011",
        remove=[{"sku": "MUG", "quantity": 1}],
        add=[{"sku": "TEE-M", "quantity": 1}],
        tax_rate="0.19",
    )
    stage.shop.do("edit-order", order="#1011", pay=True)
    for _ in range(2):
        assert set(stage.run("order").causes) == {"ORDER_EDITED"}
        stage.later()
    assert reported(stage) == [("#1011", "ORDER_EDITED", "MUG: 2 -> 1; TEE-M: 0 -> 1")]

    assert stage.erp.document("#1011")["DocTotal"] == Decimal("28.70")
    # The tee is the shop's alone until the ERP knows of it: pending, and not sold twice.
    assert stage.shop.levels()["TEE-M L1"] == "19/1/20"
    stage.run("inventory")
    assert (stage.shop.levels()["MUG L1"], stage.shop.levels()["TEE-M L1"]) == ("88/1/89", "19/1/20")


def test_an_order_refunded_in_part_before_its_import_arrives_as_it_stands(stage: Stage) -> None:
    place(stage, "#1003", 4)
    stage.shop.do("refund", order="#1003", lines=[{"sku": "MUG", "quantity": 1, "restock": "CANCEL"}])
    assert stage.run("order").counts["created"] == 1
    document = stage.erp.document("#1003")
    assert document["DocTotal"] == Decimal("40.60")
    assert [row["Quantity"] for row in document["DocumentLines"]] == [3]
    stage.run("inventory")
    assert stage.shop.levels()["MUG L1"] == "87/3/90"
