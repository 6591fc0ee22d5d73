"""The GraphQL documents the hub sends to Shopify; those of products are in `product_documents`.

Each has one root field, and its variables bear the names of the arguments they fill. What is selected of a customer or
an order is written once and used for pages, reads by id and bulk files alike, so that a record looks the same whatever
way it came. Money is read in the shop's currency only, but for the total.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from hub.platforms.shopify.client import Document

#: Writes a connection: its name, how many rows of it fit into its parent's page, what is selected of each.
Connection = Callable[[str, int, str], str]

_PAGE_INFO = "pageInfo { hasNextPage endCursor }"
_MONEY = "{ shopMoney { amount } }"
_TAX = f"taxLines {{ title rate channelLiable priceSet {_MONEY} }}"


def paged(name: str, first: int, fields: str) -> str:
    """A connection as pages want it, with what its parent's page has room for."""
    return f"{name}(first: {first}) {{ {_PAGE_INFO} nodes {{ {fields} }} }}"


def in_bulk(name: str, first: int, fields: str) -> str:
    """A connection as bulk operations want it: with edges, and without page sizes."""
    return f"{name} {{ edges {{ node {{ {fields} }} }} }}"


def bulk_of(text: str, query: str | None) -> str:
    """A bulk query narrowed to what a search finds; None = everything."""
    if query is None:
        return text
    root, rest = text.removeprefix("{ ").split(" ", 1)
    # A text of GraphQL is written as one of JSON.
    return f"{{ {root}(query: {json.dumps(query)}) {rest}"


def rest_of(root: str, type_: str, connection: str, fields: str, first: int = 50) -> Document:
    """The rows of one connection that the page of its parent had no room for."""
    inner = f"{connection}(first: $first, after: $after) {{ {_PAGE_INFO} nodes {{ {fields} }} }}"
    if root == "node":
        inner = f"... on {type_} {{ {inner} }}"
    text = f"query {connection}($id: ID!, $first: Int, $after: String) {{ {root}(id: $id) {{ {inner} }} }}"
    return Document(f"{type_}.{connection}", root, text, child=connection, first=first)


def listed(root: str, fields: str, *, name: str = "", extra: str = "", first: int = 10) -> Document:
    """A connection at the root, in the order of change unless `extra` says otherwise."""
    text = (
        f"query {root}($first: Int, $after: String, $query: String) {{ "
        f"{root}(first: $first, after: $after, query: $query{extra}) {{ {_PAGE_INFO} nodes {{ {fields} }} }} }}"
    )
    return Document(name or root, root, text, first=first)


def by_ids(name: str, type_: str, fields: str, *, first: int, more: str = "") -> Document:
    """Records by their global ids."""
    text = f"query nodes($ids: [ID!]!{more}) {{ nodes(ids: $ids) {{ ... on {type_} {{ {fields} }} }} }}"
    return Document(name, "nodes", text, first=first)


# -- customers ----------------------------------------------------------------------------------------------------

_ADDRESS = "firstName lastName company address1 address2 city provinceCode zip countryCodeV2 phone"
_CUSTOMER_ADDRESS = f"id {_ADDRESS}"


def _customer(connection: Connection) -> str:
    return (
        "id updatedAt firstName lastName note tags defaultEmailAddress { emailAddress } "
        "defaultPhoneNumber { phoneNumber } defaultAddress { id } "
        f"{connection('addressesV2', 5, _CUSTOMER_ADDRESS)}"
    )


CUSTOMERS = listed("customers", _customer(paged), extra=", sortKey: UPDATED_AT", first=25)
CUSTOMERS_BY_ID = by_ids("customers by id", "Customer", _customer(paged), first=25)
CUSTOMERS_BULK = f"{{ {in_bulk('customers', 0, _customer(in_bulk))} }}"
CUSTOMER_REST: Mapping[str, Document] = {
    "addressesV2": rest_of("customer", "Customer", "addressesV2", _CUSTOMER_ADDRESS),
}
CUSTOMERS_COUNT = Document(
    "customersCount",
    "customersCount",
    "query customersCount($query: String) { customersCount(query: $query) { count } }",
)
BROWSE_CUSTOMERS = listed(
    "customers",
    "id firstName lastName defaultEmailAddress { emailAddress }",
    name="customers to choose from",
    extra=", sortKey: ID",
    first=50,
)

CUSTOMER_IDS = listed("customers", "id", name="customer ids", extra=", sortKey: ID", first=250)
CUSTOMER_IDS_BULK = f"{{ {in_bulk('customers', 0, 'id')} }}"
VARIANT_IDS = listed("productVariants", "id", name="variant ids", extra=", sortKey: ID", first=250)
VARIANTS_COUNT = Document(
    "productVariantsCount",
    "productVariantsCount",
    "query productVariantsCount($query: String) { productVariantsCount(query: $query) { count } }",
)
VARIANT_IDS_BULK = f"{{ {in_bulk('productVariants', 0, 'id')} }}"

# -- orders -------------------------------------------------------------------------------------------------------

_LINE = (
    "id name sku quantity currentQuantity isGiftCard variant { id } "
    f"originalTotalSet {_MONEY} discountAllocations {{ allocatedAmountSet {_MONEY} }} {_TAX}"
)
_SHIPPING_LINE = f"id title isRemoved discountedPriceSet {_MONEY} {_TAX}"
_FULFILMENT_LINE = "id totalQuantity remainingQuantity lineItem { id }"
_REFUND_LINE = f"quantity lineItem {{ id }} subtotalSet {_MONEY} totalTaxSet {_MONEY}"
_REFUND_SHIPPING = f"shippingLine {{ id }} subtotalAmountSet {_MONEY} taxAmountSet {_MONEY}"
_REFUND_ADJUSTMENT = f"amountSet {_MONEY} taxAmountSet {_MONEY}"


def _order(connection: Connection, *, terms: bool) -> str:
    fulfilment_order = (
        f"id status assignedLocation {{ location {{ id }} }} {connection('lineItems', 10, _FULFILMENT_LINE)}"
    )
    return (
        "id name number createdAt processedAt updatedAt cancelledAt closed edited test email phone note tags "
        "sourceName currencyCode presentmentCurrencyCode taxesIncluded displayFinancialStatus discountCodes "
        f"customer {{ id }} billingAddress {{ {_ADDRESS} }} shippingAddress {{ {_ADDRESS} }} "
        f"{'paymentTerms { id } ' if terms else ''}risk {{ recommendation }} "
        "currentTotalPriceSet { shopMoney { amount } presentmentMoney { amount } } "
        f"totalTipReceivedSet {_MONEY} currentTotalDutiesSet {_MONEY} currentTotalAdditionalFeesSet {_MONEY} "
        f"totalCashRoundingAdjustment {{ paymentSet {_MONEY} }} "
        f"transactions {{ id kind status gateway amountSet {_MONEY} }} "
        f"refunds {{ id createdAt totalRefundedSet {_MONEY} }} fulfillments {{ status }} "
        f"{connection('shippingLines', 5, _SHIPPING_LINE)} {connection('lineItems', 10, _LINE)} "
        f"{connection('fulfillmentOrders', 5, fulfilment_order)}"
    )


_REFUND_DETAILS = (
    f"id {paged('refundLineItems', 10, _REFUND_LINE)} {paged('refundShippingLines', 3, _REFUND_SHIPPING)} "
    f"{paged('orderAdjustments', 3, _REFUND_ADJUSTMENT)}"
)

ORDERS = listed("orders", _order(paged, terms=False), extra=", sortKey: UPDATED_AT", first=5)
ORDERS_BY_ID = by_ids("orders by id", "Order", _order(paged, terms=False), first=5)
ORDERS_BULK = f"{{ {in_bulk('orders', 0, _order(in_bulk, terms=False))} }}"
#: The same with payment terms, which want a scope of their own: asked for without it, every order would be denied.
TERMS_ORDERS = listed(
    "orders", _order(paged, terms=True), name="orders with terms", extra=", sortKey: UPDATED_AT", first=5
)
TERMS_ORDERS_BY_ID = by_ids("orders with terms by id", "Order", _order(paged, terms=True), first=5)
TERMS_ORDERS_BULK = f"{{ {in_bulk('orders', 0, _order(in_bulk, terms=True))} }}"
ORDERS_COUNT = Document(
    "ordersCount", "ordersCount", "query ordersCount($query: String) { ordersCount(query: $query) { count } }"
)
#: Order numbers cannot be searched by range, but walked through in their order.
ORDER_NUMBERS = listed("orders", "id number", name="order numbers", extra=", sortKey: ORDER_NUMBER", first=100)
ORDER_GATEWAYS = listed(
    "orders", "paymentGatewayNames", name="order gateways", extra=", sortKey: CREATED_AT", first=100
)
ORDER_REST: Mapping[str, Document] = {
    "lineItems": rest_of("order", "Order", "lineItems", _LINE),
    "shippingLines": rest_of("order", "Order", "shippingLines", _SHIPPING_LINE),
    "fulfillmentOrders": rest_of(
        "order",
        "Order",
        "fulfillmentOrders",
        f"id status assignedLocation {{ location {{ id }} }} {paged('lineItems', 10, _FULFILMENT_LINE)}",
        first=10,
    ),
}
FULFILMENT_ORDER_REST: Mapping[str, Document] = {
    "lineItems": rest_of("fulfillmentOrder", "FulfillmentOrder", "lineItems", _FULFILMENT_LINE),
}
#: What a bulk file cannot carry: connections below a plain list.
REFUNDS = by_ids("refunds of orders", "Order", f"id refunds {{ {_REFUND_DETAILS} }}", first=20)
REFUND_REST: Mapping[str, Document] = {
    "refundLineItems": rest_of("node", "Refund", "refundLineItems", _REFUND_LINE),
    "refundShippingLines": rest_of("node", "Refund", "refundShippingLines", _REFUND_SHIPPING),
    "orderAdjustments": rest_of("node", "Refund", "orderAdjustments", _REFUND_ADJUSTMENT),
}
FULFILMENT_ORDERS = listed(
    # Three scalars a row: the largest page there is costs next to nothing.
    "fulfillmentOrders",
    "id orderId updatedAt",
    extra=", includeClosed: true, sortKey: UPDATED_AT",
    first=250,
)
LATEST_FULFILMENT_ORDER = listed(
    "fulfillmentOrders",
    "updatedAt",
    name="latest fulfilment order",
    extra=", includeClosed: true, sortKey: UPDATED_AT, reverse: true",
    first=1,
)

# -- inventory ----------------------------------------------------------------------------------------------------

_LEVEL = (
    'id isActive updatedAt location { id isActive } quantities(names: ["available", "committed"]) { name quantity }'
)

LEVELS = by_ids(
    "levels",
    "ProductVariant",
    f"id inventoryItem {{ id tracked inventoryLevel(locationId: $locationId, includeInactive: true) {{ {_LEVEL} }} }}",
    first=250,
    more=", $locationId: ID!",
)
INVENTORY_SET = Document(
    "inventorySetQuantities",
    "inventorySetQuantities",
    "mutation inventorySetQuantities($input: InventorySetQuantitiesInput!, $key: String!) { "
    "inventorySetQuantities(input: $input) @idempotent(key: $key) { "
    "inventoryAdjustmentGroup { id } userErrors { field message code } } }",
)
INVENTORY_ACTIVATE = Document(
    "inventoryActivate",
    "inventoryActivate",
    "mutation inventoryActivate($inventoryItemId: ID!, $locationId: ID!, $key: String!) { "
    "inventoryActivate(inventoryItemId: $inventoryItemId, locationId: $locationId) @idempotent(key: $key) { "
    f"inventoryLevel {{ {_LEVEL} }} userErrors {{ field message }} }} }}",
)

# -- the shop -----------------------------------------------------------------------------------------------------

SHOP = Document(
    "shop",
    "shop",
    "query shop { shop { name myshopifyDomain currencyCode ianaTimezone taxesIncluded weightUnit } }",
)
SHOP_COUNTRY = Document("country of the shop", "shop", "query shop { shop { shopAddress { countryCodeV2 } } }")
INSTALLATION = Document(
    "currentAppInstallation",
    "currentAppInstallation",
    "query currentAppInstallation { currentAppInstallation { accessScopes { handle } } }",
)
VERSIONS = Document(
    "publicApiVersions", "publicApiVersions", "query publicApiVersions { publicApiVersions { handle supported } }"
)
LOCATIONS = Document(
    "locations",
    "locations",
    "query locations($first: Int, $after: String, $includeInactive: Boolean) { "
    f"locations(first: $first, after: $after, includeInactive: $includeInactive) {{ {_PAGE_INFO} "
    "nodes { id name isActive } } }",
    first=50,
)
PRODUCT_TYPES = Document(
    "productTypes",
    "productTypes",
    f"query productTypes($first: Int, $after: String) {{ productTypes(first: $first, after: $after) {{ {_PAGE_INFO} "
    "nodes } }",
    first=250,
)
#: The shop has one page of them.
CUSTOMER_TAGS = Document(
    "customerTags", "shop", "query customerTags($first: Int!) { shop { customerTags(first: $first) { nodes } } }"
)

# -- bulk operations ----------------------------------------------------------------------------------------------

BULK_RUN = Document(
    "bulkOperationRunQuery",
    "bulkOperationRunQuery",
    "mutation bulkOperationRunQuery($query: String!, $groupObjects: Boolean!) { "
    "bulkOperationRunQuery(query: $query, groupObjects: $groupObjects) { "
    "bulkOperation { id status } userErrors { field message code } } }",
    only_reads=True,
)
BULK_POLL = Document(
    "bulkOperation",
    "bulkOperation",
    "query bulkOperation($id: ID!) { bulkOperation(id: $id) { id status errorCode objectCount url } }",
)

#: Everything that is posted as a document; the bulk queries travel as a value inside `BULK_RUN`.
DOCUMENTS: tuple[Document, ...] = tuple(
    document
    for value in list(globals().values())
    for document in (value.values() if isinstance(value, dict) else (value,))
    if isinstance(document, Document)
)
BULK_QUERIES: tuple[str, ...] = (
    CUSTOMERS_BULK,
    CUSTOMER_IDS_BULK,
    VARIANT_IDS_BULK,
    ORDERS_BULK,
    TERMS_ORDERS_BULK,
)
