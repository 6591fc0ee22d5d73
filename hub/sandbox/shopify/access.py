"""Which access scope a field needs, and what a scope lets see."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

#: Everything the sandbox can grant.
ALL_SCOPES = (
    "read_all_orders",
    "read_customers",
    "read_fulfillments",
    "read_inventory",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "read_orders",
    "read_products",
    "write_customers",
    "write_inventory",
    "write_merchant_managed_fulfillment_orders",
    "write_orders",
    "write_products",
)
#: Without read_all_orders older orders are invisible.
VISIBLE_AGE = timedelta(days=60)

_FULFILMENT = "read_merchant_managed_fulfillment_orders"
_ROOTS = {
    "read_customers": "customer customers customersCount customerByIdentifier",
    "read_products": "product products productsCount productByIdentifier productByHandle productOperation"
    " productTypes productVariant productVariants productVariantsCount",
    "read_inventory": "inventoryItem inventoryItems inventoryLevel",
    "read_locations": "location locations",
    "read_orders": "order orders ordersCount",
    _FULFILMENT: "fulfillmentOrder fulfillmentOrders",
    "write_customers": "customerAddressCreate customerCreate customerDelete customerSet customerUpdate",
    "write_products": "productCreate productDelete productSet productUpdate productVariantsBulkCreate"
    " productVariantsBulkDelete productVariantsBulkUpdate",
    "write_inventory": "inventoryActivate inventoryAdjustQuantities inventoryDeactivate inventorySetQuantities",
}
_NESTED = {
    ("Customer", "orders"): "read_orders",
    ("Order", "customer"): "read_customers",
    ("Order", "fulfillmentOrders"): _FULFILMENT,
    ("Fulfillment", "location"): "read_locations",
    ("FulfillmentOrderAssignedLocation", "location"): "read_locations",
    ("InventoryItem", "inventoryLevel"): "read_inventory",
    ("InventoryItem", "inventoryLevels"): "read_inventory",
    ("InventoryLevel", "location"): "read_locations",
    ("LineItem", "product"): "read_products",
    ("LineItem", "variant"): "read_products",
    ("Location", "inventoryLevel"): "read_inventory",
    ("Location", "inventoryLevels"): "read_inventory",
    ("ProductVariant", "inventoryItem"): "read_inventory",
    ("RefundLineItem", "location"): "read_locations",
    ("Shop", "customerTags"): "read_customers",
}
_SCOPES = _NESTED | {
    ("Mutation" if scope.startswith("write_") else "QueryRoot", name): scope
    for scope, names in _ROOTS.items()
    for name in names.split()
}
#: The scope an object needs where it is reached by `node` or `nodes`.
NODE_SCOPES = {
    "Customer": "read_customers",
    "Product": "read_products",
    "ProductVariant": "read_products",
    "InventoryItem": "read_inventory",
    "InventoryLevel": "read_inventory",
    "Location": "read_locations",
    "Order": "read_orders",
    "FulfillmentOrder": _FULFILMENT,
}


def scope_of(kind: str, name: str) -> str | None:
    """The scope a field needs; None: none."""
    return _SCOPES.get((kind, name))


@lru_cache(maxsize=64)
def effective(granted: tuple[str, ...]) -> frozenset[str]:
    """All a set of granted scopes allows: write_x includes read_x."""
    scopes = set(granted)
    return frozenset(scopes | {f"read_{one.removeprefix('write_')}" for one in scopes if one.startswith("write_")})
