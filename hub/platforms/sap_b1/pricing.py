"""Unit prices that multiply back to a line's total. Pure."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

#: (units, price of one).
PricedRow = tuple[Decimal, Decimal]


def unit_of(decimals: int) -> Decimal:
    """The smallest step of a number with so many decimals: 0.01 for 2."""
    return Decimal(1).scaleb(-decimals)


def rounded(value: Decimal, decimals: int) -> Decimal:
    """The value as the ERP rounds it: half away from zero."""
    return value.quantize(unit_of(decimals), ROUND_HALF_UP)


def priced_rows(total: Decimal, quantity: int, *, price_decimals: int, total_decimals: int) -> list[PricedRow]:
    """One row at `total / quantity`, or two where that does not give the total again.

    25.70 for 3 is 8.566667 each with six decimals; with two it is 8.57, which makes 25.71: then two units at 8.56 and
    one at 8.58. The prices of both rows have the sign of the total, however small it is.
    """
    units = Decimal(quantity)
    price = rounded(total / units, price_decimals)
    if quantity == 1 or rounded(price * units, total_decimals) == total:
        return [(units, total if quantity == 1 else price)]
    lower = (total / units).quantize(unit_of(price_decimals), ROUND_DOWN)
    most = units - 1
    return [(most, lower), (Decimal(1), total - rounded(lower * most, total_decimals))]
