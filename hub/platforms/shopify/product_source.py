"""Products of the shop as they are read: each variant, with its product inside, is one record.

What changes about a product shows in its stamp, whichever of its variants it is about, so products are followed and
every variant of a changed one is a record of the page. Orders that touch tracked stock move the stamp too; the record
itself does not change with it and costs no work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Any, ClassVar

from hub.chunks import chunks
from hub.clock import Clock
from hub.errors import ConfigurationError
from hub.platforms.endpoint import Brief, Criteria, Mark, Native, Page, Probe, Relative, Source
from hub.platforms.shopify import identities
from hub.platforms.shopify.client import Node, ShopifyClient
from hub.platforms.shopify.documents import VARIANTS_COUNT
from hub.platforms.shopify.native import flatten
from hub.platforms.shopify.plain_text import to_text
from hub.platforms.shopify.product_documents import BROWSE_VARIANTS, product_documents
from hub.platforms.shopify.product_input import kilograms, option_of
from hub.platforms.shopify.search import among, any_of, behind, words
from hub.platforms.shopify.source import Reading, StampedEndpoint
from hub.platforms.shopify.spool import Shape
from hub.platforms.side_by_side import side_by_side

#: Terms in one search.
_FIND_BATCH = 100
#: Records in one page, at most: a product may have 2,048 variants.
_MOST_ENTRIES = 250


class ProductSource(StampedEndpoint):
    """Variants of the shop. A native is a variant with its product inside, the same whatever way it was read."""

    object = "product"
    kind = "variant"
    listing = identities.VARIANTS.name
    shape: ClassVar[Shape] = {"Product": {"variants": "ProductVariant"}}

    def __init__(self, client: ShopifyClient, settings: Mapping[str, Any], clock: Clock, *, group_bulk: bool) -> None:
        super().__init__(client, settings, clock, group_bulk=group_bulk)
        fields = (settings.get("fields") or {}).get(self.object)
        self.documents = product_documents(fields.custom if fields else ())

    # -- reading ------------------------------------------------------------------------------------------------

    def reading(self) -> Reading:
        """The documents to read with."""
        return self.documents.reading

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Pages of the variants of changed products; a product's page may have to be cut up."""
        for page in super().changes(source, mark):
            entries = page.entries
            while len(entries) > _MOST_ENTRIES:
                yield Page(entries[:_MOST_ENTRIES])
                entries = entries[_MOST_ENTRIES:]
            yield Page(entries, page.mark)

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Read variants afresh by their global ids."""
        found = self.client.nodes(self.documents.reading.by_id, keys)
        return {key: record_of(node) for key, node in found.items()}

    def identities(self) -> Iterator[list[str]]:
        """Ids of all variants."""
        return identities.ids(self.client, identities.VARIANTS, int(self.settings.get("bulk_from") or 0))

    def whole_natives(self, nodes: list[Node]) -> list[Native]:
        """The variants of products, also those that the page had no room for."""
        for node in nodes:
            self.client.complete(node, self.documents.rest)
        return [native for node in nodes for native in records_of(flatten(node))]

    def bulk_rows(self, nodes: Iterator[Node]) -> Iterator[Node]:
        """The variants of the products in a bulk file."""
        for node in nodes:
            yield from records_of(node)

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Variants by SKU, and by barcode where a probe has one.

        The search ignores case and finds parts, so what it returns is compared here. Those found by SKU come first. A
        probe that asks for it (`folded`) is answered with SKUs in another letter case, too.
        """
        terms = list(dict.fromkeys(term for probe in probes for term in _terms(probe)))
        by_code: dict[str, dict[str, Native]] = {}
        by_folded: dict[str, dict[str, Native]] = {}
        by_barcode: dict[str, dict[str, Native]] = {}
        for native in chain.from_iterable(side_by_side(self._searched, list(chunks(terms, _FIND_BATCH)))):
            by_code.setdefault(self._comparable(native["sku"] or ""), {})[native["id"]] = native
            by_folded.setdefault((native["sku"] or "").casefold(), {})[native["id"]] = native
            by_barcode.setdefault(native["barcode"] or "", {})[native["id"]] = native
        found = {}
        for probe in probes:
            code, barcode = probe.values.get("code", ""), probe.values.get("barcode", "")
            same_code = by_code.get(self._comparable(code), {}) if code else {}
            same_folded = by_folded.get(probe.values["folded"], {}) if probe.values.get("folded") else {}
            same_barcode = by_barcode.get(barcode, {}) if barcode else {}
            found[probe.key] = list((same_code | same_folded | same_barcode).values())
        return found

    def _searched(self, terms: Sequence[tuple[str, str]]) -> list[Native]:
        pages = self.client.pages(self.documents.found, {"query": any_of(terms)})
        return [record_of(node) for nodes in pages for node in nodes]

    def browse(self, criteria: Criteria, after: str, limit: int, *, facts: bool = True) -> list[Brief]:
        """Variants by words of their product, SKU or barcode; the shop searches no ranges of SKUs or groups."""
        query = " AND ".join([*_looked_for(criteria), *behind(after)]) or None
        briefs: list[Brief] = []
        for nodes in self.client.pages(BROWSE_VARIANTS, {"query": query}, largest=limit):
            briefs += map(_brief, nodes)
            if len(briefs) >= limit:
                break
        return briefs[:limit]

    def briefs(self, keys: Sequence[str]) -> dict[str, Brief]:
        """Variants by their global ids."""
        return {key: replace(_brief(native), native=native) for key, native in self.read(keys).items()}

    def count(self, criteria: Criteria) -> int:
        """How many variants meet the criteria."""
        query = " AND ".join(_looked_for(criteria)) or None
        return int(self.client.run(VARIANTS_COUNT, {"query": query})["count"])

    def _comparable(self, code: str) -> str:
        return code.casefold() if self.settings.get("erp_ignores_case") else code

    # -- translating --------------------------------------------------------------------------------------------

    def label(self, native: Native) -> str:
        """The SKU."""
        return native["sku"] or self.key(native)

    def relatives(self, native: Native) -> tuple[Relative, ...]:
        """The product around the variant."""
        return (Relative("product", native["product"]["id"], role="parent"),)

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """Translate to the input of `ProductSchema`: a product of this one variant."""
        product = native["product"]
        item = native["inventoryItem"]
        return {
            "title": product["title"],
            "description": to_text(product["descriptionHtml"] or ""),
            "vendor": product["vendor"] or "",
            "product_type": product["productType"] or "",
            "tags": product["tags"],
            "active": product["status"] in ("ACTIVE", "UNLISTED"),
            "siblings": product["variantsCount"]["count"],
            "custom": {one.field.name: one.value(native) for one in self.documents.metafields},
            "variants": [
                {
                    "code": native["sku"] or "",
                    "option": option_of(native),
                    "barcode": native["barcode"] or "",
                    "price": Decimal(native["price"]),
                    "currency": self.settings.get("currency", ""),
                    "weight": kilograms((item["measurement"] or {}).get("weight")),
                    "tracked": item["tracked"],
                    "taxable": native["taxable"],
                }
            ],
        }


def record_of(variant: Node) -> Native:
    """The record of a variant that was read with its product inside.

    The product's stamp moves with every order, so it stands at the top, where it is known to mean nothing.
    """
    product = dict(variant["product"])
    return variant | {"updatedAt": product.pop("updatedAt"), "product": product}


def records_of(product: Node) -> Iterator[Native]:
    """The records of a product that was read with its variants inside."""
    around = dict(product)
    variants, stamp = around.pop("variants"), around.pop("updatedAt")
    for variant in variants:
        yield variant | {"updatedAt": stamp, "product": around}


def _terms(probe: Probe) -> Iterator[tuple[str, str]]:
    if probe.values.get("code"):
        yield "sku", probe.values["code"]
    if probe.values.get("barcode"):
        yield "barcode", probe.values["barcode"]


def _looked_for(criteria: Criteria) -> list[str]:
    """What a person looks for, as terms of the shop's search."""
    if any(criteria.codes) or any(criteria.groups):
        raise ConfigurationError(
            "The shop cannot search products by a range of codes or groups.",
            fix="Search by text, or choose by the items of the ERP.",
        )
    return [*words(criteria.text), *among(criteria.keys)]


def _brief(variant: Node) -> Brief:
    option = "" if variant["title"] == "Default Title" else f" - {variant['title']}"
    product = variant["product"]
    return Brief(
        variant["id"], variant["sku"] or variant["id"], f"{product['title']}{option}", product["productType"] or ""
    )
