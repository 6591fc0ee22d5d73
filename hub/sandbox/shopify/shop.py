"""The shop: its records, the domain that changes them, its lists, and the work that is still to be done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from hub.sandbox.shopify.access import ALL_SCOPES, effective
from hub.sandbox.shopify.bulk_records import BulkOperation
from hub.sandbox.shopify.customers import Customers
from hub.sandbox.shopify.editing import Editing
from hub.sandbox.shopify.fulfilling import Fulfilling
from hub.sandbox.shopify.index import Index
from hub.sandbox.shopify.ordering import Ordering
from hub.sandbox.shopify.product_variants import ProductVariants
from hub.sandbox.shopify.products import Products
from hub.sandbox.shopify.quantities import AdjustmentGroup, Quantities
from hub.sandbox.shopify.records import Product
from hub.sandbox.shopify.refunding import Refunding
from hub.sandbox.shopify.refusal import Refused, UserError
from hub.sandbox.shopify.search_fields import LOOKED_UP, search_fields, sort_keys
from hub.sandbox.shopify.stock import StockBook
from hub.sandbox.shopify.store import Store
from hub.sandbox.shopify.variants import Variants

if TYPE_CHECKING:
    from hub.sandbox.shopify.bulk import BulkRunner

Clock = Callable[[], datetime]


@dataclass(slots=True)
class ProductSetJob:
    """An asynchronous productSet, carried out when its time has come."""

    id: int
    due: datetime
    product_id: int | None
    input: Mapping[str, Any]
    status: str = "CREATED"
    errors: list[UserError] = field(default_factory=list)


@dataclass(slots=True)
class Replay:
    """What an idempotency key was used for: the variables' digest and the answer's source."""

    digest: str
    answer: Any


@dataclass(slots=True)
class ShopState:
    """Everything that is kept over a restart."""

    store: Store
    scopes: tuple[str, ...] = ALL_SCOPES
    bulk: dict[int, BulkOperation] = field(default_factory=dict)
    jobs: dict[int, ProductSetJob] = field(default_factory=dict)
    replays: dict[str, Replay] = field(default_factory=dict)
    groups: dict[int, AdjustmentGroup] = field(default_factory=dict)
    #: Client-credentials tokens and when they end.
    tokens: dict[str, datetime] = field(default_factory=dict)
    static_token_revoked: bool = False


class Shop:
    """State and services. Rebuilt around a restored state."""

    def __init__(
        self, state: ShopState, clock: Clock, bulk: BulkRunner, *, index_lag: timedelta, work_delay: timedelta
    ) -> None:
        self.state = state
        self.store = store = state.store
        self._clock = clock
        self.work_delay = work_delay
        self.bulk = bulk
        self.stock = StockBook(store)
        self.variants = Variants(store, self.stock)
        self.products = Products(store, self.stock, self.variants)
        self.product_variants = ProductVariants(store, self.variants)
        self.customers = Customers(store)
        self.quantities = Quantities(store, self.stock)
        self.ordering = Ordering(store, self.stock)
        self.fulfilling = Fulfilling(store, self.stock)
        self.refunding = Refunding(store, self.stock)
        self.editing = Editing(store, self.stock, self.ordering)
        self.tables: dict[str, dict[int, Any]] = {
            "Customer": store.customers,
            "Product": store.products,
            "ProductVariant": store.variants,
            "InventoryItem": store.items,
            "Order": store.orders,
            "Location": store.locations,
            "FulfillmentOrder": store.fulfilment_orders,
        }
        fields, sorts = search_fields(store), sort_keys(store)
        self.indexes = {
            kind: Index(table, fields[kind], sorts[kind], self.now, index_lag, LOOKED_UP.get(kind, frozenset()))
            for kind, table in self.tables.items()
        }
        store.listeners[:] = [self._heard]

    def now(self) -> datetime:
        """The sandbox's time in whole seconds, as Shopify shows it."""
        return self._clock().replace(microsecond=0)

    def exact_now(self) -> datetime:
        """The sandbox's time with its fractions."""
        return self._clock()

    @property
    def scopes(self) -> frozenset[str]:
        """What the token may do."""
        return effective(self.state.scopes)

    def _heard(self, kind: str, number: int) -> None:
        index = self.indexes.get(kind)
        if index is not None:
            index.note(number)

    # ----------------------------------------------------------------------------------------------- work done later

    def settle(self) -> None:
        """Do the asynchronous work whose time has come."""
        now = self._clock()
        for job in self.state.jobs.values():
            if job.status == "CREATED" and job.due <= now:
                self._run(job)

    def _run(self, job: ProductSetJob) -> None:
        product = self.store.products.get(job.product_id) if job.product_id is not None else None
        try:
            job.product_id = self.products.set(product, job.input, self.now()).id
        except Refused as refusal:
            job.errors = list(refusal.errors)
        job.status = "COMPLETE"

    def product_set_later(self, product: Product | None, given: Mapping[str, Any]) -> ProductSetJob:
        """Queue a productSet."""
        number = self.store.number("ProductSetOperation")
        job = ProductSetJob(number, self._clock() + self.work_delay, product.id if product else None, given)
        self.state.jobs[number] = job
        return job

    # ------------------------------------------------------------------------------------------------- replay of calls

    def replay(self, key: str, operation: str, arguments: Mapping[str, Any], run: Callable[[], Any]) -> Any:
        """Run once per key; the same key with other arguments is None (the caller knows its error)."""
        text = orjson.dumps([operation, arguments], option=orjson.OPT_SORT_KEYS, default=str)
        digest = hashlib.sha256(text).hexdigest()
        known = self.state.replays.get(key)
        if known is None:
            known = self.state.replays[key] = Replay(digest, run())
        return known.answer if known.digest == digest else None
