"""Resolvers of what hangs on an order: taxes, carriage, money, refunds, fulfilments, fulfilment orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from hub.sandbox.shopify import order_totals as figures
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, Plain, own, text
from hub.sandbox.shopify.fields_common import Bag, connection, first_of
from hub.sandbox.shopify.fulfilling import planned_status
from hub.sandbox.shopify.ids import gid
from hub.sandbox.shopify.order_records import (
    Allocation,
    Fulfilment,
    FulfilmentLine,
    FulfilmentOrder,
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


class FulfilmentOf(NamedTuple):
    """A parcel."""

    order: Order
    it: Fulfilment


class FulfilmentLineOf(NamedTuple):
    """Units in a parcel."""

    order: Order
    it: FulfilmentLine


class PlannedLine(NamedTuple):
    """A line of a fulfilment order."""

    order: Order
    it: OrderLine


class TrackingOf(NamedTuple):
    """One tracking number."""

    company: str
    number: str
    url: str


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
    _fulfilments(fields)
    _planned(fields)


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


def _fulfilments(fields: Fields) -> None:
    def tracking(one: FulfilmentOf, context: Context) -> list[TrackingOf]:
        made = one.it
        return [TrackingOf(made.tracking_company, number, made.tracking_url) for number in made.tracking_numbers]

    fields.add(
        "Fulfillment",
        own(name="it.name", status="it.status", createdAt="it.created_at", updatedAt="it.updated_at", order="order")
        | own(legacyResourceId="it.id")
        | {
            "id": lambda one: gid("Fulfillment", one.it.id),
            "displayStatus": lambda one: "CANCELED" if one.it.status == "CANCELLED" else "FULFILLED",
            "requiresShipping": lambda one: any(part.line.requires_shipping for part in one.it.lines),
            "totalQuantity": lambda one: sum(part.quantity for part in one.it.lines),
        },
        {
            "fulfillmentLineItems": connection(
                lambda one, context: [FulfilmentLineOf(one.order, part) for part in one.it.lines], lambda one: one.it.id
            ),
            "location": lambda one, args, context: context.shop.store.locations.get(one.it.location_id),
            "trackingInfo": first_of(tracking),
        },
        FulfilmentOf,
    )
    fields.add(
        "FulfillmentLineItem",
        own(quantity="it.quantity")
        | {
            "id": lambda one: gid("FulfillmentLineItem", one.it.id),
            "lineItem": lambda one: LineOf(one.order, one.it.line),
            "originalTotalSet": lambda one: Bag(one.it.line.unit_price * one.it.quantity, one.order),
            "discountedTotalSet": lambda one: Bag(
                figures.line_amount(one.order, one.it.line, one.it.quantity), one.order
            ),
        },
        source=FulfilmentLineOf,
    )
    fields.add("FulfillmentTrackingInfo", text(company="company", number="number", url="url"))


def _planned(fields: Fields) -> None:
    def order_of(one: FulfilmentOrder, context: Context) -> Order:
        return context.shop.store.orders[one.order_id]

    def status(one: FulfilmentOrder, args: Mapping[str, Any], context: Context) -> str:
        return planned_status(order_of(one, context), one)

    def actions(one: FulfilmentOrder, args: Mapping[str, Any], context: Context) -> list[str]:
        state = status(one, args, context)
        return ["CREATE_FULFILLMENT", "HOLD", "MOVE"] if state in {"OPEN", "IN_PROGRESS"} else []

    def parcels(one: FulfilmentOrder, context: Context) -> list[FulfilmentOf]:
        order = order_of(one, context)
        return [FulfilmentOf(order, made) for made in order.fulfilments if made.location_id == one.location_id]

    fields.add(
        "FulfillmentOrder",
        own(createdAt="created_at", updatedAt="updated_at")
        | {
            "id": lambda one: gid("FulfillmentOrder", one.id),
            "orderId": lambda one: gid("Order", one.order_id),
            "requestStatus": lambda one: "UNSUBMITTED",
        },
        {
            "assignedLocation": lambda one, args, context: context.shop.store.locations[one.location_id],
            "fulfillments": connection(parcels, lambda one: one.it.id),
            "lineItems": connection(
                lambda one, context: [PlannedLine(order_of(one, context), line) for line in one.lines],
                lambda one: one.it.id,
            ),
            "order": lambda one, args, context: order_of(one, context),
            "orderName": lambda one, args, context: order_of(one, context).name,
            "status": status,
            "supportedActions": actions,
        },
        FulfilmentOrder,
    )
    fields.add(
        "FulfillmentOrderAssignedLocation",
        {"countryCode": lambda one: one.country_code, "location": lambda one: one, "name": lambda one: one.name},
    )
    fields.add("FulfillmentOrderSupportedAction", {"action": lambda one: one})
    fields.add("FulfillmentOrderLineItem", _planned_line(), _planned_relations(), PlannedLine)


def _planned_line() -> dict[str, Plain]:
    return (
        own(requiresShipping="it.requires_shipping", productTitle="it.title", remainingQuantity="it.unfulfilled")
        | text(sku="it.sku", variantTitle="it.variant_title", vendor="it.vendor")
        | {
            # Fulfilment order lines are not kept by themselves, so their number is that of the line.
            "id": lambda one: gid("FulfillmentOrderLineItem", one.it.id),
            "lineItem": lambda one: LineOf(one.order, one.it),
            "totalQuantity": lambda one: one.it.quantity - one.it.removed,
        }
    )


def _planned_relations() -> dict[str, Any]:
    def item_id(one: PlannedLine, args: Mapping[str, Any], context: Context) -> str | None:
        variant = context.shop.store.variants.get(one.it.variant_id or 0)
        return gid("InventoryItem", variant.item_id) if variant else None

    return {
        "inventoryItemId": item_id,
        "variant": lambda one, args, context: context.shop.store.variants.get(one.it.variant_id or 0),
    }
