"""Answers that are seldom: each says what to do, and nothing that was done is forgotten."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.errors import (
    Changed,
    ConfigurationError,
    OutcomeUnknown,
    PlatformRefused,
    PlatformUnavailable,
    RejectedByTarget,
)
from hub.platforms.endpoint import Step
from hub.platforms.shopify import bulk, documents
from hub.platforms.shopify.client import ShopifyClient
from hub.platforms.shopify.inventory import ShopifyInventory
from hub.platforms.shopify.order import _number
from hub.platforms.shopify.product import ShopifyProducts

from ..transport.conftest import Scripted, Time, answer
from .conftest import failing, said, sent


def user_errors(root: str, *errors: tuple[list[str] | None, str], **payload: Any) -> bytes:
    rows = [{"field": field, "message": "No.", "code": code} for field, code in errors]
    return said({root: {"userErrors": rows} | payload})


class TestBulk:
    started = user_errors("bulkOperationRunQuery", bulkOperation={"id": "b", "status": "CREATED"})

    def state(self, status: str, **more: Any) -> bytes:
        return said({"bulkOperation": {"id": "b", "status": status, "errorCode": None, "url": None} | more})

    def records(self, client: ShopifyClient) -> list[Any]:
        return list(bulk.records(client, documents.CUSTOMERS_BULK, {}))

    def test_it_waits_for_a_place_and_for_the_end(self, server: Scripted, client: ShopifyClient, time: Time) -> None:
        busy = user_errors("bulkOperationRunQuery", (None, "OPERATION_IN_PROGRESS"), bulkOperation=None)
        done = self.state("COMPLETED", url=server.url + "/file")
        file = answer(200, b'{"id":"gid://shopify/Customer/1"}\n')
        server.replies = [busy, busy, self.started, self.state("CREATED"), self.state("RUNNING"), done, file]
        assert self.records(client) == [{"id": "gid://shopify/Customer/1"}]
        assert 1 < time.total < 10
        assert b"X-Shopify-Access-Token" not in server.requests[-1], "a file's address is its own permission"

    def test_nothing_found_is_no_file(self, server: Scripted, client: ShopifyClient) -> None:
        server.replies = [self.started, self.state("COMPLETED")]
        assert self.records(client) == []

    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            ("FAILED", "ACCESS_DENIED", PlatformRefused),
            ("FAILED", "INTERNAL_SERVER_ERROR", PlatformUnavailable),
            ("CANCELED", None, PlatformUnavailable),
            ("EXPIRED", None, PlatformUnavailable),
        ],
    )
    def test_an_operation_that_fails_says_why(
        self, server: Scripted, client: ShopifyClient, status: str, code: str | None, error: type[Exception]
    ) -> None:
        server.replies = [self.started, self.state(status, errorCode=code)]
        with pytest.raises(error, match=status):
            self.records(client)

    def test_a_query_that_is_refused_is_ours(self, server: Scripted, client: ShopifyClient) -> None:
        server.replies = [user_errors("bulkOperationRunQuery", (["query"], "INVALID"), bulkOperation=None)]
        with pytest.raises(PlatformRefused):
            self.records(client)

    def test_places_that_stay_taken_are_given_up(self, server: Scripted, client: ShopifyClient) -> None:
        server.replies = [user_errors("bulkOperationRunQuery", (None, "LIMIT_REACHED"), bulkOperation=None)]
        with pytest.raises(PlatformUnavailable, match="places"):
            self.records(client)


def level(number: int, available: int = 5) -> dict[str, Any]:
    return {
        "id": f"level {number}",
        "variantId": f"v{number}",
        "itemId": f"i{number}",
        "locationId": "l",
        "available": available,
        "committed": 0,
        "isActive": True,
        "tracked": True,
        "locationActive": True,
    }


def levels(*available: int) -> list[Step]:
    return [
        Step("update", str(number), {"available": wanted}, target_id=f"v{number}@l", target=level(number))
        for number, wanted in enumerate(available)
    ]


class TestInventory:
    def keys(self, server: Scripted) -> list[str]:
        return [sent(server, index)["variables"]["key"] for index in range(len(server.requests))]

    @pytest.fixture
    def endpoint(self, client: ShopifyClient) -> ShopifyInventory:
        return ShopifyInventory(client, {})

    def test_a_call_that_is_still_worked_on_is_asked_for_again_under_its_key(
        self, server: Scripted, endpoint: ShopifyInventory
    ) -> None:
        root = "inventorySetQuantities"
        server.replies = [user_errors(root, (None, "IDEMPOTENCY_CONCURRENT_REQUEST")), user_errors(root)]
        (outcome,) = endpoint.write(levels(7))
        assert outcome.error is None
        assert len(set(self.keys(server))) == 1

    def test_a_key_that_is_spent_is_replaced(self, server: Scripted, endpoint: ShopifyInventory) -> None:
        root = "inventorySetQuantities"
        server.replies = [user_errors(root, (None, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")), user_errors(root)]
        (outcome,) = endpoint.write(levels(7))
        assert outcome.error is None
        assert len(set(self.keys(server))) == 2

    def test_a_key_that_is_never_good_is_given_up(self, server: Scripted, endpoint: ShopifyInventory) -> None:
        server.replies = [user_errors("inventorySetQuantities", (None, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"))]
        (outcome,) = endpoint.write(levels(7))
        assert isinstance(outcome.error, Changed)

    def test_an_error_without_a_row_is_everybodys(self, server: Scripted, endpoint: ShopifyInventory) -> None:
        server.replies = [user_errors("inventorySetQuantities", (["input", "reason"], "INVALID_REASON"))]
        outcomes = endpoint.write(levels(7, 8))
        assert [type(outcome.error) for outcome in outcomes] == [RejectedByTarget, RejectedByTarget]
        assert len(server.requests) == 1

    def test_an_answer_that_never_comes_leaves_every_row_unknown(
        self, server: Scripted, endpoint: ShopifyInventory
    ) -> None:
        server.replies = [answer(502)]
        outcomes = endpoint.write(levels(7, 8))
        assert [type(outcome.error) for outcome in outcomes] == [OutcomeUnknown, OutcomeUnknown]
        assert [row for _, row in outcomes[1].exchanges] == [1] * 5

    def test_a_level_that_cannot_be_made_fails_alone(self, server: Scripted, endpoint: ShopifyInventory) -> None:
        steps = levels(7, 8)
        steps[0].target = level(0) | {"id": "", "isActive": False}
        refused = user_errors("inventoryActivate", (["inventoryItemId"], ""), inventoryLevel=None)
        server.replies = [refused, user_errors("inventorySetQuantities")]
        outcomes = endpoint.write(steps)
        assert [outcome.error is None for outcome in outcomes] == [False, True]
        server.replies = [failing("BAD_REQUEST")]
        assert isinstance(endpoint.write(steps[:1])[0].error, RejectedByTarget)


def price(number: int, product: str, *only: str) -> Step:
    record = {"product_type": "Kitchen", "variants": [{"price": Decimal(3), "barcode": "", "weight": None}]}
    target = {"id": f"v{number}", "sku": f"S{number}", "product": {"id": product, "variantsCount": {"count": 1}}}
    chosen = frozenset(only or {"price"})
    return Step("update", f"S{number}", record, only=chosen, target_id=f"v{number}", target=target)


class TestProducts:
    @pytest.fixture
    def endpoint(self, client: ShopifyClient, time: Time) -> ShopifyProducts:
        return ShopifyProducts(client, {}, time.clock, group_bulk=True)

    def updated(self, number: int, product: str) -> bytes:
        variant = {
            "id": f"v{number}",
            "sku": f"S{number}",
            "price": "3.00",
            "product": {"id": product, "updatedAt": "x"},
        }
        return user_errors("productVariantsBulkUpdate", productVariants=[variant])

    def test_trouble_before_anything_was_done_is_raised(self, server: Scripted, endpoint: ShopifyProducts) -> None:
        server.replies = [failing("ACCESS_DENIED")]
        with pytest.raises(PlatformRefused):
            endpoint.write([price(1, "p1"), price(2, "p2")])

    def test_trouble_later_is_the_outcome_of_what_is_left(self, server: Scripted, endpoint: ShopifyProducts) -> None:
        server.replies = [self.updated(1, "p1"), failing("ACCESS_DENIED")]
        outcomes = endpoint.write([price(1, "p1"), price(2, "p2"), price(3, "p3")])
        assert [type(outcome.error) for outcome in outcomes] == [type(None), PlatformRefused, PlatformRefused]
        assert outcomes[0].native is not None and outcomes[0].native["price"] == "3.00"
        assert len(server.requests) == 2

    def test_a_product_field_that_is_refused_fails_its_step(self, server: Scripted, endpoint: ShopifyProducts) -> None:
        server.replies = [user_errors("productUpdate", (["productType"], ""), product=None)]
        (outcome,) = endpoint.write([price(1, "p1", "product_type")])
        assert isinstance(outcome.error, RejectedByTarget)
        assert outcome.sent == {"productType": "Kitchen"}

    def test_a_product_that_is_refused_says_why(self, server: Scripted, endpoint: ShopifyProducts) -> None:
        server.replies = [user_errors("productSet", (["input", "title"], "INVALID_INPUT"), product=None)]
        record = {"title": "", "description": "", "vendor": "", "product_type": ""}
        variant = {"code": "A", "price": None, "barcode": "", "weight": None, "tracked": True, "taxable": True}
        (outcome,) = endpoint.write([Step("create", "A", record | {"variants": [variant]})])
        assert isinstance(outcome.error, RejectedByTarget)
        assert "input.title: No." in outcome.error.detail

    def test_a_handle_that_is_taken_by_nobody_is_tried_again_later(
        self, server: Scripted, endpoint: ShopifyProducts
    ) -> None:
        taken = user_errors("productSet", (["input", "handle"], "HANDLE_NOT_UNIQUE"), product=None)
        server.replies = [taken, said({"productByIdentifier": None})]
        record = {"title": "A", "description": "", "vendor": "", "product_type": ""}
        variant = {"code": "A", "price": None, "barcode": "", "weight": None, "tracked": True, "taxable": True}
        (outcome,) = endpoint.write([Step("create", "A", record | {"variants": [variant]})])
        assert isinstance(outcome.error, Changed)

    def test_a_lost_answer_leaves_the_update_unknown(self, server: Scripted, endpoint: ShopifyProducts) -> None:
        server.replies = [answer(502)]
        outcomes = endpoint.write([price(1, "p1"), price(2, "p1")])
        assert [type(outcome.error) for outcome in outcomes] == [OutcomeUnknown, OutcomeUnknown]


@pytest.mark.parametrize(("text", "number"), [("#1001", 1001), ("1001", 1001), ("EN-2026-17-A", 17)])
def test_the_number_in_an_orders_name(text: str, number: int) -> None:
    assert _number(text) == number


def test_a_name_without_a_number_is_a_mistake_to_mend() -> None:
    with pytest.raises(ConfigurationError, match="no order number"):
        _number("#")
