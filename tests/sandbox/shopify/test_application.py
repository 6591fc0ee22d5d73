"""The HTTP side: versions, tokens, refusals, control, restart, and the server around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import pytest

from hub.sandbox.message import Request
from hub.sandbox.server import Server, running
from hub.sandbox.shopify.application import ShopifyApplication
from tests.sandbox.shopify.client import Clock, Shop, mug_shop
from tests.sandbox.shopify.documents import CUSTOMER_SET, ORDERS, PRODUCTS

SHOP_QUERY = json.dumps({"query": "{ shop { name } }"}).encode()


def post(shop: Shop, path: str, body: bytes = SHOP_QUERY, token: str = "shpat_sandbox", **headers: str) -> Any:
    return shop.request("POST", path, body, X_Shopify_Access_Token=token, **headers)


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        ("2026-07", "2026-07"),
        ("2026-10", "2026-10"),
        ("2025-01", "2026-01"),
        ("2031-04", "2026-01"),
        ("unstable", "unstable"),
    ],
)
def test_the_header_says_which_version_was_used(shop: Shop, asked: str, used: str) -> None:
    response = post(shop, f"/admin/api/{asked}/graphql.json")
    assert (response.status, response.headers["X-Shopify-API-Version"]) == (200, used)


@pytest.mark.parametrize("path", ["/admin/api/latest/graphql.json", "/admin/api/2026-07/products.json", "/"])
def test_other_paths_are_not_found(shop: Shop, path: str) -> None:
    assert post(shop, path).status == 404


def test_a_request_without_a_valid_token_is_refused(shop: Shop) -> None:
    assert post(shop, "/admin/api/2026-07/graphql.json", token="shpat_other").status == 401
    assert shop.request("POST", "/admin/api/2026-07/graphql.json", SHOP_QUERY).status == 401


def test_a_body_that_is_no_json_is_a_bad_request(shop: Shop) -> None:
    assert post(shop, "/admin/api/2026-07/graphql.json", b"{").status == 400


class TestTheClientCredentialsGrant:
    FORM = b"grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret"

    def grant(self, shop: Shop, body: bytes = FORM, kind: str = "application/x-www-form-urlencoded") -> Any:
        return shop.request("POST", "/admin/oauth/access_token", body, Content_Type=kind)

    def test_a_token_serves_for_a_day(self, shop: Shop) -> None:
        answer = json.loads(self.grant(shop).body)
        assert answer["expires_in"] == 86399
        assert "read_orders" in answer["scope"].split(",")
        path = "/admin/api/2026-07/graphql.json"
        assert post(shop, path, token=answer["access_token"]).status == 200
        shop.clock.advance(hours=24)
        assert post(shop, path, token=answer["access_token"]).status == 401

    def test_the_client_may_ask_in_json(self, shop: Shop) -> None:
        body = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        assert self.grant(shop, json.dumps(body).encode(), "application/json").status == 200

    def test_a_wrong_secret_or_grant_is_refused(self, shop: Shop) -> None:
        assert self.grant(shop, self.FORM.replace(b"sandbox-secret", b"guess")).status == 401
        assert self.grant(shop, self.FORM.replace(b"client_credentials", b"password")).status == 400

    def test_an_expired_session_forgets_the_token(self, shop: Shop) -> None:
        token = json.loads(self.grant(shop).body)["access_token"]
        headers = {"X-Shopify-Access-Token": token}
        request = Request.make("POST", "/admin/api/2026-07/graphql.json", headers, SHOP_QUERY)
        assert shop.application.refuse("session_expired", request).status == 401
        assert shop.application.respond(request).status == 401


def test_throttling_has_the_platforms_own_form(shop: Shop) -> None:
    request = Request.make("POST", "/admin/api/2026-07/graphql.json", {}, SHOP_QUERY)
    response = shop.application.refuse("throttled", request)
    answer = json.loads(response.body)
    assert (response.status, answer["errors"][0]["extensions"]["code"]) == (200, "THROTTLED")
    assert answer["extensions"]["cost"]["actualQueryCost"] is None


@pytest.mark.parametrize(
    ("path", "query", "name", "writes"),
    [
        ("/admin/api/2026-07/graphql.json", ORDERS, "orders", False),
        ("/admin/api/2026-07/graphql.json", CUSTOMER_SET, "customerSet", True),
        ("/admin/api/2026-07/graphql.json", "{", "graphql", False),
        ("/admin/oauth/access_token", "", "access_token", False),
        ("/bulk/7.jsonl", "", "bulk file", False),
        ("/else", "", "POST /else", False),
    ],
)
def test_requests_are_named_by_their_root_field(shop: Shop, path: str, query: str, name: str, writes: bool) -> None:
    body = json.dumps({"query": query}).encode()
    operation = shop.application.operation(Request.make("POST", path, {}, body))
    assert (operation.name, operation.writes, operation.file) == (name, writes, path.startswith("/bulk"))


def test_a_document_without_a_body_is_an_error(shop: Shop) -> None:
    answer = json.loads(post(shop, "/admin/api/2026-07/graphql.json", b"{}").body)
    assert "query" in answer["errors"]


def test_the_operation_is_chosen_by_name(shop: Shop) -> None:
    text = "query A { shop { name } } query B { shop { id } }"
    path = "/admin/api/2026-07/graphql.json"
    chosen = json.loads(post(shop, path, json.dumps({"query": text, "operationName": "B"}).encode()).body)
    assert chosen["data"] == {"shop": {"id": "gid://shopify/Shop/1"}}
    unsure = json.loads(post(shop, path, json.dumps({"query": text}).encode()).body)
    assert unsure["errors"][0]["message"] == "An operation name is required"


class TestControl:
    def test_a_record_is_edited_as_by_a_person(self, shop: Shop) -> None:
        shop.clock.advance(minutes=1)
        number = shop.variant("MUG")["id"]
        shop.control("edit", id=number, fields={"price": "12.50"})
        row = shop.variant("MUG")
        assert (str(row["price"]), row["updated_at"]) == ("12.50", "2026-11-21T09:01:00+00:00")

    def test_fields_of_an_order_are_edited(self, shop: Shop) -> None:
        order = shop.control("orders", name="#1", lines=[{"sku": "MUG"}])
        fields = {
            "note": "call",
            "tags": ["b", "a"],
            "risk": "CANCEL",
            "onHold": True,
            "shippingAddress": {"city": "Ulm"},
        }
        shop.control("edit", id=order["id"], fields=fields)
        query = """{ orders(first: 1) { nodes { note tags risk { recommendation } shippingAddress { city }
            displayFulfillmentStatus fulfillmentOrders(first: 1) { nodes { status } } } } }"""
        assert shop.data(query)["orders"]["nodes"] == [
            {
                "note": "call",
                "tags": ["a", "b"],
                "risk": {"recommendation": "CANCEL"},
                "shippingAddress": {"city": "Ulm"},
                "displayFulfillmentStatus": "ON_HOLD",
                "fulfillmentOrders": {"nodes": [{"status": "ON_HOLD"}]},
            }
        ]

    def test_what_makes_no_sense_is_explained(self, shop: Shop) -> None:
        for path, body, word in (
            ("fulfil", {"order": "#9"}, "no order #9"),
            ("edit", {"id": "x", "fields": {}}, "no id"),
            ("stock", {"sku": "MUG", "location": "L9", "available": 1}, "no location L9"),
            ("orders", {"lines": [{"sku": "MUG"}], "financial": "maybe"}, "maybe"),
            ("scopes", {"grant": ["read_minds"]}, "read_minds"),
            ("refund", {"lines": []}, "order"),
        ):
            response = shop.try_control(path, **body)
            assert response.status == 400, path
            assert word in json.loads(response.body)["error"]

    def test_unknown_paths_are_not_found(self, shop: Shop) -> None:
        assert shop.try_control("nonsense").status == 404
        request = Request.make("GET", "/control/state/nonsense")
        assert shop.application.control(request).status == 404

    def test_scopes_are_switched(self, shop: Shop) -> None:
        shop.control("scopes", granted=["read_orders"])
        query = "{ currentAppInstallation { accessScopes { handle } } }"
        assert shop.data(query)["currentAppInstallation"]["accessScopes"] == [{"handle": "read_orders"}]

    def test_a_location_is_added_and_closed(self, shop: Shop) -> None:
        number = shop.control("locations", code="L3", name="Bremen")["id"]
        names = "{ locations(first: 9) { nodes { name } } }"
        assert {"name": "Bremen"} in shop.data(names)["locations"]["nodes"]
        shop.control("edit", id=number, fields={"active": False})
        assert {"name": "Bremen"} not in shop.data(names)["locations"]["nodes"]
        everything = "{ locations(first: 9, includeInactive: true) { nodes { name isActive } } }"
        assert {"name": "Bremen", "isActive": False} in shop.data(everything)["locations"]["nodes"]


def test_a_restart_changes_nothing(shop: Shop, make_shop: Callable[..., Shop]) -> None:
    shop.control("orders", name="#1", lines=[{"sku": "MUG", "quantity": 2}], customer="ada@example.com")
    shop.control("refund", order="#1", lines=[{"sku": "MUG", "quantity": 1, "restock": "CANCEL"}])
    other = make_shop()
    other.application.restore(shop.application.dump())
    for collection in ("customers", "products", "inventory", "orders", "locations"):
        assert other.state(collection) == shop.state(collection)
    other.control("fulfil", order="#1")
    assert other.levels()["MUG L1"] == "89/0/89"
    assert shop.levels()["MUG L1"] == "89/1/90"
    assert other.data('{ orders(first: 1, query: "name:#1") { nodes { name } } }')["orders"]["nodes"] == [
        {"name": "#1"}
    ]


@pytest.fixture
def served() -> Any:
    clock = Clock()
    application = ShopifyApplication(mug_shop(), now=clock, index_lag=timedelta(0))
    with running(application) as server:
        yield server


def ask(server: Server, path: str, body: bytes | None = None) -> Any:
    request = HttpRequest(f"{server.url}{path}", data=body, headers={"X-Shopify-Access-Token": "shpat_sandbox"})
    with urlopen(request, timeout=10) as response:
        return json.loads(response.read())


def test_over_http_it_answers_counts_and_links_to_itself(served: Server) -> None:
    body = json.dumps({"query": PRODUCTS, "variables": {"first": 2}}).encode()
    data = ask(served, "/admin/api/2026-07/graphql.json", body)["data"]
    assert len(data["products"]["nodes"]) == 2
    assert ask(served, "/control/counts") == {"products": 1}
    assert len(ask(served, "/control/state/orders")) == 0


def test_a_shop_can_be_made_what_it_was_at_the_start(shop: Shop) -> None:
    before = [one["sku"] for one in shop.state("variants")]
    shop.control("products", title="New", sku="NEW", price="1.00")
    assert "NEW" in [one["sku"] for one in shop.state("variants")]
    shop.control("reset")
    assert [one["sku"] for one in shop.state("variants")] == before
    assert shop.data("{ products(first: 9) { nodes { handle } } }")["products"]["nodes"] != []


def test_the_shop_gives_account_of_its_points(make_shop: Callable[..., Shop], clock: Clock) -> None:
    shop = make_shop(bucket=20, restore_rate=2)
    cost = shop.answer("{ products(first: 5) { nodes { id } } }")["extensions"]["cost"]["actualQueryCost"]
    spent = 0
    while "errors" not in shop.answer("{ products(first: 5) { nodes { id } } }"):
        spent += cost
    account = json.loads(shop.application.control(Request.make("GET", "/control/points")).body)
    assert account["spent"] == spent + cost
    assert account["throttled"] == 1
    assert account["available"] == 20 - account["spent"]
    clock.advance(seconds=1)
    assert json.loads(shop.application.control(Request.make("GET", "/control/points")).body)["at"] == account["at"] + 1


def test_another_budget_can_be_granted(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(bucket=20, restore_rate=2)
    shop.answer("{ products(first: 5) { nodes { id } } }")

    def grant(body: bytes) -> tuple[int, dict[str, Any]]:
        response = shop.application.control(Request.make("PUT", "/control/points", {}, body))
        return response.status, json.loads(response.body)

    status, account = grant(b'{"maximum": 2000, "restore_rate": 100}')
    assert (status, account["maximum"], account["available"], account["spent"]) == (200, 2000, 2000, 0)
    assert grant(b'{"maximum": "much"}')[0] == 400
