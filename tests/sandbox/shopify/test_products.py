"""Writing products: productSet, handles, variants, options, stock that goes with a variant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopify.client import Shop
from tests.sandbox.shopify.documents import PRODUCT_CREATE, PRODUCT_SET, VARIANTS_UPDATE

SIZES = [{"name": "Size", "position": 1, "values": [{"name": "S"}, {"name": "M"}]}]


def variant(size: str, **given: Any) -> dict[str, Any]:
    return {"optionValues": [{"optionName": "Size", "name": size}], **given}


def product_set(
    shop: Shop, given: dict[str, Any], identifier: dict[str, Any] | None = None, *, synchronous: bool = True
) -> dict[str, Any]:
    payload: dict[str, Any] = shop.data(PRODUCT_SET, input=given, identifier=identifier, synchronous=synchronous)[
        "productSet"
    ]
    return payload


@pytest.fixture
def shirt(shop: Shop) -> dict[str, Any]:
    """A product of two sizes with stock."""
    place = shop.location("L1")
    made = product_set(
        shop,
        {
            "title": "Shirt",
            "handle": "shirt",
            "productOptions": SIZES,
            "variants": [
                variant(
                    size,
                    sku=f"SHIRT-{size}",
                    price="20.00",
                    inventoryItem={"tracked": True},
                    inventoryQuantities=[{"locationId": place, "name": "available", "quantity": 5}],
                )
                for size in ("S", "M")
            ],
        },
    )
    assert made["userErrors"] == []
    product: dict[str, Any] = made["product"]
    return product


def test_product_set_makes_a_product_with_variants_and_stock(shop: Shop, shirt: dict[str, Any]) -> None:
    nodes = shirt["variants"]["nodes"]
    assert [(node["sku"], node["title"], node["price"], node["inventoryQuantity"]) for node in nodes] == [
        ("SHIRT-S", "S", "20.00", 5),
        ("SHIRT-M", "M", "20.00", 5),
    ]
    assert shirt["totalInventory"] == 10
    assert shirt["options"] == [
        {"name": "Size", "position": 1, "values": ["S", "M"], "optionValues": [{"name": "S"}, {"name": "M"}]}
    ]
    assert shop.levels()["SHIRT-S L1"] == "5/0/5"


def test_a_variant_sent_with_its_id_keeps_item_and_stock(shop: Shop, shirt: dict[str, Any]) -> None:
    ids = [node["id"] for node in shirt["variants"]["nodes"]]
    given = {
        "handle": "shirt",
        "productOptions": SIZES,
        "variants": [variant("S", id=ids[0], price="21.00"), variant("M", id=ids[1])],
    }
    changed = product_set(shop, given, {"handle": "shirt"})["product"]
    assert [node["id"] for node in changed["variants"]["nodes"]] == ids
    assert [node["price"] for node in changed["variants"]["nodes"]] == ["21.00", "20.00"]
    assert [node["sku"] for node in changed["variants"]["nodes"]] == ["SHIRT-S", "SHIRT-M"]
    assert shop.levels()["SHIRT-S L1"] == "5/0/5"


def test_a_variant_sent_without_its_id_is_new_and_the_old_ones_stock_is_lost(shop: Shop, shirt: dict[str, Any]) -> None:
    old = shirt["variants"]["nodes"][0]
    given = {"productOptions": SIZES, "variants": [variant("S", sku="SHIRT-S", price="21.00")]}
    changed = product_set(shop, given, {"id": shirt["id"]})["product"]
    [node] = changed["variants"]["nodes"]
    assert node["id"] != old["id"]
    assert node["inventoryItem"]["id"] != old["inventoryItem"]["id"]
    assert "SHIRT-S L1" not in shop.levels()
    query = "query($i: ID!) { inventoryItem(id: $i) { id } }"
    assert shop.data(query, i=old["inventoryItem"]["id"])["inventoryItem"] is None


def test_what_is_not_given_stays_and_lists_replace(shop: Shop, shirt: dict[str, Any]) -> None:
    by = {"id": shirt["id"]}
    assert product_set(shop, {"title": "Blouse", "tags": ["b", "a"]}, by)["product"]["tags"] == ["a", "b"]
    changed = product_set(shop, {"vendor": "Maker"}, by)["product"]
    assert (changed["title"], changed["tags"], len(changed["variants"]["nodes"])) == ("Blouse", ["a", "b"], 2)
    assert product_set(shop, {"tags": []}, by)["product"]["tags"] == []


def test_by_handle_it_makes_once_and_then_changes(shop: Shop) -> None:
    by = {"handle": "lamp"}
    made = product_set(shop, {"handle": "lamp", "title": "Lamp"}, by)["product"]
    again = product_set(shop, {"handle": "lamp", "title": "Lamp 2"}, by)["product"]
    assert (made["id"], again["title"]) == (again["id"], "Lamp 2")


@pytest.mark.parametrize(
    ("given", "identifier", "field", "code"),
    [
        ({"title": "X", "productOptions": SIZES}, None, ["input", "variants"], "VARIANTS_INPUT_MISSING"),
        (
            {"title": "X", "variants": [variant("S")]},
            None,
            ["input", "productOptions"],
            "PRODUCT_OPTIONS_INPUT_MISSING",
        ),
        ({"title": ""}, None, ["input", "title"], "INVALID_INPUT"),
        ({"title": "X", "handle": "mug"}, None, ["input", "handle"], "HANDLE_NOT_UNIQUE"),
        ({"title": "X"}, {"handle": "x"}, ["input"], "MISSING_FIELD_REQUIRED"),
        ({"title": "X", "handle": "y"}, {"handle": "x"}, ["input"], "INPUT_MISMATCH"),
        ({"title": "X"}, {"id": "gid://shopify/Product/9"}, ["input"], "PRODUCT_DOES_NOT_EXIST"),
        (
            {"title": "X", "productOptions": SIZES, "variants": [variant("S", id="gid://shopify/ProductVariant/9")]},
            None,
            ["input", "variants", "0", "id"],
            "PRODUCT_VARIANT_DOES_NOT_EXIST",
        ),
        (
            {"title": "X", "productOptions": SIZES, "variants": [variant("S", price="-1")]},
            None,
            ["input", "variants", "0", "price"],
            "INVALID_VARIANT",
        ),
    ],
)
def test_product_set_is_refused_whole(
    shop: Shop, given: dict[str, Any], identifier: dict[str, Any] | None, field: list[str], code: str
) -> None:
    before = shop.state("products")
    payload = product_set(shop, given, identifier)
    assert payload["product"] is None
    assert (payload["userErrors"][0]["field"], payload["userErrors"][0]["code"]) == (field, code)
    assert shop.state("products") == before


def test_an_asynchronous_product_set_is_done_a_little_later(shop: Shop) -> None:
    operation = product_set(shop, {"title": "Late"}, synchronous=False)["productSetOperation"]
    assert operation["status"] == "CREATED"
    query = """query($i: ID!) { productOperation(id: $i) { __typename status product { title }
        ... on ProductSetOperation { userErrors { message } } } }"""
    assert shop.data(query, i=operation["id"])["productOperation"]["status"] == "CREATED"
    shop.clock.advance(seconds=1)
    done = shop.data(query, i=operation["id"])["productOperation"]
    assert done == {
        "__typename": "ProductSetOperation",
        "status": "COMPLETE",
        "product": {"title": "Late"},
        "userErrors": [],
    }


def test_two_variants_may_have_one_sku(shop: Shop, shirt: dict[str, Any]) -> None:
    number = shirt["variants"]["nodes"][0]["id"]
    given = [{"id": number, "inventoryItem": {"sku": "MUG"}}]
    payload = shop.data(VARIANTS_UPDATE, productId=shirt["id"], variants=given)["productVariantsBulkUpdate"]
    assert payload["userErrors"] == []
    query = '{ productVariants(first: 9, query: "sku:MUG") { nodes { inventoryItem { duplicateSkuCount } } } }'
    nodes = shop.data(query)["productVariants"]["nodes"]
    assert [node["inventoryItem"]["duplicateSkuCount"] for node in nodes] == [1, 1]


def test_a_bulk_update_with_one_wrong_variant_changes_none(shop: Shop, shirt: dict[str, Any]) -> None:
    ids = [node["id"] for node in shirt["variants"]["nodes"]]
    given = [{"id": ids[0], "price": "9.99"}, {"id": ids[1], "price": "-1.00"}]
    payload = shop.data(VARIANTS_UPDATE, productId=shirt["id"], variants=given)["productVariantsBulkUpdate"]
    assert payload["userErrors"] == [
        {
            "field": ["variants", "1", "price"],
            "message": "Price must be greater than or equal to 0",
            "code": "GREATER_THAN_OR_EQUAL_TO",
        }
    ]
    assert shop.variant("SHIRT-S")["price"] == 20
    partial = shop.data(VARIANTS_UPDATE, productId=shirt["id"], variants=given, partial=True)
    assert [one["price"] for one in partial["productVariantsBulkUpdate"]["productVariants"]] == ["9.99", "20.00"]


def test_quantities_are_refused_in_a_bulk_update(shop: Shop, shirt: dict[str, Any]) -> None:
    stock = [{"locationId": shop.location("L1"), "availableQuantity": 3}]
    given = [{"id": shirt["variants"]["nodes"][0]["id"], "inventoryQuantities": stock}]
    payload = shop.data(VARIANTS_UPDATE, productId=shirt["id"], variants=given)["productVariantsBulkUpdate"]
    assert payload["userErrors"][0]["code"] == "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE"


def test_variants_are_added_and_removed_on_their_own(shop: Shop, shirt: dict[str, Any]) -> None:
    add = """mutation($p: ID!, $v: [ProductVariantsBulkInput!]!) {
        productVariantsBulkCreate(productId: $p, variants: $v) {
        productVariants { id title sku } userErrors { field code } } }"""
    made = shop.data(add, p=shirt["id"], v=[variant("L", inventoryItem={"sku": "SHIRT-L"})])[
        "productVariantsBulkCreate"
    ]
    assert [(one["title"], one["sku"]) for one in made["productVariants"]] == [("L", "SHIRT-L")]
    double = shop.data(add, p=shirt["id"], v=[variant("L")])["productVariantsBulkCreate"]
    assert double["userErrors"][0]["code"] == "VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE"
    remove = """mutation($p: ID!, $v: [ID!]!) { productVariantsBulkDelete(productId: $p, variantsIds: $v) {
        product { variants(first: 9) { nodes { title position } } } userErrors { code } } }"""
    gone = shop.data(remove, p=shirt["id"], v=[shirt["variants"]["nodes"][0]["id"]])["productVariantsBulkDelete"]
    assert gone["product"]["variants"]["nodes"] == [{"title": "M", "position": 1}, {"title": "L", "position": 2}]


def test_the_last_variant_is_never_deleted(shop: Shop) -> None:
    row = shop.variant("MUG")
    remove = """mutation($p: ID!, $v: [ID!]!) { productVariantsBulkDelete(productId: $p, variantsIds: $v) {
        userErrors { code } } }"""
    payload = shop.data(remove, p=row["product"], v=[row["id"]])["productVariantsBulkDelete"]
    assert payload["userErrors"] == [{"code": "CANNOT_DELETE_LAST_VARIANT"}]


def test_product_create_makes_one_variant_without_sku(shop: Shop) -> None:
    given = {"title": "Weird Thing", "handle": "  Weird Handle / 100%  "}
    product = shop.data(PRODUCT_CREATE, product=given)["productCreate"]["product"]
    assert (product["handle"], product["status"]) == ("weird-handle-100", "ACTIVE")
    [only] = product["variants"]["nodes"]
    assert (only["title"], only["sku"], only["price"]) == ("Default Title", None, "0.00")


def test_a_handle_made_of_the_title_is_counted_on(shop: Shop) -> None:
    made = [shop.data(PRODUCT_CREATE, product={"title": "Twin 7"})["productCreate"]["product"] for _ in range(2)]
    assert [one["handle"] for one in made] == ["twin-7", "twin-8"]


def test_deleting_a_product_frees_its_handle(shop: Shop, shirt: dict[str, Any]) -> None:
    delete = (
        "mutation($i: ProductDeleteInput!) { productDelete(input: $i) { deletedProductId userErrors { message } } }"
    )
    assert shop.data(delete, i={"id": shirt["id"]})["productDelete"]["deletedProductId"] == shirt["id"]
    again = shop.data(delete, i={"id": shirt["id"]})["productDelete"]
    assert again["userErrors"] == [{"message": "Product does not exist"}]
    assert product_set(shop, {"title": "Shirt", "handle": "shirt"})["userErrors"] == []


def test_products_are_read_by_handle_and_id(shop: Shop) -> None:
    query = "query($by: ProductIdentifierInput!) { productByIdentifier(identifier: $by) { id handle } }"
    found = shop.data(query, by={"handle": "mug"})["productByIdentifier"]
    assert shop.data(query, by={"id": found["id"]})["productByIdentifier"] == found


def test_lines_of_a_deleted_product_keep_their_sku(shop: Shop) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG"}])
    shop.control("delete", id=shop.variant("MUG")["product"])
    query = "{ orders(first: 1) { nodes { lineItems(first: 1) { nodes { sku variant { id } product { id } } } } } }"
    line = shop.data(query)["orders"]["nodes"][0]["lineItems"]["nodes"][0]
    assert line == {"sku": "MUG", "variant": None, "product": None}
    shop.control("cancel", order="#1")
    assert shop.order_state("#1")["financial_status"] == "REFUNDED"
