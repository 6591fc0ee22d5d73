"""Searching, sorting and paging."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.sandbox.shopify.search_syntax import Both, Not, Term, parse_search
from tests.sandbox.shopify.client import Clock, Shop

FIND = "query($query: String!) { products(first: 250, query: $query) { nodes { handle } } }"


def handles(shop: Shop, query: str) -> list[str]:
    return [node["handle"] for node in shop.data(FIND, query=query)["products"]["nodes"]]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("mug", Term("", "", "mug")),
        ("sku:'A B'", Term("sku", "", "A B", True)),
        ("updated_at:>='2026-11-20T10:00:00Z'", Term("updated_at", ">=", "2026-11-20T10:00:00Z", True)),
        ("id:>5 tag:x", Both("and", (Term("id", ">", "5"), Term("tag", "", "x")))),
        ("id:>5 AND tag:x", Both("and", (Term("id", ">", "5"), Term("tag", "", "x")))),
        ("-tag:x", Not(Term("tag", "", "x"))),
        ("NOT tag:x", Not(Term("tag", "", "x"))),
        (
            "(tag:a OR tag:b) c",
            Both("and", (Both("or", (Term("tag", "", "a"), Term("tag", "", "b"))), Term("", "", "c"))),
        ),
        ("(tag:a", Term("tag", "", "a")),
        ("tag:a OR", Term("tag", "", "a")),
        ("tag:(value", Term("tag", "", "(value")),
        ("a-b:c", Term("a-b", "", "c")),
    ],
)
def test_a_query_is_read_as(text: str, tree: object) -> None:
    assert parse_search(text) == tree


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sku:MUG", ["mug"]),
        ("sku:mug", ["mug"]),
        ("sku:'MUG'", ["mug"]),
        ("sku:M*", ["mug"]),
        ("sku:MU", []),
        ("title:Mug", ["mug"]),
        ("handle:tee-m OR handle:mug", ["mug", "tee-m"]),
        ("gift_card:true", ["gift-card"]),
        ("-gift_card:true tracks_inventory:true", ["mug", "tee-m", "cable"]),
        ("inventory_total:>=100", ["mug"]),
        ("status:draft", []),
        ("mug", ["mug"]),
        ("vendor:sandbox handle:cable", ["cable"]),
    ],
)
def test_products_are_found_by(shop: Shop, query: str, found: list[str]) -> None:
    assert handles(shop, query) == found


@pytest.fixture
def dated(shop: Shop) -> Shop:
    """The mug was changed on 20 November at 10:00:00, the tee an hour later, the cable a day later."""
    shop.clock.time = shop.clock.time.replace(day=20, hour=10)
    for handle, wait in (("mug", 0), ("tee-m", 1), ("cable", 23)):
        shop.clock.advance(hours=wait)
        number = next(row["id"] for row in shop.state("products") if row["handle"] == handle)
        shop.control("edit", id=number, fields={"productType": "changed"})
    return shop


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (">='2026-11-20T10:00:00Z'", ["mug", "tee-m", "cable"]),
        (">='2026-11-20T10:00:01Z'", ["tee-m", "cable"]),
        (">='2026-11-20T11:00:00+01:00'", ["mug", "tee-m", "cable"]),
        (">'2026-11-20T11:00:00Z'", ["tee-m", "cable"]),
        ("<'2026-11-20T11:00:00Z'", ["mug"]),
        ("<='2026-11-20T11:00:00Z'", ["mug", "tee-m"]),
        ("'2026-11-20T11:00:00Z'", ["tee-m"]),
        # Without quotes the time of day does not count.
        (">=2026-11-20T23:00:00Z", ["mug", "tee-m", "cable"]),
        (">2026-11-20T09:00:00Z", ["cable"]),
        ("<2026-11-21T23:00:00Z", ["mug", "tee-m"]),
        ("2026-11-21", ["cable"]),
    ],
)
def test_a_time_is_compared(dated: Shop, condition: str, found: list[str]) -> None:
    assert handles(dated, f"product_type:changed updated_at:{condition}") == found


def test_from_2026_10_on_greater_than_leaves_the_whole_second_out(dated: Shop) -> None:
    dated.version = "2026-10"
    assert handles(dated, "product_type:changed updated_at:>'2026-11-20T11:00:00Z'") == ["cable"]


def test_an_unknown_field_is_left_out_with_a_warning(shop: Shop) -> None:
    envelope = shop.answer(FIND, query="updted_at:>='2026-11-20' sku:MUG")
    assert [node["handle"] for node in envelope["data"]["products"]["nodes"]] == ["mug"]
    [search] = envelope["extensions"]["search"]
    assert search["path"] == ["products"]
    assert search["warnings"] == [
        {"field": "updted_at", "message": "Invalid search field for this query.", "code": "invalid_field"}
    ]
    assert search["parsed"] == {
        "and": [{"field": "updted_at", "range_gte": "2026-11-20"}, {"field": "sku", "match_all": "MUG"}]
    }


def test_a_known_field_gives_no_warning(shop: Shop) -> None:
    assert "search" not in shop.answer(FIND, query="sku:MUG")["extensions"]


def test_orders_are_found_by_name_state_and_money(shop: Shop) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG"}], email="a@example.com", tags=["vip"])
    shop.control("orders", name="#2", lines=[{"sku": "TEE-M"}], financial="pending", gateway="klarna")
    shop.control("cancel", order="#2")
    query = "query($q: String!) { orders(first: 9, query: $q) { nodes { name } } }"

    def found(text: str) -> list[str]:
        return [node["name"] for node in shop.data(query, q=text)["orders"]["nodes"]]

    assert found("name:#1") == found("name:1") == found("tag:VIP") == found("email:a@example.com") == ["#1"]
    assert found("status:cancelled") == found("gateway:klarna") == found("financial_status:voided") == ["#2"]
    assert found("status:open") == found("-status:cancelled") == found("sku:MUG") == ["#1"]
    assert found("tag_not:vip") == ["#2"]
    assert found("fulfillment_status:unshipped") == ["#1", "#2"]


def test_pages_of_a_list_follow_each_other_by_cursors(shop: Shop) -> None:
    query = """query($after: String, $reverse: Boolean) { products(first: 3, after: $after, sortKey: UPDATED_AT,
        reverse: $reverse) { nodes { handle } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    for reverse in (False, True):
        after, seen, pages = None, [], []
        while True:
            page = shop.data(query, after=after, reverse=reverse)["products"]
            seen += [node["handle"] for node in page["nodes"]]
            pages.append((page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]))
            after = page["pageInfo"]["endCursor"]
            assert page["edges"][-1]["cursor"] == after
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert sorted(seen) == ["cable", "gift-card", "mug", "tee-m"]
        assert pages == [(False, True), (True, False)]


def test_the_last_rows_before_a_cursor_are_given_in_order(shop: Shop) -> None:
    first = shop.data("{ products(first: 4, sortKey: TITLE) { edges { cursor node { handle } } } }")["products"][
        "edges"
    ]
    query = """query($b: String) { products(last: 2, before: $b, sortKey: TITLE) {
        nodes { handle } pageInfo { hasPreviousPage } } }"""
    page = shop.data(query, b=first[3]["cursor"])["products"]
    assert [node["handle"] for node in page["nodes"]] == [edge["node"]["handle"] for edge in first[1:3]]
    assert page["pageInfo"]["hasPreviousPage"] is True


def test_a_cursor_holds_the_last_id_and_the_last_sort_value(shop: Shop) -> None:
    edge = shop.data("{ products(first: 1, sortKey: UPDATED_AT) { edges { cursor node { id } } } }")["products"][
        "edges"
    ][0]
    inside = json.loads(base64.b64decode(edge["cursor"]))
    assert f"gid://shopify/Product/{inside['last_id']}" == edge["node"]["id"]
    assert len(inside["last_value"]) == len("2026-06-24 14:40:33.000000")


def test_a_row_that_changes_while_paging_is_seen_again_at_the_end(shop: Shop) -> None:
    query = """query($after: String) { products(first: 2, after: $after, sortKey: UPDATED_AT) {
        nodes { id } pageInfo { endCursor } } }"""
    page = shop.data(query)["products"]
    changed = page["nodes"][0]["id"]
    shop.control("edit", id=changed, fields={"vendor": "Other"})
    rest = shop.data(query.replace("first: 2", "first: 9"), after=page["pageInfo"]["endCursor"])["products"]["nodes"]
    assert rest[-1]["id"] == changed
    assert len(rest) == 3


@pytest.mark.parametrize("arguments", ["", "first: 251", "first: 2, last: 2", "first: -1", 'first: 1, after: "x"'])
def test_a_page_that_cannot_be_is_refused(shop: Shop, arguments: str) -> None:
    asked = f"({arguments})" if arguments else ""
    envelope = shop.answer(f"{{ products{asked} {{ nodes {{ id }} }} }}")
    assert envelope["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert envelope["data"] is None


class TestTheIndexLag:
    """A write is seen at once by id, and by search when the index has caught up."""

    @pytest.fixture
    def slow(self, make_shop: Callable[..., Shop]) -> Shop:
        return make_shop(index_lag=timedelta(seconds=5))

    def test_a_new_record_is_found_after_the_lag(self, slow: Shop) -> None:
        made = slow.control("products", title="Lamp", sku="LAMP", price=5)
        assert handles(slow, "sku:LAMP") == []
        assert slow.data("query($i: ID!) { product(id: $i) { title } }", i=made["id"])["product"]["title"] == "Lamp"
        slow.clock.advance(seconds=5)
        assert handles(slow, "sku:LAMP") == ["lamp"]

    def test_a_change_is_found_by_its_old_values_until_then(self, slow: Shop) -> None:
        mug = next(row["id"] for row in slow.state("products") if row["handle"] == "mug")
        slow.control("edit", id=mug, fields={"tags": ["new"]})
        assert (handles(slow, "tag:new"), handles(slow, "updated_at:>='2026-01-01T00:00:00Z'")) == ([], [])
        node = slow.data("query($i: [ID!]!) { nodes(ids: $i) { ... on Product { tags } } }", i=[mug])["nodes"][0]
        assert node["tags"] == ["new"]
        slow.clock.advance(seconds=5)
        assert handles(slow, "tag:new") == handles(slow, "updated_at:>='2026-01-01T00:00:00Z'") == ["mug"]

    def test_a_deleted_record_is_not_answered(self, slow: Shop) -> None:
        mug = next(row["id"] for row in slow.state("products") if row["handle"] == "mug")
        slow.control("delete", id=mug)
        assert handles(slow, "sku:MUG") == []
        slow.clock.advance(seconds=5)
        assert sorted(handles(slow, "")) == ["cable", "gift-card", "tee-m"]


def test_levels_at_a_location_are_filtered_by_item(shop: Shop) -> None:
    item = shop.variant("MUG")["inventory_item"]
    query = """query($id: ID!, $q: String) { location(id: $id) {
        inventoryLevels(first: 9, query: $q) { nodes { item { sku } } } } }"""
    text = f"inventory_item_id:{item.rsplit('/', 1)[1]}"
    rows: Any = shop.data(query, id=shop.location("L2"), q=text)["location"]["inventoryLevels"]["nodes"]
    assert rows == [{"item": {"sku": "MUG"}}]


def test_orders_older_than_sixty_days_need_a_scope_of_their_own(shop: Shop) -> None:
    shop.control("orders", name="#old", lines=[{"sku": "MUG"}], created_at="2026-08-01T00:00:00Z")
    shop.control("orders", name="#new", lines=[{"sku": "MUG"}])
    query = "{ orders(first: 9) { nodes { id name } } ordersCount { count } }"
    assert shop.data(query)["ordersCount"]["count"] == 2
    old = shop.data(query)["orders"]["nodes"][0]["id"]
    shop.control("scopes", revoke=["read_all_orders"])
    assert [node["name"] for node in shop.data(query)["orders"]["nodes"]] == ["#new"]
    assert shop.data("query($i: ID!) { order(id: $i) { name } }", i=old)["order"] is None


VARIANTS = """query($query: String!, $after: String) {
  productVariants(first: 2, after: $after, query: $query, reverse: true) {
    nodes { sku } pageInfo { hasNextPage endCursor }
  }
}"""


def skus(shop: Shop, query: str) -> list[str]:
    """All SKUs found, over all pages."""
    found: list[str] = []
    after = None
    while True:
        page = shop.data(VARIANTS, query=query, after=after)["productVariants"]
        found += [node["sku"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("lag", [timedelta(0), timedelta(seconds=5)])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sku:'MUG'", ["MUG"]),
        ("sku:'mug' OR sku:'CABLE' OR sku:'TEE-M'", ["CABLE", "TEE-M", "MUG"]),
        ("sku:mug,cable", ["CABLE", "MUG"]),
        ("sku:M*", ["MUG"]),
        ("sku:'M*'", []),
        ("sku:'MUG' OR title:nothing", ["MUG"]),
        ("sku:'MUG' taxable:true", ["MUG"]),
        ("sku:'MUG' sku:'CABLE'", []),
        ("-sku:'MUG' sku:'CABLE'", ["CABLE"]),
        ("NOT (sku:'MUG' OR sku:'TEE-M' OR sku:'GIFT25')", ["CABLE"]),
        ("sku:'MUG' OR unheard_of:1", ["MUG"]),
    ],
)
def test_a_search_by_sku_finds_the_same_whatever_is_looked_at(
    make_shop: Callable[..., Shop], lag: timedelta, query: str, found: list[str]
) -> None:
    shop = make_shop(index_lag=lag)
    assert skus(shop, query) == found
    index = shop.application.shop.indexes["ProductVariant"]
    assert index.looked_up
    index.looked_up = frozenset()
    assert skus(shop, query) == found


@pytest.mark.parametrize("lag", [0, 5])
def test_a_changed_sku_is_found_by_its_new_value_once_the_index_has_seen_it(
    make_shop: Callable[..., Shop], clock: Clock, lag: int
) -> None:
    shop = make_shop(index_lag=timedelta(seconds=lag))
    assert skus(shop, "sku:'MUG'") == ["MUG"]
    shop.control("edit", id=shop.variant("MUG")["id"], fields={"sku": "CUP"})
    assert skus(shop, "sku:'CUP'") == ([] if lag else ["CUP"])
    clock.advance(seconds=lag)
    assert (skus(shop, "sku:'MUG'"), skus(shop, "sku:'cup'")) == ([], ["CUP"])
    shop.control("delete", id=shop.variant("CUP")["product"])
    clock.advance(seconds=lag)
    assert skus(shop, "sku:'CUP'") == []
