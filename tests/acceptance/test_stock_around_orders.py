"""Stock around the scenarios: other places, other ways of paying, units that leave the house."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.stage import Stage

MUGS = [{"sku": "MUG", "quantity": 2}]


def figures(stage: Stage, warehouse: str = "01") -> tuple[str, str]:
    """Mugs in the ERP and in the shop."""
    place = {"01": "L1", "02": "L2"}[warehouse]
    return stage.erp.stock()[f"MUG {warehouse}"], stage.shop.levels()[f"MUG {place}"]


def test_cash_on_delivery_is_imported_unpaid_and_a_parcel_of_the_shop_moves_no_level(stage: Stage) -> None:
    stage.shop.order("#1002", lines=MUGS, financial="pending", gateway="COD", email="kim@example.com")
    assert stage.run("order").counts["created"] == 1
    assert stage.erp.document("#1002")["DocTotal"] == Decimal("23.80")
    before = stage.shop.stock_writes()
    stage.run("inventory")
    assert figures(stage) == ("100/12", "88/2/90")

    stage.later()
    stage.shop.do("fulfil", order="#1002", lines=[{"sku": "MUG", "quantity": 1}])
    # Whether stock or the order is looked at first, the level is the same.
    stage.run("inventory")
    assert figures(stage) == ("100/12", "88/1/89")
    stage.run("order")
    stage.run("inventory")
    assert figures(stage) == ("100/12", "88/1/89")
    assert stage.shop.stock_writes() == before


def test_units_of_an_order_that_waits_for_its_payment_are_held_back_until_it_is_paid(stage: Stage) -> None:
    stage.shop.order("#1002", lines=MUGS, financial="pending", gateway="shopify_payments", email="kim@example.com")
    assert stage.run("order").causes == {"WAITING_FOR_PAYMENT": 1}
    stage.erp.receive("MUG", "10")
    stage.run("inventory")
    assert figures(stage) == ("110/10", "98/2/100")

    stage.later()
    stage.shop.do("mark-as-paid", order="#1002")
    assert stage.run("order").counts["created"] == 1
    stage.run("inventory")
    assert figures(stage) == ("110/12", "98/2/100")


def test_an_order_from_the_second_location_is_taken_from_its_warehouse(stage: Stage) -> None:
    stage.shop.order("#1001", lines=MUGS, location="L2", email="kim@example.com")
    assert stage.run("order").counts["created"] == 1
    assert stage.erp.document("#1001")["DocumentLines"][0]["WarehouseCode"] == "02"
    stage.run("inventory")
    assert figures(stage, "02") == ("40/2", "38/2/40")
    assert figures(stage) == ("100/10", "90/0/90")


def test_a_sales_order_cancelled_by_a_clerk_frees_no_unit_that_the_shop_still_owes(stage: Stage) -> None:
    order = stage.shop.order("#1001", lines=MUGS, email="kim@example.com")
    stage.run("order")
    stage.erp.do("orders", entry=stage.erp.document("#1001")["DocEntry"], action="cancel")
    assert figures(stage) == ("100/10", "88/2/90")
    stage.later()
    stage.shop.do("edit", id=order["id"], fields={"note": "Where is it?"})
    stage.run("order")
    stage.run("inventory")
    assert figures(stage) == ("100/10", "88/2/90")


def test_more_sold_than_there_is_leaves_zero_and_a_receipt_first_covers_what_is_owed(stage: Stage) -> None:
    stage.erp.do("stock", item="MUG", warehouse="01", set="5")
    stage.run("inventory")
    assert figures(stage) == ("5/10", "0/0/0")
    stage.erp.receive("MUG", "8")
    stage.run("inventory")
    assert figures(stage) == ("13/10", "3/0/3")
