"""What happens to an order in the shop, and what the hub then reads."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from hub.errors import PlatformRefused
from objects.base import Mapped
from objects.order import OrderSchema

from .conftest import Shop
from .test_reading import summed

ADDRESS = {"last_name": "L.", "address1": "Weg 1", "city": "Wien", "zip": "1010", "country_code": "AT"}


def mugs(shop: Shop, **given: Any) -> str:
    """A paid order of three mugs at 11.90, with carriage."""
    shop.control("products", {"title": "Mug", "sku": "MUG-X", "price": "11.90", "stock": {"L1": 50}})
    order = {
        "lines": [{"sku": "MUG-X", "quantity": 3}],
        "tax_rate": "0.19",
        "shipping_lines": [{"title": "DHL", "price": "4.90"}],
        "shipping_address": ADDRESS,
        "email": "ada@example.com",
        "location": "L1",
    }
    return str(shop.control("orders", order | given)["id"])


def read(shop: Shop, key: str) -> dict[str, Any]:
    endpoint = shop.connect().endpoint("order", {})
    record = OrderSchema().load(endpoint.to_canonical(endpoint.read([key])[key]))
    assert isinstance(record, dict)
    assert summed(record) == record["total"]
    return record


def test_an_order_as_it_was_placed(shop: Shop) -> None:
    record = read(shop, mugs(shop))
    (line,) = record["lines"]
    assert (line["quantity"], line["open_quantity"], line["total"]) == (3, 3, Decimal("35.70"))
    assert line["tax_code"] == Mapped("tax", "AT 0.19 included", ("AT 0.19", "0.19 included", "0.19"))
    assert record["total"] == Decimal("40.60")
    assert (record["shipped"], record["customer"], record["financial_status"]) == (False, None, "PAID")
    assert record["shipping"]["city"] == "Wien"
    assert [payment["amount"] for payment in record["payments"]] == [Decimal("40.60")]


def test_shipped_units_are_no_longer_open(shop: Shop) -> None:
    key = mugs(shop)
    shop.control("fulfil", {"order": key, "lines": [{"sku": "MUG-X", "quantity": 1}]})
    record = read(shop, key)
    assert (record["shipped"], record["lines"][0]["open_quantity"]) == (True, 2)


def test_a_refund_of_units_and_carriage_is_off_the_order(shop: Shop) -> None:
    key = mugs(shop)
    shop.control("refund", {"order": key, "lines": [{"sku": "MUG-X", "restock": "CANCEL"}], "shipping": "4.90"})
    record = read(shop, key)
    assert (record["total"], record["charges"], record["lines"][0]["quantity"]) == (Decimal("23.80"), [], 2)
    assert record["lines"][0]["open_quantity"] == 2
    assert [refund["total"] for refund in record["refunds"]] == [Decimal("16.80")]


def test_money_given_back_for_nothing_is_off_the_total(shop: Shop) -> None:
    key = mugs(shop)
    shop.control("refund", {"order": key, "money": "5.00"})
    assert read(shop, key)["total"] == Decimal("35.60")


def test_an_edit_changes_the_lines(shop: Shop) -> None:
    key = mugs(shop)
    edit = {"remove": [{"sku": "MUG-X"}], "add": [{"title": "Tea", "unit_price": "35.70", "custom": True}], "pay": True}
    shop.control("edit-order", {"order": key, "tax_rate": "0.19"} | edit)
    record = read(shop, key)
    assert record["edited"]
    assert [(line["title"], line["quantity"]) for line in record["lines"]] == [("Mug", 2), ("Tea", 1)]
    assert record["total"] == Decimal("64.40")


def test_a_cancelled_order_has_nothing_left(shop: Shop) -> None:
    key = mugs(shop)
    shop.control("cancel", {"order": key})
    record = read(shop, key)
    assert record["cancelled_at"] is not None
    assert (record["lines"][0]["quantity"], record["lines"][0]["open_quantity"], record["total"]) == (0, 0, 0)


def test_dollars_are_information_only(shop: Shop) -> None:
    record = read(shop, mugs(shop, presentment_currency="USD", presentment_rate="1.10"))
    assert (record["currency"], record["total"]) == ("EUR", Decimal("40.60"))
    assert (record["presentment_currency"], record["presentment_total"]) == ("USD", Decimal("44.66"))


def made_up(random: Random) -> dict[str, Any]:
    """An order of odd amounts."""
    lines = [
        {
            "title": f"Line {place}",
            "custom": True,
            "unit_price": str(Decimal(random.randint(1, 9999)) / 100),
            "quantity": random.randint(1, 7),
        }
        for place in range(random.randint(1, 4))
    ]
    worth = sum(Decimal(str(one["unit_price"])) * int(one["quantity"]) for one in lines)
    return {
        "lines": lines,
        "tax_rate": random.choice(["0", "0.07", "0.19", "0.081"]),
        "taxes_included": random.random() < 0.5,
        "discount": str(min(Decimal(random.randint(0, 300)) / 100, worth)),
        "shipping_lines": [{"title": "DHL", "price": "4.90"}],
        "shipping_address": ADDRESS,
        "tip": "1.50",
    }


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_parts_sum_up_to_the_total(quiet: Shop, seed: int) -> None:
    random = Random(seed)
    order = made_up(random)
    key = quiet.control("orders", order)["id"]
    endpoint = quiet.connect().endpoint("order", {})
    for place, line in enumerate(order["lines"]):
        left = int(line["quantity"])
        while left and random.random() < 0.8:
            units = random.randint(1, left)
            left -= units
            if random.random() < 0.5:
                taken = [{"line": place, "quantity": units, "restock": "CANCEL"}]
                quiet.control("refund", {"order": key, "lines": taken})
            else:
                quiet.control("edit-order", {"order": key, "remove": [{"line": place, "quantity": units}]})
            record = OrderSchema().load(endpoint.to_canonical(endpoint.read([key])[key]))
            assert summed(record) == record["total"], order
            assert record["lines"][place]["quantity"] == left


@pytest.mark.parametrize("scope", ["read_customers", "read_orders", "read_merchant_managed_fulfillment_orders"])
def test_a_scope_that_is_taken_away_is_named_and_never_read_over(shop: Shop, scope: str) -> None:
    key = mugs(shop, customer={"email": "new@example.com", "last_name": "New"})
    shop.control("scopes", {"revoke": [scope, scope.replace("read_", "write_")]})
    connection = shop.connect()
    assert any(scope in finding.what for finding in connection.check() if not finding.ok)
    with pytest.raises(PlatformRefused, match="denies"):
        connection.endpoint("order", {}).read([key])


@pytest.mark.parametrize(("change", "field"), [({"onHold": True}, "on_hold"), ({"risk": "CANCEL"}, "high_risk")])
def test_what_makes_an_order_wait_is_read(shop: Shop, change: dict[str, Any], field: str) -> None:
    key = mugs(shop)
    assert read(shop, key)[field] is False
    shop.control("edit", {"id": key, "fields": change})
    assert read(shop, key)[field] is True
