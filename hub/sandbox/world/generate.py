"""Makes a world up: the same size and seed always give the same one."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.sandbox.world.made_customers import make_customers
from hub.sandbox.world.made_items import STANDARD, make_items
from hub.sandbox.world.made_orders import make_orders
from hub.sandbox.world.model import ZERO, World

ZONE = "Europe/Berlin"
#: The newest order is a little older than this, unless told otherwise.
UNTIL = datetime(2026, 11, 21, 18, tzinfo=ZoneInfo(ZONE))


def generate(size: int, seed: int = 1, until: datetime = UNTIL) -> World:
    """A shop that counts in euros, tax included, with about `size` items, customers and orders.

    Below two dozen the standing cast (one of every case that makes trouble) is all there is, and it is always whole.
    """
    items = make_items(size, seed)
    customers = make_customers(size, seed, until)
    return World(
        currency="EUR",
        zone=ZONE,
        taxes_included=True,
        items=items,
        customers=customers,
        orders=make_orders(size, seed, items, customers, until),
        warehouses={"01": "Hauptlager", "02": "Außenlager"},
        locations={"L1": "Hauptlager", "L2": "Außenlager"},
        tax_codes={"A2": STANDARD, "A0": ZERO},
    )
