"""Products written into the sandbox."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.errors import AmbiguousMatch, RejectedByTarget, TargetVanished
from hub.platforms.endpoint import Endpoint, Native, Probe, Step
from objects.product import ProductSchema

from .conftest import Shop

SETTINGS = {"currency": "EUR"}


def record(code: str, **given: Any) -> dict[str, Any]:
    variant = {
        "code": code,
        "barcode": "4006381333931",
        "price": Decimal("11.90"),
        "weight": Decimal("0.35"),
        **given.pop("variant", {}),
    }
    loaded = ProductSchema().load(
        {"title": f"Product {code}", "product_type": "Kitchen", "variants": [variant], **given}
    )
    assert isinstance(loaded, dict)
    return loaded


def create(endpoint: Endpoint, code: str, **given: Any) -> Any:
    (outcome,) = endpoint.write([Step("create", code, record(code, **given))])
    return outcome


def update(native: Native, given: dict[str, Any], *only: str) -> Step:
    code = native["sku"]
    return Step("update", code, given, only=frozenset(only), target_id=native["id"], target=native)


@pytest.fixture
def endpoint(shop: Shop) -> Endpoint:
    return shop.connect().endpoint("product", SETTINGS)


def find(endpoint: Endpoint, *codes: str) -> dict[str, list[Native]]:
    return endpoint.find([Probe(code, {"code": code}) for code in codes])


def test_a_product_is_created_once_and_read_back_as_it_was_meant(shop: Shop, endpoint: Endpoint) -> None:
    outcome = create(endpoint, "NEW-1")
    assert (outcome.error, outcome.adopted) == (None, False)
    native = endpoint.read([outcome.target_id])[outcome.target_id]
    assert native == outcome.native
    got = ProductSchema().load(endpoint.to_canonical(native))
    meant = record("NEW-1", variant={"currency": "EUR"})
    assert got | {"vendor": ""} == meant
    (parent,) = outcome.relatives
    assert (parent.kind, parent.role, parent.target_id) == ("product", "parent", native["product"]["id"])
    assert [exchange.operation for exchange, _ in outcome.exchanges] == ["productSet"]


@pytest.mark.parametrize("kind", ["stored_then_dropped", "stored_then_502", "dropped", "late"])
def test_a_create_whose_answer_is_lost_makes_one_product(shop: Shop, endpoint: Endpoint, kind: str) -> None:
    before = len(products(shop))
    shop.faults({"kind": kind, "every": 1, "times": 1, "operations": ["productSet"]})
    outcome = create(endpoint, "NEW-2")
    assert outcome.error is None
    shop.clock.advance(30)
    assert len(products(shop)) == before + 1
    assert outcome.adopted == kind.startswith("stored")
    assert endpoint.label(outcome.native) == "NEW-2"


def products(shop: Shop) -> list[Any]:
    nodes: list[Any] = shop.run("{ products(first: 250) { nodes { id handle } } }")["products"]["nodes"]
    return nodes


def test_a_handle_of_ours_that_somebody_gave_another_product_is_ambiguous(shop: Shop, endpoint: Endpoint) -> None:
    first = create(endpoint, "NEW-3")
    sku = "mutation productVariantsBulkUpdate($productId: ID!, $variants: [ProductVariantsBulkInput!]!) { "
    sku += "productVariantsBulkUpdate(productId: $productId, variants: $variants) { userErrors { message } } }"
    change = [{"id": first.target_id, "inventoryItem": {"sku": "OTHER"}}]
    shop.run(sku, productId=first.native["product"]["id"], variants=change)
    outcome = create(endpoint, "NEW-3")
    assert isinstance(outcome.error, AmbiguousMatch)


def test_variants_are_found_by_their_exact_sku(endpoint: Endpoint) -> None:
    codes = ["Odd 'code' \\ 1", "odd 'code' \\ 1", "A OR B", "X", "X-1"]
    made = {code: create(endpoint, code).target_id for code in codes}
    found = find(endpoint, *codes, "NOBODY", *(f"FILL-{n}" for n in range(40)))
    assert {code: [native["id"] for native in found[code]] for code in codes} == {
        code: [key] for code, key in made.items()
    }
    assert found["NOBODY"] == []


def test_letter_case_is_ignored_where_the_erp_does(shop: Shop) -> None:
    endpoint = shop.connect().endpoint("product", SETTINGS | {"erp_ignores_case": True})
    made = create(endpoint, "Case-1").target_id
    assert [native["id"] for native in find(endpoint, "CASE-1")["CASE-1"]] == [made]


def test_only_the_chosen_fields_change(endpoint: Endpoint) -> None:
    native = create(endpoint, "NEW-4").native
    changed = record("NEW-4", title="Another", product_type="Garden", variant={"price": Decimal("9.90"), "barcode": ""})
    (outcome,) = endpoint.write([update(native, changed, "price", "product_type")])
    assert outcome.error is None
    after = endpoint.read([native["id"]])[native["id"]]
    assert after == outcome.native
    assert (after["price"], after["barcode"], after["product"]["title"], after["product"]["productType"]) == (
        "9.90",
        "4006381333931",
        "Product NEW-4",
        "Garden",
    )


SIBLINGS = """mutation productSet($input: ProductSetInput!, $synchronous: Boolean) {
  productSet(input: $input, synchronous: $synchronous) { userErrors { message }
    product { variants(first: 9) { nodes { id sku } } } } }"""


def siblings(shop: Shop, count: int = 3) -> list[str]:
    """A product of several variants with stock, made by somebody else."""
    location = shop.run("{ locations(first: 1) { nodes { id } } }")["locations"]["nodes"][0]["id"]
    stock = [{"locationId": location, "name": "available", "quantity": 7}]
    names = [f"Size {n}" for n in range(count)]
    variants = [
        {
            "optionValues": [{"optionName": "Size", "name": name}],
            "sku": f"TEE-{n}",
            "price": "5.00",
            "inventoryItem": {"tracked": True},
            "inventoryQuantities": stock,
        }
        for n, name in enumerate(names)
    ]
    options = [{"name": "Size", "position": 1, "values": [{"name": name} for name in names]}]
    made = shop.run(SIBLINGS, input={"title": "Tee", "productOptions": options, "variants": variants}, synchronous=True)
    assert made["productSet"]["userErrors"] == []
    return [node["id"] for node in made["productSet"]["product"]["variants"]["nodes"]]


def test_variants_of_one_product_travel_together_and_the_others_stay_with_their_stock(
    shop: Shop, endpoint: Endpoint
) -> None:
    ids = siblings(shop)
    natives = endpoint.read(ids)
    shop.counts()
    steps = [
        update(natives[key], record(f"TEE-{n}", variant={"price": Decimal(n + 1)}), "price", "product_type")
        for n, key in enumerate(ids[:2])
    ]
    outcomes = endpoint.write(steps)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert all("product_type not written" in outcome.warnings[0] for outcome in outcomes)
    assert shop.counts() == {"productVariantsBulkUpdate": 1}
    after = endpoint.read(ids)
    assert [after[key]["price"] for key in ids] == ["1.00", "2.00", "5.00"]
    stock = "query nodes($ids: [ID!]!) { nodes(ids: $ids) { ... on ProductVariant { inventoryQuantity } } }"
    assert [node["inventoryQuantity"] for node in shop.run(stock, ids=ids)["nodes"]] == [7, 7, 7]


def test_in_a_batch_only_the_culprit_fails(shop: Shop, endpoint: Endpoint) -> None:
    ids = siblings(shop)
    natives = endpoint.read(ids)
    prices = ("3.00", "-1.00", "4.00")
    steps = [
        update(natives[key], record(f"TEE-{n}") | {"variants": [{"price": Decimal(price)}]}, "price")
        for n, (key, price) in enumerate(zip(ids, prices, strict=True))
    ]
    outcomes = endpoint.write(steps)
    assert [type(outcome.error) for outcome in outcomes] == [type(None), RejectedByTarget, type(None)]
    assert [endpoint.read(ids)[key]["price"] for key in ids] == ["3.00", "5.00", "4.00"]
    assert [row for outcome in outcomes for _, row in outcome.exchanges] == [0, 1, 2]


def test_a_product_that_is_gone_is_said(shop: Shop, endpoint: Endpoint) -> None:
    native = create(endpoint, "NEW-5").native
    delete = "mutation productDelete($input: ProductDeleteInput!) { productDelete(input: $input) { deletedProductId } }"
    shop.run(delete, input={"id": native["product"]["id"]})
    assert endpoint.read([native["id"]]) == {}
    (outcome,) = endpoint.write([update(native, record("NEW-5"), "price")])
    assert isinstance(outcome.error, TargetVanished)


def test_every_product_of_the_world_is_valid(shop: Shop, endpoint: Endpoint, world: Any) -> None:
    codes = [item.sku for item in world.items if item.in_shop]
    for code, found in find(endpoint, *codes).items():
        assert found, code
        for native in found:
            ProductSchema().load(endpoint.to_canonical(native))
