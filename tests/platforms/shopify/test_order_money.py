"""What is left of an order's money, case by case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.platforms.shopify.order_canonical import canonical
from objects.base import Mapped, Ref
from objects.money import smallest
from objects.order import OrderSchema

VARIANT = "gid://shopify/ProductVariant/1"
PLACE = "gid://shopify/Location/1"


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def tax(amount: str, rate: float = 0.19, *, theirs: bool = False) -> dict[str, Any]:
    return {"title": "MwSt", "rate": rate, "channelLiable": theirs, "priceSet": money(amount)}


def line(number: int = 1, **given: Any) -> dict[str, Any]:
    quantity = given.pop("quantity", 3)
    discount = given.pop("discount", None)
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "name": "Mug",
        "sku": "MUG",
        "quantity": quantity,
        "currentQuantity": given.pop("current", quantity),
        "isGiftCard": False,
        "variant": {"id": VARIANT},
        "originalTotalSet": money(given.pop("total", "35.70")),
        "discountAllocations": [{"allocatedAmountSet": money(discount)}] if discount else [],
        "taxLines": given.pop("taxes", []),
        **given,
    }


def refund(number: int = 1, **given: Any) -> dict[str, Any]:
    lines = [
        {"quantity": units, "lineItem": {"id": key}, "subtotalSet": money(subtotal), "totalTaxSet": money(taxed)}
        for key, units, subtotal, taxed in given.get("lines", [])
    ]
    shipping = [
        {"shippingLine": {"id": key}, "subtotalAmountSet": money(subtotal), "taxAmountSet": money(taxed)}
        for key, subtotal, taxed in given.get("shipping", [])
    ]
    adjustments = [{"amountSet": money(one), "taxAmountSet": money("0.0")} for one in given.get("adjustments", [])]
    return {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": "2026-11-21T10:00:00Z",
        "totalRefundedSet": money(given.get("total", "0.0")),
        "refundLineItems": lines,
        "refundShippingLines": shipping,
        "orderAdjustments": adjustments,
    }


def order(total: str, **given: Any) -> dict[str, Any]:
    native = {
        "id": "gid://shopify/Order/1",
        "name": "#1001",
        "number": 1001,
        "createdAt": "2026-11-20T23:40:00Z",
        "processedAt": "2026-11-20T23:40:00Z",
        "updatedAt": "2026-11-20T23:41:00Z",
        "cancelledAt": None,
        "closed": False,
        "edited": False,
        "test": False,
        "email": "a@b.example",
        "phone": None,
        "note": None,
        "tags": ["x"],
        "sourceName": "web",
        "currencyCode": "EUR",
        "presentmentCurrencyCode": "EUR",
        "taxesIncluded": True,
        "displayFinancialStatus": "PAID",
        "discountCodes": [],
        "customer": None,
        "billingAddress": None,
        "shippingAddress": None,
        "paymentTerms": None,
        "risk": {"recommendation": "ACCEPT"},
        "currentTotalPriceSet": money(total) | {"presentmentMoney": {"amount": total}},
        "totalTipReceivedSet": money("0.0"),
        "currentTotalDutiesSet": None,
        "currentTotalAdditionalFeesSet": None,
        "totalCashRoundingAdjustment": {"paymentSet": money("0.0")},
        "transactions": [],
        "refunds": [],
        "fulfillments": [],
        "shippingLines": [],
        "lineItems": [line()],
        "fulfillmentOrders": [],
    }
    return native | given


def loaded(native: dict[str, Any]) -> dict[str, Any]:
    record = OrderSchema().load(canonical(native, "DE"))
    assert isinstance(record, dict)
    return record


def summed(record: dict[str, Any]) -> Decimal:
    parts = sum(part["total"] for part in (*record["lines"], *record["charges"]))
    return Decimal(parts if record["taxes_included"] else parts + record["total_tax"])


def shipping(total: str = "4.90", taxes: list[Any] | None = None, *, removed: bool = False) -> dict[str, Any]:
    key = "gid://shopify/ShippingLine/1"
    return {
        "id": key,
        "title": "DHL",
        "isRemoved": removed,
        "discountedPriceSet": money(total),
        "taxLines": taxes or [],
    }


def test_discounts_are_on_the_lines_and_shipping_is_a_charge() -> None:
    native = order(
        "30.60",
        lineItems=[line(discount="10.00", taxes=[tax("4.10")])],
        shippingLines=[shipping(taxes=[tax("0.78")])],
    )
    record = loaded(native)
    assert record["lines"][0]["total"] == Decimal("25.70")
    assert [(one["kind"], one["title"], one["total"]) for one in record["charges"]] == [
        ("shipping", "DHL", Decimal("4.90"))
    ]
    assert (record["total"], record["total_tax"], summed(record)) == (
        Decimal("30.60"),
        Decimal("4.88"),
        record["total"],
    )


def test_a_removed_shipping_line_is_no_charge() -> None:
    assert loaded(order("35.70", shippingLines=[shipping(removed=True)]))["charges"] == []


def test_a_refund_takes_its_own_amounts_off_the_line_and_the_shipping() -> None:
    native = order(
        "23.80",
        lineItems=[line(current=2, taxes=[tax("5.70")])],
        shippingLines=[shipping(taxes=[tax("0.78")])],
        refunds=[
            refund(
                lines=[("gid://shopify/LineItem/1", 1, "11.90", "1.90")],
                shipping=[("gid://shopify/ShippingLine/1", "4.90", "0.78")],
                total="16.80",
            )
        ],
    )
    record = loaded(native)
    assert (record["lines"][0]["quantity"], record["lines"][0]["ordered"]) == (2, 3)
    assert record["lines"][0]["total"] == Decimal("23.80") == summed(record)
    assert record["lines"][0]["tax"][0]["amount"] == Decimal("3.80")
    assert record["charges"] == []
    assert record["refunds"][0]["total"] == Decimal("16.80")


def test_units_that_an_edit_removed_are_shared_out_to_the_cent() -> None:
    # 10.00 for three, one refunded at 3.33 (its own rounding), one edited off: 3.34 is left.
    native = order(
        "3.34",
        lineItems=[line(total="10.00", current=1)],
        refunds=[refund(lines=[("gid://shopify/LineItem/1", 1, "3.33", "0.0")])],
    )
    assert loaded(native)["lines"][0]["total"] == Decimal("3.34")


def test_more_than_rounding_is_left_to_be_seen() -> None:
    record = loaded(order("20.00", lineItems=[line(total="30.00", current=1)]))
    assert record["lines"][0]["total"] == Decimal("10.00")
    assert summed(record) != record["total"]


def test_net_prices_add_their_tax() -> None:
    native = order(
        "3.69",
        taxesIncluded=False,
        lineItems=[line(number, quantity=1, total="1.03", taxes=[tax("0.20")]) for number in (1, 2, 3)],
    )
    record = loaded(native)
    assert (record["total_tax"], summed(record)) == (Decimal("0.60"), Decimal("3.69"))


@pytest.mark.parametrize(("included", "total", "left"), [(False, "12.00", "10.00"), (True, "12.00", "10.00")])
def test_tax_of_the_marketplace_is_not_ours(included: bool, total: str, left: str) -> None:
    price = "12.00" if included else "10.00"
    native = order(total, taxesIncluded=included, lineItems=[line(total=price, taxes=[tax("2.00", 0.2, theirs=True)])])
    record = loaded(native)
    assert (record["total"], record["total_tax"], record["lines"][0]["tax"]) == (Decimal(left), 0, [])
    assert summed(record) == record["total"]


def test_tip_duties_and_cash_rounding_are_charges() -> None:
    native = order(
        "43.70",
        totalTipReceivedSet=money("2.0"),
        currentTotalDutiesSet=money("6.0"),
        totalCashRoundingAdjustment={"paymentSet": money("-0.02")},
    )
    record = loaded(native)
    assert [(one["kind"], one["total"]) for one in record["charges"]] == [
        ("tip", 2),
        ("duty", 6),
        ("cash_rounding", Decimal("-0.02")),
    ]
    assert record["total"] == summed(record) == Decimal("43.68")


@pytest.mark.parametrize(("total", "charges"), [("30.70", [Decimal("-5.0")]), ("35.70", [])])
def test_money_given_back_for_nothing_counts_where_the_total_counts_it(total: str, charges: list[Decimal]) -> None:
    record = loaded(order(total, refunds=[refund(adjustments=["-5.0"])]))
    assert [one["total"] for one in record["charges"]] == charges
    assert summed(record) == record["total"]


def test_the_tax_code_is_looked_for_by_country_rate_and_inclusion() -> None:
    address = dict.fromkeys(
        ("firstName", "lastName", "company", "address1", "address2", "city", "provinceCode", "zip", "phone")
    )
    native = order("35.70", lineItems=[line(taxes=[tax("5.70")])], shippingAddress=address | {"countryCodeV2": "AT"})
    assert loaded(native)["lines"][0]["tax_code"] == Mapped(
        "tax", "AT 0.19 included", ("AT 0.19", "0.19 included", "0.19")
    )
    net = order("35.70", taxesIncluded=False)
    assert loaded(net)["lines"][0]["tax_code"] == Mapped("tax", "DE 0", ("0",))
    nowhere = canonical(order("35.70"), "")
    assert nowhere["lines"][0]["tax_code"] == Mapped("tax", "0 included", ("0",))
    two = order("35.70", lineItems=[line(taxes=[tax("2.50", 0.07), tax("1.00", 0.025)])])
    assert loaded(two)["lines"][0]["tax_code"].value == "DE 0.095 included"


def shipment(status: str, location: str | None, remaining: int, total: int = 3) -> dict[str, Any]:
    rows = [{"id": "x", "totalQuantity": total, "remainingQuantity": remaining}]
    rows[0]["lineItem"] = {"id": "gid://shopify/LineItem/1"}  # type: ignore[assignment]
    place = {"location": {"id": location} if location else None}
    return {"id": "f", "status": status, "assignedLocation": place, "lineItems": rows}


def test_place_and_open_units_come_from_the_fulfilment_orders() -> None:
    native = order(
        "35.70",
        fulfillmentOrders=[
            shipment("CANCELLED", "gid://shopify/Location/9", 3),
            shipment("CLOSED", "gid://shopify/Location/2", 1, 2),
            shipment("ON_HOLD", PLACE, 2),
        ],
    )
    record = loaded(native)
    got = record["lines"][0]
    assert (got["location"], got["open_quantity"], got["warehouse"]) == (PLACE, 2, Mapped("location", PLACE))
    assert record["on_hold"]


def test_a_line_without_fulfilment_order_or_variant_has_no_place() -> None:
    record = loaded(order("35.70", lineItems=[line(variant=None, sku=None)]))
    got = record["lines"][0]
    assert (got["location"], got["warehouse"], got["open_quantity"]) == ("", None, 0)
    assert (got["variant"], got["item"]) == ("", Ref("variant", "", stand_in=("stand_in_item",)))


def test_payments_are_what_moved_or_is_promised() -> None:
    def transaction(number: int, kind: str, status: str, gateway: str | None) -> dict[str, Any]:
        return {"id": str(number), "kind": kind, "status": status, "gateway": gateway, "amountSet": money("1.0")}

    rows = [
        ("SALE", "SUCCESS"),
        ("AUTHORIZATION", "PENDING"),
        ("CAPTURE", "SUCCESS"),
        ("SALE", "FAILURE"),
        ("REFUND", "SUCCESS"),
        ("VOID", "SUCCESS"),
    ]
    native = order("35.70", transactions=[transaction(n, *row, "klarna") for n, row in enumerate(rows)])
    payments = loaded(native)["payments"]
    assert [payment["id"] for payment in payments] == ["0", "1", "2"]
    assert payments[0]["account"] == Mapped("payment", "klarna")


def test_the_head_is_carried_over() -> None:
    total = {"shopMoney": {"amount": "35.70"}, "presentmentMoney": {"amount": "39.27"}}
    native = order(
        "35.70",
        presentmentCurrencyCode="USD",
        currentTotalPriceSet=total,
        customer={"id": "gid://shopify/Customer/7"},
        risk={"recommendation": "CANCEL"},
        paymentTerms={"id": "gid://shopify/PaymentTerms/1"},
        fulfillments=[{"status": "CANCELLED"}, {"status": "SUCCESS"}],
        cancelledAt="2026-11-21T00:00:00Z",
    )
    record = loaded(native)
    assert (record["presentment_currency"], record["presentment_total"]) == ("USD", Decimal("39.27"))
    assert record["customer"] == Ref("customer", "gid://shopify/Customer/7")
    assert record["high_risk"] and record["payment_terms"] and record["shipped"]
    assert record["cancelled_at"] is not None and record["placed_at"].utcoffset() is not None


@pytest.mark.parametrize(("currency", "unit"), [("EUR", "0.01"), ("JPY", "1"), ("KWD", "0.001")])
def test_each_currency_has_its_smallest_amount(currency: str, unit: str) -> None:
    assert smallest(currency) == Decimal(unit)
