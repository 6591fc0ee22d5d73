"""What counts as lost and as doubled, told by the state of two small companies."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bench.measure import measure

SHOP: dict[str, list[dict[str, Any]]] = {
    "customers": [{"id": "c1", "email": "bea1@bench.example", "note": "called"}],
    "variants": [{"id": "v1", "sku": "BENCH-1", "price": 11.9, "barcode": "400"}],
    "orders": [
        {
            "id": "o1",
            "name": "#1001",
            "note": "bench",
            "cancelled_at": None,
            "current_total": 23.8,
            "lines": [{"sku": "BENCH-1", "location": "L1", "unfulfilled_quantity": 2}],
        },
        {"id": "o2", "name": "#1002", "note": "", "cancelled_at": None, "current_total": 1, "lines": []},
    ],
    "inventory": [{"sku": "BENCH-1", "location_code": "L1", "available": 8, "committed": 2}],
}
ERP: dict[str, list[dict[str, Any]]] = {
    "business_partners": [
        {"CardCode": "C1", "U_HubRef": "c1", "EmailAddress": "Bea1@bench.example", "FreeText": "called"}
    ],
    "items": [{"ItemCode": "BENCH-1", "BarCode": "400", "ItemPrices": [{"PriceList": 1, "Price": 11.90}]}],
    "orders": [{"DocEntry": 1, "U_HubRef": "o1", "DocTotal": 23.80, "Cancelled": None}],
    "stock": [{"item": "BENCH-1", "warehouse": "01", "in_stock": 10, "committed": 2}],
}


@pytest.fixture
def shop() -> dict[str, list[dict[str, Any]]]:
    return deepcopy(SHOP)


@pytest.fixture
def erp() -> dict[str, list[dict[str, Any]]]:
    return deepcopy(ERP)


def found(shop: dict[str, list[dict[str, Any]]], erp: dict[str, list[dict[str, Any]]]) -> list[str]:
    findings = measure(lambda name, fields: shop[name], lambda name, fields: erp[name])
    assert findings.expected
    return findings.words()


def test_two_sides_in_step_show_nothing(shop: Any, erp: Any) -> None:
    assert found(shop, erp) == []


@pytest.mark.parametrize(
    ("side", "collection", "words"),
    [
        ("erp", "business_partners", "lost: customer bea1@bench.example: not there"),
        ("shop", "variants", "lost: product BENCH-1: not there"),
        ("erp", "orders", "lost: order #1001: not there"),
    ],
)
def test_what_is_missing_is_lost(side: str, collection: str, words: str, shop: Any, erp: Any) -> None:
    {"shop": shop, "erp": erp}[side][collection].clear()
    assert words in found(shop, erp)


@pytest.mark.parametrize(
    ("side", "collection", "words"),
    [
        ("erp", "business_partners", "doubled: customer bea1@bench.example: 2 times"),
        ("shop", "variants", "doubled: product BENCH-1: 2 times"),
        ("erp", "orders", "doubled: order #1001: 2 times"),
    ],
)
def test_what_is_there_twice_is_doubled(side: str, collection: str, words: str, shop: Any, erp: Any) -> None:
    rows = {"shop": shop, "erp": erp}[side][collection]
    rows.append({**rows[0], "CardCode": "C2", "DocEntry": 2})
    assert found(shop, erp) == [words]


def test_a_second_partner_of_the_same_address_is_a_double_though_it_bears_no_reference(shop: Any, erp: Any) -> None:
    erp["business_partners"].append({**erp["business_partners"][0], "CardCode": "C2", "U_HubRef": None})
    assert found(shop, erp) == ["doubled: customer bea1@bench.example: 2 times"]


@pytest.mark.parametrize(
    ("side", "collection", "change", "words"),
    [
        ("shop", "customers", {"note": "gone"}, "lost: customer bea1@bench.example: note 'called', not 'gone'"),
        ("erp", "items", {"BarCode": "401"}, "lost: product BENCH-1: barcode '400', not '401'"),
        ("shop", "variants", {"price": 12}, "lost: product BENCH-1: price 12, not 11.9"),
        ("shop", "orders", {"current_total": 11.9}, "lost: order #1001: total 23.8, not 11.9"),
        ("erp", "orders", {"Cancelled": "tYES"}, "lost: order #1001: cancelled in the ERP only"),
        ("shop", "orders", {"cancelled_at": "now", "lines": []}, "lost: order #1001: cancelled in the shop only"),
        ("shop", "inventory", {"available": 9}, "lost: inventory BENCH-1@01: 9 available, not 8"),
        # Units of an order that the ERP does not have count as sold all the same.
        ("shop", "inventory", {"committed": 5}, "lost: inventory BENCH-1@01: 8 available, not 5"),
    ],
)
def test_a_change_that_did_not_arrive_is_lost(
    side: str, collection: str, change: dict[str, Any], words: str, shop: Any, erp: Any
) -> None:
    {"shop": shop, "erp": erp}[side][collection][0].update(change)
    assert words in found(shop, erp)


def test_an_order_cancelled_on_both_sides_is_in_step(shop: Any, erp: Any) -> None:
    shop["orders"][0].update(cancelled_at="now", lines=[])
    shop["inventory"][0].update(available=10, committed=0)
    erp["orders"][0]["Cancelled"] = "tYES"
    erp["stock"][0]["committed"] = 0
    assert found(shop, erp) == []


def test_the_units_of_an_order_that_is_said_to_have_failed_may_be_held_back_on_both_sides(shop: Any, erp: Any) -> None:
    shop["inventory"][0]["available"] = 6
    assert found(shop, erp) == ["lost: inventory BENCH-1@01: 6 available, not 8"]
    findings = measure(lambda name, fields: shop[name], lambda name, fields: erp[name], {"o1"})
    assert findings.words() == []
