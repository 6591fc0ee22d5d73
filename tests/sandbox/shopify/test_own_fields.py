"""Metafields of products and variants, and variants that a person adds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopify.client import Shop
from tests.sandbox.shopify.documents import OWN_FIELDS, OWN_FIELDS_DELETE, OWN_FIELDS_SET, PRODUCT_SET, VARIANTS_UPDATE

MATERIAL = {"namespace": "custom", "key": "material"}
PACK = {"namespace": "specs", "key": "pack"}


def row(shop: Shop, product: str) -> dict[str, Any]:
    """What the page of products shows of one."""
    nodes = shop.data(OWN_FIELDS, first=50)["products"]["nodes"]
    found: dict[str, Any] = next(node for node in nodes if node["id"] == product)
    return found


@pytest.fixture
def mug(shop: Shop) -> dict[str, Any]:
    """A variant with its product."""
    return shop.variant("MUG")


def test_they_are_made_with_a_product_and_its_variant(shop: Shop) -> None:
    variant = {
        "optionValues": [{"optionName": "Title", "name": "Default Title"}],
        "metafields": [PACK | {"type": "number_integer", "value": "6"}],
    }
    given = {
        "title": "Bowl",
        "productOptions": [{"name": "Title", "values": [{"name": "Default Title"}]}],
        "variants": [variant],
        "metafields": [MATERIAL | {"type": "single_line_text_field", "value": "Clay"}],
    }
    made = shop.data(PRODUCT_SET, input=given, identifier=None, synchronous=True)["productSet"]
    assert made["userErrors"] == []
    shown = row(shop, made["product"]["id"])
    assert shown["material"] == {"value": "Clay"}
    assert [(node["pack"], node["depth"]) for node in shown["variants"]["nodes"]] == [({"value": "6"}, None)]


def test_an_update_of_a_variant_sets_them_and_stamps_its_product(shop: Shop, mug: dict[str, Any]) -> None:
    before = row(shop, mug["product"])["updatedAt"]
    shop.clock.advance(minutes=5)
    change = {"id": mug["id"], "metafields": [PACK | {"type": "number_integer", "value": "12"}]}
    shop.data(VARIANTS_UPDATE, productId=mug["product"], variants=[change], allowPartialUpdates=True)
    shown = row(shop, mug["product"])
    assert shown["variants"]["nodes"][0]["pack"] == {"value": "12"}
    assert shown["updatedAt"] > before


def test_one_that_is_deleted_is_named_and_one_that_was_not_there_is_null(shop: Shop, mug: dict[str, Any]) -> None:
    here, there = PACK | {"ownerId": mug["id"]}, MATERIAL | {"ownerId": mug["product"]}
    shop.data(OWN_FIELDS_SET, metafields=[here | {"type": "number_integer", "value": "6"}])
    deleted = shop.data(OWN_FIELDS_DELETE, metafields=[here, there])["metafieldsDelete"]
    assert deleted == {"deletedMetafields": [here, None], "userErrors": []}
    assert row(shop, mug["product"])["variants"]["nodes"][0]["pack"] is None
    nobody = PACK | {"ownerId": "gid://shopify/ProductVariant/1"}
    assert shop.data(OWN_FIELDS_DELETE, metafields=[nobody])["metafieldsDelete"]["deletedMetafields"] == [None]


def test_a_person_adds_a_variant(shop: Shop) -> None:
    variants = [{"sku": "CAP-S", "option": "S", "price": 9}]
    product = shop.control("products", title="Cap", variants=variants)["id"]
    made = shop.control("variants", product=product, option="M", sku="CAP-M", price=10, barcode="123", stock={"L1": 3})
    added = shop.variant("CAP-M")
    assert (added["id"], added["product"], added["barcode"]) == (made["id"], product, "123")
    assert shop.levels()["CAP-M L1"] == "3/0/3"
    assert shop.try_control("variants", product=product, option="M", sku="CAP-X").status == 422
    assert shop.try_control("variants", product="gid://shopify/Product/1", option="L").status == 400
