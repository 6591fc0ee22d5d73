"""Resolvers of the query root: records by id and key, lists with search, the shop itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hub.sandbox.shopify import fields_order_parts as parts
from hub.sandbox.shopify.access import NODE_SCOPES, VISIBLE_AGE
from hub.sandbox.shopify.bulk_records import BulkOperation
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, Full, own, type_name
from hub.sandbox.shopify.fields_common import Count, id_of
from hub.sandbox.shopify.fields_fulfilment import FulfilmentOf
from hub.sandbox.shopify.ids import gid, number_of, parse_gid, parse_level_gid
from hub.sandbox.shopify.paging import Page, page_of_index, page_of_list
from hub.sandbox.shopify.projection import denied
from hub.sandbox.shopify.refusal import FieldFault
from hub.sandbox.shopify.search_candidates import candidates
from hub.sandbox.shopify.search_fields import COUNT_FIELDS, DEFAULT_FIELDS
from hub.sandbox.shopify.search_match import SearchField, Test, compile_search
from hub.sandbox.shopify.search_syntax import parse_search
from hub.sandbox.shopify.searching import note_search
from hub.sandbox.shopify.shop import ProductSetJob
from hub.sandbox.shopify.store import ShopFacts
from hub.sandbox.shopify.texts import handle_of
from hub.sandbox.shopify.versions import VERSIONS

COUNT_LIMIT = 10_000


def add_query(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    by_id: dict[str, Full] = {
        name: _by_id(kind)
        for name, kind in {
            "customer": "Customer",
            "product": "Product",
            "productVariant": "ProductVariant",
            "inventoryItem": "InventoryItem",
            "inventoryLevel": "InventoryLevel",
            "location": "Location",
            "order": "Order",
            "fulfillmentOrder": "FulfillmentOrder",
            "bulkOperation": "BulkOperation",
            "productOperation": "ProductSetOperation",
        }.items()
    }
    lists: dict[str, Full] = {
        "customers": _list("Customer"),
        "products": _list("Product"),
        "productVariants": _list("ProductVariant"),
        "inventoryItems": _list("InventoryItem"),
        "locations": _list("Location", lambda args: None if args.get("includeInactive") else _active),
        "orders": _list("Order"),
        "fulfillmentOrders": _list("FulfillmentOrder"),
    }
    counts = {f"{name}Count": _count(kind) for name, kind in _COUNTED.items()}
    others: dict[str, Full] = {
        "bulkOperations": _bulk_operations,
        "currentBulkOperation": _current_bulk,
        "currentAppInstallation": lambda source, args, context: context,
        "customerByIdentifier": _customer_by,
        "productByHandle": lambda source, args, context: _by_handle(args["handle"], context),
        "productByIdentifier": _product_by,
        "productTypes": lambda source, args, context: _strings(
            (one.product_type for one in context.shop.store.products.values()), args, context
        ),
        "publicApiVersions": lambda source, args, context: VERSIONS,
        "node": lambda source, args, context: _node(args["id"], context, "node"),
        "nodes": lambda source, args, context: [_node(one, context, "nodes") for one in args["ids"]],
        "shop": lambda source, args, context: context.shop.store.facts,
    }
    fields.add("QueryRoot", full=by_id | lists | counts | others)
    _shop(fields)


_COUNTED = {"customers": "Customer", "products": "Product", "productVariants": "ProductVariant", "orders": "Order"}


# ------------------------------------------------------------------------------------------------------------- records


def find(kind: str, text: object, context: Context) -> Any:
    """The source of a record by its global id; None where there is none."""
    shop = context.shop
    if kind == "InventoryLevel":
        key = parse_level_gid(text)
        item = shop.store.items.get(key[1]) if key else None
        return item.levels.get(key[0]) if item is not None and key is not None else None
    number = number_of(text, kind)
    if number is None:
        return None
    if kind in shop.tables:
        found = shop.tables[kind].get(number)
        return found if kind != "Order" or found is None or _visible(found, context) else None
    if kind == "BulkOperation":
        return shop.bulk.looked_at(shop.state.bulk.get(number), shop)
    if kind == "ProductSetOperation":
        return shop.state.jobs.get(number)
    if kind == "InventoryAdjustmentGroup":
        return shop.state.groups.get(number)
    return _order_part(kind, number, context)


def _order_part(kind: str, number: int, context: Context) -> Any:
    order = context.shop.store.orders.get(context.shop.store.order_of.get(number, 0))
    if order is None:
        return None
    rows: dict[str, tuple[Any, Any]] = {
        "Fulfillment": (order.fulfilments, FulfilmentOf),
        "OrderTransaction": (order.transactions, parts.TransactionOf),
        "Refund": (order.refunds, parts.RefundOf),
    }
    known, make = rows.get(kind, ((), None))
    return next((make(order, one) for one in known if one.id == number), None)


def _by_id(kind: str) -> Full:
    def resolve(source: Any, args: Mapping[str, Any], context: Context) -> Any:
        return find(kind, args.get("id") or _first_location(kind, context), context)

    return resolve


def _first_location(kind: str, context: Context) -> str | None:
    """`location` without an id is the shop's first one."""
    return gid("Location", next(iter(context.shop.store.active_locations())).id) if kind == "Location" else None


def _node(text: str, context: Context, name: str) -> Any:
    parsed = parse_gid(text)
    if parsed is None:
        raise FieldFault(f"Invalid id: {text}", "RESOURCE_NOT_FOUND")
    scope = NODE_SCOPES.get(parsed.kind)
    if scope is not None and scope not in context.scopes:
        raise denied(name, scope)
    found = find(parsed.kind, text, context)
    return found if found is None or type_name(found) == parsed.kind else None


def _customer_by(source: Any, args: Mapping[str, Any], context: Context) -> Any:
    by = args["identifier"]
    if by.get("id"):
        return find("Customer", by["id"], context)
    return context.shop.customers.find(email=by.get("emailAddress") or "", phone=by.get("phoneNumber") or "")


def _by_handle(handle: str, context: Context) -> Any:
    store = context.shop.store
    return store.products.get(store.by_handle.get(handle_of(handle), 0))


def _product_by(source: Any, args: Mapping[str, Any], context: Context) -> Any:
    by = args["identifier"]
    return find("Product", by["id"], context) if by.get("id") else _by_handle(by.get("handle") or "", context)


# --------------------------------------------------------------------------------------------------------------- lists


def _active(location: Any) -> bool:
    return bool(location.active if hasattr(location, "active") else location["active"])


def _visible(order: Any, context: Context) -> bool:
    """Orders older than 60 days need a scope of their own."""
    return "read_all_orders" in context.scopes or order.created_at >= context.shop.now() - VISIBLE_AGE


def _search(kind: str, args: Mapping[str, Any], context: Context, only: frozenset[str] | None = None) -> Test | None:
    index = context.shop.indexes[kind]
    known: dict[str, SearchField] = index.fields
    if only is not None:
        known = {name: one for name, one in known.items() if name in only}
    default = tuple(name for name in DEFAULT_FIELDS[kind] if name in known)
    tree = parse_search(args.get("query"))
    test, unknown = compile_search(tree, known, default, context.times)
    note_search(context, args.get("query"), unknown)
    return test


def _all_of(*tests: Test | None) -> Test | None:
    given = [test for test in tests if test is not None]
    if len(given) < 2:
        return given[0] if given else None
    return lambda entry: all(test(entry) for test in given)


def _list(kind: str, narrowed: Callable[[Mapping[str, Any]], Test | None] = lambda args: None) -> Full:
    def resolve(source: Any, args: Mapping[str, Any], context: Context) -> Page:
        shop = context.shop
        test = _all_of(_search(kind, args, context), narrowed(args))
        if kind == "Order" and "read_all_orders" not in context.scopes:
            test = _all_of(test, _young_enough(context))
        index = shop.indexes[kind]
        among = candidates(parse_search(args.get("query")), index)
        return page_of_index(index, args, test, shop.tables[kind].__getitem__, limited=context.limited, among=among)

    return resolve


def _young_enough(context: Context) -> Test:
    get = context.shop.indexes["Order"].fields["created_at"].get
    oldest = context.shop.now() - VISIBLE_AGE
    return lambda entry: bool(get(entry) >= oldest)


def _count(kind: str) -> Full:
    def resolve(source: Any, args: Mapping[str, Any], context: Context) -> Count:
        index = context.shop.indexes[kind]
        test = _search(kind, args, context, COUNT_FIELDS.get(kind))
        if kind == "Order" and "read_all_orders" not in context.scopes:
            test = _all_of(test, _young_enough(context))
        rows = index.rows("ID")
        found = sum(index.known(number) and (test is None or test(index.entry(number))) for _, number in rows)
        limit = args.get("limit", COUNT_LIMIT)
        return Count(found) if limit is None or found <= limit else Count(limit, "AT_LEAST")

    return resolve


# ------------------------------------------------------------------------------------------------------- shop and work


def _bulk_operations(source: Any, args: Mapping[str, Any], context: Context) -> Page:
    rows = list(context.shop.state.bulk.values())
    return page_of_list(rows, args, lambda one: one.id, limited=context.limited)


def _current_bulk(source: Any, args: Mapping[str, Any], context: Context) -> BulkOperation | None:
    if args.get("type") != "QUERY":
        return None
    latest = next(reversed(list(context.shop.state.bulk.values())), None)
    return context.shop.bulk.looked_at(latest, context.shop)


def _strings(found: Iterable[str], args: Mapping[str, Any], context: Context) -> Page:
    """A connection over the texts there are, each once, in their order."""
    places = {text: place for place, text in enumerate(sorted(set(found) - {""}), 1)}
    return page_of_list(list(places), args, places.__getitem__, limited=context.limited)


def _shop(fields: Fields) -> None:
    fields.add(
        "Shop",
        own("name", currencyCode="currency", ianaTimezone="zone", taxesIncluded="taxes_included")
        | own(myshopifyDomain="domain")
        | {
            "id": lambda one: gid("Shop", 1),
            "email": lambda one: f"owner@{one.domain}",
            "enabledPresentmentCurrencies": lambda one: [one.currency],
            "plan": lambda one: one,
            "taxShipping": lambda one: True,
            "timezoneOffset": lambda one: "+0000",
            "weightUnit": lambda one: "KILOGRAMS",
        },
        {
            "customerTags": lambda source, args, context: _strings(
                (tag for one in context.shop.store.customers.values() for tag in one.tags), args, context
            )
        },
        source=ShopFacts,
    )
    fields.add("ShopPlan", {"publicDisplayName": lambda one: "Development"})
    fields.add("ShopPlan", {"partnerDevelopment": lambda one: True, "shopifyPlus": lambda one: False})
    fields.add(
        "AppInstallation",
        {"id": lambda one: gid("AppInstallation", 1), "accessScopes": lambda one: sorted(one.shop.state.scopes)},
        source=Context,
    )
    fields.add("AccessScope", {"handle": lambda one: one})
    fields.add("ApiVersion", own("handle", "supported", displayName="display_name"))
    fields.add("ProductOperation", {})
    fields.add(
        "ProductSetOperation",
        own("status") | {"id": id_of("ProductSetOperation"), "userErrors": lambda one: one.errors},
        {"product": _job_product},
        ProductSetJob,
    )


def _job_product(job: ProductSetJob, args: Mapping[str, Any], context: Context) -> Any:
    done = job.status == "COMPLETE" and job.product_id is not None
    return context.shop.store.products.get(job.product_id or 0) if done else None
