"""Amounts of money: rounding to a currency's minor unit and the two ways Shopify writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

ZERO = Decimal(0)
#: Decimals of the currencies that have not two.
_DECIMALS = dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "UGX", "VND"), 0) | dict.fromkeys(
    ("BHD", "JOD", "KWD", "OMR", "TND"), 3
)


def decimals(currency: str) -> int:
    """How many decimals a currency's minor unit has."""
    return _DECIMALS.get(currency, 2)


@lru_cache(maxsize=64)
def _quantum(currency: str) -> Decimal:
    return Decimal(1).scaleb(-decimals(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the minor unit, halves away from zero."""
    return amount.quantize(_quantum(currency), ROUND_HALF_UP)


def tax_of(amount: Decimal, rate: Decimal, included: bool, currency: str) -> Decimal:
    """The tax in (`included`) or on `amount`, rounded by itself, as Shopify does per line."""
    if not rate or not amount:
        return ZERO
    return rounded(amount * rate / (1 + rate) if included else amount * rate, currency)


def share(total: Decimal, units: int, of: int, currency: str) -> Decimal:
    """What falls on the first `units` of `of` units; the shares of all units sum up to `total`."""
    if units >= of:
        return total
    return rounded(total * units / of, currency) if units > 0 else ZERO


@lru_cache(maxsize=65536)
def plain(amount: Decimal) -> str:
    """An amount as the Decimal scalar has it: no needless zeros, but at least one decimal ("25.0", "9.99")."""
    text = format(amount, "f")
    if "." not in text:
        return text + ".0"
    text = text.rstrip("0")
    return text + "0" if text.endswith(".") else text


def fixed(amount: Decimal, currency: str) -> str:
    """An amount as the Money scalar has it: with the currency's decimals ("24.00")."""
    return format(rounded(amount, currency), "f")
