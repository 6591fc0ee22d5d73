"""Amounts of money: how finely a currency counts. Pure."""

from __future__ import annotations

from decimal import Decimal

#: Decimals of the currencies that have not two (ISO 4217).
_DECIMALS = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)


def smallest(currency: str) -> Decimal:
    """The currency's smallest amount (ISO 4217)."""
    return Decimal(1).scaleb(-_DECIMALS.get(currency, 2))


def readable(price: Decimal) -> str:
    """A price as people write it: two decimals, unless it has more."""
    return f"{price:.2f}" if price == round(price, 2) else f"{price.normalize():f}"
