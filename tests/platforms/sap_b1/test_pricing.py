"""Unit prices multiply back to the line's total, whatever the decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.platforms.sap_b1.pricing import priced_rows, rounded


def total(rows: list[tuple[Decimal, Decimal]], decimals: int = 2) -> Decimal:
    """What the ERP makes of the rows: each is rounded by itself."""
    return sum((rounded(units * price, decimals) for units, price in rows), Decimal(0))


def test_six_decimals_are_enough_for_three_units() -> None:
    rows = priced_rows(Decimal("25.70"), 3, price_decimals=6, total_decimals=2)
    assert rows == [(Decimal(3), Decimal("8.566667"))]


def test_with_two_decimals_one_unit_is_split_off() -> None:
    rows = priced_rows(Decimal("25.70"), 3, price_decimals=2, total_decimals=2)
    assert rows == [(Decimal(2), Decimal("8.56")), (Decimal(1), Decimal("8.58"))]


@pytest.mark.parametrize("price_decimals", [0, 2, 4, 6])
@pytest.mark.parametrize("amount", ["0", "0.01", "0.05", "1", "25.70", "99999.99", "-3.33"])
@pytest.mark.parametrize("quantity", [1, 2, 3, 7, 1114, 80995])
def test_rows_always_come_to_the_total(amount: str, quantity: int, price_decimals: int) -> None:
    wanted = Decimal(amount)
    rows = priced_rows(wanted, quantity, price_decimals=price_decimals, total_decimals=2)
    assert total(rows) == wanted
    assert sum(units for units, _ in rows) == quantity
    assert all(units > 0 for units, _ in rows)
    assert all(price * wanted >= 0 for _, price in rows)


def test_a_currency_without_decimals_works_too() -> None:
    rows = priced_rows(Decimal(1000), 3, price_decimals=0, total_decimals=0)
    assert rows == [(Decimal(2), Decimal(333)), (Decimal(1), Decimal(334))]
