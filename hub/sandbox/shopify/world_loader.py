"""Fills the shop from a world: locations, products, customers, and the orders with what happened to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR

from hub.sandbox.shopify.fulfilling import Fulfilling
from hub.sandbox.shopify.order_records import Order
from hub.sandbox.shopify.ordering import Ordering, Placement, address_of
from hub.sandbox.shopify.records import (
    Address,
    Customer,
    InventoryItem,
    Location,
    Option,
    OptionValue,
    Product,
    Variant,
)
from hub.sandbox.shopify.refunding import Refunding, RefundRequest, Taken
from hub.sandbox.shopify.stock import StockBook
from hub.sandbox.shopify.store import ShopFacts, Store
from hub.sandbox.shopify.texts import handle_of, next_free_handle, normal_email, normal_phone, normal_tags
from hub.sandbox.world import model as world

#: Products and customers without a date of their own are this old.
AGE = timedelta(days=400)
#: A fulfilled order of the world was shipped so long after it was placed.
SHIPPING_TIME = timedelta(hours=20)


def new_store(source: world.World) -> Store:
    """An empty shop with the world's currency, zone and way of pricing."""
    return Store(ShopFacts(source.currency, source.zone, source.taxes_included))


class WorldLoader:
    """Carries a world over into an empty store."""

    def __init__(self, store: Store, source: world.World, now: datetime) -> None:
        self._store = store
        self._source = source
        self._stock = StockBook(store)
        self._ordering = Ordering(store, self._stock)
        self._fulfilling = Fulfilling(store, self._stock)
        self._refunding = Refunding(store, self._stock)
        first = min((order.created_at for order in source.orders), default=now)
        self._then = (min(first, now) - AGE).astimezone(UTC).replace(microsecond=0)
        self._customers: dict[str, int] = {}

    def load(self) -> None:
        """Load everything."""
        for code, name in self._source.locations.items():
            number = self._store.number("Location")
            self._store.locations[number] = Location(number, code, name, self._then, self._then)
        for items in self._products():
            self.add_product(items, self._then)
        for customer in self._source.customers:
            made_at = (customer.created_at or self._then).astimezone(UTC).replace(microsecond=0)
            self._customers[customer.key] = self.add_customer(customer, made_at).id
        for order in self._source.orders:
            self._add_order(order)

    def _products(self) -> Iterator[list[world.Item]]:
        """The shop's items, grouped to products."""
        groups: dict[str, list[world.Item]] = {}
        for place, item in enumerate(item for item in self._source.items if item.in_shop):
            groups.setdefault(item.product or f"\0{place}", []).append(item)
        yield from groups.values()

    # ----------------------------------------------------------------------------------------------------- one record

    def add_product(self, items: list[world.Item], now: datetime) -> Product:
        """One product whose variants are `items`."""
        store, first = self._store, items[0]
        title = first.product or first.name
        handle = next_free_handle(handle_of(title) or "product", store.by_handle)
        product = Product(
            id=store.number("Product"),
            handle=handle,
            title=title,
            created_at=now,
            updated_at=now,
            description_html=first.description,
            vendor=first.vendor or store.facts.name,
            product_type=first.group,
            status="ACTIVE" if any(item.active for item in items) else "ARCHIVED",
            tags=normal_tags(first.tags),
            gift_card=first.gift_card,
            published_at=now,
        )
        single = len(items) == 1 and not first.option
        names = ["Default Title"] if single else [item.option or item.sku for item in items]
        values = [OptionValue(store.number("ProductOptionValue"), name) for name in dict.fromkeys(names)]
        product.options = [Option(store.number("ProductOption"), "Title" if single else "Option", values)]
        store.products[product.id] = product
        store.by_handle[handle] = product.id
        for position, (item, name) in enumerate(zip(items, names, strict=True), 1):
            self._add_variant(product, item, name, position, now)
        store.touch("Product", product, now)
        return product

    def _add_variant(self, product: Product, item: world.Item, name: str, position: int, now: datetime) -> None:
        store = self._store
        variant = Variant(store.number("ProductVariant"), product.id, store.number("InventoryItem"), now, now)
        variant.values, variant.position = (name,), position
        variant.price, variant.barcode = item.price or variant.price, item.barcode
        variant.taxable = not item.gift_card
        goods = InventoryItem(variant.item_id, variant.id, now, now, requires_shipping=not item.gift_card)
        goods.tracked = item.tracked and not item.gift_card
        if item.weight_kg is not None:
            goods.weight = item.weight_kg
        store.variants[variant.id] = variant
        store.items[goods.id] = goods
        product.variant_ids.append(variant.id)
        store.rename_sku(goods, item.sku)
        self._stock_item(goods, item, now)
        store.tell("ProductVariant", variant.id)
        store.tell("InventoryItem", goods.id)

    def _stock_item(self, goods: InventoryItem, item: world.Item, now: datetime) -> None:
        """Stock goes to the location that stands at the same place in the world's list as the warehouse."""
        locations = list(self._store.locations.values())
        self._stock.open(goods, locations[0].id, now)
        if not goods.tracked:
            return
        for location, warehouse in zip(locations, self._source.warehouses, strict=False):
            units = item.stock.get(warehouse)
            if units is not None:
                whole = int(units.to_integral_value(ROUND_FLOOR))
                self._stock.open(goods, location.id, now)
                self._stock.change(goods, location.id, "available", whole, now)

    def add_customer(self, source: world.Customer, now: datetime) -> Customer:
        """One customer. What the shop would refuse (a second one with the same e-mail) loses that e-mail."""
        store = self._store
        customer = Customer(store.number("Customer"), now, now, source.first_name, source.last_name, note=source.note)
        email, phone = normal_email(source.email), normal_phone(source.phone, store.facts.phone_prefix) or ""
        if email and email not in store.by_email:
            customer.email = email
            store.by_email[email] = customer.id
        if phone and phone not in store.by_phone:
            customer.phone = phone
            store.by_phone[phone] = customer.id
        customer.tags = normal_tags(source.tags)
        for address in source.addresses:
            customer.addresses.append(self._address(address))
        customer.default_address = customer.addresses[0].id if customer.addresses else 0
        store.customers[customer.id] = customer
        store.touch("Customer", customer, now)
        return customer

    def _address(self, source: world.Address) -> Address:
        made = address_of(source, self._store.number("MailingAddress"))
        if made is None:
            raise ValueError("an address is required")
        return made

    def _add_order(self, source: world.Order) -> None:
        made_at = source.created_at.astimezone(UTC).replace(microsecond=0)
        source = replace(source, created_at=made_at)
        order = self._ordering.place(source, Placement(self._customers.get(source.customer)), made_at)
        if source.fulfilled:
            self._ship(order, source, made_at + SHIPPING_TIME)
        for refund in source.refunds:
            self._refund(order, refund)
        if source.cancelled_at is not None:
            when = source.cancelled_at.astimezone(UTC).replace(microsecond=0)
            self._refunding.cancel(order, "CUSTOMER", when, restock=True, refund=True)

    def _ship(self, order: Order, source: world.Order, when: datetime) -> None:
        """Units that were taken back unshipped stay out of the parcel."""
        kept = [line.quantity for line in source.lines]
        for refund in source.refunds:
            for part in refund.lines:
                if part.restock == "CANCEL":
                    kept[part.line] -= part.quantity
        units = [(line, count) for line, count in zip(order.lines, kept, strict=True) if count > 0]
        if units:
            self._fulfilling.fulfil(order, units, when)

    def _refund(self, order: Order, source: world.Refund) -> None:
        lines = [Taken(order.lines[part.line], part.quantity, part.restock) for part in source.lines]
        money = None if source.gateway else ()
        request = RefundRequest(lines, source.shipping, money, source.note)
        self._refunding.refund(order, request, source.created_at.astimezone(UTC).replace(microsecond=0))
