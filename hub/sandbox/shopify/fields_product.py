"""Resolvers of products, variants, inventory items, levels and locations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, own, text
from hub.sandbox.shopify.fields_common import HAS_METAFIELDS, Count, Money, connection, id_of
from hub.sandbox.shopify.ids import gid
from hub.sandbox.shopify.money import fixed
from hub.sandbox.shopify.paging import Page, page_of_list
from hub.sandbox.shopify.records import Option, OptionValue, Product, Variant
from hub.sandbox.shopify.stock import available

_TAGS = re.compile(r"<[^>]*>")


class NamedValue(NamedTuple):
    """The value a variant has for one option."""

    option: Option
    value: OptionValue


class OptionOf(NamedTuple):
    """An option, and which of its values variants have."""

    option: Option
    used: frozenset[str]
    position: int


class ValueOf(NamedTuple):
    """A value of an option."""

    value: OptionValue
    used: bool


def add_product(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    _product(fields)
    _variant(fields)
    fields.add("Media", {})
    fields.add("MediaImage", dict.fromkeys(("alt", "id", "image", "mediaContentType", "status"), _nothing))
    fields.add("MediaImage", dict.fromkeys(("createdAt", "updatedAt"), _nothing))
    fields.add("Image", dict.fromkeys(("altText", "height", "id", "url", "width"), _nothing))


def _nothing(source: Any) -> None:
    return None


# ------------------------------------------------------------------------------------------------------------ products


def _product(fields: Fields) -> None:
    fields.add(
        "Product",
        own("handle", "title", "vendor", "status", "tags", createdAt="created_at", updatedAt="updated_at")
        | own(descriptionHtml="description_html", productType="product_type", isGiftCard="gift_card")
        | own(publishedAt="published_at", legacyResourceId="id")
        | {
            "id": id_of("Product"),
            "description": lambda one: _TAGS.sub("", one.description_html).strip(),
            "variantsCount": lambda one: Count(len(one.variant_ids)),
        },
        HAS_METAFIELDS
        | {
            "hasOnlyDefaultVariant": _only_default,
            "media": connection(lambda one, context: (), lambda one: 0),
            "options": _options,
            "priceRangeV2": lambda one, args, context: one,
            "totalInventory": _total_inventory,
            "tracksInventory": lambda one, args, context: any(x.tracked for x in context.shop.store.items_of(one)),
            "variants": _variants,
        },
        source=Product,
    )
    fields.add("ProductPriceRangeV2", full={"minVariantPrice": _price(min), "maxVariantPrice": _price(max)})
    fields.add(
        "ProductOption",
        {
            "id": lambda one: gid("ProductOption", one.option.id),
            "name": lambda one: one.option.name,
            "optionValues": lambda one: [ValueOf(value, value.name in one.used) for value in one.option.values],
            "values": lambda one: [value.name for value in one.option.values if value.name in one.used],
            "position": lambda one: one.position,
        },
    )
    fields.add(
        "ProductOptionValue",
        {
            "id": lambda one: gid("ProductOptionValue", one.value.id),
            "name": lambda one: one.value.name,
            "hasVariants": lambda one: one.used,
        },
    )


def _price(pick: Any) -> Any:
    def resolve(product: Product, args: Mapping[str, Any], context: Context) -> Money:
        store = context.shop.store
        return Money(pick(variant.price for variant in store.variants_of(product)), store.facts.currency)

    return resolve


def _only_default(product: Product, args: Mapping[str, Any], context: Context) -> bool:
    variants = context.shop.store.variants_of(product)
    return len(variants) == 1 and variants[0].values == ("Default Title",)


def _options(product: Product, args: Mapping[str, Any], context: Context) -> list[OptionOf]:
    variants = context.shop.store.variants_of(product)
    return [
        OptionOf(option, frozenset(variant.values[place] for variant in variants), place + 1)
        for place, option in enumerate(product.options)
    ][: args.get("first")]


def _total_inventory(product: Product, args: Mapping[str, Any], context: Context) -> int:
    return sum(available(item) for item in context.shop.store.items_of(product) if item.tracked)


def _variants(product: Product, args: Mapping[str, Any], context: Context) -> Page:
    rows = context.shop.store.variants_of(product)
    return page_of_list(rows, args, lambda one: one.id, limited=context.limited)


# ------------------------------------------------------------------------------------------------------------ variants


def _variant(fields: Fields) -> None:
    fields.add(
        "ProductVariant",
        own("title", "position", "taxable", createdAt="created_at", updatedAt="updated_at", legacyResourceId="id")
        | own(inventoryPolicy="policy")
        | text(barcode="barcode", taxCode="tax_code")
        | {"id": id_of("ProductVariant"), "requiresComponents": lambda one: False},
        HAS_METAFIELDS
        | {
            "availableForSale": _for_sale,
            "compareAtPrice": lambda one, args, context: _money(one.compare_at_price, context),
            "price": lambda one, args, context: _money(one.price, context),
            "displayName": lambda one, args, context: f"{_product_of(one, context).title} - {one.title}",
            "inventoryItem": lambda one, args, context: context.shop.store.items[one.item_id],
            "inventoryQuantity": lambda one, args, context: available(context.shop.store.items[one.item_id]),
            "product": lambda one, args, context: _product_of(one, context),
            "selectedOptions": _selected,
            "sku": lambda one, args, context: context.shop.store.items[one.item_id].sku or None,
        },
        source=Variant,
    )
    fields.add(
        "SelectedOption",
        {
            "name": lambda one: one.option.name,
            "value": lambda one: one.value.name,
            "optionValue": lambda one: ValueOf(one.value, True),
        },
    )


def _money(amount: Any, context: Context) -> str | None:
    return None if amount is None else fixed(amount, context.shop.store.facts.currency)


def _product_of(variant: Variant, context: Context) -> Product:
    return context.shop.store.products[variant.product_id]


def _for_sale(variant: Variant, args: Mapping[str, Any], context: Context) -> bool:
    item = context.shop.store.items[variant.item_id]
    has_units = not item.tracked or variant.policy == "CONTINUE" or available(item) > 0
    return _product_of(variant, context).status == "ACTIVE" and has_units


def _selected(variant: Variant, args: Mapping[str, Any], context: Context) -> list[NamedValue]:
    selected = []
    for option, name in zip(_product_of(variant, context).options, variant.values, strict=True):
        value = next(value for value in option.values if value.name == name)
        selected.append(NamedValue(option, value))
    return selected
