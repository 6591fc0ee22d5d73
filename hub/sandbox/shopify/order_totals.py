"""The figures of an order, derived from its lines, refunds and transactions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from hub.sandbox.shopify.money import ZERO, share
from hub.sandbox.shopify.order_records import Order, OrderLine, OrderShipping, TaxLine

RECEIVING = frozenset({"SALE", "CAPTURE"})


def line_amount(order: Order, line: OrderLine, units: int) -> Decimal:
    """What `units` of a line cost after discounts; the parts of a line sum up to its total."""
    return share(line.total, units, line.quantity, order.currency)


def line_tax(order: Order, line: OrderLine, units: int) -> Decimal:
    """The tax on `units` of a line."""
    return share(line.tax, units, line.quantity, order.currency)


def sold_units(line: OrderLine) -> int:
    """Units after edits and before returns."""
    return line.quantity - line.edited_off


def subtotal(order: Order) -> Decimal:
    """Goods after discounts, before returns."""
    return sum((line_amount(order, line, sold_units(line)) for line in order.lines), ZERO)


def current_subtotal(order: Order) -> Decimal:
    """Goods after discounts and returns."""
    return sum((line_amount(order, line, line.current) for line in order.lines), ZERO)


def _charges(order: Order) -> list[OrderShipping]:
    return [line for line in order.shipping if not line.removed]


def shipping(order: Order) -> Decimal:
    """Carriage after discounts, before refunds."""
    return sum((line.total for line in _charges(order)), ZERO)


def refunded_shipping(order: Order) -> Decimal:
    """Carriage given back."""
    return sum((part[2] for refund in order.refunds for part in refund.shipping), ZERO)


def refunded_shipping_tax(order: Order) -> Decimal:
    """Tax on the carriage given back."""
    return sum((part[3] for refund in order.refunds for part in refund.shipping), ZERO)


def total_tax(order: Order) -> Decimal:
    """Tax on goods and carriage, before returns."""
    goods = sum((line_tax(order, line, sold_units(line)) for line in order.lines), ZERO)
    return goods + sum((line.tax for line in _charges(order)), ZERO)


def current_tax(order: Order) -> Decimal:
    """Tax after returns."""
    goods = sum((line_tax(order, line, line.current) for line in order.lines), ZERO)
    return goods + sum((line.tax for line in _charges(order)), ZERO) - refunded_shipping_tax(order)


def total(order: Order) -> Decimal:
    """What the order costs before returns: goods, carriage, tip, and the tax where prices have none."""
    extra = ZERO if order.taxes_included else total_tax(order)
    return subtotal(order) + shipping(order) + order.tip + extra


def adjustments(order: Order) -> Decimal:
    """Money that refunds gave back beyond goods and carriage (negative: kept)."""
    return -sum((part[2] + part[3] for refund in order.refunds for part in refund.adjustments), ZERO)


def current_total(order: Order) -> Decimal:
    """What the order costs after edits, returns, refunded carriage and money-only refunds."""
    extra = ZERO if order.taxes_included else current_tax(order)
    carriage = shipping(order) - refunded_shipping(order)
    # A tip that was only promised goes with the order; one that was paid goes back as an adjustment of the refund.
    tip = ZERO if order.cancelled_at is not None and not received(order) else order.tip
    return current_subtotal(order) + carriage + tip + extra - adjustments(order)


def total_discounts(order: Order) -> Decimal:
    """All discounts on goods and carriage, before returns."""
    goods = sum((share(line.discount, sold_units(line), line.quantity, order.currency) for line in order.lines), ZERO)
    return goods + sum((line.price - line.total for line in _charges(order)), ZERO)


def current_discounts(order: Order) -> Decimal:
    """Discounts on what is still sold."""
    goods = sum((share(line.discount, line.current, line.quantity, order.currency) for line in order.lines), ZERO)
    return goods + sum((line.price - line.total for line in _charges(order)), ZERO)


def received(order: Order) -> Decimal:
    """Money that came in, before refunds."""
    return sum((one.amount for one in order.transactions if one.kind in RECEIVING and one.status == "SUCCESS"), ZERO)


def refunded(order: Order) -> Decimal:
    """Money that went back."""
    return sum((one.amount for one in order.transactions if one.kind == "REFUND" and one.status == "SUCCESS"), ZERO)


def net_payment(order: Order) -> Decimal:
    """Received less refunded."""
    return received(order) - refunded(order)


def authorised(order: Order) -> Decimal:
    """Money that is promised and neither captured nor voided."""
    settled = {one.parent_id for one in order.transactions if one.kind in {"CAPTURE", "VOID"}}
    return sum(
        (
            one.amount
            for one in order.transactions
            if one.kind == "AUTHORIZATION" and one.status == "SUCCESS" and one.id not in settled
        ),
        ZERO,
    )


def outstanding(order: Order) -> Decimal:
    """What the customer still owes; negative where the shop owes."""
    return current_total(order) - net_payment(order)


def tax_lines(order: Order, *, current: bool) -> list[TaxLine]:
    """The order's taxes by title and rate, before (or after) returns."""
    sums: dict[tuple[str, Decimal], Decimal] = {}
    for line in order.lines:
        units = line.current if current else sold_units(line)
        _add(sums, ((one, share(one.amount, units, line.quantity, order.currency)) for one in line.tax_lines))
    for charge in _charges(order):
        _add(sums, ((one, one.amount) for one in charge.tax_lines))
    return [TaxLine(title, rate, amount) for (title, rate), amount in sums.items()]


def _add(sums: dict[tuple[str, Decimal], Decimal], parts: Iterable[tuple[TaxLine, Decimal]]) -> None:
    for line, amount in parts:
        key = (line.title, line.rate)
        sums[key] = sums.get(key, ZERO) + amount


def financial_status(order: Order) -> str:
    """The text of displayFinancialStatus, from the money alone."""
    came, went = received(order), refunded(order)
    if not came:
        return _unpaid_status(order)
    if went >= came:
        return "REFUNDED"
    if went:
        return "PARTIALLY_REFUNDED"
    return "PAID" if came >= current_total(order) else "PARTIALLY_PAID"


def _unpaid_status(order: Order) -> str:
    if order.cancelled_at is not None:
        return "VOIDED"
    if order.expired:
        return "EXPIRED"
    if authorised(order):
        return "AUTHORIZED"
    return "PENDING" if total(order) else "PAID"


def fulfilment_status(order: Order) -> str:
    """The text of displayFulfillmentStatus, from the units alone."""
    shipped = any(line.fulfilled for line in order.lines)
    waiting = any(line.unfulfilled for line in order.lines)
    if shipped:
        return "PARTIALLY_FULFILLED" if waiting else "FULFILLED"
    return "ON_HOLD" if order.on_hold and waiting else "UNFULFILLED"
