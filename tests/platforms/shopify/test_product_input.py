"""What is sent for a product: pure translation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema
from graphql.utilities import coerce_input_value
from hypothesis import given
from hypothesis import strategies as st

from hub.platforms.endpoint import Step
from hub.platforms.shopify.product_input import handle_of, new_product, product_change, variant_change

PRODUCT = "gid://shopify/Product/1"
VARIANT = "gid://shopify/ProductVariant/1"


def record(**variant: Any) -> dict[str, Any]:
    given = {
        "code": "MUG",
        "option": "",
        "barcode": "4006381333931",
        "price": Decimal("11.90"),
        "currency": "EUR",
        "weight": Decimal("0.350"),
        "tracked": True,
        "taxable": True,
        "kind": "plain",
    } | variant
    return {
        "title": "Mug <blue>",
        "description": "Holds < 1 l\nof tea",
        "vendor": "",
        "product_type": "Kitchen",
        "active": True,
        "variants": [given],
    }


def step(only: set[str] | None, count: int = 1, **variant: Any) -> Step:
    target = {"id": VARIANT, "product": {"id": PRODUCT, "variantsCount": {"count": count}}}
    chosen = None if only is None else frozenset(only)
    return Step("update", "MUG", record(**variant), only=chosen, target_id=VARIANT, target=target)


def accepted(schema: GraphQLSchema, type_name: str, value: Any) -> None:
    type_ = schema.type_map[type_name]
    assert isinstance(type_, GraphQLInputObjectType)
    coerce_input_value(value, type_)


class TestHandles:
    @given(st.text(min_size=1, max_size=50), st.text(min_size=1, max_size=50))
    def test_two_codes_never_share_a_handle(self, one: str, other: str) -> None:
        assert (handle_of(one) == handle_of(other)) == (one == other)

    def test_a_handle_can_be_read_and_is_short(self) -> None:
        assert handle_of("TEE-M/Größe 5").startswith("tee-m-gr-e-5-")
        assert len(handle_of("X" * 50)) <= 75
        assert handle_of("花瓶") != ""


def test_a_new_product_has_one_variant_and_no_stock(published: GraphQLSchema) -> None:
    given = new_product(record(), {"new_product_status": "DRAFT"})
    accepted(published, "ProductSetInput", given)
    (variant,) = given["variants"]
    assert (variant["sku"], variant["price"], variant["barcode"]) == ("MUG", "11.90", "4006381333931")
    assert variant["inventoryItem"]["measurement"]["weight"] == {"unit": "KILOGRAMS", "value": 0.35}
    assert "inventoryQuantities" not in variant
    assert (given["status"], given["descriptionHtml"]) == ("DRAFT", "Holds &lt; 1 l<br>of tea")
    assert "id" not in given


def test_what_the_source_does_not_know_is_left_out_of_a_new_product(published: GraphQLSchema) -> None:
    given = new_product(record(price=None, weight=None, barcode=""), {})
    accepted(published, "ProductSetInput", given)
    assert "price" not in given["variants"][0]
    assert given["variants"][0]["inventoryItem"] == {"tracked": True}
    assert given["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("only", "change"),
    [
        ({"price"}, {"price": "11.90"}),
        ({"barcode"}, {"barcode": "4006381333931"}),
        ({"weight"}, {"inventoryItem": {"measurement": {"weight": {"unit": "KILOGRAMS", "value": 0.35}}}}),
        ({"product_type"}, {}),
    ],
)
def test_only_the_chosen_fields_of_a_variant_are_sent(
    only: set[str], change: dict[str, Any], published: GraphQLSchema
) -> None:
    row = variant_change(step(only))
    accepted(published, "ProductVariantsBulkInput", row)
    assert row == {"id": VARIANT} | change


def test_a_value_the_source_lost_is_emptied_but_a_price_never_is() -> None:
    row = variant_change(step({"barcode", "weight", "price"}, barcode="", weight=None, price=None))
    assert row == {
        "id": VARIANT,
        "barcode": None,
        "inventoryItem": {"measurement": {"weight": {"unit": "KILOGRAMS", "value": 0.0}}},
    }


def test_the_products_type_is_written_only_where_the_variant_is_its_only_one(published: GraphQLSchema) -> None:
    change = product_change(step({"product_type", "price"}))
    accepted(published, "ProductUpdateInput", change)
    assert change == {"productType": "Kitchen"}
    assert product_change(step({"product_type"}, count=2)) == {}
    assert product_change(step({"price"})) == {}
