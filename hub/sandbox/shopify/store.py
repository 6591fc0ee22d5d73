"""All records of the shop with the indexes that make them unique and quick to find."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hub.sandbox.shopify.order_records import FulfilmentOrder, Order
from hub.sandbox.shopify.records import Customer, InventoryItem, Location, Product, Variant


class Stamped(Protocol):
    """A record that shows when it was changed last."""

    id: int
    updated_at: datetime


@dataclass(slots=True)
class ShopFacts:
    """What the `shop` field answers."""

    currency: str
    zone: str
    taxes_included: bool
    name: str = "Sandbox"
    domain: str = "sandbox.myshopify.com"
    default_tax_title: str = "VAT"

    @property
    def phone_prefix(self) -> str:
        """The country code of phone numbers that are typed without one."""
        return _PHONE_PREFIXES.get(self.zone, "49")


_PHONE_PREFIXES = {"Europe/London": "44", "Europe/Paris": "33", "Europe/Vienna": "43", "America/New_York": "1"}

#: Numbers of new records start here, so that they look like Shopify's and no two kinds are mixed up easily.
FIRST_NUMBERS = {"Customer": 7_100_000_000_000, "Product": 8_100_000_000_000, "Order": 5_100_000_000_000}
OTHER_FIRST = 40_000_000_000_000

Listener = Callable[[str, int], None]


@dataclass(slots=True)
class Store:
    """The tables. Changes go through the domain modules, which call `touch`, so that search and lists follow."""

    facts: ShopFacts
    customers: dict[int, Customer] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    variants: dict[int, Variant] = field(default_factory=dict)
    items: dict[int, InventoryItem] = field(default_factory=dict)
    locations: dict[int, Location] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    fulfilment_orders: dict[int, FulfilmentOrder] = field(default_factory=dict)
    #: Order of each fulfilment, refund, transaction and line, by id: what a global id of theirs leads to.
    order_of: dict[int, int] = field(default_factory=dict)
    by_email: dict[str, int] = field(default_factory=dict)
    by_phone: dict[str, int] = field(default_factory=dict)
    by_handle: dict[str, int] = field(default_factory=dict)
    by_sku: dict[str, list[int]] = field(default_factory=dict)
    next_numbers: dict[str, int] = field(default_factory=dict)
    next_order_number: int = 1001
    listeners: list[Listener] = field(default_factory=list)

    def number(self, kind: str) -> int:
        """The next unused number of a kind."""
        number = self.next_numbers.get(kind)
        if number is None:
            # Kinds have ranges of their own, so that a number alone tells what it stands for.
            number = FIRST_NUMBERS.get(kind, OTHER_FIRST + len(self.next_numbers) * 10**10)
        self.next_numbers[kind] = number + 1
        return number

    def order_number(self, name: str) -> int:
        """The number of a new order: the one in its name, else the next one."""
        digits = name.removeprefix("#")
        number = int(digits) if digits.isdecimal() else self.next_order_number
        self.next_order_number = max(self.next_order_number, number + 1)
        return number

    def touch(self, kind: str, record: Stamped, now: datetime) -> None:
        """Note that a record was changed (or made): its updatedAt moves, lists and search hear of it."""
        record.updated_at = now
        self.tell(kind, record.id)

    def tell(self, kind: str, number: int) -> None:
        """Let lists and search hear of a record that came, changed or went."""
        for listener in self.listeners:
            listener(kind, number)

    # ------------------------------------------------------------------ what is reached over more than one table

    def variants_of(self, product: Product) -> list[Variant]:
        """A product's variants in their order."""
        return [self.variants[number] for number in product.variant_ids]

    def items_of(self, product: Product) -> list[InventoryItem]:
        """The inventory items of a product's variants."""
        return [self.items[variant.item_id] for variant in self.variants_of(product)]

    def active_locations(self) -> Iterable[Location]:
        """The locations that can hold stock; the first is the default."""
        return (location for location in self.locations.values() if location.active)

    def location_by_code(self, code: str) -> Location | None:
        """The location with that code of the world."""
        return next((one for one in self.locations.values() if one.code == code), None)

    def variant_by_sku(self, sku: str) -> Variant | None:
        """The first variant that carries that SKU; SKUs are not unique."""
        numbers = self.by_sku.get(sku)
        return self.variants[self.items[numbers[0]].variant_id] if numbers else None

    def rename_sku(self, item: InventoryItem, sku: str) -> None:
        """Give an item another SKU and keep the index."""
        numbers = self.by_sku.get(item.sku, [])
        if item.id in numbers:
            numbers.remove(item.id)
        if not numbers:
            self.by_sku.pop(item.sku, None)
        item.sku = sku
        if sku:
            self.by_sku.setdefault(sku, []).append(item.id)
