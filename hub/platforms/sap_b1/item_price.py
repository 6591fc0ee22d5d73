"""What an item's price in its list is in the shop, and the way back. Pure.

Where the list is with tax and the shop is not, or the other way round, prices are converted by the rate of the item's
tax code, if the integration asks for it. The endpoint puts the rate into a native item only where that is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hub.errors import InvalidRecord
from hub.platforms.endpoint import Native
from hub.platforms.sap_b1.wire import decimal, text
from objects.money import smallest

#: Name the hub adds to a native item whose price is to be converted: the rate of its tax code (0.19), None = unknown.
TAX_RATE = "TaxRate"
#: Decimals of a price in the ERP.
_FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class PriceRules:
    """Which price of an item is the shop's, and what it means there."""

    price_list: int = 1
    currency: str = "EUR"
    #: True: the shop's prices include tax.
    gross: bool = True


def row_of(native: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row of the price list that feeds the shop; a native item has that one only."""
    return next(iter(native.get("ItemPrices") or ()), {})


def shop_price(native: Mapping[str, Any], rules: PriceRules) -> Decimal | None:
    """The price as the shop shows it; None where the list has none.

    Raises InvalidRecord for a price in another currency than the shop's, and for one that cannot be converted.
    """
    row = row_of(native)
    if row.get("Price") is None:
        return None
    price = decimal(row["Price"])
    currency = text(row.get("Currency"))
    if price and currency and currency != rules.currency:
        raise InvalidRecord(
            f"The price is in {currency}, the shop sells in {rules.currency}; prices are not converted.",
            detail="currency",
            fix=f"Enter the item's price in {rules.currency} in the price list that feeds the shop, then re-sync.",
        )
    if not price or TAX_RATE not in native:
        return price
    factor = 1 + _rate(native)
    converted = price * factor if rules.gross else price / factor
    return converted.quantize(smallest(rules.currency), ROUND_HALF_UP)


def list_row(price: Decimal, native: Mapping[str, Any], rules: PriceRules) -> Native:
    """The row of `ItemPrices` that makes the shop's price; it converts back to the same price."""
    if TAX_RATE in native:
        factor = 1 + _rate(native)
        price = (price / factor if rules.gross else price * factor).quantize(_FINEST, ROUND_HALF_UP)
    return {"PriceList": rules.price_list, "Price": price, "Currency": rules.currency}


def _rate(native: Mapping[str, Any]) -> Decimal:
    rate: Decimal | None = native[TAX_RATE]
    if rate is None:
        code = text(native.get("SalesVATGroup"))
        raise InvalidRecord(
            f"The price cannot be converted: {code or 'no code'} is no output tax code of the ERP.",
            detail="SalesVATGroup",
            fix="Give the item an output tax code in the ERP, then re-sync.",
        )
    return rate
