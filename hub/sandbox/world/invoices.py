"""The invoice lines of an online-retail folder, read as a stream and gathered by invoice."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = "Europe/London"
PENNY = Decimal("0.01")

#: Codes that are no goods, and what they are in an order.
SHIPPING = frozenset({"POST", "DOT", "C2"})
DISCOUNT = frozenset({"D"})
CUSTOM = frozenset({"M", "m", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"})

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


class InvoiceLine(NamedTuple):
    """One line as the folder has it. `price` is per unit, in pounds without tax, to the penny."""

    code: str
    description: str
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """Price times quantity; negative where goods come back."""
        return self.price * self.quantity


class Invoice:
    """One invoice with its lines in the folder's order."""

    __slots__ = ("country", "created_at", "customer", "lines", "number")

    def __init__(self, number: str, created_at: datetime, customer: str, country: str) -> None:
        self.number = number
        self.created_at = created_at
        self.customer = customer
        self.country = country
        self.lines: list[InvoiceLine] = []

    @property
    def is_cancellation(self) -> bool:
        """Whether the invoice only takes back what others sold."""
        return self.number.startswith("C")

    @property
    def buyer(self) -> str:
        """Whose units it sells or takes back. A guest is nobody who would be known again by another invoice."""
        return self.customer or f"guest of {self.number}"

    @property
    def returned(self) -> list[InvoiceLine]:
        """The lines that take units back; a discount has none."""
        return [line for line in self.lines if line.quantity < 0 and line.code not in DISCOUNT]


def read_invoices(folder: Path) -> list[Invoice]:
    """Every invoice of `lines.csv.gz` (or `lines.csv`), the oldest first.

    An invoice whose lines carry several times is as old as the first of them. Raises ValueError for a line that cannot
    be read, with its place.
    """
    invoices: dict[str, Invoice] = {}
    with _open_lines(folder) as (name, file):
        reader = csv.reader(file)
        try:
            _expect_columns(next(reader, []))
            for row in reader:
                _gather(invoices, row)
        except (ValueError, InvalidOperation, csv.Error) as error:
            raise ValueError(f"{name}, line {reader.line_num}: {error}") from error
    return sorted(invoices.values(), key=lambda invoice: (invoice.created_at, invoice.number))


def _expect_columns(header: list[str]) -> None:
    if tuple(header) != COLUMNS:
        raise ValueError(f"the columns must be {', '.join(COLUMNS)}, and are {', '.join(header)}")


def _gather(invoices: dict[str, Invoice], row: list[str]) -> None:
    number, code, description, quantity, when, price, customer, country = row
    created_at = _time(when)
    invoice = invoices.get(number)
    if invoice is None:
        invoice = invoices[number] = Invoice(number, created_at, customer, country)
    elif created_at < invoice.created_at:
        invoice.created_at = created_at
    if not invoice.customer:
        invoice.customer = customer
    invoice.lines.append(_line(code, description, quantity, price))


@contextmanager
def _open_lines(folder: Path) -> Iterator[tuple[str, io.TextIOBase]]:
    packed, plain = folder / "lines.csv.gz", folder / "lines.csv"
    if packed.exists():
        with gzip.open(packed, "rb") as stream, io.TextIOWrapper(stream, "utf-8", newline="") as file:
            yield packed.name, file
    else:
        with plain.open(encoding="utf-8", newline="") as file:
            yield plain.name, file


@cache
def _line(code: str, description: str, quantity: str, price: str) -> InvoiceLine:
    # Most lines of the set say what another one says; one copy of each keeps the memory modest.
    return InvoiceLine(code, description, int(quantity), _price(price))


@cache
def _price(text: str) -> Decimal:
    # A shop that counts in pounds keeps prices to the penny; four lines of the set cost a tenth of one.
    return Decimal(text).quantize(PENNY)


@cache
def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))
