"""Resolvers of fulfilments and fulfilment orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hub.sandbox.shopify import order_totals as figures
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, Plain, own, text
from hub.sandbox.shopify.fields_common import Bag, connection, first_of
from hub.sandbox.shopify.fields_order_parts import LineOf
from hub.sandbox.shopify.fulfilling import planned_status
from hub.sandbox.shopify.ids import gid
from hub.sandbox.shopify.order_records import Fulfilment, FulfilmentLine, FulfilmentOrder, Order, OrderLine


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


def add_fulfilment(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    _fulfilments(fields)
    _planned(fields)


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
