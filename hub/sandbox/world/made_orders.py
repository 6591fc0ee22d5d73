"""Made-up orders: a standing cast of every case to decide on, among as many ordinary ones as are asked for."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hub.sandbox.world.model import ZERO, Customer, Item, Line, Order, ShippingLine
from hub.sandbox.world.money import CENT, line_amount, spread
from hub.sandbox.world.order_cast import STANDARD_SHIPPING, Cast, line_of, paid

#: The first order's number; names are "#1001", "#1002", ...
FIRST = 1001
FREE_SHIPPING = ShippingLine("Free shipping", ZERO, "free", STANDARD_SHIPPING.tax_rate)


def make_orders(
    size: int, seed: int, items: Iterable[Item], customers: Iterable[Customer], until: datetime
) -> list[Order]:
    """Orders of the 29 days before `until`, the oldest first; those of the cast are at most two weeks old."""
    chance = random.Random(f"orders {seed}")
    by_sku = {item.sku: item for item in items}
    buyers = [customer for customer in customers if customer.addresses]
    sold = [item for item in by_sku.values() if _is_sold(item)]
    cast = Cast(by_sku, buyers[0], until).orders()
    ordinary = [_ordinary(chance, sold, buyers, until) for _ in range(size - len(cast))]
    ordinary = [_guest(order, number) if chance.random() < 0.15 else order for number, order in enumerate(ordinary)]
    orders = sorted([*ordinary, *cast], key=lambda order: order.created_at)
    return [replace(order, name=f"#{number}") for number, order in enumerate(orders, FIRST)]


def _ordinary(chance: random.Random, sold: Sequence[Item], buyers: Sequence[Customer], until: datetime) -> Order:
    buyer = chance.choice(buyers)
    chosen = chance.sample(sold, min(len(sold), chance.randint(1, 4)))
    lines = [line_of(item, chance.choice((1, 1, 1, 2, 3))) for item in chosen]
    has_discount = chance.random() < 0.15
    order = Order(
        name="",
        created_at=until - timedelta(minutes=chance.randint(60, 29 * 24 * 60)),
        lines=_ten_percent_off(lines) if has_discount else tuple(lines),
        customer=buyer.key,
        email=buyer.email,
        phone=buyer.phone,
        shipping_lines=(chance.choice((STANDARD_SHIPPING, FREE_SHIPPING)),),
        billing_address=buyer.addresses[0],
        shipping_address=buyer.addresses[-1],
        discount_code="TEN" if has_discount else "",
        fulfilled=chance.random() < 0.1,
        tags=("Stammkunde",) if chance.random() < 0.1 else (),
        location="L2" if _in_second_warehouse(chosen) and chance.random() < 0.5 else "",
    )
    return paid(order)


def _guest(order: Order, number: int) -> Order:
    # The address for mail is nobody's else, or the shop would know the guest as a customer.
    return replace(order, customer="", email=f"guest.{number}@example.com", phone="")


def _is_sold(item: Item) -> bool:
    in_stock = not item.tracked or any(item.stock.values())
    return item.in_erp and item.in_shop and bool(item.price) and in_stock and not item.gift_card


def _in_second_warehouse(items: Iterable[Item]) -> bool:
    return all(item.stock.get("02") for item in items if item.tracked)


def _ten_percent_off(lines: Sequence[Line]) -> tuple[Line, ...]:
    amount: Decimal = sum(map(line_amount, lines), ZERO)
    return spread((amount / 10).quantize(CENT, ROUND_HALF_UP), lines)
