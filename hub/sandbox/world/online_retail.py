"""Loads a folder with the columns of the UCI "Online Retail" set into a world, mess and all.

What a shop can hold is loaded as it stands, so that the hub has to decide about it; what it cannot hold is counted
with its cause. No stock level, address or e-mail is known in the set, and prices carry no tax.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.sandbox.world.countries import ISO_CODES
from hub.sandbox.world.invoices import CUSTOM, DISCOUNT, PENNY, SHIPPING, ZONE, read_invoices
from hub.sandbox.world.loader import InvoiceLoader
from hub.sandbox.world.model import ZERO, Address, Customer, Item, World
from hub.sandbox.world.report import LoadReport

#: No level is known. Every item starts with more units than the set ever sells of one, so that no level falls below 0.
STOCK = Decimal(100_000)


def load_online_retail(folder: Path) -> tuple[World, LoadReport]:
    """The folder's records and what became of its invoices.

    Needs `lines.csv.gz` (or `lines.csv`), `products.csv` and `customers.csv`. Raises ValueError for a file that cannot
    be understood, with the place, and FileNotFoundError for one that is missing.
    """
    items = [_item(row) for row in _read(folder / "products.csv")]
    customers = [_customer(row) for row in _read(folder / "customers.csv")]
    invoices = read_invoices(folder)
    loader = InvoiceLoader({item.sku: item for item in items}, {buyer.key: buyer for buyer in customers}, invoices)
    for invoice in invoices:
        loader.load(invoice)
    world = World(
        currency="GBP",
        zone=ZONE,
        taxes_included=False,
        items=items,
        customers=customers,
        orders=loader.orders(),
        warehouses={"01": "Main warehouse"},
        locations={"L1": "Main warehouse"},
        tax_codes={"A0": ZERO},
    )
    return world, loader.report


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _item(row: dict[str, str]) -> Item:
    code, description = row["StockCode"], row["Description"]
    price = Decimal(row["MedianPrice"] or 0).quantize(PENNY, ROUND_HALF_UP)
    # Fees and carriage are items of the ERP too, but nobody counts them.
    goods = code not in SHIPPING | DISCOUNT | CUSTOM
    return Item(
        sku=code,
        name=description or code,
        price=price if price > 0 else None,
        stock={"01": STOCK} if goods else {},
        in_shop=bool(description.strip()) and price > 0,
        tracked=goods,
    )


def _customer(row: dict[str, str]) -> Customer:
    key = row["CustomerID"]
    countries = [ISO_CODES.get(name, "") for name in row["Countries"].split("|")]
    return Customer(
        key=key,
        first_name="Customer",
        last_name=key,
        addresses=tuple(Address("Customer", key, country_code=country) for country in countries if country),
        created_at=datetime.fromisoformat(row["FirstDate"]).replace(tzinfo=ZoneInfo(ZONE)),
    )
