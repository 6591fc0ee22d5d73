"""The client against a small real server that answers what Shopify was recorded, or documented, to answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from hub.errors import (
    ConfigurationError,
    OutcomeUnknown,
    PlatformRefused,
    PlatformUnavailable,
    RateLimited,
    RejectedByTarget,
)
from hub.platforms.exchanges import collecting
from hub.platforms.shopify import documents
from hub.platforms.shopify.client import ShopifyClient
from hub.platforms.shopify.product_documents import product_documents

from ..transport.conftest import Scripted, Time, answer, drop
from .conftest import failing, said, sent

LEVELS = documents.LEVELS
PRODUCTS = product_documents(())


def test_a_document_is_posted_to_the_version_asked_for_with_the_token(server: Scripted, client: ShopifyClient) -> None:
    server.replies = [said({"nodes": [None]})]
    assert client.run(LEVELS, {"ids": ["gid://shopify/InventoryLevel/1"]}) == [None]
    head = server.requests[0].split(b"\r\n\r\n")[0].decode()
    assert head.startswith("POST /admin/api/2026-07/graphql.json")
    assert "X-Shopify-Access-Token: shpat_x" in head
    assert sent(server) == {"query": LEVELS.text, "variables": {"ids": ["gid://shopify/InventoryLevel/1"]}}
    assert client.served_version == "2026-07"


def test_throttled_waits_as_long_as_the_bucket_needs_and_asks_again(
    server: Scripted, client: ShopifyClient, time: Time
) -> None:
    throttled = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    server.replies = [said(errors=throttled, requested=500, available=100), said({"shop": {}}, requested=500)]
    assert client.run(documents.SHOP, {}) == {}
    assert len(server.requests) == 2
    assert time.total > 3.99, "500 points are there 4 seconds after 100 were, at 100 a second"


def test_throttled_for_ever_is_rate_limited(server: Scripted, client: ShopifyClient) -> None:
    server.replies = [said(errors=[{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], available=0)]
    with pytest.raises(RateLimited):
        client.run(PRODUCTS.change_product, {"product": {}})


def test_a_field_that_is_denied_is_a_failure_never_an_empty_field(server: Scripted, client: ShopifyClient) -> None:
    error = {
        "message": "Access denied for customers field.",
        "path": ["orders", "nodes", 0, "customer"],
        "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "`read_customers` access scope."},
    }
    server.replies = [said({"orders": {"nodes": [{"id": "1", "customer": None}]}}, errors=[error])]
    with pytest.raises(PlatformRefused, match=r"orders\.nodes\.0\.customer.*read_customers"):
        client.run(documents.ORDERS, {"first": 1})


def test_a_filter_that_is_ignored_is_a_failure(server: Scripted, client: ShopifyClient) -> None:
    warning = {"field": "emial", "message": "Invalid search field for this query.", "code": "invalid_field"}
    search = [{"path": ["customers"], "query": "emial:a@b.c", "warnings": [warning]}]
    server.replies = [said({"customers": {"nodes": []}}, extensions={"search": search})]
    with pytest.raises(PlatformRefused, match="ignores the filter"):
        client.run(documents.CUSTOMERS, {"first": 1, "query": "emial:a@b.c"})


@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "TIMEOUT"])
def test_an_internal_error_of_a_read_is_tried_again(server: Scripted, client: ShopifyClient, code: str) -> None:
    server.replies = [failing(code), failing(code), said({"shop": {"name": "x"}})]
    assert client.run(documents.SHOP, {}) == {"name": "x"}
    server.replies = [failing(code)]
    with pytest.raises(PlatformUnavailable):
        client.run(documents.SHOP, {})


def test_an_internal_error_of_a_write_leaves_its_outcome_unknown(server: Scripted, client: ShopifyClient) -> None:
    server.replies = [failing("INTERNAL_SERVER_ERROR")]
    with pytest.raises(OutcomeUnknown):
        client.run(PRODUCTS.change_product, {"product": {}})
    before = len(server.requests)
    with pytest.raises(OutcomeUnknown):
        client.run(PRODUCTS.change_product, {"product": {}}, repeatable=False)
    assert len(server.requests) == before + 1


def test_a_write_that_is_not_understood_is_the_records_trouble_and_a_read_is_ours(
    server: Scripted, client: ShopifyClient
) -> None:
    problems = [{"path": ["price"], "explanation": "Expected value to not be null"}]
    server.replies = [failing("INVALID_VARIABLE", "Variable $input is wrong", problems=problems)]
    with pytest.raises(RejectedByTarget, match="price: Expected value to not be null"):
        client.run(PRODUCTS.create, {"input": {}, "synchronous": True})
    with pytest.raises(PlatformRefused, match="INVALID_VARIABLE"):
        client.run(documents.SHOP, {})


def test_a_mutation_that_answers_nothing_is_a_failure(server: Scripted, client: ShopifyClient) -> None:
    server.replies = [said({"productUpdate": None})]
    with pytest.raises(RejectedByTarget):
        client.run(PRODUCTS.change_product, {"product": {}})


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (401, {"errors": "[API] Invalid API key or access token"}, PlatformRefused, "Invalid API key"),
        (402, {"errors": "Unavailable Shop"}, PlatformRefused, "frozen"),
        (403, {"errors": [{"message": "no scope"}]}, PlatformRefused, "no scope"),
        (404, {"errors": "Not Found"}, ConfigurationError, "address or version"),
        (423, {}, PlatformRefused, "refuses the app"),
        (400, {"errors": "bad"}, PlatformRefused, "does not understand"),
    ],
)
def test_each_status_says_what_to_mend(
    server: Scripted, client: ShopifyClient, status: int, body: Any, error: type[Exception], words: str
) -> None:
    server.replies = [answer(status, orjson.dumps(body))]
    with pytest.raises(error, match=words):
        client.run(documents.SHOP, {})
    assert len(server.requests) == (2 if status == 401 else 1), "one refused token proves nothing"


def test_the_same_key_goes_with_every_try(server: Scripted, client: ShopifyClient) -> None:
    server.replies = [drop, said({"inventorySetQuantities": {"userErrors": []}})]
    with collecting() as exchanges:
        client.run(documents.INVENTORY_SET, {"input": {}}, key="k-1")
    assert [sent(server, index)["variables"]["key"] for index in (0, 1)] == ["k-1", "k-1"]
    assert [exchange.idempotency_key for exchange in exchanges] == ["k-1", "k-1"]


class TestPages:
    def page(self, nodes: int, more: bool, cost: float) -> bytes:
        info = {"hasNextPage": more, "endCursor": "c"}
        connection = {"nodes": [{"id": str(number)} for number in range(nodes)], "pageInfo": info}
        return said({"orders": connection}, requested=cost)

    def test_pages_grow_to_what_their_cost_allows(self, server: Scripted, client: ShopifyClient) -> None:
        server.replies = [
            self.page(5, True, 50),
            self.page(10, True, 95),
            self.page(20, True, 180),
            self.page(3, False, 9),
        ]
        assert sum(len(nodes) for nodes in client.pages(documents.ORDERS, {"query": None})) == 38
        firsts = [sent(server, index)["variables"]["first"] for index in range(4)]
        assert firsts == [5, 10, 20, 40]
        assert sent(server, 1)["variables"]["after"] == "c"

    def test_a_page_that_costs_too_much_is_asked_for_smaller(self, server: Scripted, client: ShopifyClient) -> None:
        server.replies = [failing("MAX_COST_EXCEEDED"), self.page(2, False, 900)]
        assert len(list(client.pages(documents.ORDERS, {"query": None}))) == 1
        assert [sent(server, index)["variables"]["first"] for index in (0, 1)] == [5, 2]

    def test_one_row_that_costs_too_much_is_said(self, server: Scripted, client: ShopifyClient) -> None:
        server.replies = [failing("MAX_COST_EXCEEDED")]
        with pytest.raises(PlatformRefused, match="one row alone"):
            list(client.pages(documents.ORDERS, {"query": None}))

    def test_nodes_are_read_in_batches_and_missing_ones_left_out(self, server: Scripted, client: ShopifyClient) -> None:
        ids = [f"gid://shopify/Order/{number}" for number in range(12)]
        server.replies = [
            said({"nodes": [{"id": key} for key in ids[:5]]}, requested=30),
            said({"nodes": [None, *({"id": key} for key in ids[6:])]}, requested=60),
        ]
        found = client.nodes(documents.ORDERS_BY_ID, ids)
        assert list(found) == [key for key in ids if key != ids[5]]


class TestToken:
    def granted(self, token: str) -> bytes:
        return answer(200, orjson.dumps({"access_token": token, "scope": "x", "expires_in": 86399}))

    @pytest.fixture
    def client(self, make: Callable[..., ShopifyClient]) -> ShopifyClient:
        return make(token="", client_id="id", client_secret="s3cret")

    def tokens(self, server: Scripted) -> list[str]:
        marker = b"X-Shopify-Access-Token: "
        return [
            one.split(marker)[1].split(b"\r\n")[0].decode() if marker in one else "log-in" for one in server.requests
        ]

    def test_a_token_is_fetched_once_and_renewed_before_it_expires(
        self, server: Scripted, client: ShopifyClient, time: Time
    ) -> None:
        shop = said({"shop": {}})
        server.replies = [self.granted("a"), shop, shop, self.granted("b"), shop]
        client.run(documents.SHOP, {})
        client.run(documents.SHOP, {})
        time.now += timedelta(hours=23, minutes=56)
        client.run(documents.SHOP, {})
        assert self.tokens(server) == ["log-in", "a", "a", "log-in", "b"]
        assert b"grant_type=client_credentials&client_id=id&client_secret=s3cret" in server.requests[0]

    def test_a_token_that_is_refused_is_renewed_once(self, server: Scripted, client: ShopifyClient) -> None:
        refused = answer(401, b'{"errors": "expired"}')
        server.replies = [self.granted("a"), refused, self.granted("b"), said({"shop": {}}), refused, self.granted("c")]
        client.run(documents.SHOP, {})
        assert self.tokens(server) == ["log-in", "a", "log-in", "b"]
        server.replies += [refused]
        with pytest.raises(PlatformRefused, match="access token"):
            client.run(documents.SHOP, {})
        assert self.tokens(server)[4:] == ["b", "log-in", "c"]

    @pytest.mark.parametrize(
        ("status", "body", "words"),
        [
            (400, {"error": "shop_not_permitted"}, "different organisations"),
            (401, {"error": "invalid_client"}, "client id or its secret"),
            (403, "<html>", "refuses the app"),
        ],
    )
    def test_a_log_in_that_is_refused_says_why(
        self, server: Scripted, client: ShopifyClient, status: int, body: Any, words: str
    ) -> None:
        server.replies = [answer(status, body.encode() if isinstance(body, str) else orjson.dumps(body))]
        with pytest.raises(PlatformRefused, match=words):
            client.run(documents.SHOP, {})
