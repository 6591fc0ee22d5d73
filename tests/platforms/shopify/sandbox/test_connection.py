"""The connection as a whole, against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import PlatformRefused
from hub.platforms.shopify.client import Document

from .conftest import Shop


def test_all_is_well_with_a_good_connection(quiet: Shop) -> None:
    findings = quiet.connect().check()
    assert [finding.what for finding in findings if not finding.ok and finding.blocking] == []
    assert findings[0].ok and findings[0].what.startswith("Connected to ")


@pytest.mark.parametrize(
    "settings", [{"token": "shpat_wrong"}, {"token": "", "client_id": "sandbox-client", "client_secret": "wrong"}]
)
def test_wrong_credentials_are_said(quiet: Shop, settings: dict[str, Any]) -> None:
    (finding,) = quiet.connect(**settings).check()
    assert not finding.ok and finding.blocking and finding.fix


def test_client_credentials_log_in(quiet: Shop) -> None:
    connection = quiet.connect(token="", client_id="sandbox-client", client_secret="sandbox-secret")
    assert connection.check()[0].ok


def test_the_facts_are_what_the_world_says(quiet: Shop) -> None:
    facts = quiet.connect().facts()
    assert (facts["currency"], facts["zone"], facts["taxes_included"]) == ("EUR", "Europe/Berlin", True)
    assert facts["weight_unit"] in ("KILOGRAMS", "GRAMS")
    assert sorted(one["name"] for one in facts["locations"].values()) == ["Außenlager", "Hauptlager"]
    assert facts["version"] == "2026-07"
    assert "shopify_payments" in facts["gateways_seen"]
    assert "write_products" in facts["scopes"]


def test_choices_for_the_maps(quiet: Shop) -> None:
    connection = quiet.connect()
    assert {choice.label for choice in connection.choices("location")} == {"Außenlager", "Hauptlager"}
    assert "shopify_payments" in {choice.value for choice in connection.choices("payment")}
    assert connection.choices("tax") == []


def test_what_products_and_customers_are_sorted_by(quiet: Shop) -> None:
    for number, kind in enumerate(("Hats", "Hats", "", "Shoes")):
        quiet.control("products", {"title": f"P{number}", "sku": f"P{number}", "group": kind})
    quiet.control("customers", {"first_name": "A", "email": "a@example.com", "tags": ["vip", "a-tag"]})
    connection = quiet.connect()
    types = [choice.value for choice in connection.choices("item_group")]
    assert types == sorted({one["product_type"] for one in quiet.control("state/products")} - {""})
    assert {"Hats", "Shoes"} < set(types)
    tags = [choice.value for choice in connection.choices("customer_group")]
    assert tags == sorted({tag for one in quiet.control("state/customers") for tag in one["tags"]})
    facts = connection.facts()
    assert (facts["product_types"], facts["customer_tags"]) == (types, tags)


def test_what_the_app_may_not_read_is_no_fact_and_the_rest_is(quiet: Shop) -> None:
    state = quiet.application.shop.state
    state.scopes = tuple(one for one in state.scopes if not one.endswith("_customers"))
    facts = quiet.connect().facts()
    assert "customer_tags" not in facts and "product_types" in facts


def test_there_is_no_endpoint_for_what_it_has_not(quiet: Shop) -> None:
    with pytest.raises(KeyError):
        quiet.connect().endpoint("invoice", {})


def test_a_filter_the_shop_does_not_know_is_a_failure(quiet: Shop) -> None:
    text = "query orders($first: Int, $query: String) { orders(first: $first, query: $query) { nodes { id } } }"
    with pytest.raises(PlatformRefused, match="ignores the filter"):
        quiet.connect().client.run(Document("x", "orders", text), {"first": 1, "query": "no_such_field:1"})


def test_a_connection_can_be_closed_twice_and_opens_again_when_it_is_needed(quiet: Shop) -> None:
    connection = quiet.connect()
    connection.check()
    connection.close()
    connection.close()
    assert connection.check()[0].ok
