"""Variants with their inventory items: reading an input, checking it, making, changing and removing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from hub.sandbox.shopify.ids import number_of
from hub.sandbox.shopify.metafields import set_metafields
from hub.sandbox.shopify.records import InventoryItem, Option, OptionValue, Product, Variant
from hub.sandbox.shopify.refusal import UserError, refuse
from hub.sandbox.shopify.stock import StockBook
from hub.sandbox.shopify.store import Store

VARIANT_LIMIT, OPTION_LIMIT = 2048, 3
PRICE_LIMIT = Decimal(10) ** 18
DEFAULT_OPTION, DEFAULT_VALUE = "Title", "Default Title"


@dataclass(frozen=True, slots=True)
class Choice:
    """An option with its values as an input names them."""

    name: str
    values: tuple[str, ...]


def value_errors(given: Mapping[str, Any], at: Sequence[str], code: str) -> list[UserError]:
    """What is wrong with the plain values of a variant's input."""
    errors = []
    compare, price = given.get("compareAtPrice"), given.get("price")
    if compare is not None and compare >= PRICE_LIMIT:
        errors.append(UserError((*at, "compareAtPrice"), f"must be less than {PRICE_LIMIT:f}", "INVALID_INPUT"))
    if price is not None and price < 0:
        errors.append(UserError((*at, "price"), "Price must be greater than or equal to 0", code))
    if price is not None and price >= PRICE_LIMIT:
        errors.append(UserError((*at, "price"), f"must be less than {PRICE_LIMIT:f}", "INVALID_INPUT"))
    sku = _sku(given)
    if sku is not None and len(sku) > 255:
        errors.append(UserError((*at, "sku"), "SKU is too long (maximum is 255 characters)", "INVALID_INPUT"))
    if len(given.get("barcode") or "") > 255:
        errors.append(UserError((*at, "barcode"), "Barcode is too long (maximum is 255 characters)", "INVALID_INPUT"))
    return errors


def _sku(given: Mapping[str, Any]) -> str | None:
    if "sku" in given:
        return given["sku"] or ""
    item = given.get("inventoryItem") or {}
    return (item["sku"] or "") if "sku" in item else None


class Variants:
    """All writes on variants and on what identifies them."""

    def __init__(self, store: Store, stock: StockBook) -> None:
        self._store = store
        self._stock = stock

    def make(self, product: Product, values: tuple[str, ...], given: Mapping[str, Any], now: datetime) -> Variant:
        """A new variant at the end of the product, with a new item that is stocked at the default location."""
        store = self._store
        variant = Variant(store.number("ProductVariant"), product.id, store.number("InventoryItem"), now, now, values)
        item = InventoryItem(variant.item_id, variant.id, now, now, requires_shipping=not product.gift_card)
        store.variants[variant.id] = variant
        store.items[item.id] = item
        product.variant_ids.append(variant.id)
        variant.position = len(product.variant_ids)
        self._stock.open(item, next(iter(store.active_locations())).id, now)
        self.change(variant, given, now)
        self.set_quantities(item, given.get("inventoryQuantities") or (), now)
        return variant

    def change(self, variant: Variant, given: Mapping[str, Any], now: datetime) -> None:
        """Take the given values over; what is not given stays."""
        item = self._store.items[variant.item_id]
        if given.get("price") is not None:
            variant.price = given["price"]
        if "compareAtPrice" in given:
            variant.compare_at_price = given["compareAtPrice"]
        if "barcode" in given:
            variant.barcode = given["barcode"] or ""
        if given.get("taxable") is not None:
            variant.taxable = given["taxable"]
        if "taxCode" in given:
            variant.tax_code = given["taxCode"] or ""
        if given.get("inventoryPolicy"):
            variant.policy = given["inventoryPolicy"]
        if given.get("position"):
            variant.position = given["position"]
        sku = _sku(given)
        if sku is not None and sku != item.sku:
            self._store.rename_sku(item, sku)
        self.change_item(item, given.get("inventoryItem") or {})
        set_metafields(self._store, variant.metafields, given.get("metafields") or (), "PRODUCTVARIANT", now)
        item.updated_at = now
        self._store.touch("ProductVariant", variant, now)
        self._store.tell("InventoryItem", item.id)

    @staticmethod
    def change_item(item: InventoryItem, given: Mapping[str, Any]) -> None:
        """Take an InventoryItemInput over."""
        if given.get("tracked") is not None:
            item.tracked = given["tracked"]
        if given.get("requiresShipping") is not None:
            item.requires_shipping = given["requiresShipping"]
        if "cost" in given:
            item.cost = given["cost"]
        weight = (given.get("measurement") or {}).get("weight")
        if weight:
            item.weight, item.weight_unit = Decimal(str(weight["value"])), weight["unit"]
        if "countryCodeOfOrigin" in given:
            item.country_of_origin = given["countryCodeOfOrigin"] or ""
        if "provinceCodeOfOrigin" in given:
            item.province_of_origin = given["provinceCodeOfOrigin"] or ""
        if "harmonizedSystemCode" in given:
            item.harmonized_code = (given["harmonizedSystemCode"] or "").replace(".", "")

    def set_quantities(self, item: InventoryItem, given: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Absolute quantities, without any comparison: a level is opened where there is none."""
        for one in given:
            location = number_of(one["locationId"], "Location")
            if location not in self._store.locations:
                raise refuse(("input", "variants"), "The specified location could not be found.", "INVALID_VARIANT")
            name, wanted = one.get("name", "available"), one.get("quantity", one.get("availableQuantity"))
            level = self._stock.open(item, location, now)
            have = level.on_hand if name == "on_hand" else level.available
            if wanted != have:
                self._stock.change(item, location, name, int(wanted or 0) - have, now)

    def remove(self, product: Product, variant: Variant) -> None:
        """A variant goes with its inventory item and all its stock."""
        store = self._store
        item = store.items.pop(variant.item_id)
        store.rename_sku(item, "")
        del store.variants[variant.id]
        product.variant_ids.remove(variant.id)
        store.tell("ProductVariant", variant.id)
        store.tell("InventoryItem", item.id)

    # -------------------------------------------------------------------------------------------------------- options

    def set_options(self, product: Product, choices: Sequence[Choice]) -> None:
        """Give a product these options; options and values that had the same name keep their ids."""
        store = self._store
        old = {option.name.casefold(): option for option in product.options}
        options = []
        for choice in choices:
            known = old.get(choice.name.casefold())
            ids = {value.name: value.id for value in known.values} if known else {}
            values = [OptionValue(ids.get(name) or store.number("ProductOptionValue"), name) for name in choice.values]
            options.append(Option(known.id if known else store.number("ProductOption"), choice.name, values))
        product.options = options

    def add_value(self, option: Option, name: str) -> None:
        """Make sure an option has a value."""
        if all(value.name != name for value in option.values):
            option.values.append(OptionValue(self._store.number("ProductOptionValue"), name))


def option_values(
    options: Sequence[tuple[str, str]], given: Sequence[Mapping[str, Any]], old: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The value for each option, given as (id, name) pairs; an option that is not named keeps its old value."""
    values = list(old) if len(old) == len(options) else [""] * len(options)
    for one in given:
        for place, (number, name) in enumerate(options):
            if one.get("optionId") == number or (one.get("optionName") or "").casefold() == name.casefold():
                values[place] = one.get("name") or values[place]
    return tuple(values)
