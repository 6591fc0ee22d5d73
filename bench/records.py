"""What buyers, merchants and clerks do between two runs: new records and changes, all of them clean.

They go through the sandboxes' control APIs, as another user's work, so the hub learns of them only by reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from bench.control import Control
from bench.measure import CODE, EMAIL, NOTE, PLACES

VAT = "0.19"
#: Stock to begin with, enough for everything that is sold meanwhile.
_FULL = 10_000


@dataclass(slots=True)
class Work:
    """Adds and changes records. The same seed does the same things in the same order."""

    shop: Control
    erp: Control
    random: Random
    customers: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    #: Items that the shop has, so that they can be sold.
    sold: list[str] = field(default_factory=list)
    #: Orders that stand, and all there have been.
    orders: list[str] = field(default_factory=list)
    all_orders: list[str] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def begin(self, items: int = 6, customers: int = 3) -> None:
        """What is there before the first run."""
        for _ in range(items):
            self.new_item()
        self.sold = list(self.items)
        for _ in range(customers):
            self.new_customer()

    def on(self, object_name: str, amount: int) -> None:
        """So many new records of an object, and changes to some that are there."""
        done: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
            "customer": (self.new_customer, self.edit_customer),
            "product": (self.new_item, self.edit_item),
            "order": (self.new_order, self.cancel_order),
            "inventory": (self.move_stock, self.move_stock),
        }
        new, change = done[object_name]
        for place in range(amount):
            (change if place % 4 == 3 else new)()

    # -- in the shop ----------------------------------------------------------------------------------------------

    def new_customer(self) -> str:
        """A customer with an address; answers its id."""
        identity = str(self.shop.post("customers", self._person())["id"])
        self.customers.append(identity)
        return identity

    def edit_customer(self) -> None:
        """Another note on a customer."""
        fields = {"note": f"called {next(self._numbers)} times"}
        self.shop.post("edit", {"id": self.random.choice(self.customers), "fields": fields})

    def new_order(self, customer: str = "") -> None:
        """A paid order: by this customer, or by a guest, by somebody new, or by one who has bought before."""
        number = next(self._numbers)
        lines = [
            {"sku": sku, "quantity": self.random.randint(1, 3), "location": self.random.choice(list(PLACES.values()))}
            for sku in self.random.sample(self.sold, self.random.randint(1, 3))
        ]
        order: dict[str, Any] = {
            "lines": lines,
            "tax_rate": VAT,
            "note": NOTE,
            "email": f"buyer{number}{EMAIL}",
            "shipping_lines": [{"title": "Standard", "price": "4.90"}] if number % 3 else [],
            "shipping_address": self._address(),
        }
        kind = self.random.choice(["guest", "new", "known", "known"])
        if customer:
            order["customer"] = customer
        elif kind == "new":
            order["customer"] = self.new_customer()
        elif kind == "known":
            order["customer"] = self.random.choice(self.customers)
        self.orders.append(str(self.shop.post("orders", order)["id"]))
        self.all_orders.append(self.orders[-1])

    def cancel_order(self) -> None:
        """An order that was there already is called off, all of it."""
        if not self.orders:
            return
        order = self.orders.pop(self.random.randrange(len(self.orders)))
        self.shop.post("cancel", {"order": order})

    # -- in the ERP -----------------------------------------------------------------------------------------------

    def new_item(self, stock: int = _FULL) -> None:
        """An item with a price, and so much stock in both warehouses."""
        code = f"{CODE}{next(self._numbers):05}"
        self.erp.post(
            "items",
            {
                "ItemCode": code,
                "ItemName": f"Thing {code}",
                "SalesVATGroup": "A2",
                "BarCode": self._barcode(),
                "ItemPrices": [{"PriceList": 1, "Price": self._price(), "Currency": "EUR"}],
            },
        )
        for warehouse in PLACES if stock else ():
            self.erp.post("stock", {"item": code, "warehouse": warehouse, "set": stock})
        self.items.append(code)

    def edit_item(self, codes: Sequence[str] = ()) -> None:
        """Another barcode, which stamps the item, or another price, which does not; of one of these, or of any."""
        code = self.random.choice(codes or self.items)
        if self.random.random() < 0.5:
            self.erp.post("items", {"ItemCode": code, "BarCode": self._barcode()})
        else:
            self.erp.post("prices", {"item": code, "price": self._price()})

    def move_stock(self, codes: Sequence[str] = ()) -> None:
        """Goods come in: of one of these items, or of any that is sold."""
        units = self.random.randint(1, 50)
        place = self.random.choice(list(PLACES))
        self.erp.post("stock", {"item": self.random.choice(codes or self.sold), "warehouse": place, "quantity": units})

    # -- inside ---------------------------------------------------------------------------------------------------

    def _person(self) -> dict[str, Any]:
        number = next(self._numbers)
        return {
            "first_name": "Bea",
            "last_name": f"Bench {number}",
            "email": f"bea{number}{EMAIL}",
            "addresses": [self._address()],
        }

    def _address(self) -> dict[str, str]:
        number = self.random.randint(1, 99)
        return {
            "first_name": "Bea",
            "last_name": "Bench",
            "address1": f"Hafenstraße {number}",
            "city": "Hamburg",
            "zip": f"204{number:02}",
            "country_code": "DE",
        }

    def _price(self) -> Decimal:
        return Decimal(self.random.randint(100, 19_900)) / 100

    def _barcode(self) -> str:
        return str(self.random.randint(10**12, 10**13 - 1))
