"""Scenario 5: a guest, a gift card, a tip, and dollars shown to the buyer; with the Sales Order alone."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.stage import Stage

BILLING = {
    "first_name": "Grace",
    "last_name": "Guest",
    "address1": "5 Main Street",
    "city": "Albany",
    "zip": "12207",
    "province_code": "NY",
    "country_code": "US",
}
SHIPPING = {"first_name": "Gil", "last_name": "Guest", "address1": "Ring 7", "city": "Bonn", "zip": "53111"}


def test_a_guest_pays_with_two_means_and_is_posted_in_the_shops_currency(stage: Stage) -> None:
    order = stage.shop.order(
        "#1010",
        email="grace@example.com",
        lines=[{"sku": "MUG", "quantity": 1}, {"sku": "GIFT25", "quantity": 1}],
        tip="2.00",
        presentment_currency="USD",
        presentment_rate="1.10",
        transactions=[
            {"gateway": "gift_card", "amount": "10.00"},
            {"gateway": "shopify_payments", "amount": "28.90"},
        ],
        billing_address=BILLING,
        shipping_address={**SHIPPING, "country_code": "DE"},
    )
    assert (order["customer"], order["total"]) == (None, Decimal("38.90"))

    assert stage.run("order").counts["created"] == 1

    document = stage.erp.document("#1010")
    assert (document["DocCurrency"], document["DocTotal"], document["VatSum"]) == (
        "EUR",
        Decimal("38.90"),
        Decimal("1.90"),
    )
    assert (document["CardCode"], document["CardName"]) == ("C-GUEST", "Grace Guest")
    assert document["U_HubEmail"] == "grace@example.com"
    address = document["AddressExtension"]
    bill_to = [address[f"BillTo{name}"] for name in ("Street", "City", "ZipCode", "State", "Country")]
    ship_to = [address[f"ShipTo{name}"] for name in ("Street", "City", "ZipCode", "Country")]
    assert bill_to == ["5 Main Street", "Albany", "12207", "NY", "US"]
    assert ship_to == ["Ring 7", "Bonn", "53111", "DE"]
    lines = {row["ItemCode"]: row for row in document["DocumentLines"]}
    assert {code: (row["GrossTotal"], row["VatGroup"]) for code, row in lines.items()} == {
        "MUG": (Decimal("11.90"), "A2"),
        "GIFT25": (Decimal("25.00"), "A0"),
    }
    (tip,) = document["DocumentAdditionalExpenses"]
    assert (tip["ExpenseCode"], tip["LineGross"], tip["VatGroup"]) == (4, Decimal("2.00"), "A0")

    stage.run("customer")
    assert stage.erp.partners() == []
    assert stage.erp.stock()["MUG 01"] == "100/11"
    assert stage.shop.levels()["MUG L1"] == "89/1/90"
