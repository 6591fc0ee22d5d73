"""The company, its shop's orders and customers, and the sandbox that stands for the ERP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest
import requests

from hub.platforms.exchanges import Exchange
from hub.platforms.limits import OneConnection
from hub.platforms.platform import Wiring
from hub.platforms.sap_b1.document import OrderRules
from hub.platforms.sap_b1.platform import SapB1, SapB1Connection
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import SandboxClock, Server, running
from hub.sandbox.world.model import Customer, Item, World
from objects.address import AddressSchema
from objects.base import Mapped, Ref
from objects.customer import CustomerSchema
from objects.order import OrderSchema

Record = dict[str, Any]
Make = Callable[..., Record]

VAT = Decimal("0.19")
FREIGHTS = {"shipping": 1, "tax": 2, "rounding": 3, "tip": 4, "duty": None, "cash_rounding": None}
SETTINGS: dict[str, Any] = {
    "name": "demo",
    "guest_customer": "C-GUEST",
    "customer_code_prefix": "C",
    "exempt_tax_code": "A0",
    "locations": {"01": "gid://shopify/Location/1", "02": "gid://shopify/Location/2"},
    **{f"freight_{kind}": number for kind, number in FREIGHTS.items()},
}


def _taxes(rate: Decimal, amount: str) -> list[Record]:
    return [{"rate": rate, "amount": Decimal(amount)}] if Decimal(amount) else []


@pytest.fixture
def make_line() -> Make:
    """A resolved line of an order: MUG at 19 % unless told otherwise."""

    def make(total: str, quantity: int = 1, *, tax: str = "0", rate: Decimal = VAT, **changes: Any) -> Record:
        return {
            "id": "gid://shopify/LineItem/1",
            "title": "Mug",
            "sku": "MUG",
            "item": "MUG",
            "quantity": quantity,
            "ordered": quantity,
            "open_quantity": quantity,
            "total": Decimal(total),
            "tax": _taxes(rate, tax),
            "tax_code": "A2",
            "warehouse": "01",
            "location": "gid://shopify/Location/1",
            "variant": "gid://shopify/ProductVariant/1",
            "gift_card": False,
            **changes,
        }

    return make


@pytest.fixture
def make_charge() -> Make:
    """A resolved charge: shipping at 19 % unless told otherwise."""

    def make(total: str, *, tax: str = "0", kind: str = "shipping", tax_code: str = "A2") -> Record:
        return {
            "kind": kind,
            "title": kind,
            "total": Decimal(total),
            "tax": _taxes(VAT, tax),
            "tax_code": tax_code,
        }

    return make


@pytest.fixture
def make_order() -> Make:
    """A canonical order, loaded by its schema, with references and maps resolved as the engine does it."""

    def make(lines: list[Record], charges: list[Record] | None = None, **changes: Any) -> Record:
        record: Record = OrderSchema().load(
            {
                "number": "#1001",
                "placed_at": "2026-11-20T23:40:00Z",
                "currency": "EUR",
                "taxes_included": True,
                "financial_status": "PAID",
                "customer": Ref("customer", "gid://shopify/Customer/1"),
                "lines": [_unresolved(line) for line in lines],
                "charges": [{**charge, "tax_code": Mapped("tax", "")} for charge in charges or []],
                "total": "0",
                "total_tax": "0",
            }
        )
        record |= {"lines": lines, "charges": charges or [], "customer": "C77"}
        taxes = [tax["amount"] for part in (*lines, *record["charges"]) for tax in part["tax"]]
        record["total_tax"] = sum(taxes, Decimal(0))
        gross = sum((part["total"] for part in (*lines, *record["charges"])), Decimal(0))
        included = changes.get("taxes_included", True)
        record["total"] = gross if included else gross + record["total_tax"]
        return {**record, **changes}

    return make


def _unresolved(line: Record) -> Record:
    return {**line, "item": Ref("variant", ""), "tax_code": Mapped("tax", ""), "warehouse": None}


@pytest.fixture
def make_address() -> Make:
    """A canonical address."""

    def make(**changes: Any) -> Record:
        record: Record = AddressSchema().load(
            {
                "id": "gid://shopify/MailingAddress/501?model_name=CustomerAddress",
                "first_name": "Anna",
                "last_name": "Krüger",
                "address1": "Hauptstraße 5",
                "city": "Köln",
                "zip": "50667",
                "country_code": "DE",
                **changes,
            }
        )
        return record

    return make


@pytest.fixture
def make_customer(make_address: Make) -> Make:
    """A canonical customer with one address."""

    def make(**changes: Any) -> Record:
        record: Record = CustomerSchema().load(
            {"first_name": "Anna", "last_name": "Krüger", "email": "Anna@example.com", "phone": "+49221123"}
        )
        return {**record, "addresses": [make_address()], **changes}

    return make


@pytest.fixture
def make_rules() -> Callable[..., OrderRules]:
    """How orders are posted in the acceptance scenarios: VAT per line, 2 decimals for totals and 6 for prices."""

    def make(**changes: Any) -> OrderRules:
        given = {
            "name": "demo",
            "freights": FREIGHTS,
            "price_decimals": 6,
            "total_decimals": 2,
            "guest_customer": "C-GUEST",
            "exempt_tax_code": "A0",
            **changes,
        }
        return OrderRules(**given)

    return make


# -- the sandbox ------------------------------------------------------------------------------------------------


@dataclass
class Erp:
    """A running sandbox, a connection to it, and the control API as another user of the ERP."""

    server: Server
    clock: SandboxClock
    exchanges: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wiring = Wiring(
            clock=self.clock.now,
            sleep=lambda seconds: None,
            sink=self.exchanges.append,
            random=Random(1),
            concurrency=4,
        )
        self.connection = self.connect()

    def control(self, method: str, topic: str, body: Any = None) -> Any:
        """Do something by the control API, or read the state."""
        data = None if body is None else orjson.dumps(body)
        answer = requests.request(method, f"{self.server.url}/control/{topic}", data=data, timeout=10)
        assert answer.status_code == 200, answer.text
        return orjson.loads(answer.content)

    def state(self, collection: str) -> Any:
        """What the company holds."""
        return self.control("GET", f"state/{collection}")

    def faults(self, *rules: Record) -> None:
        """Switch faults on."""
        self.control("PUT", "faults", list(rules))

    def counts(self) -> dict[str, int]:
        """Requests by operation."""
        counts: dict[str, int] = self.control("GET", "counts")
        return counts

    def connect(self, **changes: Any) -> SapB1Connection:
        """Another connection to the same company."""
        raw = {
            "base_url": self.server.url,
            "company": "SBODEMO",
            "user": "hub",
            "password": "sandbox",
            "read_timeout": 5,
            **changes,
        }
        wiring = replace(self.wiring, limits=OneConnection())
        return SapB1().connect("erp", SapB1.settings_schema().load(raw), wiring)

    def endpoint(self, name: str, **changes: Any) -> Any:
        """An endpoint under the scenarios' settings."""
        return self.connection.endpoint(name, {**SETTINGS, **changes})

    def set_up(self) -> None:
        """Create our fields and restart the Service Layer, as an administrator does."""
        self.connection.set_up()
        self.control("POST", "restart", {})


def _world() -> World:
    def item(sku: str, price: str | None, **changes: Any) -> Item:
        given: dict[str, Any] = {"tax_rate": VAT, "group": "Drinkware", **changes}
        return Item(sku, sku.title(), None if price is None else Decimal(price), **given)

    return World(
        currency="EUR",
        zone="Europe/Berlin",
        taxes_included=True,
        items=[
            item("MUG", "11.90", stock={"01": Decimal(100), "02": Decimal(40)}, weight_kg=Decimal("0.35")),
            item("TEE-M", "35.70", stock={"01": Decimal(20)}),
            item("GIFT25", "25", tax_rate=Decimal(0), gift_card=True),
            item("CABLE", "1", stock={"01": Decimal("7.5")}),
            item("O'Brien's 5% @home", "2.50", stock={"01": Decimal(1)}),
            item("BATCH", "1", managed="batch"),
            item("KIT", "1", tree="iSalesTree"),
            item("OLD", "1", active=False),
            item("NOPRICE", None),
        ],
        customers=[Customer("1", "Known", "Person", "Known.Person@Example.com", in_erp=True)],
        orders=[],
        warehouses={"01": "Main", "02": "Second"},
        locations={"L1": "Main", "L2": "Second"},
        tax_codes={"A2": VAT, "A0": Decimal(0)},
    )


@pytest.fixture
def bare_erp() -> Iterator[Erp]:
    """A company without our fields. Its day is 2026-11-21."""
    clock = SandboxClock()
    clock.shift = datetime(2026, 11, 21, 9, 0, tzinfo=UTC) - datetime.now(UTC)
    application = SapB1Application(_world(), now=clock.now)
    with running(application, clock=clock) as server:
        erp = Erp(server, clock)
        yield erp
        erp.connection.close()


@pytest.fixture
def erp(bare_erp: Erp) -> Erp:
    """A company with our fields."""
    bare_erp.set_up()
    return bare_erp
