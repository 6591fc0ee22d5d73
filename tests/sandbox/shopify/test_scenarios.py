"""The stock books and the money of the acceptance scenarios, as the shop must keep them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.sandbox.shopify.client import Shop

VAT = 0.19


def money(order: dict[str, Any], *names: str) -> list[str]:
    return [str(order[name]) for name in names]


def test_a_paid_discounted_order_costs_what_its_rounded_parts_cost(shop: Shop) -> None:
    order = shop.control(
        "orders",
        name="#1001",
        created_at="2026-11-20T23:40:00Z",
        customer={"first_name": "New", "last_name": "Buyer", "email": "new@example.com"},
        lines=[{"sku": "MUG", "quantity": 3}],
        discount=10,
        discount_code="WELCOME10",
        shipping_lines=[{"title": "Standard", "price": "4.90"}],
        tax_rate=VAT,
    )
    assert money(order, "total", "tax", "shipping", "discounts") == ["30.60", "4.88", "4.90", "10.00"]
    assert order["financial_status"] == "PAID"
    assert shop.levels()["MUG L1"] == "87/3/90"


def test_a_shop_with_net_prices_adds_the_tax_of_each_line(shop: Shop) -> None:
    order = shop.control(
        "orders",
        lines=[{"title": "Pin", "custom": True, "unit_price": 1.03, "quantity": 1}] * 3,
        taxes_included=False,
        tax_rate=VAT,
    )
    assert money(order, "subtotal", "tax", "total") == ["3.09", "0.60", "3.69"]


def test_units_that_are_shipped_leave_the_committed_ones(shop: Shop) -> None:
    shop.control("orders", name="#1002", lines=[{"sku": "MUG", "quantity": 2}], financial="pending", gateway="COD")
    assert shop.order_state("#1002")["financial_status"] == "PENDING"
    assert shop.levels()["MUG L1"] == "88/2/90"
    shop.control("fulfil", order="#1002", lines=[{"sku": "MUG", "quantity": 1}], tracking={"number": "003404341"})
    assert shop.levels()["MUG L1"] == "88/1/89"
    assert shop.order_state("#1002")["fulfillment_status"] == "PARTIALLY_FULFILLED"
    shop.control("fulfil", order="#1002")
    assert shop.levels()["MUG L1"] == "88/0/88"
    shop.control("mark-as-paid", order="#1002")
    order = shop.order_state("#1002")
    assert (order["financial_status"], order["fulfillment_status"]) == ("PAID", "FULFILLED")
    assert order["outstanding"] == 0
    assert [made["tracking_numbers"] for made in order["fulfillments"]] == [["003404341"], []]


def test_refunds_put_units_where_they_belong(shop: Shop) -> None:
    shop.control("orders", name="#1003", lines=[{"sku": "MUG", "quantity": 4}], tax_rate=VAT)
    shop.control("fulfil", order="#1003", lines=[{"sku": "MUG", "quantity": 3}])
    assert shop.levels()["MUG L1"] == "86/1/87"
    for restock, location, shipped in (("RETURN", "L2", True), ("NO_RESTOCK", None, True), ("CANCEL", None, False)):
        line = {"sku": "MUG", "quantity": 1, "restock": restock, "location": location, "shipped": shipped}
        shop.control("refund", order="#1003", lines=[line])
    assert (shop.levels()["MUG L1"], shop.levels()["MUG L2"]) == ("87/0/87", "41/0/41")
    order = shop.order_state("#1003")
    assert [str(refund["money"]) for refund in order["refunds"]] == ["11.90"] * 3
    assert [str(refund["lines"][0]["tax"]) for refund in order["refunds"]] == ["1.90"] * 3
    assert money(order, "current_total", "net_payment", "outstanding") == ["11.90", "11.90", "0.00"]
    assert order["financial_status"] == "PARTIALLY_REFUNDED"
    assert order["lines"][0]["current_quantity"] == 1


def test_an_unshipped_unit_refunded_without_restock_is_gone(shop: Shop) -> None:
    shop.control("orders", name="#1004", lines=[{"sku": "MUG"}])
    shop.control("refund", order="#1004", lines=[{"sku": "MUG", "quantity": 1}])
    assert shop.levels()["MUG L1"] == "89/0/89"
    assert shop.order_state("#1004")["financial_status"] == "REFUNDED"


def test_cancelling_a_paid_order_makes_one_refund(shop: Shop) -> None:
    shop.control("orders", name="#1005", lines=[{"sku": "MUG", "quantity": 2}], tip=2)
    shop.control("cancel", order="#1005")
    order = shop.order_state("#1005")
    assert [str(refund["money"]) for refund in order["refunds"]] == ["25.80"]
    assert money(order, "current_total", "net_payment", "outstanding") == ["0.00", "0.00", "0.00"]
    assert order["financial_status"] == "REFUNDED"
    assert shop.levels()["MUG L1"] == "90/0/90"


def test_cancelling_an_unpaid_order_leaves_nothing_owed(shop: Shop) -> None:
    shop.control("orders", name="#1007", lines=[{"sku": "MUG", "quantity": 2}], financial="pending", tip=1)
    shop.control("cancel", order="#1007")
    order = shop.order_state("#1007")
    assert (order["financial_status"], order["outstanding"], len(order["refunds"])) == ("VOIDED", 0, 1)
    assert order["refunds"][0]["money"] == 0


def test_cancelling_without_restock_writes_the_units_off(shop: Shop) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG", "quantity": 2}])
    shop.control("cancel", order="#1", restock=False, refund=False)
    assert shop.levels()["MUG L1"] == "88/0/88"
    assert str(shop.order_state("#1")["outstanding"]) == "-23.80"


def test_a_shipped_order_cannot_be_cancelled(shop: Shop) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG"}])
    shop.control("fulfil", order="#1")
    response = shop.try_control("cancel", order="#1")
    assert response.status == 422
    assert b"outstanding fulfillments" in response.body


def test_guest_gift_card_tip_and_dollars(shop: Shop) -> None:
    shop.control(
        "orders",
        name="#1010",
        lines=[{"sku": "MUG"}, {"sku": "GIFT25", "tax_rate": VAT}],
        tip=2,
        tax_rate=VAT,
        presentment_currency="USD",
        presentment_rate=1.10,
        transactions=[{"gateway": "gift_card", "amount": 10}, {"gateway": "shopify_payments", "amount": 28.90}],
    )
    query = """{ orders(first: 1) { nodes { customer { id } paymentGatewayNames totalTaxSet { shopMoney { amount } }
        totalTipReceivedSet { shopMoney { amount } }
        totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
        lineItems(first: 5) { nodes { sku isGiftCard taxable requiresShipping } } } } }"""
    node = shop.data(query)["orders"]["nodes"][0]
    assert node["customer"] is None
    assert node["totalPriceSet"] == {
        "shopMoney": {"amount": "38.9", "currencyCode": "EUR"},
        "presentmentMoney": {"amount": "42.79", "currencyCode": "USD"},
    }
    assert node["totalTaxSet"]["shopMoney"]["amount"] == "1.9"
    assert node["totalTipReceivedSet"]["shopMoney"]["amount"] == "2.0"
    assert node["paymentGatewayNames"] == ["gift_card", "shopify_payments"]
    assert node["lineItems"]["nodes"][1] == {
        "sku": "GIFT25",
        "isGiftCard": True,
        "taxable": False,
        "requiresShipping": False,
    }


def test_an_edit_takes_units_off_and_adds_a_line(shop: Shop) -> None:
    shop.control("orders", name="#1011", lines=[{"sku": "MUG", "quantity": 2}], tax_rate=VAT)
    order = shop.control(
        "edit-order",
        order="#1011",
        remove=[{"sku": "MUG", "quantity": 1}],
        add=[{"sku": "TEE-M", "quantity": 1}],
        tax_rate=VAT,
    )
    assert money(order, "current_total", "outstanding", "original_total") == ["47.60", "23.80", "23.80"]
    assert order["financial_status"] == "PARTIALLY_PAID"
    order = shop.control("edit-order", order="#1011", pay=True)
    assert money(order, "current_total", "total", "net_payment", "outstanding") == ["47.60", "47.60", "47.60", "0.00"]
    assert (order["financial_status"], order["edited"]) == ("PAID", True)
    assert [line["current_quantity"] for line in order["lines"]] == [1, 1]
    assert [line["quantity"] for line in order["lines"]] == [2, 1]
    assert (shop.levels()["MUG L1"], shop.levels()["TEE-M L1"]) == ("89/1/90", "19/1/20")


def test_a_money_only_refund_lowers_the_order_by_that_money(shop: Shop) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG", "quantity": 2}])
    shop.control("refund", order="#1", money=5)
    order = shop.order_state("#1")
    assert money(order, "current_total", "net_payment", "outstanding") == ["18.80", "18.80", "0.00"]
    assert shop.levels()["MUG L1"] == "88/2/90"


def test_more_money_than_came_in_is_refused(shop: Shop) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG"}])
    response = shop.try_control("refund", order="#1", money=25)
    assert response.status == 422
    assert b"Refund amount $25.00 is greater than net payment received $11.90" in response.body
    assert shop.order_state("#1")["refunds"] == []


def test_shipping_can_be_refunded_with_its_tax(shop: Shop) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG"}], shipping_lines=[{"price": "4.90"}], tax_rate=VAT)
    shop.control("refund", order="#1", shipping=4.90)
    order = shop.order_state("#1")
    assert money(order, "current_total", "current_tax", "net_payment") == ["11.90", "1.90", "11.90"]


def test_a_cancelled_fulfilment_commits_its_units_again(shop: Shop) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG", "quantity": 2}])
    shop.control("fulfil", order="#1")
    shop.control("cancel-fulfilment", order="#1")
    assert shop.levels()["MUG L1"] == "88/2/90"
    assert shop.order_state("#1")["fulfillment_status"] == "UNFULFILLED"


def test_an_order_moves_the_updated_at_of_its_product(shop: Shop) -> None:
    before = shop.data('{ products(first: 9, query: "sku:MUG") { nodes { updatedAt } } }')["products"]["nodes"][0]
    shop.control("orders", lines=[{"sku": "MUG"}])
    after = shop.data('{ products(first: 9, query: "sku:MUG") { nodes { updatedAt } } }')["products"]["nodes"][0]
    assert before["updatedAt"] < after["updatedAt"] == "2026-11-21T09:00:00Z"


def test_stock_with_decimals_is_kept_in_whole_units(shop: Shop) -> None:
    assert shop.levels()["CABLE L1"] == "7/0/7"


def test_discounts_are_spread_to_the_cent(shop: Shop) -> None:
    lines = [{"sku": "MUG", "quantity": 1}, {"sku": "TEE-M", "quantity": 1}, {"sku": "CABLE", "quantity": 1}]
    order = shop.control("orders", lines=lines, discount="10.00")
    assert sum((line["discount"] for line in order["lines"]), Decimal(0)) == Decimal("10.00")
    assert str(order["total"]) == "39.60"
