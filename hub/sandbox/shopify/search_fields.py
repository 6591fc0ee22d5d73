"""Which fields each kind of record can be searched by, and sorted by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hub.sandbox.shopify import order_totals
from hub.sandbox.shopify.fulfilling import planned_status
from hub.sandbox.shopify.order_records import FulfilmentOrder, Order
from hub.sandbox.shopify.records import Customer, Product, Variant
from hub.sandbox.shopify.search_match import SearchField
from hub.sandbox.shopify.stock import available
from hub.sandbox.shopify.store import Store

Fields = dict[str, SearchField]
SortKeys = dict[str, Callable[[Any], Any]]

#: What a bare word is looked for in.
DEFAULT_FIELDS = {
    "Customer": ("name", "email", "phone"),
    "Product": ("title", "sku", "vendor", "product_type", "tag", "handle"),
    "ProductVariant": ("sku", "barcode", "product_title", "title"),
    "InventoryItem": ("sku",),
    "Order": ("name", "email", "confirmation_number"),
    "Location": ("name",),
    "FulfillmentOrder": ("status",),
}
#: Fields whose values lead to their records without a look at all of them.
LOOKED_UP = {
    "Customer": frozenset({"email"}),
    "ProductVariant": frozenset({"sku", "barcode"}),
    "InventoryItem": frozenset({"sku"}),
}
#: `*Count` fields search by fewer fields than the lists.
COUNT_FIELDS = {"Customer": frozenset({"id", "created_at", "updated_at"})}


def _stamps() -> Fields:
    return {
        "id": SearchField("id", lambda one: one.id),
        "created_at": SearchField("time", lambda one: one.created_at),
        "updated_at": SearchField("time", lambda one: one.updated_at),
    }


def search_fields(store: Store) -> dict[str, Fields]:
    """The searchable fields of every kind."""
    return {
        "Customer": _customer(store),
        "Product": _product(store),
        "ProductVariant": _variant(store),
        "InventoryItem": _stamps() | {"sku": SearchField("exact", lambda item: item.sku)},
        "Order": _order(store),
        "FulfillmentOrder": _planned(store),
        "Location": {
            "id": SearchField("id", lambda one: one.id),
            "name": SearchField("text", lambda one: one.name),
            "active": SearchField("flag", lambda one: one.active),
        },
    }


def _customer(store: Store) -> Fields:
    def spent(customer: Customer) -> Any:
        return sum(order_totals.net_payment(store.orders[number]) for number in customer.order_ids)

    return _stamps() | {
        "customer_date": SearchField("time", lambda one: one.created_at),
        "email": SearchField("exact", lambda one: one.email),
        "phone": SearchField("exact", lambda one: one.phone),
        "first_name": SearchField("text", lambda one: one.first_name),
        "last_name": SearchField("text", lambda one: one.last_name),
        "name": SearchField("text", lambda one: one.display_name),
        "tag": SearchField("exact", lambda one: one.tags),
        "state": SearchField("exact", lambda one: one.state),
        "country": SearchField("exact", lambda one: tuple(address.country_code for address in one.addresses)),
        "orders_count": SearchField("number", lambda one: len(one.order_ids)),
        "total_spent": SearchField("number", spent),
    }


def _product(store: Store) -> Fields:
    def of_variants(get: Callable[[Variant], Any]) -> Callable[[Product], tuple[Any, ...]]:
        return lambda product: tuple(filter(None, map(get, store.variants_of(product))))

    return _stamps() | {
        "published_at": SearchField("time", lambda one: one.published_at),
        "title": SearchField("text", lambda one: one.title),
        "handle": SearchField("exact", lambda one: one.handle),
        "vendor": SearchField("exact", lambda one: one.vendor),
        "product_type": SearchField("exact", lambda one: one.product_type),
        "status": SearchField("exact", lambda one: one.status),
        "tag": SearchField("exact", lambda one: one.tags),
        "sku": SearchField("exact", of_variants(lambda variant: store.items[variant.item_id].sku)),
        "barcode": SearchField("exact", of_variants(lambda variant: variant.barcode)),
        "variant_title": SearchField("text", of_variants(lambda variant: variant.title)),
        "variant_id": SearchField("exact", of_variants(lambda variant: str(variant.id))),
        "gift_card": SearchField("flag", lambda one: one.gift_card),
        "tracks_inventory": SearchField("flag", lambda one: any(item.tracked for item in store.items_of(one))),
        "inventory_total": SearchField("number", lambda one: sum(map(available, store.items_of(one)))),
    }


def _variant(store: Store) -> Fields:
    def product(variant: Variant) -> Product:
        return store.products[variant.product_id]

    return _stamps() | {
        "sku": SearchField("exact", lambda one: store.items[one.item_id].sku),
        "barcode": SearchField("exact", lambda one: one.barcode),
        "title": SearchField("text", lambda one: one.title),
        "product_title": SearchField("text", lambda one: product(one).title),
        "product_id": SearchField("id", lambda one: one.product_id),
        "product_ids": SearchField("exact", lambda one: str(one.product_id)),
        "product_status": SearchField("exact", lambda one: product(one).status),
        "product_type": SearchField("exact", lambda one: product(one).product_type),
        "vendor": SearchField("exact", lambda one: product(one).vendor),
        "tag": SearchField("exact", lambda one: product(one).tags),
        "taxable": SearchField("flag", lambda one: one.taxable),
        "gift_card": SearchField("flag", lambda one: product(one).gift_card),
        "managed": SearchField("flag", lambda one: store.items[one.item_id].tracked),
        "inventory_quantity": SearchField("number", lambda one: available(store.items[one.item_id])),
    }


def _order(store: Store) -> Fields:
    def status(order: Order) -> str:
        if order.cancelled_at is not None:
            return "cancelled"
        return "closed" if order.closed_at is not None else "open"

    return _stamps() | {
        "processed_at": SearchField("time", lambda one: one.processed_at),
        "name": SearchField("exact", lambda one: (one.name, one.name.lstrip("#"))),
        "confirmation_number": SearchField("exact", lambda one: ""),
        "email": SearchField("exact", lambda one: one.email),
        "status": SearchField("exact", lambda one: (status(one), *(["not_closed"] if one.closed_at is None else []))),
        "financial_status": SearchField("exact", order_totals.financial_status),
        "fulfillment_status": SearchField("exact", _fulfilment_words),
        "tag": SearchField("exact", lambda one: one.tags),
        "sku": SearchField("exact", lambda one: tuple(line.sku for line in one.lines if line.sku)),
        "customer_id": SearchField("id", lambda one: one.customer_id),
        "source_name": SearchField("exact", lambda one: one.source_name),
        "source_identifier": SearchField("exact", lambda one: one.source_identifier),
        "po_number": SearchField("exact", lambda one: one.po_number),
        "gateway": SearchField("exact", lambda one: tuple({paid.gateway for paid in one.transactions})),
        "discount_code": SearchField("exact", lambda one: tuple(cut.title for cut in one.discounts)),
        "risk_level": SearchField("exact", lambda one: one.risk),
        "test": SearchField("flag", lambda one: one.test),
        "current_total_price": SearchField("number", order_totals.current_total),
        "location_id": SearchField("exact", lambda one: tuple(str(made.location_id) for made in one.fulfilment_orders)),
    }


def _fulfilment_words(order: Order) -> tuple[str, ...]:
    text = order_totals.fulfilment_status(order)
    old = {"FULFILLED": "shipped", "PARTIALLY_FULFILLED": "partial", "UNFULFILLED": "unshipped"}
    return (text, *filter(None, [old.get(text)]))


def _planned(store: Store) -> Fields:
    def status(planned: FulfilmentOrder) -> str:
        return planned_status(store.orders[planned.order_id], planned)

    return _stamps() | {
        "status": SearchField("exact", status),
        "assigned_location_id": SearchField("id", lambda one: one.location_id),
    }


# ------------------------------------------------------------------------------------------------------------- sorting


def _own(name: str) -> Callable[[Any], Any]:
    def get(record: Any) -> Any:
        value = getattr(record, name)
        return value.casefold() if isinstance(value, str) else value

    return get


def sort_keys(store: Store) -> dict[str, SortKeys]:
    """What each kind can be sorted by; ID and RELEVANCE are the id."""

    def item_sku(variant: Variant) -> str:
        return store.items[variant.item_id].sku.casefold()

    times: SortKeys = {"CREATED_AT": _own("created_at"), "UPDATED_AT": _own("updated_at")}
    return {
        "Customer": times | {"NAME": lambda one: f"{one.last_name}, {one.first_name}".casefold()},
        "Product": times
        | {"TITLE": _own("title"), "VENDOR": _own("vendor"), "PRODUCT_TYPE": _own("product_type")}
        | {"PUBLISHED_AT": lambda one: one.published_at or one.created_at}
        | {"INVENTORY_TOTAL": lambda one: sum(map(available, store.items_of(one)))},
        "ProductVariant": {"SKU": item_sku, "POSITION": _own("position")}
        | {name: _own("title") for name in ("TITLE", "NAME", "FULL_TITLE")},
        "InventoryItem": {},
        "Order": times
        | {"PROCESSED_AT": _own("processed_at"), "ORDER_NUMBER": _own("number")}
        | {"TOTAL_PRICE": order_totals.total, "CURRENT_TOTAL_PRICE": order_totals.current_total},
        "Location": {"NAME": _own("name")},
        "FulfillmentOrder": {"UPDATED_AT": _own("updated_at")},
    }


def cursor_text(value: Any) -> str:
    """A sort value as cursors carry it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(value)
