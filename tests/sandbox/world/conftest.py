"""Small folders with the columns of the online-retail set, written line by line."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from hub.sandbox.world import load_online_retail
from hub.sandbox.world.model import Order, World
from hub.sandbox.world.report import LoadReport

LINES = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
PRODUCTS = ("StockCode", "Description", "MedianPrice")
CUSTOMERS = ("CustomerID", "Countries", "FirstDate")


class Folder:
    """A folder under construction. The customers 1 and 2 and the products MUG and POST are there from the start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[tuple[object, ...]] = []
        self.products = [("MUG", "A mug", "2.55"), ("POST", "POSTAGE", "18.00")]
        self.customers = [("1", "United Kingdom", "2010-12-01 08:26:00"), ("2", "EIRE|France", "2010-12-01 08:26:00")]

    def line(  # noqa: PLR0917
        self,
        invoice: str,
        code: str = "MUG",
        quantity: int = 1,
        price: str = "2.55",
        customer: str = "1",
        at: str = "2010-12-01 08:26:00",
        country: str = "United Kingdom",
        description: str = "A mug",
    ) -> Folder:
        self.lines.append((invoice, code, description, quantity, at, price, customer, country))
        return self

    def load(self, packed: bool = False) -> tuple[World, LoadReport]:
        _write(self.path / "lines.csv", LINES, self.lines)
        _write(self.path / "products.csv", PRODUCTS, self.products)
        _write(self.path / "customers.csv", CUSTOMERS, self.customers)
        if packed:
            plain = self.path / "lines.csv"
            (self.path / "lines.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
            plain.unlink()
        return load_online_retail(self.path)

    def load_order(self) -> Order:
        world, _ = self.load()
        [order] = world.orders
        return order


def _write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
