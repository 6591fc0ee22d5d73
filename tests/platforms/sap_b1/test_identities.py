"""Codes of what is there, and nothing else of it."""

from __future__ import annotations

from typing import Any

import pytest


def listed(endpoint: Any) -> list[str]:
    return [one for page in endpoint.identities() for one in page]


def test_items_are_listed_by_their_codes_alone(erp: Any) -> None:
    endpoint = erp.endpoint("product")
    erp.exchanges.clear()
    found = listed(endpoint)
    assert set(found) >= {"MUG", "O'Brien's 5% @home", "OLD"}
    assert set(found) == set(endpoint.read(found))
    asked = [one for one in erp.exchanges if one.path.endswith("/Items")]
    assert "%24select=ItemCode&" in f"{asked[0].query}&" or "$select=ItemCode&" in f"{asked[0].query}&"


def test_partners_are_listed_whatever_they_are(erp: Any) -> None:
    endpoint = erp.endpoint("customer")
    found = listed(endpoint)
    assert found
    assert set(found) == {row["CardCode"] for row in erp.state("business_partners")}


@pytest.mark.parametrize("warehouse", ["01", "B@N%1"])
def test_a_level_is_known_by_its_item(erp: Any, warehouse: str) -> None:
    levels, items = erp.endpoint("inventory"), erp.endpoint("product")
    assert levels.listing == items.listing
    assert listed(levels) == listed(items)
    native = {"ItemCode": "O'Brien's 5% @home", "WarehouseCode": warehouse}
    assert levels.identity(levels.key(native)) == "O'Brien's 5% @home"
