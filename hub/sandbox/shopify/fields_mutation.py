"""Resolvers of the mutations: arguments in, a payload out, refusals as userErrors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, Full
from hub.sandbox.shopify.fields_metafields import metafields_delete, metafields_set
from hub.sandbox.shopify.ids import gid, number_of, parse_gid, parse_level_gid
from hub.sandbox.shopify.projection import IDEMPOTENT
from hub.sandbox.shopify.quantities import require_comparison
from hub.sandbox.shopify.records import Customer, Product
from hub.sandbox.shopify.refusal import FieldFault, Refused, refuse
from hub.sandbox.shopify.texts import normal_tags, tags_without

Payload = dict[str, Any]
Work = Callable[[Mapping[str, Any], Context], Payload]

TAGGABLE = frozenset({"Customer", "Order", "Product"})


def add_mutation(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    work: dict[str, Work] = {
        "customerCreate": _customer_create,
        "customerUpdate": _customer_update,
        "customerSet": _customer_set,
        "customerDelete": _customer_delete,
        "customerAddressCreate": _address_create,
        "productCreate": _product_create,
        "productUpdate": _product_update,
        "productSet": _product_set,
        "productDelete": _product_delete,
        "productVariantsBulkCreate": _variants_create,
        "productVariantsBulkUpdate": _variants_update,
        "productVariantsBulkDelete": _variants_delete,
        "tagsAdd": _tags(lambda old, given: normal_tags((*old, *given))),
        "tagsRemove": _tags(tags_without),
        "metafieldsDelete": metafields_delete,
        "metafieldsSet": metafields_set,
        "inventorySetQuantities": _idempotent("inventorySetQuantities", _quantities_set),
        "inventoryAdjustQuantities": _idempotent("inventoryAdjustQuantities", _quantities_adjust),
        "inventoryActivate": _idempotent("inventoryActivate", _activate),
        "inventoryDeactivate": _deactivate,
    }
    fields.add("Mutation", full={name: _refusable(one) for name, one in work.items()})
    for name in work:
        add_payload(fields, name)


#: The fields of every payload; a key that the work did not give is null.
_PAYLOAD_FIELDS = (
    *("address", "bulkOperation", "customer", "deletedCustomerId", "deletedMetafields", "deletedProductId"),
    *(
        "inventoryAdjustmentGroup",
        "inventoryLevel",
        "metafields",
        "node",
        "product",
        "productSetOperation",
        "productVariants",
    ),
)


def add_payload(fields: Fields, mutation: str) -> None:
    """The resolvers of a mutation's payload, which read a dict."""
    kind = f"{mutation[0].upper()}{mutation[1:]}Payload"
    fields.add(kind, {"userErrors": lambda payload: payload.get("userErrors", [])})
    fields.add(kind, {name: _reader(name) for name in _PAYLOAD_FIELDS})


def _reader(name: str) -> Callable[[Payload], Any]:
    return lambda payload: payload.get(name)


def _refusable(work: Work) -> Full:
    def resolve(source: Any, args: Mapping[str, Any], context: Context) -> Payload:
        try:
            return work(args, context)
        except Refused as refusal:
            return {"userErrors": list(refusal.errors)}

    return resolve


# ---------------------------------------------------------------------------------------------------------- idempotence


def _idempotent(name: str, work: Work) -> Work:
    """A call that needs a key: the same key with the same arguments gives the first answer again, and does nothing."""

    def run(args: Mapping[str, Any], context: Context) -> Payload:
        key = args.get(IDEMPOTENT)
        if key is None:
            message = "The @idempotent directive is required for this mutation but was not provided."
            raise FieldFault(message, "BAD_REQUEST")
        if not key.strip():
            raise FieldFault("The idempotency key cannot be an empty string or whitespace only.", "BAD_REQUEST")
        given = {one: value for one, value in args.items() if one != IDEMPOTENT}
        if name == "inventorySetQuantities":
            require_comparison(given["input"]["quantities"], "InventoryQuantityInput")
        answer: Payload | None = context.shop.replay(key, name, given, lambda: _kept(work, given, context))
        if answer is None:
            message = "The same idempotency key was used with different parameters."
            raise refuse(None, message, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
        return answer

    return run


def _kept(work: Work, args: Mapping[str, Any], context: Context) -> Payload:
    """The answer as it is kept for a replay, a refusal included."""
    try:
        return work(args, context)
    except Refused as refusal:
        return {"userErrors": list(refusal.errors)}


# ----------------------------------------------------------------------------------------------------------- customers


def _customer(text: Any, context: Context, field: str = "id", message: str = "Customer does not exist") -> Customer:
    found = context.shop.store.customers.get(number_of(text, "Customer") or 0)
    if found is None:
        raise refuse((field,), message)
    return found


def _customer_create(args: Mapping[str, Any], context: Context) -> Payload:
    if args["input"].get("id"):
        raise refuse(("id",), "Cannot specify ID on creation")
    return {"customer": context.shop.customers.create(args["input"], context.shop.now())}


def _customer_update(args: Mapping[str, Any], context: Context) -> Payload:
    customer = _customer(args["input"].get("id"), context)
    return {"customer": context.shop.customers.update(customer, args["input"], context.shop.now())}


def _customer_set(args: Mapping[str, Any], context: Context) -> Payload:
    given, shop = args["input"], context.shop
    customer = _identified(given, args.get("identifier"), context)
    if customer is None:
        return {"customer": shop.customers.create(given, shop.now(), ("input",))}
    return {"customer": shop.customers.update(customer, given, shop.now(), ("input",))}


def _identified(given: Mapping[str, Any], identifier: Mapping[str, Any] | None, context: Context) -> Customer | None:
    not_found = refuse(("input",), "Resource matching the identifier was not found.", "NOT_FOUND")
    shop = context.shop
    if not identifier:
        number = number_of(given.get("id"), "Customer")
        if given.get("id") and number not in shop.store.customers:
            raise not_found
        return shop.store.customers.get(number or 0)
    if given.get("id"):
        raise refuse(("input",), "The id field is not allowed if identifier is provided.", "ID_NOT_ALLOWED")
    if identifier.get("id"):
        found = shop.store.customers.get(number_of(identifier["id"], "Customer") or 0)
        if found is None:
            raise not_found
        return found
    name = "email" if identifier.get("email") else "phone"
    wanted = identifier.get(name) or ""
    if not given.get(name):
        message = "The input field corresponding to the identifier is required."
        raise refuse(("input",), message, "MISSING_FIELD_REQUIRED")
    if given[name].strip().lower() != wanted.strip().lower():
        message = "The identifier value does not match the value of the corresponding field in the input."
        raise refuse(("input",), message, "INPUT_MISMATCH")
    return shop.customers.find(**{name: wanted})


def _customer_delete(args: Mapping[str, Any], context: Context) -> Payload:
    customer = _customer(args["input"]["id"], context, "id", "Customer can't be found")
    context.shop.customers.delete(customer)
    return {"deletedCustomerId": gid("Customer", customer.id)}


def _address_create(args: Mapping[str, Any], context: Context) -> Payload:
    customer = _customer(args["customerId"], context, "customerId")
    default = bool(args.get("setAsDefault"))
    added = context.shop.customers.add_address(customer, args["address"], context.shop.now(), default=default)
    return {"address": added}


# ------------------------------------------------------------------------------------------------------------ products


def _product(text: Any, context: Context, field: str = "id", code: str | None = None) -> Product:
    found = context.shop.store.products.get(number_of(text, "Product") or 0)
    if found is None:
        raise refuse((field,), "Product does not exist", code)
    return found


def _required(args: Mapping[str, Any], name: str, mutation: str) -> Mapping[str, Any]:
    if args.get(name) is None:
        message = f"{mutation} must include exactly one of the following arguments: input, {name}."
        raise FieldFault(message, "INVALID_FIELD_ARGUMENTS")
    given: Mapping[str, Any] = args[name]
    return given


def _product_create(args: Mapping[str, Any], context: Context) -> Payload:
    given = _required(args, "product", "productCreate")
    return {"product": context.shop.products.create(given, context.shop.now())}


def _product_update(args: Mapping[str, Any], context: Context) -> Payload:
    given = _required(args, "product", "productUpdate")
    product = _product(given.get("id"), context)
    return {"product": context.shop.products.update(product, given, context.shop.now())}


def _product_set(args: Mapping[str, Any], context: Context) -> Payload:
    shop = context.shop
    product = shop.products.find_for_set(args["input"], args.get("identifier"))
    if args.get("synchronous") is False or args.get("synchronous") is None:
        return {"productSetOperation": shop.product_set_later(product, args["input"])}
    return {"product": shop.products.set(product, args["input"], shop.now())}


def _product_delete(args: Mapping[str, Any], context: Context) -> Payload:
    product = _product(args["input"]["id"], context)
    context.shop.products.delete(product)
    return {"deletedProductId": gid("Product", product.id)}


def _variants_create(args: Mapping[str, Any], context: Context) -> Payload:
    product = _product(args["productId"], context, "productId", "PRODUCT_DOES_NOT_EXIST")
    try:
        made = context.shop.product_variants.add(product, args["variants"], context.shop.now())
    except Refused as refusal:
        return {"product": product, "productVariants": [], "userErrors": list(refusal.errors)}
    return {"product": product, "productVariants": made}


def _variants_update(args: Mapping[str, Any], context: Context) -> Payload:
    product = _product(args["productId"], context, "productId", "PRODUCT_DOES_NOT_EXIST")
    partial = bool(args.get("allowPartialUpdates"))
    changed, errors = context.shop.product_variants.change(
        product, args["variants"], context.shop.now(), partial=partial
    )
    return {"product": product, "productVariants": changed, "userErrors": errors}


def _variants_delete(args: Mapping[str, Any], context: Context) -> Payload:
    product = _product(args["productId"], context, "productId", "PRODUCT_DOES_NOT_EXIST")
    numbers = [number_of(one, "ProductVariant") or 0 for one in args["variantsIds"]]
    context.shop.product_variants.remove(product, numbers, context.shop.now())
    return {"product": product}


# -------------------------------------------------------------------------------------------------------------- tags


def _tags(combine: Callable[[tuple[str, ...], list[str]], tuple[str, ...]]) -> Work:
    def run(args: Mapping[str, Any], context: Context) -> Payload:
        parsed = parse_gid(args["id"])
        if parsed is None or parsed.kind not in TAGGABLE:
            raise FieldFault("invalid id", "RESOURCE_NOT_FOUND")
        record = context.shop.tables[parsed.kind].get(parsed.number)
        if record is None:
            raise refuse(("id",), f"{parsed.kind} does not exist")
        changed = combine(record.tags, args["tags"])
        if changed != record.tags:
            record.tags = changed
            context.shop.store.touch(parsed.kind, record, context.shop.now())
        return {"node": record}

    return run


# ----------------------------------------------------------------------------------------------------------- inventory


def _quantities_set(args: Mapping[str, Any], context: Context) -> Payload:
    return _grouped(context.shop.quantities.set(args["input"], context.shop.now()), context)


def _quantities_adjust(args: Mapping[str, Any], context: Context) -> Payload:
    return _grouped(context.shop.quantities.adjust(args["input"], context.shop.now()), context)


def _grouped(group: Any, context: Context) -> Payload:
    context.shop.state.groups[group.id] = group
    return {"inventoryAdjustmentGroup": group if group.changes else None}


def _activate(args: Mapping[str, Any], context: Context) -> Payload:
    level, errors = context.shop.quantities.activate(args, context.shop.now())
    return {"inventoryLevel": level, "userErrors": errors}


def _deactivate(args: Mapping[str, Any], context: Context) -> Payload:
    store = context.shop.store
    key = parse_level_gid(args["inventoryLevelId"]) or (0, 0)
    location, item = store.locations.get(key[0]), store.items.get(key[1])
    if item is None or key[0] not in item.levels:
        raise refuse(None, "The product couldn't be unstocked because the product was deleted.")
    if location is None:
        raise refuse(None, "The product couldn't be unstocked because the location was deleted.")
    context.shop.quantities.deactivate(item, location, context.shop.now())
    return {}
