"""Adding, changing and removing the variants of a product on their own, many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.sandbox.shopify.ids import gid, number_of
from hub.sandbox.shopify.records import Product, Variant
from hub.sandbox.shopify.refusal import Refused, UserError, refuse
from hub.sandbox.shopify.store import Store
from hub.sandbox.shopify.variants import Variants, option_values, value_errors


class ProductVariants:
    """productVariantsBulkCreate, Update and Delete."""

    def __init__(self, store: Store, variants: Variants) -> None:
        self._store = store
        self._variants = variants

    def add(self, product: Product, given: Sequence[Mapping[str, Any]], now: datetime) -> list[Variant]:
        """productVariantsBulkCreate: all or none."""
        options = [(gid("ProductOption", option.id), option.name) for option in product.options]
        known = {variant.values for variant in self._store.variants_of(product)}
        wanted: list[tuple[tuple[str, ...], Mapping[str, Any]]] = []
        errors: list[UserError] = []
        for place, one in enumerate(given):
            at = ("variants", str(place))
            values = option_values(options, one.get("optionValues") or ())
            errors += value_errors(one, at, "GREATER_THAN_OR_EQUAL_TO")
            if one.get("id"):
                errors.append(UserError((*at, "id"), "id cannot be specified during creation", "NO_KEY_ON_CREATE"))
            elif not all(values):
                errors.append(UserError(at, "You need to add option values", "NEED_TO_ADD_OPTION_VALUES"))
            elif values in known:
                message = f"The variant '{' / '.join(values)}' already exists. Please change at least one option value."
                errors.append(UserError(at, message, "VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE"))
            known.add(values)
            wanted.append((values, one))
        if errors:
            raise Refused(*errors)
        for values, _ in wanted:
            for option, value in zip(product.options, values, strict=True):
                self._variants.add_value(option, value)
        made = [self._variants.make(product, values, one, now) for values, one in wanted]
        self._store.touch("Product", product, now)
        return made

    def change(
        self, product: Product, given: Sequence[Mapping[str, Any]], now: datetime, *, partial: bool
    ) -> tuple[list[Variant], list[UserError]]:
        """productVariantsBulkUpdate: all or none, or (`partial`) those that are right."""
        errors, fine, named = [], [], []
        for place, one in enumerate(given):
            at = ("variants", str(place))
            variant = self._store.variants.get(number_of(one.get("id"), "ProductVariant") or 0)
            if variant is None or variant.product_id != product.id:
                errors.append(_unknown_variant(at, named=bool(one.get("id"))))
                continue
            mine = value_errors(one, at, "GREATER_THAN_OR_EQUAL_TO")
            if one.get("inventoryQuantities"):
                message = (
                    "Inventory quantities can only be provided during create. "
                    "To update inventory for existing variants, use inventoryAdjustQuantities."
                )
                code = "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE"
                mine.append(UserError((*at, "inventoryQuantities"), message, code))
            errors += mine
            named.append(variant)
            if not mine:
                fine.append((variant, one))
        if errors and not partial:
            return named, errors
        for variant, one in fine:
            self._rename(product, variant, one)
            self._variants.change(variant, one, now)
        if fine:
            self._store.touch("Product", product, now)
        return named, errors

    def _rename(self, product: Product, variant: Variant, given: Mapping[str, Any]) -> None:
        if given.get("optionValues"):
            options = [(gid("ProductOption", option.id), option.name) for option in product.options]
            variant.values = option_values(options, given["optionValues"], variant.values)
            for option, value in zip(product.options, variant.values, strict=True):
                self._variants.add_value(option, value)

    def remove(self, product: Product, numbers: Sequence[int], now: datetime) -> None:
        """productVariantsBulkDelete: all or none, and never the last one."""
        for place, number in enumerate(numbers):
            if number not in product.variant_ids:
                message = "At least one variant does not belong to the product"
                code = "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT"
                raise refuse(("variantsIds", str(place)), message, code)
        if len(set(numbers)) >= len(product.variant_ids):
            raise refuse(("variantsIds",), "Cannot delete the last variant of a product", "CANNOT_DELETE_LAST_VARIANT")
        for number in dict.fromkeys(numbers):
            self._variants.remove(product, self._store.variants[number])
        for place, variant in enumerate(self._store.variants_of(product), 1):
            variant.position = place
        self._store.touch("Product", product, now)


def _unknown_variant(at: tuple[str, ...], *, named: bool) -> UserError:
    if named:
        return UserError((*at, "id"), "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")
    return UserError((*at, "id"), "Product variant is missing ID attribute", "PRODUCT_VARIANT_ID_MISSING")
