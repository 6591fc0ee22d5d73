"""Placing an order: lines, discounts, taxes, money, and the units it commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hub.sandbox.shopify.money import ZERO, rounded, tax_of
from hub.sandbox.shopify.order_records import (
    Allocation,
    Discount,
    FulfilmentOrder,
    Order,
    OrderLine,
    OrderShipping,
    TaxLine,
    Transaction,
)
from hub.sandbox.shopify.order_totals import total
from hub.sandbox.shopify.records import Address
from hub.sandbox.shopify.stock import StockBook
from hub.sandbox.shopify.store import Store
from hub.sandbox.world import model as world

CONFIRMATION_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Placement:
    """What the world's order leaves open: where its pieces belong in this shop."""

    customer_id: int | None = None
    #: Location of each line; missing entries take the order's location.
    line_locations: Sequence[int] = ()
    #: Taken off the goods as a whole and spread over the lines.
    discount: Decimal = ZERO
    #: Whether the prices include tax; None = as the shop says.
    taxes_included: bool | None = None
    source_identifier: str = ""
    po_number: str = ""


class Ordering:
    """Makes orders. Does not touch what happens to them later."""

    def __init__(self, store: Store, stock: StockBook) -> None:
        self._store = store
        self._stock = stock

    def place(self, wanted: world.Order, placement: Placement, now: datetime) -> Order:
        """Make the order, commit its units, and keep it. `now` stamps the change (loading: the order's own time)."""
        store = self._store
        number = store.order_number(wanted.name)
        order = Order(
            id=store.number("Order"),
            name=wanted.name or f"#{number}",
            number=number,
            created_at=wanted.created_at,
            updated_at=now,
            processed_at=wanted.created_at,
            currency=store.facts.currency,
            taxes_included=(
                store.facts.taxes_included if placement.taxes_included is None else placement.taxes_included
            ),
            presentment_currency=wanted.presentment_currency or store.facts.currency,
            presentment_rate=wanted.presentment_rate,
            customer_id=placement.customer_id,
            email=wanted.email,
            phone=wanted.phone,
            note=wanted.note,
            tags=wanted.tags,
            source_name=wanted.source_name,
            source_identifier=placement.source_identifier,
            po_number=placement.po_number,
            billing=address_of(wanted.billing_address),
            shipping_address=address_of(wanted.shipping_address),
            tip=wanted.tip,
            test=wanted.test,
        )
        discount = sum((line.discount for line in wanted.lines), ZERO) + placement.discount
        if discount:
            kind = "code" if wanted.discount_code else "manual"
            order.discounts.append(Discount(kind, wanted.discount_code or "Discount", discount))
        self._add_lines(order, wanted, placement)
        for charge in wanted.shipping_lines:
            order.shipping.append(self._charge(order, charge))
        for paid in wanted.transactions:
            order.transactions.append(self._transaction(order, paid))
        order.original_total = total(order)
        self._keep(order, now)
        return order

    def _keep(self, order: Order, now: datetime) -> None:
        store = self._store
        store.orders[order.id] = order
        if order.customer_id is not None:
            customer = store.customers[order.customer_id]
            customer.order_ids.append(order.id)
            store.touch("Customer", customer, now)
        for line in order.lines:
            self.commit(line, line.quantity, now)
        self.plan_shipping(order, order.lines, now)
        store.touch("Order", order, now)

    def commit(self, line: OrderLine, units: int, now: datetime) -> None:
        """Take units of a line from stock, or give them back (negative)."""
        if line.stock_item is not None and units:
            self._stock.commit(self._store.items[line.stock_item], line.location_id, units, now)

    def plan_shipping(self, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
        """Make a fulfilment order per location for those lines."""
        by_location: dict[int, list[OrderLine]] = {}
        for line in lines:
            by_location.setdefault(line.location_id, []).append(line)
        for location, mine in by_location.items():
            made = FulfilmentOrder(self._store.number("FulfillmentOrder"), order.id, location, now, now, mine)
            order.fulfilment_orders.append(made)
            self._store.fulfilment_orders[made.id] = made
            self._store.tell("FulfillmentOrder", made.id)

    # ---------------------------------------------------------------------------------------------------- the pieces

    def _add_lines(self, order: Order, wanted: world.Order, placement: Placement) -> None:
        home = self._home(wanted.location)
        spread = _spread(placement.discount, [line.unit_price * line.quantity for line in wanted.lines], order.currency)
        for place, line in enumerate(wanted.lines):
            location = placement.line_locations[place] if place < len(placement.line_locations) else home
            order.lines.append(self.line(order, line, location, line.discount + spread[place]))

    def _home(self, code: str) -> int:
        location = self._store.location_by_code(code) if code else None
        return (location or next(iter(self._store.active_locations()))).id

    def line(self, order: Order, wanted: world.Line, location: int, discount: Decimal) -> OrderLine:
        """One line of an order, with its taxes; the variant is found by SKU."""
        store = self._store
        variant = None if wanted.custom or not wanted.sku else store.variant_by_sku(wanted.sku)
        item = store.items[variant.item_id] if variant else None
        product = store.products[variant.product_id] if variant else None
        gift_card = wanted.gift_card or bool(product and product.gift_card)
        rate = ZERO if gift_card else wanted.tax_rate
        line = OrderLine(
            id=store.number("LineItem"),
            title=product.title if product else wanted.title,
            quantity=wanted.quantity,
            unit_price=wanted.unit_price,
            sku=wanted.sku,
            vendor=product.vendor if product else "",
            variant_title=variant.title if variant and variant.title != "Default Title" else "",
            variant_id=variant.id if variant else None,
            product_id=product.id if product else None,
            stock_item=item.id if item and item.tracked and not gift_card else None,
            location_id=location,
            gift_card=gift_card,
            taxable=not gift_card,
            requires_shipping=not gift_card and (item is None or item.requires_shipping),
        )
        if discount:
            line.allocations = (Allocation(0, discount),)
        line.tax_lines = self._taxes(order, line.total, rate)
        return line

    def _charge(self, order: Order, wanted: world.ShippingLine) -> OrderShipping:
        charge = OrderShipping(self._store.number("ShippingLine"), wanted.title, wanted.price, wanted.code)
        charge.tax_lines = self._taxes(order, charge.total, wanted.tax_rate)
        return charge

    def _taxes(self, order: Order, amount: Decimal, rate: Decimal) -> tuple[TaxLine, ...]:
        if not rate:
            return ()
        tax = tax_of(amount, rate, order.taxes_included, order.currency)
        return (TaxLine(self._store.facts.default_tax_title, rate, tax),)

    def _transaction(self, order: Order, wanted: world.Transaction) -> Transaction:
        number = self._store.number("OrderTransaction")
        self._store.order_of[number] = order.id
        return Transaction(number, wanted.kind, wanted.status, wanted.gateway, wanted.amount, order.created_at)


def _spread(amount: Decimal, weights: list[Decimal], currency: str) -> list[Decimal]:
    """`amount` over the weights, to the minor unit, without losing a cent."""
    whole = sum(weights, ZERO)
    if not amount or not whole:
        return [ZERO] * len(weights)
    parts, before, used = [], ZERO, ZERO
    for weight in weights:
        before += weight
        upto = rounded(amount * before / whole, currency)
        parts.append(upto - used)
        used = upto
    return parts


def address_of(wanted: world.Address | None, number: int = 0) -> Address | None:
    """The world's address as this shop keeps it."""
    if wanted is None:
        return None
    return Address(
        number,
        wanted.first_name,
        wanted.last_name,
        wanted.company,
        wanted.address1,
        wanted.address2,
        wanted.city,
        wanted.province_code,
        wanted.zip,
        wanted.country_code,
        wanted.phone,
    )


def confirmation_number(order: Order) -> str:
    """The nine letters a buyer sees; made of the id, so nothing has to be kept."""
    value, letters = order.id * 2654435761 % (32**9), ""
    for _ in range(9):
        value, rest = divmod(value, 32)
        letters += CONFIRMATION_ALPHABET[rest]
    return letters
