"""The real Online Retail set, whole: nothing is lost, and what is loaded is what the set says."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from hub.sandbox.world import load_online_retail
from hub.sandbox.world.model import Order, World
from hub.sandbox.world.money import order_total
from hub.sandbox.world.report import LoadReport


@pytest.fixture(scope="module")
def folder(reference: Path) -> Path:
    return reference / "data" / "online-retail"


@pytest.fixture(scope="module")
def loaded(folder: Path) -> tuple[World, LoadReport]:
    return load_online_retail(folder)


def test_every_invoice_is_an_order_a_refund_or_has_its_cause(loaded: tuple[World, LoadReport]) -> None:
    _, report = loaded
    result = report.to_json()
    assert result["invoices"] == result["orders"] + result["refunds"] + sum(result["not_loadable"].values()) == 25_900
    assert result == {
        "invoices": 25_900,
        "orders": 20_640,
        "refunds": 3_022,
        "not_loadable": {
            "bad_debt": 3,
            "cancellation_of_no_order": 632,
            "cancellation_without_customer": 182,
            "only_shipping": 85,
            "stock_adjustment": 1_336,
        },
        "unmatched_lines": {
            "discount": 77,
            "more_units_than_ordered": 79,
            "no_customer": 383,
            "not_ordered_before": 1_230,
            "other_price": 338,
        },
    }


def test_every_product_and_customer_is_there(loaded: tuple[World, LoadReport]) -> None:
    world, _ = loaded
    assert (len(world.items), sum(item.in_erp for item in world.items)) == (4_070, 4_070)
    assert sum(item.in_shop for item in world.items) == 3_937
    spellings = Counter(item.sku.lower() for item in world.items)
    assert sum(count == 2 for count in spellings.values()) == 112
    assert len({customer.key for customer in world.customers}) == len(world.customers) == 4_372


def test_every_order_comes_to_what_the_set_says_and_is_paid(loaded: tuple[World, LoadReport], folder: Path) -> None:
    world, _ = loaded
    with gzip.open(folder / "orders.csv.gz", "rt", encoding="utf-8") as file:
        expected = {
            row["InvoiceNo"]: (
                Decimal(row["NetAmount"]).quantize(Decimal("0.01")),
                int(row["Lines"]),
                row["CustomerID"],
            )
            for row in csv.DictReader(file)
        }
    for order in world.orders:
        total = order_total(order.lines, order.shipping_lines)
        lines = len(order.lines) + len(order.shipping_lines)
        assert (total, lines, order.customer) == expected[order.name.removeprefix("#")], order.name
        assert sum(transaction.amount for transaction in order.transactions) == total
    assert len({order.name for order in world.orders}) == len(world.orders)
    assert max(len(order.lines) + len(order.shipping_lines) for order in world.orders) == 1_114
    assert sum(not order.transactions for order in world.orders) == 760


def test_refunds_take_back_no_more_than_was_sold_and_no_more_than_was_cancelled(
    loaded: tuple[World, LoadReport], folder: Path
) -> None:
    world, report = loaded
    cancelled: dict[tuple[str, str, Decimal], int] = defaultdict(int)
    with gzip.open(folder / "lines.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["InvoiceNo"].startswith("C"):
                cancelled[row["InvoiceNo"], row["StockCode"], Decimal(row["UnitPrice"])] -= int(row["Quantity"])
    for order in world.orders:
        take_back(order, cancelled)
    assert all(units >= 0 for units in cancelled.values())
    assert len({refund.note for order in world.orders for refund in order.refunds}) == report.refunds


def take_back(order: Order, cancelled: dict[tuple[str, str, Decimal], int]) -> None:
    """Check the refunds of one order and take their units off the cancellations they came from."""
    left = [line.quantity for line in order.lines]
    for refund in order.refunds:
        assert refund.created_at >= order.created_at
        assert refund.lines or refund.shipping
        for taken in refund.lines:
            line = order.lines[taken.line]
            left[taken.line] -= taken.quantity
            cancelled[refund.note, line.sku or "M", line.unit_price] -= taken.quantity
    assert all(units >= 0 for units in left), order.name
    assert sum(refund.shipping for refund in order.refunds) <= sum(line.price for line in order.shipping_lines)
    assert len({refund.note for refund in order.refunds}) == len(order.refunds)
