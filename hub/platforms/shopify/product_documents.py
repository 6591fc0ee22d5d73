"""The GraphQL documents about products, with the metafields that an integration keeps in step.

What is selected of a variant and of its product is written once. Whatever way a record came - as part of a page, from a
bulk file, by its id, or as the answer to a write - it looks the same, so that the hub knows its own writes again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from hub.platforms.shopify.client import Document
from hub.platforms.shopify.documents import by_ids, in_bulk, listed, paged, rest_of
from hub.platforms.shopify.metafields import Metafield
from hub.platforms.shopify.source import Reading
from objects.fields import CustomField

_VARIANT = (
    "id sku barcode price taxable selectedOptions { name value } "
    "inventoryItem { id tracked measurement { weight { unit value } } }"
)
_PRODUCT = "id updatedAt title descriptionHtml vendor productType tags status"
#: A count costs as much as a mutation. No write of ours changes it, so their answers go without.
_COUNTED = "variantsCount { count }"

PRODUCTS_COUNT = Document(
    "productsCount", "productsCount", "query productsCount($query: String) { productsCount(query: $query) { count } }"
)
METAFIELDS_DELETE = Document(
    "metafieldsDelete",
    "metafieldsDelete",
    "mutation metafieldsDelete($metafields: [MetafieldIdentifierInput!]!) { "
    "metafieldsDelete(metafields: $metafields) { "
    "deletedMetafields { ownerId namespace key } userErrors { field message } } }",
)
BROWSE_VARIANTS = listed(
    "productVariants",
    "id sku title product { title productType }",
    name="variants to choose from",
    extra=", sortKey: ID",
    first=50,
)


@dataclass(frozen=True, slots=True)
class ProductDocuments:
    """All that is asked and said about products, for one set of metafields."""

    metafields: tuple[Metafield, ...]
    #: Lists products with their variants; the record by id is a variant with its product.
    reading: Reading
    #: The variants that the page of their product had no room for.
    rest: Mapping[str, Document]
    #: Variants found by a search.
    found: Document
    by_handle: Document
    create: Document
    change_variants: Document
    change_product: Document

    @property
    def all(self) -> tuple[Document, ...]:
        """Every document of this set."""
        mutations = (self.create, self.change_variants, self.change_product)
        reads = (self.reading.listed, self.reading.by_id, self.reading.counted, self.found, self.by_handle)
        return (*reads, *self.rest.values(), *mutations)


@cache
def product_documents(custom: Sequence[CustomField] = ()) -> ProductDocuments:
    """The documents for an integration's own fields, made once for each set of them."""
    metafields = tuple(Metafield.of(field, place) for place, field in enumerate(custom))
    variant = " ".join((_VARIANT, *_selected(metafields, "variant")))
    written = " ".join((_PRODUCT, *_selected(metafields, "product")))
    product = f"{written} {_COUNTED}"
    whole = f"{variant} product {{ {product} }}"
    # What a query costs depends on its fields, so documents of different fields must not share their figures.
    mark = f" {hashlib.sha256(whole.encode()).hexdigest()[:8]}" if metafields else ""
    reading = Reading(
        listed(
            "products",
            f"{product} {paged('variants', 10, variant)}",
            name=f"products{mark}",
            extra=", sortKey: UPDATED_AT",
            first=25,
        ),
        by_ids(f"variants by id{mark}", "ProductVariant", whole, first=50),
        f"{{ {in_bulk('products', 0, ' '.join((product, in_bulk('variants', 0, variant))))} }}",
        PRODUCTS_COUNT,
    )
    return ProductDocuments(
        metafields=metafields,
        reading=reading,
        rest={"variants": rest_of("product", "Product", "variants", variant)},
        found=listed("productVariants", whole, name=f"variants{mark}", first=100),
        by_handle=_by_handle(product, variant, mark),
        create=_create(written, variant, mark),
        change_variants=_change_variants(f"{variant} product {{ {written} }}", mark),
        change_product=_change_product(written, mark),
    )


def _selected(metafields: Sequence[Metafield], owner: str) -> list[str]:
    return [
        f"{one.alias}: metafield(namespace: {json.dumps(one.namespace)}, key: {json.dumps(one.key)}) {{ value }}"
        for one in metafields
        if one.owner == owner
    ]


def _by_handle(product: str, variant: str, mark: str) -> Document:
    return Document(
        f"productByIdentifier{mark}",
        "productByIdentifier",
        "query productByIdentifier($identifier: ProductIdentifierInput!) { "
        f"productByIdentifier(identifier: $identifier) {{ {product} "
        f"variants(first: 5) {{ nodes {{ {variant} }} }} }} }}",
    )


def _create(product: str, variant: str, mark: str) -> Document:
    return Document(
        f"productSet{mark}",
        "productSet",
        "mutation productSet($input: ProductSetInput!, $synchronous: Boolean) { "
        "productSet(input: $input, synchronous: $synchronous) { "
        f"product {{ {product} variants(first: 2) {{ nodes {{ {variant} }} }} }} "
        "userErrors { field message code } } }",
    )


def _change_variants(whole: str, mark: str) -> Document:
    return Document(
        f"productVariantsBulkUpdate{mark}",
        "productVariantsBulkUpdate",
        "mutation productVariantsBulkUpdate($productId: ID!, $variants: [ProductVariantsBulkInput!]!, "
        "$allowPartialUpdates: Boolean) { productVariantsBulkUpdate(productId: $productId, variants: $variants, "
        f"allowPartialUpdates: $allowPartialUpdates) {{ productVariants {{ {whole} }} "
        "userErrors { field message code } } }",
    )


def _change_product(product: str, mark: str) -> Document:
    return Document(
        f"productUpdate{mark}",
        "productUpdate",
        "mutation productUpdate($product: ProductUpdateInput) { productUpdate(product: $product) { "
        f"product {{ {product} }} userErrors {{ field message }} }} }}",
    )
