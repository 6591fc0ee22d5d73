"""The company of the acceptance scenarios: what shop and ERP hold, and the file that ties them together.

Gross shop in EUR, Berlin on both sides, VAT of 19 % (A2) and 0 % (A0), two warehouses paired with two locations.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import yaml

from hub.sandbox.world.model import Item, World

#: Ten o'clock in Berlin, the morning after the order placed "near midnight".
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
VAT = Decimal("0.19")
NAME = "acceptance"
#: Warehouse -> code of its location.
PAIRS = {"01": "L1", "02": "L2"}

SETTINGS: dict[str, Any] = {
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "prices_include_tax": True,
    "price_list": 1,
    "guest_customer": "C-GUEST",
    "exempt_tax_code": "A0",
    "default_warehouse": "01",
    "tax_mode": "determination",
    "tolerance": "0.05",
    "stock_buffer": 0,
    "freight_shipping": 1,
    "freight_tax": 2,
    "freight_rounding": 3,
    "freight_tip": 4,
    "order_cut_over": "2026-11-01T00:00:00+01:00",
    "cod_gateways": ["COD"],
}


def file(**changes: Any) -> str:
    """The integration's file, with other settings where a scenario asks for them."""
    return yaml.safe_dump(
        {
            "name": NAME,
            "shop": {
                "platform": "shopify",
                "name": "shop",
                "settings": {"base_url": "${SHOP}", "token": "${SHOP_TOKEN}"},
            },
            "erp": {
                "platform": "sap_b1",
                "name": "erp",
                "settings": {
                    "base_url": "${ERP}",
                    "company": "SBODEMO",
                    "user": "hub",
                    "password": "${ERP_PASSWORD}",
                    "zone": "Europe/Berlin",
                },
            },
            "settings": {**SETTINGS, **changes},
            "maps": {
                "location": [
                    {"shop": f"${{{location}}}", "erp": warehouse, "default": location == "L1"}
                    for warehouse, location in PAIRS.items()
                ],
                "payment": [
                    {"shop": "shopify_payments", "erp": "card:1"},
                    {"shop": "gift_card", "erp": "card:2"},
                    {"shop": "COD", "erp": "cash:1000"},
                ],
                "tax": [{"shop": "0.19", "erp": "A2"}, {"shop": "0", "erp": "A0"}],
            },
            "routes": [
                {"object": "customer", "direction": "shop_to_erp"},
                {"object": "product", "direction": "erp_to_shop", "policy": "all"},
                {"object": "order", "direction": "shop_to_erp"},
                {"object": "inventory", "direction": "erp_to_shop"},
            ],
        }
    )


def world(*, taxes_included: bool = True) -> World:
    """What both sides hold at first: each item under its SKU in the ERP and in the shop."""
    return World(
        currency="EUR",
        zone="Europe/Berlin",
        taxes_included=taxes_included,
        items=[
            _item("MUG", "11.90", {"01": Decimal(100), "02": Decimal(40)}),
            _item("TEE-M", "35.70", {"01": Decimal(20)}),
            Item("GIFT25", "Gift card", Decimal("25.00"), in_shop=True, tracked=False, gift_card=True),
            # Sold by the whole unit; the ERP keeps its stock with decimals.
            _item("CABLE", "2.00", {"01": Decimal(0)}),
        ],
        customers=[],
        orders=[],
        warehouses={"01": "Main", "02": "Second"},
        locations={"L1": "Main", "L2": "Second"},
        tax_codes={"A2": VAT, "A0": Decimal(0)},
    )


def _item(sku: str, price: str, stock: dict[str, Decimal]) -> Item:
    return Item(sku, sku.title(), Decimal(price), in_shop=True, stock=stock, tax_rate=VAT)
