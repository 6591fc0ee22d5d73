"""Orders of the shop, as a source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from hub.clock import Clock
from hub.errors import ConfigurationError
from hub.platforms.endpoint import Mark, Native, Page, Source
from hub.platforms.shopify import documents
from hub.platforms.shopify.changes import Progress, changed, since, timestamp, updated_since
from hub.platforms.shopify.client import Node, ShopifyClient
from hub.platforms.shopify.native import flatten, moment
from hub.platforms.shopify.order_canonical import canonical, country_of
from hub.platforms.shopify.source import Reading, StampedEndpoint
from hub.platforms.shopify.spool import Shape

ORDERS = Source("updatedAt", "time")
#: A fulfilment order can change (move, hold, release) without its order being stamped.
FULFILMENT_ORDERS = Source("fulfillmentOrders", "time")

_PLAIN = Reading(documents.ORDERS, documents.ORDERS_BY_ID, documents.ORDERS_BULK, documents.ORDERS_COUNT)
_WITH_TERMS = Reading(
    documents.TERMS_ORDERS, documents.TERMS_ORDERS_BY_ID, documents.TERMS_ORDERS_BULK, documents.ORDERS_COUNT
)


@dataclass(frozen=True, slots=True)
class AboutShop:
    """What the orders of a shop depend on. The two questions may ask the shop."""

    group_bulk: bool
    country: Callable[[], str]
    #: Whether payment terms may be read.
    payment_terms: Callable[[], bool]


class ShopifyOrders(StampedEndpoint):
    """Orders with their lines, payments, refunds and fulfilment orders."""

    object = "order"
    kind = "order"
    sources: tuple[Source, ...] = (ORDERS, FULFILMENT_ORDERS)
    shape: ClassVar[Shape] = {
        "Order": {
            "lineItems": "LineItem",
            "shippingLines": "ShippingLine",
            "fulfillmentOrders": "FulfillmentOrder",
        },
        "FulfillmentOrder": {"lineItems": "FulfillmentOrderLineItem"},
    }

    def __init__(self, client: ShopifyClient, settings: Mapping[str, Any], clock: Clock, about: AboutShop) -> None:
        super().__init__(client, settings, clock, group_bulk=about.group_bulk)
        self._about = about
        self._reading: Reading | None = None
        #: The shop's own country; asked for once, when the first order comes that has no address.
        self._country: str | None = settings.get("country")

    def reading(self) -> Reading:
        """The documents to read with; the first time, the shop is asked what may be read."""
        if self._reading is None:
            self._reading = _WITH_TERMS if self._about.payment_terms() else _PLAIN
        return self._reading

    # -- reading ------------------------------------------------------------------------------------------------

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Pages of changed orders; from fulfilment orders only their orders' keys."""
        if source.name == ORDERS.name:
            yield from super().changes(source, mark)
        elif mark is None:
            yield from self._first_mark()
        else:
            started = self._clock()
            query = updated_since(since(mark, self._window))
            pages = self.client.listed(documents.FULFILMENT_ORDERS, {"query": query})
            yield from changed(pages, mark, self._window, started=started, entries=_orders_of)

    def _first_mark(self) -> Iterator[Page]:
        """The first full read of the orders brings their fulfilment orders along: only the mark is to be set."""
        progress = Progress(None, self._clock(), self._window)
        latest = next(self.client.pages(documents.LATEST_FULFILMENT_ORDER, {"query": None}, largest=1), [])
        progress.see(latest)
        if latest:
            yield Page([], progress.mark(last=True))

    def between(self, start: datetime | None, end: datetime | None, numbers: tuple[str, str] | None) -> Iterator[Page]:
        """Pages of the orders created in a period (ends included), or with a number in a range (ends included)."""
        if numbers:
            yield from self._numbered(_number(numbers[0]), _number(numbers[1]))
            return
        terms = [f"created_at:>='{timestamp(start)}'"] if start else []
        terms += [f"created_at:<='{timestamp(end)}'"] if end else []
        for nodes in self.client.pages(self.reading().listed, {"query": " AND ".join(terms) or None}):
            inside = [node for node in nodes if _within(moment(node["createdAt"]), start, end)]
            yield Page(self._from_page(inside))

    def _numbered(self, first: int, last: int) -> Iterator[Page]:
        for nodes in self.client.pages(documents.ORDER_NUMBERS, {"query": None}):
            keys = [node["id"] for node in nodes if first <= node["number"] <= last]
            if keys:
                yield Page(list(self.read(keys).items()))
            if nodes and nodes[-1]["number"] > last:
                return

    def whole_natives(self, nodes: list[Node]) -> list[Native]:
        """Orders with all lines, and the details of their refunds."""
        for node in nodes:
            self.client.complete(node, documents.ORDER_REST)
            for fulfilment_order in node["fulfillmentOrders"]["nodes"]:
                self.client.complete(fulfilment_order, documents.FULFILMENT_ORDER_REST)
        return self.bulk_natives([flatten(node) for node in nodes])

    def bulk_natives(self, nodes: list[Node]) -> list[Native]:
        """Orders with the details of their refunds, read in batches for those that have any."""
        refunded = [node["id"] for node in nodes if node["refunds"]]
        details: dict[str, Node] = {}
        for order in self.client.nodes(documents.REFUNDS, refunded).values():
            for refund in order["refunds"]:
                self.client.complete(refund, documents.REFUND_REST)
                details[refund["id"]] = flatten(refund)
        if self._country is None and any(country_of(node) is None for node in nodes):
            self._country = self._about.country()
        # An order that vanished meanwhile has no details, and is gone altogether.
        there = [node for node in nodes if all(refund["id"] in details for refund in node["refunds"])]
        for node in there:
            node["refunds"] = [refund | details[refund["id"]] for refund in node["refunds"]]
        return there

    # -- translating --------------------------------------------------------------------------------------------

    def label(self, native: Native) -> str:
        """The order's name ("#1001")."""
        return str(native["name"])

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """Translate to the input of `OrderSchema`."""
        return canonical(native, self._country or "")


def _orders_of(nodes: list[Node]) -> list[tuple[str, Native | None]]:
    """The orders of fulfilment orders, each once and to be read by its key."""
    return [(key, None) for key in dict.fromkeys(node["orderId"] for node in nodes)]


def _number(text: str) -> int:
    """The number in an order's name: its last group of digits ("#1001", "EN-1001-A")."""
    groups = re.findall(r"\d+", text)
    if not groups:
        raise ConfigurationError(f"{text!r} is no order number.", fix="Give numbers such as 1001 or #1001.")
    return int(groups[-1])


def _within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    # The end is given to the second: what was created within that second belongs to it.
    return (start is None or at >= start.replace(microsecond=0)) and (end is None or at <= end)
