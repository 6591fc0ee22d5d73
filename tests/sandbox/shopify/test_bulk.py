"""Bulk operations: what is read, in which order, when, and by whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from hub.sandbox.world import generate
from tests.sandbox.shopify.client import Shop
from tests.sandbox.shopify.documents import BULK, BULK_POLL

PRODUCTS = """{ products { edges { node { id handle variants { edges { node { id sku
    inventoryItem { id tracked inventoryLevels { edges { node { id quantities(names: ["available"]) { quantity } } } } }
} } } } } } }"""
ORDERS = """{ orders(query: "status:open") { edges { node { id name customer { id }
    lineItems { edges { node { id sku quantity } } } } } } }"""


def start(shop: Shop, text: str, *, group: bool) -> str:
    payload = shop.data(BULK, query=text, group=group)["bulkOperationRunQuery"]
    assert payload["userErrors"] == []
    assert payload["bulkOperation"]["status"] == "CREATED"
    number: str = payload["bulkOperation"]["id"]
    return number


def poll(shop: Shop, number: str) -> dict[str, Any]:
    operation: dict[str, Any] = shop.data(BULK_POLL, id=number)["bulkOperation"]
    return operation


def rows(shop: Shop, operation: dict[str, Any]) -> list[dict[str, Any]]:
    path = operation["url"].removeprefix("http://shop.test")
    response = shop.request("GET", path)
    assert response.status == 200
    assert str(len(response.body)) == operation["fileSize"]
    return [json.loads(line) for line in response.body.splitlines()]


def finished(shop: Shop, text: str, *, group: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    number = start(shop, text, group=group)
    shop.clock.advance(seconds=1)
    operation = poll(shop, number)
    assert operation["status"] == "COMPLETED"
    return operation, rows(shop, operation)


def test_children_follow_their_parent_when_they_are_grouped(shop: Shop) -> None:
    operation, lines = finished(shop, PRODUCTS, group=True)
    assert (operation["rootObjectCount"], operation["objectCount"]) == ("4", str(len(lines)))
    [mug] = [line for line in lines if line.get("handle") == "mug"]
    at = lines.index(mug)
    variant, *levels = lines[at + 1 : at + 4]
    assert (variant["__parentId"], variant["sku"]) == (mug["id"], "MUG")
    assert variant["inventoryItem"]["tracked"] is True
    assert [level["__parentId"] for level in levels] == [variant["id"]] * 2
    assert [level["quantities"] for level in levels] == [[{"quantity": 90}], [{"quantity": 40}]]


def test_ungrouped_and_grouped_hold_the_same_rows(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(generate(120, 5))
    grouped = finished(shop, ORDERS, group=True)[1]
    apart = finished(shop, ORDERS, group=False)[1]
    assert grouped != apart
    assert sorted(map(json.dumps, grouped)) == sorted(map(json.dumps, apart))
    numbers = {line["id"]: place for place, line in enumerate(apart)}
    before = [place < numbers[line["__parentId"]] for place, line in enumerate(apart) if "__parentId" in line]
    assert {True, False} == set(before)


def test_it_begins_after_a_delay_and_is_done_in_slices(shop: Shop) -> None:
    shop.application._bulk.slice = 3
    number = start(shop, PRODUCTS, group=True)
    assert poll(shop, number)["status"] == "CREATED"
    shop.clock.advance(seconds=1)
    seen = []
    for _ in range(9):
        operation = poll(shop, number)
        seen.append((operation["status"], operation["objectCount"]))
        if operation["status"] == "COMPLETED":
            break
        assert operation["url"] is None
    assert [status for status, _ in seen] == ["RUNNING"] * (len(seen) - 1) + ["COMPLETED"]
    assert [int(count) for _, count in seen] == sorted(int(count) for _, count in seen)
    assert seen[-1][1] == "13"


def test_an_empty_result_has_no_file(shop: Shop) -> None:
    number = start(shop, '{ customers(query: "tag:nobody") { edges { node { id } } } }', group=False)
    shop.clock.advance(seconds=1)
    operation = poll(shop, number)
    assert (operation["status"], operation["url"], operation["fileSize"]) == ("COMPLETED", None, None)


def test_a_missing_scope_makes_it_fail(shop: Shop) -> None:
    shop.control("scopes", revoke=["read_orders", "write_orders"])
    number = start(shop, ORDERS, group=False)
    shop.clock.advance(seconds=1)
    operation = poll(shop, number)
    assert (operation["status"], operation["errorCode"]) == ("FAILED", "ACCESS_DENIED")


def test_one_that_is_cancelled_ends(shop: Shop) -> None:
    number = start(shop, PRODUCTS, group=False)
    cancel = "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
    assert shop.data(cancel, id=number)["bulkOperationCancel"]["bulkOperation"]["status"] == "CANCELING"
    assert poll(shop, number)["status"] == "CANCELED"
    again = shop.data(cancel, id=number)["bulkOperationCancel"]
    assert again["userErrors"] == [{"message": "A bulk operation cannot be canceled when it is canceled"}]


def test_five_may_be_under_way(shop: Shop) -> None:
    numbers = [start(shop, PRODUCTS, group=False) for _ in range(5)]
    [error] = shop.data(BULK, query=PRODUCTS, group=False)["bulkOperationRunQuery"]["userErrors"]
    assert error["code"] == "OPERATION_IN_PROGRESS"
    assert error["message"].endswith(f"{', '.join(numbers)}.")
    shop.clock.advance(seconds=1)
    poll(shop, numbers[0])
    start(shop, PRODUCTS, group=False)


def test_a_query_may_not_be_longer_than_65535_bytes(shop: Shop) -> None:
    long = PRODUCTS.replace("handle", "handle " + " " * 65_535)
    [error] = shop.data(BULK, query=long, group=False)["bulkOperationRunQuery"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["query"])


@pytest.mark.parametrize("path", ["/bulk/1.jsonl", "/bulk/40000000000000.jsonl"])
def test_a_file_that_is_not_there(shop: Shop, path: str) -> None:
    assert shop.request("GET", path).status == 404


def test_one_that_was_cut_off_by_a_restart_starts_again(shop: Shop) -> None:
    shop.application._bulk.slice = 3
    number = start(shop, PRODUCTS, group=True)
    shop.clock.advance(seconds=1)
    assert poll(shop, number)["status"] == "RUNNING"
    shop.application._bulk._running.clear()
    shop.application.restore(shop.application.dump())
    shop.application._bulk.slice = 99
    operation = poll(shop, number)
    assert (operation["status"], operation["objectCount"]) == ("COMPLETED", "13")
    assert len(rows(shop, operation)) == 13


def test_a_shuffled_file_holds_the_same_rows_in_any_order(make_shop: Callable[..., Shop]) -> None:
    plain, shuffled = (make_shop(generate(30, 3), shuffle_bulk=shuffle, seed=7) for shuffle in (False, True))
    _, expected = finished(plain, PRODUCTS, group=False)
    operation, lines = finished(shuffled, PRODUCTS, group=False)
    assert sorted(map(json.dumps, lines)) == sorted(map(json.dumps, expected))
    assert operation["objectCount"] == str(len(lines))
    parents = [place for place, line in enumerate(lines) if "__parentId" not in line]
    assert parents != list(range(len(parents)))
    places = {line["id"]: place for place, line in enumerate(lines)}
    before = [place < places[line["__parentId"]] for place, line in enumerate(lines) if "__parentId" in line]
    assert {True, False} == set(before)
    # Grouped files are in their order all the same.
    assert finished(shuffled, PRODUCTS, group=True)[1] == finished(plain, PRODUCTS, group=True)[1]
