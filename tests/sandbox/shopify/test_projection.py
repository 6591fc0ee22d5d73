"""The compiled projection answers exactly what graphql-core's own executor answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.engine import run_by_graphql_core
from hub.sandbox.world import generate
from tests.sandbox.shopify import documents
from tests.sandbox.shopify.client import Clock, Shop, mug_shop

PAGES = {
    "CUSTOMERS": {"first": 25},
    "PRODUCTS": {"first": 25},
    "OWN_FIELDS": {"first": 25},
    "LEVELS": {"first": 25},
    "ORDERS": {"first": 5},
    "SHOP": {},
}


@pytest.fixture(scope="module")
def busy() -> Shop:
    """A generated shop with refunds, cancellations, discounts and parcels."""
    clock = Clock()
    made = Shop(ShopifyApplication(generate(30, 3), now=clock, bucket=10**9), clock)
    names = [
        order["name"]
        for order in made.state("orders")
        if not order["cancelled_at"] and order["fulfillment_status"] == "UNFULFILLED"
    ]
    made.control("fulfil", order=names[0], tracking={"number": "1Z", "company": "UPS"})
    made.control(
        "edit",
        id=made.state("products")[0]["id"],
        fields={"metafields": [{"namespace": "custom", "key": "material", "value": "Clay"}]},
    )
    made.control("refund", order=names[1], lines=[{"line": 0, "quantity": 1, "restock": "CANCEL"}], note="broken")
    return made


def both(shop: Shop, text: str, variables: dict[str, Any]) -> tuple[bytes, bytes]:
    """The data by the projection, and by graphql-core, as bytes."""
    application = shop.application
    context = Context(application.shop, "2026-07", application.shop.scopes, "http://shop.test")
    document = application._engine.documents.get(text)
    operation = document.operation(None)
    assert operation is not None
    mine = application._engine.respond({"query": text, "variables": variables}, context)
    other = Context(application.shop, "2026-07", application.shop.scopes, "http://shop.test")
    theirs = run_by_graphql_core(document, operation, variables, other)
    assert theirs.errors is None
    assert "errors" not in mine
    return orjson.dumps(mine["data"]), orjson.dumps(theirs.data)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_byte_identical(busy: Shop, name: str) -> None:
    mine, theirs = both(busy, getattr(documents, name), PAGES[name])
    assert mine == theirs
    assert len(mine) > 500


def test_every_order_is_byte_identical(busy: Shop) -> None:
    after, seen = None, 0
    while True:
        mine, theirs = both(busy, documents.ORDERS, {"first": 5, "after": after})
        assert mine == theirs
        page = orjson.loads(mine)["orders"]
        seen += len(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == len(busy.state("orders"))


def test_nodes_of_every_kind_are_byte_identical(busy: Shop) -> None:
    order = next(one for one in busy.state("orders") if one["refunds"])
    parcel = next(one for one in busy.state("orders") if one["fulfillments"])
    ids = [
        *(busy.state(name)[0]["id"] for name in ("customers", "products", "variants", "locations", "orders")),
        busy.state("inventory")[0]["inventory_item"],
        *(order["refunds"][0]["id"], order["transactions"][0]["id"], parcel["fulfillments"][0]["id"]),
        "gid://shopify/Product/1",
    ]
    mine, theirs = both(busy, documents.NODES, {"ids": ids})
    assert mine == theirs
    names = [one and one["__typename"] for one in orjson.loads(mine)["nodes"]]
    assert names == [
        *("Customer", "Product", "ProductVariant", "Location", "Order", "InventoryItem"),
        *("Refund", "OrderTransaction", "Fulfillment", None),
    ]


def new_product(number: int, **more: Any) -> dict[str, Any]:
    """The variables of a productSet."""
    variant = {
        "optionValues": [{"optionName": "Title", "name": "Default Title"}],
        "sku": f"NEW-{number}",
        "price": "12.50",
        "barcode": None if number % 2 else "4001234567890",
        "taxable": True,
        "inventoryItem": {"tracked": True, "measurement": {"weight": {"unit": "KILOGRAMS", "value": 0.35}}},
    }
    given = {
        "title": f"Becher “{number}”",
        "handle": f"becher-{number}",
        "descriptionHtml": "Erste Zeile<br>zweite &amp; letzte",
        "productOptions": [{"name": "Title", "position": 1, "values": [{"name": "Default Title"}]}],
        "variants": [variant],
    }
    return {"input": {**given, **more}, "synchronous": True}


@pytest.mark.parametrize("text", [documents.PRODUCT_SET, documents.PRODUCT_SET_WITH_DETAILS], ids=["plain", "details"])
def test_productset_is_byte_identical(text: str) -> None:
    # A write is done once, so two shops of the same world do it, one each way.
    clock = Clock()
    mine, theirs = (ShopifyApplication(mug_shop(), now=clock, bucket=10**9) for _ in range(2))
    cases = [
        new_product(1),
        new_product(2),
        new_product(3, handle="becher-1"),
        new_product(4, title=""),
        new_product(5, variants=[], productOptions=[]),
        new_product(6, tags=["b", "A", "b"], status="DRAFT", vendor="Küstenkind"),
    ]
    refused = 0
    for variables in cases:
        context = Context(mine.shop, "2026-07", mine.shop.scopes, "http://shop.test")
        answer = mine._engine.respond({"query": text, "variables": variables}, context)
        document = theirs._engine.documents.get(text)
        other = Context(theirs.shop, "2026-07", theirs.shop.scopes, "http://shop.test")
        expected = run_by_graphql_core(document, document.operation(None), variables, other)  # type: ignore[arg-type]
        assert expected.errors is None
        assert orjson.dumps(answer["data"]) == orjson.dumps(expected.data)
        refused += bool(answer["data"]["productSet"]["userErrors"])
    assert refused == 2


def test_skipped_and_merged_fields_are_byte_identical(busy: Shop) -> None:
    text = """query Q($no: Boolean!, $yes: Boolean!) {
      shop { name } shop { currencyCode @include(if: $yes) id @skip(if: $yes) ...F @include(if: $no) }
      again: shop { name }
    }
    fragment F on Shop { ianaTimezone }"""
    for no, yes in ((True, False), (False, True)):
        mine, theirs = both(busy, text, {"no": no, "yes": yes})
        assert mine == theirs


def test_introspection_is_answered(shop: Shop) -> None:
    query = '{ __type(name: "RefundLineItemRestockType") { kind enumValues { name } } shop { id } }'
    answer = shop.data(query)
    assert answer["__type"]["kind"] == "ENUM"
    assert {"name": "CANCEL"} in answer["__type"]["enumValues"]


def test_a_denied_field_is_null_and_the_rest_is_there(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop()
    shop.control("orders", lines=[{"sku": "MUG"}], customer="ada@example.com")
    shop.control("scopes", revoke=["read_customers", "write_customers"])
    envelope = shop.answer("{ orders(first: 1) { nodes { name customer { id } } } }")
    assert envelope["data"]["orders"]["nodes"] == [{"name": "#1001", "customer": None}]
    [error] = envelope["errors"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["path"] == ["orders", "nodes", 0, "customer"]
    assert "`read_customers`" in error["message"]
    assert shop.answer("{ customers(first: 1) { nodes { id } } }")["data"] is None
