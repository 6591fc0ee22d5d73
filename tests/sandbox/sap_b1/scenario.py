"""The company of the acceptance scenarios, a clock that tests move, and a client without a network."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.sandbox.message import Request, Response
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.world.model import Address, Customer, Item, World


class Clock:
    """A time that passes only when told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 23, 40, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **spans: float) -> None:
        self.time += timedelta(**spans)


@dataclass
class Answer:
    """An answer, its body read with exact numbers."""

    status: int
    headers: dict[str, Any]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text, parse_float=Decimal)

    @property
    def values(self) -> list[Any]:
        rows: list[Any] = self.json["value"]
        return rows

    @property
    def code(self) -> Any:
        return self.json["error"]["code"]


@dataclass
class Client:
    """Speaks to the application as its server does."""

    application: SapB1Application
    version: int = 2
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def login(self, **other: str) -> Answer:
        body = {"CompanyDB": "SBODEMO", "UserName": "hub", "Password": "sandbox", **other}
        answer = self.call("POST", "Login", body)
        if answer.status == 200:
            self.cookie = "; ".join(one.split(";")[0] for one in answer.headers["Set-Cookie"])
        return answer

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Cookie": self.cookie, **self.headers, **names}
        target = path if path.startswith("/") else f"/b1s/v{self.version}/{path}"
        content = b"" if body is None else json.dumps(body, default=str).encode()
        return answer_of(self.application.respond(Request.make(method, target.replace(" ", "%20"), sent, content)))

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("PATCH", path, body, **headers)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = Request.make(method, f"/control/{path}", {}, b"" if body is None else json.dumps(body).encode())
        answer = answer_of(self.application.control(request))
        assert answer.status == 200, answer.text
        return answer.json


def answer_of(response: Response) -> Answer:
    return Answer(response.status, response.headers, response.body.decode())


def item(sku: str, price: str, rate: str = "0.19", **other: Any) -> Item:
    return Item(sku=sku, name=sku.title(), price=Decimal(price), tax_rate=Decimal(rate), **other)


def scenario_world(*, taxes_included: bool = True) -> World:
    """The company of the acceptance scenarios: EUR, Berlin, codes A2 = 19 % and A0 = 0 %."""
    return World(
        currency="EUR",
        zone="Europe/Berlin",
        taxes_included=taxes_included,
        items=[
            item("MUG", "11.90", stock={"01": Decimal(100), "02": Decimal(40)}),
            item("TEE-M", "35.70", stock={"01": Decimal(20)}),
            item("GIFT25", "25.00", "0", gift_card=True, tracked=False),
            item("CABLE", "2.00", stock={"01": Decimal("7.5")}),
            item("PIN", "1.03"),
            item("O'NEIL/1", "9.00", barcode="4006381333931"),
            item("85123A", "2.55"),
            item("85123a", "2.55"),
            item("OLD", "3.00", active=False),
        ],
        customers=[
            Customer(
                "k1",
                "Ada",
                "Lovelace",
                "Ada@Example.com",
                addresses=(Address("Ada", "Lovelace", address1="Hauptstr. 1", city="Berlin", country_code="DE"),),
                in_erp=True,
            ),
            Customer("k2", "Shop", "Only", "shop@example.com"),
        ],
        orders=[],
        warehouses={"01": "Main", "02": "Second"},
        locations={"L1": "Main", "L2": "Second"},
        tax_codes={"A2": Decimal("0.19"), "A0": Decimal(0)},
    )


def order(*lines: dict[str, Any], **other: Any) -> dict[str, Any]:
    """The body of an order for the guest."""
    return {"CardCode": "C-GUEST", "DocDueDate": "2026-11-30", "DocumentLines": list(lines), **other}


def line(code: str, quantity: Any = 1, **other: Any) -> dict[str, Any]:
    return {"ItemCode": code, "Quantity": quantity, **other}
