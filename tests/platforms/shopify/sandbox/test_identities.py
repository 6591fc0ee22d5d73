"""Ids of what is there, and nothing else of it."""

from __future__ import annotations

import pytest

from hub.platforms.endpoint import Endpoint
from hub.sandbox.world.generate import generate

from .conftest import Shop, opened


def listed(endpoint: Endpoint) -> list[str]:
    return [one for page in endpoint.identities() for one in page]


@pytest.mark.parametrize("object_name", ["customer", "product"])
def test_they_are_the_keys_of_all_records(quiet: Shop, object_name: str) -> None:
    endpoint = quiet.connect().endpoint(object_name, {"bulk_from": 1_000_000})
    keys = [key for page in endpoint.changes(endpoint.sources[0], None) for key, _ in page.entries]
    found = listed(endpoint)
    assert len(found) == len(set(found)) >= 10
    assert set(found) == set(keys) == {endpoint.identity(key) for key in keys}


def test_a_level_is_known_by_its_variant(quiet: Shop) -> None:
    connection = quiet.connect()
    levels, products = connection.endpoint("inventory", {}), connection.endpoint("product", {})
    assert levels.listing == products.listing
    assert set(listed(levels)) == set(listed(products))
    assert levels.identity("gid://shopify/ProductVariant/1@gid://shopify/Location/2") == (
        "gid://shopify/ProductVariant/1"
    )


@pytest.mark.parametrize(("object_name", "root"), [("customer", "customers"), ("product", "productVariants")])
def test_pages_are_as_large_as_they_can_be_and_many_come_by_a_bulk_operation(object_name: str, root: str) -> None:
    with opened(generate(800, seed=5)) as shop:
        paged = listed(shop.connect().endpoint(object_name, {"bulk_from": 1_000_000}))
        pages = shop.counts()
        in_bulk = listed(shop.connect().endpoint(object_name, {"bulk_from": 300}))
        calls = shop.counts()
    assert len(paged) > 300
    assert set(paged) == set(in_bulk)
    assert pages[root] == -(-len(paged) // 250)
    # A first page, which might have been all.
    assert calls[root] == 1
    assert calls["bulkOperationRunQuery"] == 1


def test_a_few_are_listed_by_a_single_call(quiet: Shop) -> None:
    quiet.counts()
    listed(quiet.connect().endpoint("customer", {}))
    assert quiet.counts() == {"customers": 1}
