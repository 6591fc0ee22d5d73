"""The whole state of the shop as plain JSON, for proofs that need neither our tables nor the API under test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.sandbox.shopify import order_totals as figures
from hub.sandbox.shopify.ids import gid
from hub.sandbox.shopify.money import ZERO
from hub.sandbox.shopify.order_records import Order, OrderLine, OrderRefund
from hub.sandbox.shopify.records import Address, Customer, InventoryItem, Product
from hub.sandbox.shopify.stock import QUANTITY_NAMES
from hub.sandbox.shopify.store import Store


def collections(store: Store) -> dict[str, Callable[[], list[dict[str, Any]]]]:
    """What /control/state/<name> answers."""
    return {
        "customers": lambda: [_customer(store, one) for one in store.customers.values()],
        "products": lambda: [_product(store, one) for one in store.products.values()],
        "variants": lambda: [_variant(store, number) for number in store.variants],
        "inventory": lambda: [level for item in store.items.values() for level in _levels(store, item)],
        "locations": lambda: [
            {"id": gid("Location", one.id), "code": one.code, "name": one.name, "active": one.active}
            for one in store.locations.values()
        ],
        "orders": lambda: [order_to_json(store, one) for one in store.orders.values()],
    }


def _address(one: Address | None) -> dict[str, str] | None:
    if one is None:
        return None
    return {name: getattr(one, name) for name in Address.__slots__ if name != "id"}


def _customer(store: Store, one: Customer) -> dict[str, Any]:
    return {
        "id": gid("Customer", one.id),
        "first_name": one.first_name,
        "last_name": one.last_name,
        "email": one.email,
        "phone": one.phone,
        "note": one.note,
        "tags": list(one.tags),
        "addresses": [_address(address) for address in one.addresses],
        "orders": [store.orders[number].name for number in one.order_ids],
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


def _product(store: Store, one: Product) -> dict[str, Any]:
    return {
        "id": gid("Product", one.id),
        "handle": one.handle,
        "title": one.title,
        "description": one.description_html,
        "vendor": one.vendor,
        "product_type": one.product_type,
        "status": one.status,
        "tags": list(one.tags),
        "options": [{"name": option.name, "values": [value.name for value in option.values]} for option in one.options],
        "metafields": {f"{name}.{key}": field.value for (name, key), field in one.metafields.items()},
        "variants": [_variant(store, number) for number in one.variant_ids],
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


def _variant(store: Store, number: int) -> dict[str, Any]:
    variant = store.variants[number]
    item = store.items[variant.item_id]
    return {
        "id": gid("ProductVariant", number),
        "product": gid("Product", variant.product_id),
        "inventory_item": gid("InventoryItem", item.id),
        "sku": item.sku,
        "title": variant.title,
        "price": variant.price,
        "compare_at_price": variant.compare_at_price,
        "barcode": variant.barcode,
        "taxable": variant.taxable,
        "tracked": item.tracked,
        "weight": item.weight,
        "weight_unit": item.weight_unit,
        "updated_at": variant.updated_at,
    }


def _levels(store: Store, item: InventoryItem) -> list[dict[str, Any]]:
    return [
        {
            "sku": item.sku,
            "inventory_item": gid("InventoryItem", item.id),
            "location": gid("Location", level.location_id),
            "location_code": store.locations[level.location_id].code,
            "active": level.active,
            "tracked": item.tracked,
            **{name: getattr(level, name) for name in QUANTITY_NAMES},
        }
        for level in item.levels.values()
    ]


def order_to_json(store: Store, order: Order) -> dict[str, Any]:
    """One order with its figures, lines, money and parcels."""
    return {
        "id": gid("Order", order.id),
        "name": order.name,
        "customer": gid("Customer", order.customer_id) if order.customer_id is not None else None,
        "email": order.email,
        "note": order.note,
        "tags": list(order.tags),
        "test": order.test,
        "edited": order.edited,
        "source_name": order.source_name,
        "currency": order.currency,
        "taxes_included": order.taxes_included,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "cancelled_at": order.cancelled_at,
        "financial_status": figures.financial_status(order),
        "fulfillment_status": figures.fulfilment_status(order),
        "total": figures.total(order),
        "current_total": figures.current_total(order),
        "original_total": order.original_total,
        "subtotal": figures.subtotal(order),
        "tax": figures.total_tax(order),
        "current_tax": figures.current_tax(order),
        "shipping": figures.shipping(order),
        "discounts": figures.total_discounts(order),
        "tip": order.tip,
        "received": figures.received(order),
        "refunded": figures.refunded(order),
        "net_payment": figures.net_payment(order),
        "outstanding": figures.outstanding(order),
        "billing_address": _address(order.billing),
        "shipping_address": _address(order.shipping_address),
        "lines": [_line(store, order, line) for line in order.lines],
        "transactions": [
            {
                "id": gid("OrderTransaction", paid.id),
                "kind": paid.kind,
                "status": paid.status,
                "gateway": paid.gateway,
                "amount": paid.amount,
            }
            for paid in order.transactions
        ],
        "refunds": [_refund(store, order, refund) for refund in order.refunds],
        "fulfillments": [
            {
                "id": gid("Fulfillment", made.id),
                "status": made.status,
                "location": store.locations[made.location_id].code,
                "tracking_company": made.tracking_company,
                "tracking_numbers": list(made.tracking_numbers),
                "lines": [{"id": gid("LineItem", part.line.id), "quantity": part.quantity} for part in made.lines],
            }
            for made in order.fulfilments
        ],
    }


def _line(store: Store, order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "id": gid("LineItem", line.id),
        "sku": line.sku,
        "title": line.title,
        "variant": gid("ProductVariant", line.variant_id) if line.variant_id in store.variants else None,
        "location": store.locations[line.location_id].code,
        "quantity": line.quantity,
        "current_quantity": line.current,
        "unfulfilled_quantity": line.unfulfilled,
        "fulfilled_quantity": line.fulfilled,
        "unit_price": line.unit_price,
        "discount": line.discount,
        "total": line.total,
        "current_total": figures.line_amount(order, line, line.current),
        "tax": line.tax,
        "gift_card": line.gift_card,
    }


def _refund(store: Store, order: Order, refund: OrderRefund) -> dict[str, Any]:
    return {
        "id": gid("Refund", refund.id),
        "note": refund.note,
        "created_at": refund.created_at,
        "lines": [
            {
                "line": gid("LineItem", part.line.id),
                "sku": part.line.sku,
                "quantity": part.quantity,
                "restock": part.restock,
                "location": store.locations[part.location_id].code if part.location_id else None,
                "subtotal": part.subtotal,
                "tax": part.tax,
            }
            for part in refund.lines
        ],
        "shipping": sum((part[2] for part in refund.shipping), ZERO),
        "money": sum((one.amount for one in order.transactions if one.id in refund.transaction_ids), ZERO),
    }
