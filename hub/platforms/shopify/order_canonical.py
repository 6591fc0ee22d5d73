"""An order of the shop in the hub's form. Pure; see `objects/order.py` for what each field means."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.platforms.endpoint import Native
from hub.platforms.shopify import address
from hub.platforms.shopify.native import Node, amount
from hub.platforms.shopify.order_money import (
    ZERO,
    Refunded,
    Share,
    Taken,
    Tax,
    line_share,
    settle,
    shipping_share,
    without_foreign_tax,
)
from objects.base import Mapped, Ref
from objects.money import smallest

_PAID = frozenset({"SALE", "CAPTURE", "AUTHORIZATION"})
_COUNTS = frozenset({"SUCCESS", "PENDING"})
#: Fulfilment orders in these states hold units that are still to be shipped.
_OPEN = frozenset({"OPEN", "IN_PROGRESS", "SCHEDULED", "ON_HOLD"})


@dataclass(frozen=True, slots=True)
class _Charge:
    """What is left of a charge at the head of the order."""

    kind: str
    title: str
    share: Share


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line is shipped from, and how many of its units still are to be."""

    location: str
    open: int


def canonical(native: Native, shop_country: str) -> dict[str, Any]:
    """Translate to the input of `OrderSchema`. `shop_country` decides the tax code where there is no address."""
    lines, charges, total = _money(native)
    foreign = _tax_of([*lines, *(charge.share for charge in charges)], ours=False)
    tax_code = _TaxCode(country_of(native) or shop_country, native["taxesIncluded"])
    places = _places(native["fulfillmentOrders"])
    return {
        **_head(native),
        "lines": [
            _line(line, tax_code.ours(share), places.get(line["id"]), tax_code)
            for line, share in zip(native["lineItems"], lines, strict=True)
        ],
        "charges": [_charge(charge, tax_code.ours(charge.share), tax_code) for charge in charges],
        "payments": [_payment(one) for one in native["transactions"] if _counts(one)],
        "refunds": [_refund(one) for one in native["refunds"]],
        "total": total - foreign,
        "total_tax": _tax_of([*lines, *(charge.share for charge in charges)], ours=True),
    }


def _tax_of(shares: Sequence[Share], *, ours: bool) -> Decimal:
    return sum((tax.amount for share in shares for tax in share.taxes if tax.ours is ours), ZERO)


def _head(native: Native) -> dict[str, Any]:
    presentment = native["currentTotalPriceSet"]["presentmentMoney"]
    foreign = native["presentmentCurrencyCode"] != native["currencyCode"]
    billing, shipping, customer = native["billingAddress"], native["shippingAddress"], native["customer"]
    return {
        "number": native["name"],
        "placed_at": native["processedAt"],
        "currency": native["currencyCode"],
        "taxes_included": native["taxesIncluded"],
        "financial_status": native["displayFinancialStatus"] or "",
        "shipped": any(one["status"] == "SUCCESS" for one in native["fulfillments"]),
        "cancelled_at": native["cancelledAt"],
        "closed": native["closed"],
        "edited": native["edited"],
        "test": native["test"],
        "on_hold": any(one["status"] == "ON_HOLD" for one in native["fulfillmentOrders"]),
        "high_risk": native["risk"]["recommendation"] == "CANCEL",
        "payment_terms": native.get("paymentTerms") is not None,
        "source": native["sourceName"] or "",
        "tags": native["tags"],
        "note": native["note"] or "",
        "email": native["email"] or "",
        "phone": native["phone"] or "",
        "customer": Ref("customer", customer["id"]) if customer else None,
        "billing": address.canonical(billing) if billing else None,
        "shipping": address.canonical(shipping) if shipping else None,
        "discount_codes": native["discountCodes"],
        "presentment_currency": native["presentmentCurrencyCode"] if foreign else "",
        "presentment_total": Decimal(presentment["amount"]) if foreign else None,
    }


# -- money --------------------------------------------------------------------------------------------------------


def _money(native: Native) -> tuple[list[Share], list[_Charge], Decimal]:
    """What is left of each line, what is left of each charge, and the total they sum up to."""
    unit = smallest(native["currencyCode"])
    refunded = Refunded.of(native["refunds"])
    lines = [line_share(line, refunded.lines.get(line["id"], Taken()), unit) for line in native["lineItems"]]
    charges = _charges(native, refunded, unit)
    # Cash is rounded when it is paid, so the shop's total is without it; what is posted must equal what was paid.
    total = amount(native["currentTotalPriceSet"]) + amount(native["totalCashRoundingAdjustment"]["paymentSet"])
    left_over = total - _sum([*lines, *(charge.share for charge in charges)], native["taxesIncluded"])
    rates = {tax.rate for share in (*lines, *(charge.share for charge in charges)) for tax in share.taxes}
    given_back = _refund_without_items(refunded.other, rates, native["taxesIncluded"])
    if given_back.total and left_over - _sum([given_back], native["taxesIncluded"]) == 0:
        # Money given back for no line is a charge below zero, where the shop's total counts it.
        charges.append(_Charge("shipping", "Refund without items", given_back))
        left_over = ZERO
    return settle(lines, left_over, unit), charges, total


def _sum(shares: Sequence[Share], included: bool) -> Decimal:
    return sum((share.total if included else share.total + share.tax for share in shares), ZERO)


def _charges(native: Native, refunded: Refunded, unit: Decimal) -> list[_Charge]:
    charges = [
        _Charge("shipping", line["title"] or "", shipping_share(line, refunded.shipping.get(line["id"], Taken()), unit))
        for line in native["shippingLines"]
        if not line["isRemoved"]
    ]
    charges += [
        _Charge("tip", "Tip", Share(amount(native["totalTipReceivedSet"]))),
        _Charge("duty", "Duties", Share(amount(native["currentTotalDutiesSet"]))),
        _Charge("duty", "Fees", Share(amount(native["currentTotalAdditionalFeesSet"]))),
        _Charge("cash_rounding", "Cash rounding", Share(amount(native["totalCashRoundingAdjustment"]["paymentSet"]))),
    ]
    return [charge for charge in charges if charge.share.total or charge.share.tax]


def _refund_without_items(other: Taken, rates: Collection[Decimal], included: bool) -> Share:
    """Money that was given back for no line, as a charge; its rate is the order's that its tax comes closest to."""
    nearest = other.tax / other.amount if other.amount else ZERO
    rate = min(rates, key=lambda known: abs(known - nearest), default=nearest.quantize(Decimal("0.001")))
    taxes = (Tax("", rate, -other.tax),) if other.tax else ()
    return Share(-(other.amount + other.tax) if included else -other.amount, taxes)


@dataclass(frozen=True, slots=True)
class _TaxCode:
    """Keys of the tax map, most specific first: country, rate, and whether prices include it."""

    country: str
    included: bool

    def ours(self, share: Share) -> Share:
        """The share without what the marketplace collects."""
        return without_foreign_tax(share, included=self.included)

    def of(self, taxes: Sequence[Tax]) -> Mapped:
        """The key for what bears these taxes; several taxes count as one of their sum."""
        rate = _rate(sum((tax.rate for tax in taxes), ZERO))
        plain = [f"{self.country} {rate}", rate] if self.country else [rate]
        keys = [key for bare in plain for key in (f"{bare} included", bare)] if self.included else plain
        return Mapped("tax", keys[0], tuple(keys[1:]))


def _rate(rate: Decimal) -> str:
    return format(rate.normalize(), "f") if rate else "0"


def country_of(native: Native) -> str | None:
    """Where the order goes to, or else who pays it lives; None = the order does not tell."""
    for place in (native["shippingAddress"], native["billingAddress"]):
        if place and place["countryCodeV2"]:
            return str(place["countryCodeV2"])
    return None


# -- parts --------------------------------------------------------------------------------------------------------


def _places(fulfilment_orders: Sequence[Node]) -> dict[str, _Place]:
    """For each line, the location of the fulfilment order that has most to do with it, and the open units."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for order in fulfilment_orders:
        if order["status"] == "CANCELLED":
            continue
        location = (order["assignedLocation"]["location"] or {}).get("id", "")
        for row in order["lineItems"]:
            still = row["remainingQuantity"] if order["status"] in _OPEN else 0
            found.setdefault(row["lineItem"]["id"], []).append((still, row["totalQuantity"], location))
    return {line: _Place(max(rows)[2], sum(row[0] for row in rows)) for line, rows in found.items()}


def _line(line: Node, share: Share, place: _Place | None, tax_code: _TaxCode) -> dict[str, Any]:
    variant = (line["variant"] or {}).get("id", "")
    location = place.location if place else ""
    stand_in = ("gift_card_item", "stand_in_item") if line["isGiftCard"] else ("stand_in_item",)
    return {
        "id": line["id"],
        "title": line["name"],
        "sku": line["sku"] or "",
        "item": Ref("variant", variant, code=line["sku"] or "", stand_in=stand_in),
        "quantity": line["currentQuantity"],
        "ordered": line["quantity"],
        "open_quantity": place.open if place else 0,
        "total": share.total,
        "tax": [_tax(tax) for tax in share.taxes],
        "tax_code": tax_code.of(share.taxes),
        "warehouse": Mapped("location", location) if location else None,
        "location": location,
        "variant": variant,
        "gift_card": line["isGiftCard"],
    }


def _charge(charge: _Charge, share: Share, tax_code: _TaxCode) -> dict[str, Any]:
    return {
        "kind": charge.kind,
        "title": charge.title,
        "total": share.total,
        "tax": [_tax(tax) for tax in share.taxes],
        "tax_code": tax_code.of(share.taxes),
    }


def _tax(tax: Tax) -> dict[str, Any]:
    return {"title": tax.title, "rate": tax.rate, "amount": tax.amount}


def _counts(transaction: Node) -> bool:
    return transaction["kind"] in _PAID and transaction["status"] in _COUNTS


def _payment(transaction: Node) -> dict[str, Any]:
    gateway = transaction["gateway"] or ""
    return {
        "id": transaction["id"],
        "kind": transaction["kind"],
        "status": transaction["status"],
        "gateway": gateway,
        "account": Mapped("payment", gateway),
        "amount": amount(transaction["amountSet"]),
    }


def _refund(refund: Node) -> dict[str, Any]:
    return {"id": refund["id"], "created_at": refund["createdAt"], "total": amount(refund["totalRefundedSet"])}
