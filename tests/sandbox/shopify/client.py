"""A small shop with two locations and four things to sell, and a client that speaks to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.sandbox.message import Request, Response
from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.world.model import Customer, Item, World

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
VAT = Decimal("0.19")


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **delta: float) -> None:
        self.time += timedelta(**delta)


class Shop:
    """A client of the application."""

    def __init__(self, application: ShopifyApplication, clock: Clock, version: str = "2026-07") -> None:
        self.application = application
        self.clock = clock
        self.version = version

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.application.respond(Request.make(method, path, sent, body))

    def answer(self, text: str, /, **variables: Any) -> dict[str, Any]:
        """The whole envelope of a request with the static token."""
        body = json.dumps({"query": text, "variables": variables}, default=str).encode()
        path = f"/admin/api/{self.version}/graphql.json"
        response = self.request("POST", path, body, X_Shopify_Access_Token="shpat_sandbox", Host="shop.test")
        assert response.status == 200, response.body
        envelope: dict[str, Any] = json.loads(response.body)
        return envelope

    def data(self, text: str, /, **variables: Any) -> dict[str, Any]:
        """The data of a request that must have no errors."""
        envelope = self.answer(text, **variables)
        assert "errors" not in envelope, envelope["errors"]
        data: dict[str, Any] = envelope["data"]
        return data

    def control(self, path: str, /, **body: Any) -> Any:
        """A control operation that must be done."""
        response = self.try_control(path, **body)
        assert response.status == 200, response.body
        return json.loads(response.body, parse_float=Decimal)

    def try_control(self, path: str, /, **body: Any) -> Response:
        sent = json.dumps(body, default=str).encode()
        return self.application.control(Request.make("POST", f"/control/{path}", {}, sent))

    def state(self, collection: str) -> list[dict[str, Any]]:
        response = self.application.control(Request.make("GET", f"/control/state/{collection}"))
        rows: list[dict[str, Any]] = json.loads(response.body, parse_float=Decimal)
        return rows

    def order_state(self, name: str) -> dict[str, Any]:
        return next(order for order in self.state("orders") if order["name"] == name)

    def levels(self) -> dict[str, str]:
        """available/committed/on_hand of every level with stock, by "SKU LOCATION"."""
        return {
            f"{row['sku']} {row['location_code']}": f"{row['available']}/{row['committed']}/{row['on_hand']}"
            for row in self.state("inventory")
            if row["tracked"]
        }

    def variant(self, sku: str) -> dict[str, Any]:
        return next(row for row in self.state("variants") if row["sku"] == sku)

    def location(self, code: str) -> str:
        place: str = next(row["id"] for row in self.state("locations") if row["code"] == code)
        return place


def mug_shop() -> World:
    """The shop of the acceptance scenarios."""
    return World(
        currency="EUR",
        zone="Europe/Berlin",
        taxes_included=True,
        items=[
            _item("MUG", "11.90", {"01": Decimal(90), "02": Decimal(40)}),
            _item("TEE-M", "35.70", {"01": Decimal(20)}),
            Item("GIFT25", "Gift card", Decimal("25.00"), in_shop=True, tracked=False, gift_card=True),
            _item("CABLE", "2.00", {"01": Decimal("7.5")}),
        ],
        customers=[Customer("ada", "Ada", "Byron", "ada@example.com", phone="+4930123456")],
        orders=[],
        warehouses={"01": "Main", "02": "Outlet"},
        locations={"L1": "Berlin", "L2": "Hamburg"},
        tax_codes={"A2": VAT, "A0": Decimal(0)},
    )


def _item(sku: str, price: str, stock: dict[str, Decimal]) -> Item:
    return Item(sku, sku.title(), Decimal(price), in_shop=True, stock=stock, tax_rate=VAT)
