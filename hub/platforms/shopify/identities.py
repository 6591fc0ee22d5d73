"""What is there, and nothing else of it: the ids of all variants, or all customers, of the shop.

250 ids cost eleven points as a page; from some thousand on a bulk operation costs less than ten pages do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from hub.chunks import chunks
from hub.platforms.shopify import bulk, documents
from hub.platforms.shopify.client import Document, ShopifyClient

#: Ids of a bulk file in one page.
BULK_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of records, listed by ids: as pages, as a bulk query; and a count that tells which way is shorter."""

    name: str
    listed: Document
    bulk_query: str
    counted: Document


CUSTOMERS = Listing("customers", documents.CUSTOMER_IDS, documents.CUSTOMER_IDS_BULK, documents.CUSTOMERS_COUNT)
VARIANTS = Listing("variants", documents.VARIANT_IDS, documents.VARIANT_IDS_BULK, documents.VARIANTS_COUNT)


def ids(client: ShopifyClient, listing: Listing, bulk_from: int) -> Iterator[list[str]]:
    """Pages of all ids; by a bulk operation where there are `bulk_from` records or more and one page is not enough."""
    pages = client.listed(listing.listed, {"query": None})
    first, last = next(pages, ([], True))
    if not last and int(client.run(listing.counted, {"query": None})["count"]) >= bulk_from:
        rows = bulk.records(client, listing.bulk_query, {}, group=False)
        yield from chunks((str(node["id"]) for node in rows), BULK_PAGE)
        return
    for nodes, _ in chain([(first, last)], pages):
        yield [str(node["id"]) for node in nodes]
