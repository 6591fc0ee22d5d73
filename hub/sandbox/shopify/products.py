"""Creating, changing and deleting products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.sandbox.shopify.ids import gid, number_of
from hub.sandbox.shopify.metafields import set_metafields
from hub.sandbox.shopify.records import Product, Variant
from hub.sandbox.shopify.refusal import Refused, UserError, refuse
from hub.sandbox.shopify.stock import StockBook
from hub.sandbox.shopify.store import Store
from hub.sandbox.shopify.texts import handle_of, has_long_tag, next_free_handle, normal_tags
from hub.sandbox.shopify.variants import (
    DEFAULT_OPTION,
    DEFAULT_VALUE,
    OPTION_LIMIT,
    VARIANT_LIMIT,
    Choice,
    Variants,
    option_values,
    value_errors,
)

TEXT_LIMIT, TAG_LIMIT = 255, 250
NOT_FOUND = "Resource matching the identifier was not found."


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One variant of a productSet input, checked."""

    known: Variant | None
    values: tuple[str, ...]
    given: Mapping[str, Any]


class Products:
    """All writes on products."""

    def __init__(self, store: Store, stock: StockBook, variants: Variants) -> None:
        self._store = store
        self._stock = stock
        self._variants = variants

    # ------------------------------------------------------------------------------------------ create, update, delete

    def create(self, given: Mapping[str, Any], now: datetime) -> Product:
        """productCreate: one product with one variant without SKU, whose first option values come from the input."""
        product = self._checked(None, given, now, ())
        choices = _choices(given.get("productOptions") or ())
        self._keep_new(product)
        self._variants.set_options(product, choices or [Choice(DEFAULT_OPTION, (DEFAULT_VALUE,))])
        first = tuple(choice.values[0] for choice in choices) or (DEFAULT_VALUE,)
        self._variants.make(product, first, {}, now)
        set_metafields(self._store, product.metafields, given.get("metafields") or (), "PRODUCT", now)
        self._store.touch("Product", product, now)
        return product

    def update(self, product: Product, given: Mapping[str, Any], now: datetime) -> Product:
        """productUpdate: only what is given changes."""
        changed = self._checked(product, given, now, ())
        self._take_over(product, changed)
        set_metafields(self._store, product.metafields, given.get("metafields") or (), "PRODUCT", now)
        self._store.touch("Product", product, now)
        return product

    def delete(self, product: Product) -> None:
        """A product goes with its variants, their items and stock."""
        for variant in list(self._store.variants_of(product)):
            self._variants.remove(product, variant)
        del self._store.products[product.id]
        self._store.by_handle.pop(product.handle, None)
        self._store.tell("Product", product.id)

    # ------------------------------------------------------------------------------------------------------ productSet

    def find_for_set(self, given: Mapping[str, Any], identifier: Mapping[str, Any] | None) -> Product | None:
        """The product that productSet is about; None: a new one."""
        if identifier is None:
            return self._by_id(given["id"]) if given.get("id") else None
        if given.get("id"):
            raise refuse(("input",), "The id field is not allowed if identifier is provided.", "ID_NOT_ALLOWED")
        if identifier.get("id"):
            return self._by_id(identifier["id"])
        handle = identifier.get("handle")
        if not handle:
            raise refuse(("input",), NOT_FOUND, "NOT_FOUND")
        if not given.get("handle"):
            message = "The input field corresponding to the identifier is required."
            raise refuse(("input",), message, "MISSING_FIELD_REQUIRED")
        if handle_of(given["handle"]) != handle_of(handle):
            message = "The identifier value does not match the value of the corresponding field in the input."
            raise refuse(("input",), message, "INPUT_MISMATCH")
        number = self._store.by_handle.get(handle_of(handle))
        return self._store.products[number] if number is not None else None

    def _by_id(self, text: str) -> Product:
        product = self._store.products.get(number_of(text, "Product") or 0)
        if product is None:
            raise refuse(("input",), "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        return product

    def set(self, product: Product | None, given: Mapping[str, Any], now: datetime) -> Product:
        """productSet: list fields replace, all else stays where it is not given. Refused whole, or done whole."""
        changed = self._checked(product, given, now, ("input",))
        choices, wanted = self._wanted_variants(product, given)
        fresh = product is None
        if product is None:
            product = changed
            self._keep_new(product)
        else:
            self._take_over(product, changed)
        if wanted is not None:
            self._variants.set_options(product, choices)
            self._replace_variants(product, wanted, now)
        elif fresh:
            self._variants.set_options(product, [Choice(DEFAULT_OPTION, (DEFAULT_VALUE,))])
            self._variants.make(product, (DEFAULT_VALUE,), {}, now)
        if given.get("metafields") is not None:
            product.metafields.clear()
            set_metafields(self._store, product.metafields, given["metafields"], "PRODUCT", now)
        self._store.touch("Product", product, now)
        return product

    def _replace_variants(self, product: Product, wanted: Sequence[_Wanted], now: datetime) -> None:
        kept = {one.known.id for one in wanted if one.known}
        for variant in self._store.variants_of(product):
            if variant.id not in kept:
                self._variants.remove(product, variant)
        order = []
        for place, one in enumerate(wanted, 1):
            if one.known is None:
                variant = self._variants.make(product, one.values, one.given, now)
            else:
                variant = one.known
                variant.values = one.values
                self._variants.change(variant, one.given, now)
                item = self._store.items[variant.item_id]
                self._variants.set_quantities(item, one.given.get("inventoryQuantities") or (), now)
            variant.position = place
            order.append(variant.id)
        product.variant_ids = order

    def _wanted_variants(
        self, product: Product | None, given: Mapping[str, Any]
    ) -> tuple[list[Choice], list[_Wanted] | None]:
        options, variants = given.get("productOptions"), given.get("variants")
        if variants is None:
            if options is not None:
                message = "Variants input is required when updating product options"
                raise refuse(("input", "variants"), message, "VARIANTS_INPUT_MISSING")
            return [], None
        if options is None:
            message = "Product options input is required when updating variants"
            raise refuse(("input", "productOptions"), message, "PRODUCT_OPTIONS_INPUT_MISSING")
        if len(variants) > VARIANT_LIMIT:
            message = f"Number of product variants exceeds the limit of {VARIANT_LIMIT}"
            raise refuse(("input", "variants"), message, "VARIANTS_OVER_LIMIT")
        choices = self._named_choices(product, options)
        wanted = [self._wanted(product, choices, one, place) for place, one in enumerate(variants)]
        _refuse_doubles(wanted)
        used = [tuple(dict.fromkeys(one.values[place] for one in wanted)) for place in range(len(choices))]
        complete = [Choice(c.name, tuple(dict.fromkeys(c.values + used[p]))) for p, c in enumerate(choices)]
        return complete, wanted

    @staticmethod
    def _named_choices(product: Product | None, options: Sequence[Mapping[str, Any]]) -> list[Choice]:
        """Options of an input by name; one that gives only an id has the name it had."""
        names = {gid("ProductOption", option.id): option.name for option in product.options} if product else {}
        given = [{**one, "name": one.get("name") or names.get(one.get("id") or "")} for one in options]
        if any(not one["name"] for one in given):
            raise refuse(("input", "productOptions"), "Option does not exist", "OPTION_DOES_NOT_EXIST")
        return _choices(given)

    def _wanted(
        self, product: Product | None, choices: Sequence[Choice], given: Mapping[str, Any], place: int
    ) -> _Wanted:
        at = ("input", "variants", str(place))
        known = None
        if given.get("id"):
            known = self._store.variants.get(number_of(given["id"], "ProductVariant") or 0)
            if known is None or product is None or known.product_id != product.id:
                raise refuse((*at, "id"), "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")
        errors = value_errors(given, at, "INVALID_VARIANT")
        if errors:
            raise Refused(*errors)
        ids = {option.name: gid("ProductOption", option.id) for option in product.options} if product else {}
        options = [(ids.get(choice.name, ""), choice.name) for choice in choices]
        values = option_values(options, given.get("optionValues") or (), known.values if known else ())
        if not all(values):
            raise refuse((*at, "optionValues"), "Option value does not exist", "OPTION_VALUE_DOES_NOT_EXIST")
        return _Wanted(known, values, given)

    # ---------------------------------------------------------------------------------------------------------- checks

    def _checked(
        self, product: Product | None, given: Mapping[str, Any], now: datetime, at: tuple[str, ...]
    ) -> Product:
        """The product's own fields after the change, as a copy."""
        title = given["title"] if given.get("title") is not None else (product.title if product else "")
        errors = self._text_errors(title, given, at)
        handle, taken = self._handle(product, given, title)
        if taken:
            message = f"Handle '{handle}' already in use. Please provide a new handle."
            errors.append(UserError(("input", "handle"), message, "HANDLE_NOT_UNIQUE"))
        if len(handle) > TEXT_LIMIT:
            field = at or ("handle",)
            errors.append(UserError(field, "Handle is too long (maximum is 255 characters)", "INVALID_INPUT"))
        tags = normal_tags(given["tags"]) if given.get("tags") is not None else (product.tags if product else ())
        if has_long_tag(tags) or len(tags) > TAG_LIMIT:
            errors.append(UserError((*at, "tags"), "Product tags is invalid", "INVALID_INPUT"))
        if product and given.get("giftCard") is not None and given["giftCard"] != product.gift_card:
            message = "The product gift_card attribute cannot be changed after creation."
            errors.append(UserError((*at, "giftCard"), message, "GIFT_CARD_ATTRIBUTE_CANNOT_BE_CHANGED"))
        if errors:
            raise Refused(*errors)
        old = product or Product(0, "", "", now, now, vendor=self._store.facts.name)
        return Product(
            id=old.id,
            handle=handle,
            title=title.strip(),
            created_at=old.created_at,
            updated_at=now,
            description_html=_text(given, "descriptionHtml", old.description_html),
            vendor=_text(given, "vendor", old.vendor) or self._store.facts.name,
            product_type=_text(given, "productType", old.product_type),
            status=given.get("status") or old.status,
            tags=tags,
            gift_card=bool(given.get("giftCard", old.gift_card)),
            published_at=old.published_at,
        )

    @staticmethod
    def _text_errors(title: str, given: Mapping[str, Any], at: tuple[str, ...]) -> list[UserError]:
        errors = []
        if not title.strip():
            errors.append(UserError((*at, "title"), "Title can't be blank", "INVALID_INPUT"))
        if len(title) > TEXT_LIMIT:
            label = "" if at else "Title "
            message = f"{label}is too long (maximum is 255 characters)"
            errors.append(UserError((*at, "title"), message, "INVALID_INPUT"))
        for name, label in (("vendor", "Vendor"), ("productType", "Product type")):
            if len(given.get(name) or "") > TEXT_LIMIT:
                message = f"{label} is too long (maximum is 255 characters)"
                errors.append(UserError(at or (name,), message, "INVALID_INPUT"))
        if len(given.get("productType") or "") > TEXT_LIMIT:
            message = "Custom product type is too long (maximum is 255 characters)"
            errors.append(UserError(at or ("customProductType",), message, "INVALID_INPUT"))
        return errors

    def _handle(self, product: Product | None, given: Mapping[str, Any], title: str) -> tuple[str, bool]:
        """(handle, taken by another). A handle made of the title is never taken: it is counted on."""
        asked = handle_of(given["handle"]) if given.get("handle") else ""
        if asked:
            owner = self._store.by_handle.get(asked)
            return asked, owner is not None and (product is None or owner != product.id)
        if product is not None:
            return product.handle, False
        return next_free_handle(handle_of(title) or "product", self._store.by_handle), False

    # --------------------------------------------------------------------------------------------------------- keeping

    def _keep_new(self, product: Product) -> None:
        product.id = self._store.number("Product")
        self._store.products[product.id] = product
        self._store.by_handle[product.handle] = product.id

    def _take_over(self, product: Product, changed: Product) -> None:
        if changed.handle != product.handle:
            self._store.by_handle.pop(product.handle, None)
            self._store.by_handle[changed.handle] = product.id
        for name in ("handle", "title", "description_html", "vendor", "product_type", "status", "tags"):
            setattr(product, name, getattr(changed, name))


def _text(given: Mapping[str, Any], name: str, old: str) -> str:
    return (given[name] or "") if name in given else old


def _choices(options: Iterable[Mapping[str, Any]]) -> list[Choice]:
    choices = [
        Choice(one.get("name") or "", tuple(dict.fromkeys(value["name"] for value in one.get("values") or ())))
        for one in sorted(options, key=lambda one: one.get("position") or 0)
    ]
    if len(choices) > OPTION_LIMIT:
        message = f"Products can have a maximum of {OPTION_LIMIT} options."
        raise refuse(("input", "productOptions"), message, "OPTIONS_OVER_LIMIT")
    if len({choice.name.casefold() for choice in choices}) < len(choices):
        raise refuse(("input", "productOptions"), "Duplicated option name", "DUPLICATED_OPTION_NAME")
    if any(not choice.values for choice in choices):
        message = "Each option must have at least one option value specified."
        raise refuse(("input", "productOptions"), message, "OPTION_VALUES_MISSING")
    return choices


def _refuse_doubles(wanted: Sequence[_Wanted]) -> None:
    seen: set[tuple[str, ...]] = set()
    errors = []
    for place, one in enumerate(wanted):
        if one.values in seen:
            message = f"The variant '{' / '.join(one.values)}' already exists. Please change at least one option value."
            errors.append(UserError(("input", "variants", str(place)), message, "INVALID_VARIANT"))
        seen.add(one.values)
    if errors:
        raise Refused(*errors)
