"""How few calls the hub needs: for stock, for orders, and for a batch that holds one bad row.

Calls are counted by the sandboxes. Stock: 1,000 rows (one level each) are changed in the ERP and brought to the shop,
then the route runs again with nothing changed. Orders: 1,000 of up to 50 lines are placed and imported. Poison: of 250
changed rows the shop can take 249.
"""

from __future__ import annotations

from typing import Any

from bench.control import Control
from bench.pair import Cores, Desk, Pair, Say, desk, pair
from hub.sandbox.world.plain_items import sku_of

ROWS, ORDERS, BATCH = 1000, 1000, 250
MOST_LINES = 50
#: Calls that write stock.
WRITES = ("inventorySetQuantities", "inventoryActivate", "inventoryAdjustQuantities")
#: More units than a shop counts at one place.
TOO_MANY = 2_000_000_000


def run(say: Say, rows: int = ROWS, orders: int = ORDERS, batch: int = BATCH) -> dict[str, Any]:
    """The whole bench; `rows` is at least `batch`."""
    say(f"calls: {rows} changed stock rows, {orders} orders of up to {MOST_LINES} lines, {batch} rows with a bad one.")
    cores = Cores.of_machine()
    with (
        pair(["--items", str(rows), "--bucket", "1e9", "--points-per-second", "1e9"], cores.sandbox) as sides,
        # Every level there is changes here, which any other run would be held for.
        desk(sides, {"hold_changed_percent": 100}) as hub,
    ):
        hub.run("product", "erp_to_shop", "initialize")
        hub.run("inventory", "erp_to_shop", "initialize")
        stock, unchanged = _stock(sides, hub, rows, say)
        of_orders, of_erp = _orders(sides, hub, rows, orders, say)
        landed = _poison(sides, hub, batch, say)
    return {
        "bench": "calls",
        "stock_per_1000": round(stock * 1000 / rows, 2),
        "stock_unchanged_writes": unchanged,
        "orders_per_1000": round(of_orders * 1000 / orders, 2),
        "orders_erp_calls_per_1000": round(of_erp * 1000 / orders, 2),
        "poison_landed": landed,
        "ok": (stock * 1000 / rows <= 8 and unchanged == 0 and of_orders * 1000 / orders <= 20 and landed == batch - 1),
    }


class Calls:
    """The calls a side has seen since this was made."""

    def __init__(self, side: Control) -> None:
        self._side = side
        self._before = side.counts()

    def by_name(self) -> dict[str, int]:
        """By operation, those that came."""
        return {
            name: count - self._before.get(name, 0)
            for name, count in self._side.counts().items()
            if count > self._before.get(name, 0)
        }

    def total(self) -> int:
        """All of them."""
        return sum(self.by_name().values())

    def named(self, *names: str) -> int:
        """Those of certain operations."""
        found = self.by_name()
        return sum(found.get(name, 0) for name in names)


def _stock(sides: Pair, hub: Desk, rows: int, say: Say) -> tuple[int, int]:
    """(shop calls for so many changed rows, writes when nothing has changed)."""
    for number in range(rows):
        sides.erp.post("stock", {"item": sku_of(number), "warehouse": "01", "set": 500 + number % 100})
    calls = Calls(sides.shop)
    ran = hub.run("inventory", "erp_to_shop", "changes")
    say(f"  stock: {ran.counts['updated']} levels set by {calls.total()} shop calls: {calls.by_name()}")
    if ran.counts["updated"] != rows:
        raise RuntimeError(f"{rows} levels should have been set: {ran.counts}")
    needed, again = calls.total(), Calls(sides.shop)
    hub.run("inventory", "erp_to_shop", "changes")
    say(f"  stock, nothing changed: {again.by_name()}")
    return needed, again.named(*WRITES)


def _orders(sides: Pair, hub: Desk, rows: int, orders: int, say: Say) -> tuple[int, int]:
    """(shop calls, ERP calls) for so many new orders."""
    for number in range(orders):
        lines = [
            {"sku": sku_of((number * 7 + place) % rows), "quantity": 1 + place % 3, "location": "L1"}
            for place in range(1 + number % MOST_LINES)
        ]
        buyer = {"first_name": "Bea", "last_name": "Bench", "address1": "Hafenstraße 1", "city": "Hamburg"}
        address = {**buyer, "zip": "20457", "country_code": "DE"}
        sides.shop.post(
            "orders",
            {"lines": lines, "tax_rate": "0.19", "email": f"buyer{number}@bench.example", "shipping_address": address},
        )
    shop, erp = Calls(sides.shop), Calls(sides.erp)
    ran = hub.run("order", "shop_to_erp", "changes")
    say(f"  orders: {ran.counts['created']} made by {shop.total()} shop calls: {shop.by_name()}")
    say(f"  orders, ERP: {erp.total()} calls: {erp.by_name()}")
    if ran.counts["created"] != orders:
        raise RuntimeError(f"{orders} orders should have been made: {ran.counts}")
    return shop.total(), erp.total()


def _poison(sides: Pair, hub: Desk, batch: int, say: Say) -> int:
    """How many rows of a batch land that holds one which the shop refuses."""
    wanted = {}
    for number in range(batch):
        units = TOO_MANY if number == batch // 2 else 5_000 + number
        sides.erp.post("stock", {"item": sku_of(number), "warehouse": "01", "set": units})
        wanted[sku_of(number)] = units
    before = {row["sku"]: row["on_hand"] for row in _levels(sides)}
    ran = hub.run("inventory", "erp_to_shop", "changes")
    landed = sum(1 for row in _levels(sides) if row["sku"] in wanted and row["on_hand"] != before[row["sku"]])
    say(f"  poison: {landed} of {batch} rows landed; {ran.counts}")
    return landed


def _levels(sides: Pair) -> list[dict[str, Any]]:
    rows = sides.shop.state("inventory", ["sku", "location_code", "on_hand"])
    return [row for row in rows if row["location_code"] == "L1"]
