"""One made-up order for each case that a hub has to decide on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hub.sandbox.world.made_items import STANDARD
from hub.sandbox.world.model import (
    ZERO,
    Address,
    Customer,
    Item,
    Line,
    Order,
    Refund,
    RefundLine,
    ShippingLine,
    Transaction,
)
from hub.sandbox.world.money import order_total, spread

CARD = "shopify_payments"
STANDARD_SHIPPING = ShippingLine("Standard", Decimal("4.90"), "standard", STANDARD)


def line_of(item: Item, quantity: int) -> Line:
    """A line that sells an item at its list price."""
    return Line(
        item.name,
        quantity,
        item.price or ZERO,
        sku=item.sku,
        tax_rate=item.tax_rate,
        gift_card=item.gift_card,
    )


def total(order: Order) -> Decimal:
    """What an order comes to, its tip included."""
    return order_total(order.lines, order.shipping_lines, order.tip)


def paid(order: Order, gateway: str = CARD, kind: str = "SALE", status: str = "SUCCESS") -> Order:
    """The order with one transaction of its total, or with none where nothing is to be paid."""
    amount = total(order)
    return replace(order, transactions=(Transaction(gateway, amount, kind, status),) if amount else ())


class Cast:
    """Makes the orders of the standing cast: hours apart, the newest within a day of `until`."""

    def __init__(self, items: Mapping[str, Item], buyer: Customer, until: datetime) -> None:
        self._items = items
        self._buyer = buyer
        self._until = until

    def orders(self) -> list[Order]:
        """All of them, none with a name yet."""
        orders = [
            self._discounted(),
            self._guest_with_gift_card_tip_and_dollars(),
            self._cash_on_delivery(),
            self._waiting_for_payment(),
            self._authorised(),
            self._partly_paid(),
            self._cancelled(),
            self._partly_refunded(),
            self._refunded_unshipped(),
            self._test(),
            self._unknown_item(),
            self._custom_line(),
            self._by_klarna(),
            self._of_variants(),
            self._two_parcels(),
        ]
        # The first is of an hour at which it is another day in UTC than where the shop is.
        near_midnight = (self._until - timedelta(days=1)).astimezone(UTC).replace(hour=23, minute=40)
        step = timedelta(hours=20, minutes=35)
        return [_at(order, near_midnight - place * step) for place, order in enumerate(orders)]

    def _order(self, *lines: tuple[str, int]) -> Order:
        home = self._buyer.addresses[0]
        return Order(
            name="",
            created_at=self._until,
            lines=tuple(line_of(self._items[sku], quantity) for sku, quantity in lines),
            customer=self._buyer.key,
            email=self._buyer.email,
            billing_address=home,
            shipping_address=home,
        )

    def _discounted(self) -> Order:
        order = replace(self._order(("MUG", 3)), discount_code="WELCOME10", shipping_lines=(STANDARD_SHIPPING,))
        return paid(replace(order, lines=spread(Decimal("10.00"), order.lines)))

    def _guest_with_gift_card_tip_and_dollars(self) -> Order:
        home = Address("Grace", "Gast", "", "1 Main St", "", "Albany", "NY", "12207", "US", "+15185550100")
        order = replace(
            self._order(("MUG", 1), ("GIFT25", 1)),
            customer="",
            email="grace.guest@example.com",
            billing_address=home,
            shipping_address=home,
            tip=Decimal("2.00"),
            presentment_currency="USD",
            presentment_rate=Decimal("1.10"),
        )
        by_card = total(order) - Decimal("10.00")
        return replace(order, transactions=(Transaction("gift_card", Decimal("10.00")), Transaction(CARD, by_card)))

    def _cash_on_delivery(self) -> Order:
        return paid(self._order(("MUG", 2)), "COD", status="PENDING")

    def _waiting_for_payment(self) -> Order:
        return paid(self._order(("TEE-S", 1)), "Bank Deposit", status="PENDING")

    def _authorised(self) -> Order:
        return paid(self._order(("TEE-M", 1)), kind="AUTHORIZATION")

    def _partly_paid(self) -> Order:
        return replace(self._order(("TEE-L", 1)), transactions=(Transaction(CARD, Decimal("20.00")),))

    def _cancelled(self) -> Order:
        order = paid(self._order(("MUG", 1)))
        refund = Refund(self._until, (RefundLine(0, 1, "CANCEL"),), gateway=CARD)
        return replace(order, refunds=(refund,), cancelled_at=self._until)

    def _partly_refunded(self) -> Order:
        order = paid(self._order(("MUG", 3)))
        refund = Refund(self._until, (RefundLine(0, 1, "RETURN"),), gateway=CARD, note="chipped")
        return replace(order, fulfilled=True, refunds=(refund,))

    def _refunded_unshipped(self) -> Order:
        refund = Refund(self._until, (RefundLine(0, 2, "CANCEL"),), gateway=CARD)
        return replace(paid(self._order(("MUG", 2))), refunds=(refund,))

    def _test(self) -> Order:
        return replace(paid(self._order(("MUG", 1)), "bogus"), test=True)

    def _unknown_item(self) -> Order:
        return paid(self._order(("MUG", 1), ("SHOP-ONLY", 1)))

    def _custom_line(self) -> Order:
        order = self._order(("MUG", 1))
        wrapping = Line("Geschenkverpackung 🎀", 1, Decimal("3.50"), custom=True, tax_rate=STANDARD)
        return paid(replace(order, lines=(*order.lines, wrapping)))

    def _by_klarna(self) -> Order:
        return paid(self._order(("MUG", 5)), "klarna")

    def _of_variants(self) -> Order:
        lines = (("TEE-S", 1), ("TEE-M", 2), ("ENGRAVING", 3))
        return paid(replace(self._order(*lines), shipping_lines=(STANDARD_SHIPPING,), note="Bitte als Geschenk"))

    def _two_parcels(self) -> Order:
        bulky = ShippingLine("Sperrgut", Decimal("19.00"), "bulky", STANDARD)
        return paid(replace(self._order(("MUG", 1), ("TEE-L", 1)), shipping_lines=(STANDARD_SHIPPING, bulky)))


def _at(order: Order, at: datetime) -> Order:
    """Place an order in time; what happened to it afterwards happened two hours later."""
    at = at.astimezone(UTC)
    later = at + timedelta(hours=2)
    return replace(
        order,
        created_at=at,
        refunds=tuple(replace(refund, created_at=later) for refund in order.refunds),
        cancelled_at=later if order.cancelled_at else None,
    )
