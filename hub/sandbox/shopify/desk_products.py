"""Products on the shop's edit pages, with their variants' prices and stock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hub.sandbox.desk.desk import Card, Row
from hub.sandbox.desk.forms import Call, Field, Form, Typed
from hub.sandbox.shopify.ids import gid, parse_gid
from hub.sandbox.shopify.records import Location, Product, Variant
from hub.sandbox.shopify.store import Store

STATUSES = (("ACTIVE", "active"), ("DRAFT", "draft"), ("ARCHIVED", "archived"), ("UNLISTED", "unlisted"))
#: A product may have 2,048 variants; nobody edits those by hand.
SHOWN_VARIANTS = 50


class Products:
    """The kind."""

    name = "products"
    also = ("product", "variants", "variant", "inventory", "items", "item")
    title = "Products"
    one = "product"
    columns = ("Title", "SKU", "Price", "Available", "Status")

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store.products)

    def rows(self) -> Iterator[Row]:
        """The newest first."""
        for product in reversed(self._store.products.values()):
            variants = self._store.variants_of(product)
            skus = [self._store.items[one.item_id].sku for one in variants]
            prices = sorted({one.price for one in variants})
            shown = "–".join(f"{price:,.2f}" for price in (prices if len(prices) < 2 else (prices[0], prices[-1])))
            available = sum(
                level.available
                for item in self._store.items_of(product)
                for level in item.levels.values()
                if level.active
            )
            cells = (product.title, ", ".join(filter(None, skus[:5])), shown, available, product.status.lower())
            yield Row(str(product.id), cells)

    def card(self, ident: str) -> Card | None:
        """By its id, or that of a variant or its item, as a number or as a global id; or by SKU."""
        product = self._found(ident)
        if product is None:
            return None
        facts = (
            ("Id", gid("Product", product.id)),
            ("Handle", product.handle),
            ("Changed", f"{product.updated_at:%Y-%m-%d %H:%M:%S} UTC"),
        )
        forms = [self._texts(product)]
        for variant in self._store.variants_of(product)[:SHOWN_VARIANTS]:
            forms += [self._variant(product, variant), self._stock(product, variant)]
        remove = Form(
            "delete",
            "",
            "Delete this product",
            lambda typed: [("delete", {"id": gid("Product", product.id)})],
            grave=True,
        )
        return Card(str(product.id), product.title or "(no title)", facts, forms=(*forms, remove))

    def _found(self, ident: str) -> Product | None:
        store, parsed = self._store, parse_gid(ident)
        number = parsed.number if parsed else int(ident) if ident.isdecimal() and len(ident) < 20 else 0
        variant = store.variants.get(number)
        item = store.items.get(number)
        if variant is None and item is not None:
            variant = store.variants[item.variant_id]
        if variant is None and number not in store.products:
            variant = store.variant_by_sku(ident)
        return store.products.get(variant.product_id if variant else number)

    @staticmethod
    def _texts(product: Product) -> Form:
        def calls(typed: Typed) -> Iterable[Call]:
            fields: dict[str, Any] = dict(typed)
            if "tags" in fields:
                fields["tags"] = fields["tags"].split(",")
            return [("edit", {"id": gid("Product", product.id), "fields": fields})] if fields else []

        fields = (
            Field("title", "Title", product.title, required=True),
            Field("vendor", "Vendor", product.vendor),
            Field("productType", "Product type", product.product_type),
            Field("status", "Status", product.status, "choice", STATUSES),
            Field("tags", "Tags", ", ".join(product.tags), hint="parted by commas"),
            Field("descriptionHtml", "Description", product.description_html, "area"),
        )
        return Form("save", "Product", "Save", calls, fields, changes_only=True)

    def _variant(self, product: Product, variant: Variant) -> Form:
        item = self._store.items[variant.item_id]

        def calls(typed: Typed) -> Iterable[Call]:
            fields: dict[str, Any] = {**typed}
            if not fields.get("compareAtPrice", "x"):
                fields["compareAtPrice"] = None
            return [("edit", {"id": gid("ProductVariant", variant.id), "fields": fields})] if fields else []

        fields = (
            Field("price", "Price", str(variant.price), "number", required=True),
            Field("compareAtPrice", "Price before", str(variant.compare_at_price or ""), "number"),
            Field("sku", "SKU", item.sku),
            Field("barcode", "Barcode", variant.barcode),
        )
        title = f"Variant {variant.title}" if len(product.variant_ids) > 1 else "Price and codes"
        return Form(f"variant-{variant.id}", title, "Save", calls, fields, changes_only=True)

    def _stock(self, product: Product, variant: Variant) -> Form:
        item = self._store.items[variant.item_id]

        def calls(typed: Typed) -> Iterable[Call]:
            ident = gid("InventoryItem", item.id)
            return [
                ("stock", {"item": ident, "location": place, "available": units or 0}) for place, units in typed.items()
            ]

        fields = []
        for place in self._store.active_locations():
            level = item.levels.get(place.id)
            fields.append(
                Field(
                    gid("Location", place.id),
                    f"Available at {place.name}",
                    str(level.available if level else ""),
                    "number",
                    hint=f"{level.committed} sold and not shipped" if level and level.committed else "",
                )
            )
        title = f"Stock of {variant.title}" if len(product.variant_ids) > 1 else "Stock"
        return Form(f"stock-{variant.id}", title, "Save", calls, tuple(fields), changes_only=True)

    def new(self) -> Form:
        """A product with one variant."""
        places = list(self._store.active_locations())
        fields = (
            Field("title", "Title", required=True),
            Field("sku", "SKU", hint="its code in the ERP"),
            Field("price", "Price", kind="number", required=True),
            Field("barcode", "Barcode"),
            Field("vendor", "Vendor"),
            *(Field(place.code, f"Available at {place.name}", kind="number") for place in places),
            Field("description", "Description", kind="area"),
        )
        return Form("new", "", "Create", lambda typed: [("products", _product(typed, places))], fields)

    def made(self, answer: Any) -> str:
        """The product's number."""
        return str(answer["id"]).rpartition("/")[2]


def _product(typed: Typed, places: Iterable[Location]) -> dict[str, Any]:
    stock = {place.code: typed[place.code] for place in places if typed[place.code]}
    texts = {name: typed[name] for name in ("title", "sku", "price", "barcode", "vendor", "description")}
    return {**texts, "stock": stock}
