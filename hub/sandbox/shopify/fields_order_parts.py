"""Resolvers of what hangs on an order: taxes, carriage, money, refunds, fulfilments, fulfilment orders."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from hub.sandbox.shopify import order_totals as figures
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, own, text
from hub.sandbox.shopify.fields_common import Bag, connection
from hub.sandbox.shopify.ids import gid
from hub.sandbox.shopify.order_records import (
    Allocation,
    Order,
    OrderLine,
    OrderRefund,
    OrderShipping,
    RefundedLine,
    TaxLine,
    Transaction,
)


class LineOf(NamedTuple):
    """A line with its order."""

    order: Order
    it: OrderLine


class TaxOf(NamedTuple):
    """A tax with the amount that is shown."""

    order: Order
    it: TaxLine
    amount: Decimal


class CutPart(NamedTuple):
    """What a discount takes off one line."""

    order: Order
    it: Allocation


class ShippingOf(NamedTuple):
    """A charge for carriage."""

    order: Order
    it: OrderShipping


class TransactionOf(NamedTuple):
    """Money that moved."""

    order: Order
    it: Transaction


class RefundOf(NamedTuple):
    """A refund."""

    order: Order
    it: OrderRefund


class RefundLineOf(NamedTuple):
    """Units in a refund."""

    order: Order
    it: RefundedLine


class RefundShippingOf(NamedTuple):
    """Carriage in a refund."""

    order: Order
    number: int
    charge: OrderShipping
    amount: Decimal
    tax: Decimal


class AdjustmentOf(NamedTuple):
    """Money in a refund that nothing else explains."""

    order: Order
    number: int
    reason: str
    amount: Decimal
    tax: Decimal


def tax_lines(order: Order, lines: Sequence[TaxLine]) -> list[TaxOf]:
    """Tax lines as sources."""
    return [TaxOf(order, line, line.amount) for line in lines]


def allocations(order: Order, parts: Sequence[Allocation]) -> list[CutPart]:
    """Discount allocations as sources."""
    return [CutPart(order, part) for part in parts]


def add_order_parts(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    _charges(fields)
    _money(fields)
    _refunds(fields)


def _charges(fields: Fields) -> None:
    fields.add(
        "TaxLine",
        own(title="it.title", rate="it.rate")
        | {
            "priceSet": lambda one: Bag(one.amount, one.order),
            "ratePercentage": lambda one: one.it.rate * 100,
            "channelLiable": lambda one: False,
            "source": lambda one: "Shopify",
        },
    )
    fields.add(
        "ShippingLine",
        own(title="it.title", isRemoved="it.removed")
        | text(code="it.code")
        | {
            "id": lambda one: gid("ShippingLine", one.it.id),
            "carrierIdentifier": lambda one: None,
            "custom": lambda one: not one.it.code,
            "source": lambda one: "shopify",
            "originalPriceSet": lambda one: Bag(one.it.price, one.order),
            "discountedPriceSet": lambda one: Bag(one.it.total, one.order),
            "currentDiscountedPriceSet": lambda one: Bag(
                one.it.total - figures.refunded_shipping(one.order), one.order
            ),
            "discountAllocations": lambda one: allocations(one.order, one.it.allocations),
            "taxLines": lambda one: tax_lines(one.order, one.it.tax_lines),
        },
    )


def _money(fields: Fields) -> None:
    def parent(one: TransactionOf) -> TransactionOf | None:
        found = next((other for other in one.order.transactions if other.id == one.it.parent_id), None)
        return TransactionOf(one.order, found) if found else None

    fields.add(
        "OrderTransaction",
        own(kind="it.kind", status="it.status", gateway="it.gateway", createdAt="it.created_at")
        | own(processedAt="it.created_at", order="order", test="order.test")
        | {
            "id": lambda one: gid("OrderTransaction", one.it.id),
            "amountSet": lambda one: Bag(one.it.amount, one.order),
            "errorCode": lambda one: None,
            "formattedGateway": lambda one: one.it.gateway.replace("_", " ").title(),
            "manualPaymentGateway": lambda one: one.it.gateway not in {"shopify_payments", "gift_card", "paypal"},
            "parentTransaction": parent,
        },
        source=TransactionOf,
    )


def _refunds(fields: Fields) -> None:
    def paid_back(one: RefundOf, context: Context) -> list[TransactionOf]:
        return [TransactionOf(one.order, paid) for paid in one.order.transactions if paid.id in one.it.transaction_ids]

    def total(one: RefundOf) -> Bag:
        parts = [paid.amount for paid in one.order.transactions if paid.id in one.it.transaction_ids]
        return Bag(sum(parts, Decimal(0)), one.order)

    def lines(one: RefundOf, context: Context) -> list[RefundLineOf]:
        return [RefundLineOf(one.order, line) for line in one.it.lines]

    fields.add(
        "Refund",
        own(createdAt="it.created_at", updatedAt="it.updated_at", processedAt="it.created_at", order="order")
        | own(legacyResourceId="it.id")
        | text(note="it.note")
        | {"id": lambda one: gid("Refund", one.it.id), "totalRefundedSet": total},
        {
            "refundLineItems": connection(lines, lambda one: one.it.id),
            "refundShippingLines": connection(
                lambda one, context: [RefundShippingOf(one.order, *part) for part in one.it.shipping], _own_number
            ),
            "orderAdjustments": connection(
                lambda one, context: [AdjustmentOf(one.order, *part) for part in one.it.adjustments], _own_number
            ),
            "transactions": connection(paid_back, lambda one: one.it.id),
        },
        RefundOf,
    )
    fields.add(
        "RefundLineItem",
        own(quantity="it.quantity", restockType="it.restock")
        | {
            "id": lambda one: gid("RefundLineItem", one.it.id),
            "lineItem": lambda one: LineOf(one.order, one.it.line),
            "restocked": lambda one: one.it.restock != "NO_RESTOCK",
            "priceSet": lambda one: Bag(one.it.line.unit_price, one.order),
            "subtotalSet": lambda one: Bag(one.it.subtotal, one.order),
            "totalTaxSet": lambda one: Bag(one.it.tax, one.order),
        },
        {"location": lambda one, args, context: context.shop.store.locations.get(one.it.location_id)},
    )
    fields.add(
        "RefundShippingLine",
        {
            "id": lambda one: gid("RefundShippingLine", one.number),
            "shippingLine": lambda one: ShippingOf(one.order, one.charge),
            "subtotalAmountSet": lambda one: Bag(one.amount, one.order),
            "taxAmountSet": lambda one: Bag(one.tax, one.order),
        },
        source=RefundShippingOf,
    )
    fields.add(
        "OrderAdjustment",
        {
            "id": lambda one: gid("OrderAdjustment", one.number),
            "reason": lambda one: one.reason,
            "amountSet": lambda one: Bag(one.amount, one.order),
            "taxAmountSet": lambda one: Bag(one.tax, one.order),
        },
        source=AdjustmentOf,
    )


def _own_number(part: Any) -> int:
    number: int = part.number
    return number
