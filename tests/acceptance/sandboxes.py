"""The two sandboxes as the tests see them: people at work in shop and ERP, and what both systems say of themselves."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import requests

Json = Any
#: Operations that change nothing, as the sandboxes name them. Whatever is not among them counts as a write.
READS = (
    "GET *",
    "login",
    "logout",
    "POST OrdersService_Preview",
    "POST CompanyService_Get*",
    "customers",
    "customersCount",
    "products",
    "productsCount",
    "productTypes",
    "productVariants",
    "productVariantsCount",
    "orders",
    "ordersCount",
    "order",
    "fulfillmentOrders",
    "node",
    "nodes",
    "locations",
    "shop",
    "currentAppInstallation",
    "publicApiVersions",
)
#: Seconds that a request may take to arrive.
PATIENCE = 30


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox and its control API."""

    url: str

    def ask(self, path: str, **parameters: str) -> Json:
        """Read something of the control API; numbers come as Decimal or int."""
        answer = requests.get(f"{self.url}/control/{path}", params=parameters, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content, parse_float=Decimal)

    def do(self, path: str, method: str = "POST", body: Json = None, /, **fields: Json) -> Json:
        """Let a person of that side do something."""
        sent = json.dumps(fields if body is None else body, default=str)
        answer = requests.request(method, f"{self.url}/control/{path}", data=sent, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content, parse_float=Decimal)

    def writes(self) -> Counter[str]:
        """The writes that reached this side so far, by operation."""
        counts: dict[str, int] = self.ask("counts")
        return Counter(
            {name: number for name, number in counts.items() if not any(fnmatchcase(name, read) for read in READS)}
        )

    def hold(self, operation: str) -> None:
        """Keep the next request of this kind before it is carried out, until the clock goes on."""
        rule = {"kind": "delayed", "every": 1, "times": 1, "operations": [operation], "seconds": [0.01, 0.01]}
        self.do("faults", "PUT", [rule])

    def held(self) -> Json:
        """The request that is held; waits until it has arrived."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            waiting = [entry for entry in self.ask("log") if entry["fault"] == "delayed" and not entry["done"]]
            if waiting:
                return waiting[0]
            time.sleep(0.005)
        raise AssertionError("no request came to be held")

    def let_go(self, seconds: float = 1) -> None:
        """Let the clock go on, and with it what is held."""
        self.do("clock", advance_seconds=seconds)


class Shop(Sandbox):
    """The shop."""

    def order(self, name: str, **fields: Json) -> Json:
        """A buyer orders; taxed at 19 % unless told otherwise."""
        return self.do("orders", **{"name": name, "tax_rate": "0.19", **fields})

    def levels(self) -> dict[str, str]:
        """available/committed/on_hand of every level that is counted, by "SKU LOCATION"."""
        return {
            f"{row['sku']} {row['location_code']}": f"{row['available']}/{row['committed']}/{row['on_hand']}"
            for row in self.ask("state/inventory")
            if row["tracked"] and row["active"]
        }

    def order_state(self, name: str) -> Json:
        """One order as the shop has it."""
        return next(order for order in self.ask("state/orders") if order["name"] == name)

    def locations(self) -> dict[str, str]:
        """Ids of the locations by code."""
        return {row["code"]: row["id"] for row in self.ask("state/locations")}

    def stock_writes(self) -> int:
        """How often levels were set or made."""
        return sum(number for name, number in self.writes().items() if name.startswith("inventory"))


class Erp(Sandbox):
    """The ERP."""

    def stock(self) -> dict[str, str]:
        """InStock/Committed of every item in every warehouse, by "ITEM WAREHOUSE"."""
        return {
            f"{row['item']} {row['warehouse']}": f"{_plain(row['in_stock'])}/{_plain(row['committed'])}"
            for row in self.ask("state/stock")
        }

    def documents(self) -> list[Json]:
        """Sales Orders that came from the shop."""
        return [row for row in self.ask("state/orders") if row.get("U_HubRef")]

    def document(self, number: str) -> Json:
        """The one Sales Order of an order of the shop."""
        (found,) = [row for row in self.documents() if row["NumAtCard"] == number]
        return found

    def partners(self) -> list[str]:
        """Codes of the business partners that came from the shop."""
        return [row["CardCode"] for row in self.ask("state/business_partners") if row.get("U_HubRef")]

    def receive(self, item: str, quantity: str, warehouse: str = "01") -> None:
        """Goods come in."""
        self.do("stock", item=item, warehouse=warehouse, quantity=quantity)

    def clerk_orders(self, item: str, quantity: int) -> None:
        """A clerk enters an order of a customer on the phone."""
        root = f"{self.url}/b1s/v2"
        with requests.Session() as session:
            login = {"CompanyDB": "SBODEMO", "UserName": "hub", "Password": "sandbox"}
            assert session.post(f"{root}/Login", json=login, timeout=PATIENCE).ok
            lines = [{"ItemCode": item, "Quantity": quantity, "WarehouseCode": "01", "VatGroup": "A2"}]
            order = {"CardCode": "C-GUEST", "DocDueDate": "2026-11-30", "DocumentLines": lines}
            answer = session.post(f"{root}/Orders", json=order, timeout=PATIENCE)
            assert answer.status_code == 201, answer.text
            session.post(f"{root}/Logout", timeout=PATIENCE)


def _plain(number: Decimal | int) -> str:
    return f"{Decimal(number).normalize():f}"
