"""Stock written into the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import Changed, LocationGone, TargetVanished
from hub.platforms.endpoint import Endpoint, Native, Outcome, Probe, Step
from objects.inventory import LevelSchema

from .conftest import Shop

CREATE = """mutation productSet($input: ProductSetInput!, $synchronous: Boolean) {
  productSet(input: $input, synchronous: $synchronous) {
    userErrors { message } product { variants(first: 1) { nodes { id inventoryItem { id } } } } } }"""
ADJUST = """mutation inventoryAdjustQuantities($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { userErrors { message } } }"""


def variant(shop: Shop, code: str, stock: int | None = 5) -> str:
    """A tracked variant, stocked at the first location (or nowhere)."""
    given: dict[str, Any] = {
        "optionValues": [{"optionName": "Title", "name": "Default Title"}],
        "sku": code,
        "inventoryItem": {"tracked": True},
    }
    if stock is not None:
        given["inventoryQuantities"] = [{"locationId": places(shop)[0], "name": "available", "quantity": stock}]
    options = [{"name": "Title", "position": 1, "values": [{"name": "Default Title"}]}]
    made = shop.run(CREATE, input={"title": code, "productOptions": options, "variants": [given]}, synchronous=True)
    assert made["productSet"]["userErrors"] == []
    return str(made["productSet"]["product"]["variants"]["nodes"][0]["id"])


def places(shop: Shop) -> list[str]:
    return [node["id"] for node in shop.run("{ locations(first: 9) { nodes { id } } }")["locations"]["nodes"]]


def levels(endpoint: Endpoint, *pairs: tuple[str, str]) -> list[Native]:
    probes = [Probe(str(number), {"variant": one, "location": where}) for number, (one, where) in enumerate(pairs)]
    found = endpoint.find(probes)
    return [found[probe.key][0] for probe in probes]


def write(endpoint: Endpoint, natives: list[Native], *available: int) -> list[Outcome]:
    steps = [
        Step(
            "update",
            f"item {number}",
            {"variant": native["variantId"], "location": native["locationId"], "available": wanted},
            only=frozenset({"available"}),
            target_id=endpoint.key(native),
            target=native,
        )
        for number, (native, wanted) in enumerate(zip(natives, available, strict=True))
    ]
    return endpoint.write(steps)


def stock(endpoint: Endpoint, native: Native) -> int:
    key = endpoint.key(native)
    return int(endpoint.read([key])[key]["available"])


@pytest.fixture
def endpoint(shop: Shop) -> Endpoint:
    return shop.connect().endpoint("inventory", {})


def adjust(shop: Shop, native: Native, delta: int, was: int) -> None:
    change = {
        "inventoryItemId": native["itemId"],
        "locationId": native["locationId"],
        "delta": delta,
        "changeFromQuantity": was,
    }
    given = {"name": "available", "reason": "correction", "changes": [change]}
    made = shop.run(ADJUST, input=given, key=f"other {native['itemId']} {delta}")
    assert made["inventoryAdjustQuantities"]["userErrors"] == []


def test_many_levels_are_set_in_one_call_and_read_in_few(shop: Shop, endpoint: Endpoint) -> None:
    here = places(shop)[0]
    variants = [variant(shop, f"S-{n}") for n in range(60)]
    natives = levels(endpoint, *((one, here) for one in variants))
    shop.counts()
    outcomes = write(endpoint, natives, *range(60))
    # The one that is 5 already needs no write.
    assert [outcome.error for outcome in outcomes] == [None] * 60
    assert shop.counts() == {"inventorySetQuantities": 1}
    after = endpoint.read([endpoint.key(native) for native in natives])
    assert [after[endpoint.key(native)]["available"] for native in natives] == list(range(60))
    assert [outcome.native["available"] for outcome in outcomes if outcome.native] == list(range(60))
    assert shop.counts()["nodes"] <= 2
    for native in after.values():
        LevelSchema().load(endpoint.to_canonical(native))


def test_a_level_that_does_not_exist_is_made_and_set(shop: Shop, endpoint: Endpoint) -> None:
    one = variant(shop, "S-1")
    there = shop.control("locations", {"code": "L9", "name": "Pop-up"})["id"]
    (native,) = levels(endpoint, (one, there))
    assert (native["id"], native["isActive"], native["locationActive"], native["available"]) == ("", False, True, 0)
    (outcome,) = write(endpoint, [native], 9)
    assert outcome.error is None
    assert outcome.target_id == endpoint.key(native)
    assert [exchange.operation for exchange, _ in outcome.exchanges] == ["inventoryActivate", "inventorySetQuantities"]
    key = endpoint.key(native)
    after = endpoint.read([key])[key]
    assert (after["available"], after["isActive"], after["id"] != "") == (9, True, True)


def test_a_level_that_is_switched_off_is_switched_on_and_set_over_what_it_had(shop: Shop, endpoint: Endpoint) -> None:
    here, there = places(shop)[:2]
    one = variant(shop, "S-2", 6)
    write(endpoint, levels(endpoint, (one, there)), 4)
    (native,) = levels(endpoint, (one, there))
    off = """mutation inventoryDeactivate($inventoryLevelId: ID!) {
      inventoryDeactivate(inventoryLevelId: $inventoryLevelId) { userErrors { message } } }"""
    write(endpoint, [native], 0)
    assert shop.run(off, inventoryLevelId=native["id"])["inventoryDeactivate"]["userErrors"] == []
    (native,) = levels(endpoint, (one, there))
    assert not native["isActive"]
    (outcome,) = write(endpoint, [native], 3)
    assert outcome.error is None
    assert stock(endpoint, native) == 3
    assert stock(endpoint, levels(endpoint, (one, here))[0]) == 6


def test_only_the_row_that_somebody_changed_meanwhile_fails(shop: Shop, endpoint: Endpoint) -> None:
    here = places(shop)[0]
    natives = levels(endpoint, *((variant(shop, f"S-{n}"), here) for n in range(4)))
    adjust(shop, natives[2], 10, 5)
    shop.counts()
    outcomes = write(endpoint, natives, 1, 2, 3, 4)
    assert [type(outcome.error) for outcome in outcomes] == [type(None), type(None), Changed, type(None)]
    assert [stock(endpoint, native) for native in natives] == [1, 2, 15, 4]
    assert shop.counts()["inventorySetQuantities"] == 2
    keys = [exchange.idempotency_key for exchange, _ in outcomes[0].exchanges]
    assert len(set(keys)) == 2, "another set of rows is another call, with a key of its own"
    assert [row for _, row in outcomes[3].exchanges] == [3, 2]


@pytest.mark.parametrize("kind", ["stored_then_dropped", "stored_then_502", "dropped"])
def test_a_call_whose_answer_is_lost_is_repeated_under_its_key_and_done_once(
    shop: Shop, endpoint: Endpoint, kind: str
) -> None:
    natives = levels(endpoint, (variant(shop, "S-3"), places(shop)[0]))
    shop.faults({"kind": kind, "every": 1, "times": 1, "operations": ["inventorySetQuantities"]})
    (outcome,) = write(endpoint, natives, 8)
    assert outcome.error is None
    keys = [exchange.idempotency_key for exchange, _ in outcome.exchanges]
    assert len(keys) == 2 and len(set(keys)) == 1
    assert stock(endpoint, natives[0]) == 8


def test_a_variant_that_is_gone_is_not_found_and_cannot_be_written(shop: Shop, endpoint: Endpoint) -> None:
    here = places(shop)[0]
    gone, kept = variant(shop, "S-4"), variant(shop, "S-5")
    natives = levels(endpoint, (gone, here), (kept, here))
    product = shop.run("query p($id: ID!) { productVariant(id: $id) { product { id } } }", id=gone)
    delete = "mutation productDelete($input: ProductDeleteInput!) { productDelete(input: $input) { deletedProductId } }"
    shop.run(delete, input={"id": product["productVariant"]["product"]["id"]})
    assert endpoint.find([Probe("a", {"variant": gone, "location": here})]) == {"a": []}
    assert list(endpoint.read([endpoint.key(native) for native in natives])) == [endpoint.key(natives[1])]
    outcomes = write(endpoint, natives, 1, 2)
    assert [type(outcome.error) for outcome in outcomes] == [TargetVanished, type(None)]
    assert stock(endpoint, natives[1]) == 2


def test_a_location_that_is_gone_stops_its_own_pair_only(shop: Shop, endpoint: Endpoint) -> None:
    here, nowhere = places(shop)[0], "gid://shopify/Location/987654321"
    one = variant(shop, "S-6")
    gone, kept = levels(endpoint, (one, nowhere), (one, here))
    assert not gone["locationActive"]
    outcomes = write(endpoint, [gone, kept], 1, 2)
    assert [type(outcome.error) for outcome in outcomes] == [LocationGone, type(None)]
    vanished = kept | {"locationId": nowhere}
    (outcome,) = write(endpoint, [vanished], 4)
    assert isinstance(outcome.error, LocationGone), "also when it went between reading and writing"


def test_a_location_that_is_switched_off_stops_its_pair(shop: Shop, endpoint: Endpoint) -> None:
    there = shop.control("locations", {"code": "L9", "name": "Pop-up"})["id"]
    natives = levels(endpoint, (variant(shop, "S-7"), there))
    write(endpoint, natives, 3)
    shop.control("edit", {"id": there, "fields": {"active": False}})
    key = endpoint.key(natives[0])
    native = endpoint.read([key])[key]
    assert LevelSchema().load(endpoint.to_canonical(native))["location_active"] is False
    (outcome,) = write(endpoint, [native], 5)
    assert isinstance(outcome.error, LocationGone)


def test_a_level_that_was_not_read_is_not_written(shop: Shop, endpoint: Endpoint) -> None:
    (outcome,) = endpoint.write([Step("update", "item", {"available": 3}, target_id="a@b")])
    assert isinstance(outcome.error, Changed)
