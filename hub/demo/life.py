"""What people do at the shop and at the ERP while the demo runs on: orders come in, prices and stock change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from hub.demo.processes import Sandbox

CENT = Decimal("0.01")


@dataclass(slots=True)
class Life:
    """Errands in both systems, one at a time."""

    shop: Sandbox
    erp: Sandbox
    random: Random = field(default_factory=lambda: Random(1))

    def go_on(self) -> str:
        """Do one errand; tells what it was."""
        errands: list[Callable[[], str]] = [self._order, self._order, self._price, self._receipt, self._customer]
        return self.random.choice(errands)()

    def _order(self) -> str:
        sold = [row for row in self._items() if row["sku"] and Decimal(row["price"]) > 0]
        lines = [
            {"sku": row["sku"], "quantity": self.random.randint(1, 3), "price": str(row["price"])}
            for row in self.random.sample(sold, min(len(sold), self.random.randint(1, 3)))
        ]
        body = {"lines": lines, "tax_rate": "0.19", "email": "guest@example.com"}
        order = self.shop.ask("orders", method="POST", body=body)
        return f"in the shop: order {order['name']} over {order['current_total']}"

    def _customer(self) -> str:
        number = self.random.randint(1000, 9999)
        body = {"first_name": "Ada", "last_name": f"Nowak-{number}", "email": f"ada.{number}@example.com"}
        self.shop.ask("customers", method="POST", body=body)
        return f"in the shop: a new customer, Ada Nowak-{number}"

    def _price(self) -> str:
        row = self.random.choice([row for row in self._items() if row["sku"] and Decimal(row["price"]) > 0])
        price = (Decimal(row["price"]) * self.random.randint(90, 110) / 100).quantize(CENT)
        self.erp.ask("prices", method="POST", body={"item": row["sku"], "price": str(price)})
        return f"in the ERP: {row['sku']} costs {price} now"

    def _receipt(self) -> str:
        row = self.random.choice([row for row in self._items() if row["sku"]])
        quantity = self.random.randint(5, 50)
        self.erp.ask("stock", method="POST", body={"item": row["sku"], "warehouse": "01", "quantity": quantity})
        return f"in the ERP: {quantity} of {row['sku']} came in"

    def _items(self) -> list[dict[str, Any]]:
        """Variants of the shop that the ERP knows as well."""
        known = {row["ItemCode"] for row in self.erp.ask("state/items?fields=ItemCode")}
        rows: list[dict[str, Any]] = self.shop.ask("state/variants?fields=sku,price")
        return [row for row in rows if row["sku"] in known]
