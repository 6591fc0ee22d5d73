"""Refunds and cancellations: units taken back, stock put where it belongs, money returned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hub.sandbox.shopify.money import ZERO, fixed, share
from hub.sandbox.shopify.order_records import Order, OrderLine, OrderRefund, RefundedLine, Transaction
from hub.sandbox.shopify.order_totals import (
    RECEIVING,
    line_amount,
    line_tax,
    net_payment,
    refunded_shipping,
    shipping,
)
from hub.sandbox.shopify.refusal import refuse
from hub.sandbox.shopify.stock import StockBook
from hub.sandbox.shopify.store import Store


@dataclass(frozen=True, slots=True)
class Taken:
    """Units of one line to be taken back.

    `shipped`: whether they are units that had left the house; None = as the restock type suggests
    (CANCEL: units still here first; RETURN and NO_RESTOCK: shipped ones first).
    """

    line: OrderLine
    quantity: int
    restock: str = "NO_RESTOCK"
    location_id: int | None = None
    shipped: bool | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """One refund. `money`: (gateway, amount) pairs; None = what the units and the carriage come to; () = none."""

    lines: Sequence[Taken] = ()
    shipping: Decimal = ZERO
    money: Sequence[tuple[str, Decimal]] | None = None
    note: str = ""


class Refunding:
    """Takes units and money back."""

    def __init__(self, store: Store, stock: StockBook) -> None:
        self._store = store
        self._stock = stock

    def refund(self, order: Order, wanted: RefundRequest, now: datetime) -> OrderRefund:
        """Carry a refund out whole, or refuse it and change nothing."""
        self._check_units(wanted.lines)
        if wanted.shipping > shipping(order) - refunded_shipping(order):
            raise refuse(("shipping",), "Refund amount is greater than the shipping charged")
        worth = self._worth(order, wanted)
        given = [(gateway, amount) for gateway, amount in wanted.money if amount] if wanted.money is not None else None
        self._check_money(order, worth if given is None else sum((amount for _, amount in given), ZERO), given)
        refund = OrderRefund(self._store.number("Refund"), now, now, wanted.note)
        self._store.order_of[refund.id] = order.id
        for taken in wanted.lines:
            refund.lines.append(self._take(order, taken, now))
        self._give_back_shipping(order, refund, wanted.shipping)
        money = self._split(order, worth) if given is None else given
        for gateway, amount in money:
            refund.transaction_ids.append(self._pay(order, gateway, amount, now))
        if given:
            self._note_difference(refund, sum((amount for _, amount in given), ZERO) - worth)
        order.refunds.append(refund)
        self._changed(order, now)
        return refund

    def cancel(self, order: Order, reason: str, now: datetime, *, restock: bool, refund: bool) -> OrderRefund | None:
        """Cancel an order nothing of which is shipped: one refund takes what no earlier one has taken."""
        if order.cancelled_at is not None:
            raise refuse(("orderId",), "Cannot cancel an order that has already been canceled", "INVALID")
        if any(line.fulfilled > line.returned for line in order.lines):
            raise refuse(("orderId",), "Cannot cancel an order that has outstanding fulfillments", "INVALID")
        how = "CANCEL" if restock else "NO_RESTOCK"
        lines = [Taken(line, line.current, how, line.location_id, False) for line in order.lines if line.current]
        carriage = shipping(order) - refunded_shipping(order)
        made = None
        if lines or carriage:
            money = self._split(order, net_payment(order)) if refund else []
            made = self.refund(order, RefundRequest(lines, carriage, money), now)
        order.cancelled_at, order.cancel_reason, order.closed_at = now, reason, now
        self._changed(order, now)
        return made

    # ----------------------------------------------------------------------------------------------------- the checks

    def _check_units(self, lines: Iterable[Taken]) -> None:
        wanted: dict[int, int] = {}
        for place, taken in enumerate(lines):
            wanted[taken.line.id] = wanted.get(taken.line.id, 0) + taken.quantity
            if taken.quantity <= 0 or wanted[taken.line.id] > taken.line.current:
                raise refuse(
                    ("refundLineItems", str(place), "quantity"),
                    "Quantity cannot refund more items than were purchased",
                )

    def _check_money(self, order: Order, amount: Decimal, given: Sequence[tuple[str, Decimal]] | None) -> None:
        if given is None:
            return
        net = net_payment(order)
        if amount > net:
            raise refuse(
                None,
                f"Refund amount ${fixed(amount, order.currency)} is greater than net payment received"
                f" ${fixed(net, order.currency)}",
            )
        if any(self._parent(order, gateway) is None for gateway, _ in given):
            raise refuse(("transactions",), "Transactions require a parent_id associated with the order")

    def _worth(self, order: Order, wanted: RefundRequest) -> Decimal:
        left: dict[int, int] = {}
        worth = wanted.shipping + (ZERO if order.taxes_included else self._shipping_tax(order, wanted.shipping))
        for taken in wanted.lines:
            before = left.get(taken.line.id, taken.line.current)
            price, tax = self._price(order, taken.line, before, taken.quantity)
            worth += price if order.taxes_included else price + tax
            left[taken.line.id] = before - taken.quantity
        return worth

    @staticmethod
    def _price(order: Order, line: OrderLine, before: int, units: int) -> tuple[Decimal, Decimal]:
        after = before - units
        return (
            line_amount(order, line, before) - line_amount(order, line, after),
            line_tax(order, line, before) - line_tax(order, line, after),
        )

    @staticmethod
    def _shipping_tax(order: Order, amount: Decimal) -> Decimal:
        charged = shipping(order)
        if not charged or not amount:
            return ZERO
        tax = sum((line.tax for line in order.shipping if not line.removed), ZERO)
        minor = 10**4
        return share(tax, int(amount * minor), int(charged * minor), order.currency)

    # ---------------------------------------------------------------------------------------------------- the changes

    def _take(self, order: Order, taken: Taken, now: datetime) -> RefundedLine:
        line = taken.line
        price, tax = self._price(order, line, line.current, taken.quantity)
        came_back = self._shipped_part(taken)
        line.returned += came_back
        line.removed += taken.quantity - came_back
        location = taken.location_id if taken.restock != "NO_RESTOCK" else None
        location = location or (line.location_id if taken.restock != "NO_RESTOCK" else None)
        self._put_stock(line, came_back, taken.quantity - came_back, taken.restock, location, now)
        number = self._store.number("RefundLineItem")
        return RefundedLine(number, line, taken.quantity, taken.restock, location, price, tax, came_back)

    @staticmethod
    def _shipped_part(taken: Taken) -> int:
        line = taken.line
        outside, here = line.fulfilled - line.returned, line.unfulfilled
        shipped_first = taken.shipped if taken.shipped is not None else taken.restock != "CANCEL"
        return min(taken.quantity, outside) if shipped_first else taken.quantity - min(taken.quantity, here)

    def _put_stock(
        self, line: OrderLine, came_back: int, removed: int, restock: str, location: int | None, now: datetime
    ) -> None:
        item = self._store.items.get(line.stock_item) if line.stock_item is not None else None
        if item is None:
            return
        if removed and restock == "CANCEL":
            self._stock.commit(item, line.location_id, -removed, now)
        elif removed:
            self._stock.write_off(item, line.location_id, removed, now)
        back = came_back + (removed if restock == "RETURN" else 0)
        if back and location is not None:
            self._stock.restock(item, location, back, now)

    def _give_back_shipping(self, order: Order, refund: OrderRefund, amount: Decimal) -> None:
        for charge in order.shipping:
            before = sum((part[2] for one in order.refunds for part in one.shipping if part[1] is charge), ZERO)
            part = min(amount, charge.total - before)
            if part > 0 and not charge.removed:
                tax = self._shipping_tax(order, part)
                refund.shipping.append((self._store.number("RefundShippingLine"), charge, part, tax))
                amount -= part

    def _split(self, order: Order, amount: Decimal) -> list[tuple[str, Decimal]]:
        """Spread money over the payments that came in, each up to what is left of it."""
        left: dict[str, Decimal] = {}
        for one in order.transactions:
            if one.status == "SUCCESS" and one.kind in RECEIVING:
                left[one.gateway] = left.get(one.gateway, ZERO) + one.amount
            elif one.status == "SUCCESS" and one.kind == "REFUND":
                left[one.gateway] = left.get(one.gateway, ZERO) - one.amount
        parts = []
        for gateway, available in left.items():
            part = min(amount, available)
            if part > 0:
                parts.append((gateway, part))
                amount -= part
        return parts

    def _pay(self, order: Order, gateway: str, amount: Decimal, now: datetime) -> int:
        parent = self._parent(order, gateway)
        number = self._store.number("OrderTransaction")
        self._store.order_of[number] = order.id
        paid = Transaction(number, "REFUND", "SUCCESS", gateway, amount, now, parent.id if parent else None)
        order.transactions.append(paid)
        return number

    @staticmethod
    def _parent(order: Order, gateway: str) -> Transaction | None:
        """The payment that money goes back to."""
        return next((one for one in order.transactions if one.gateway == gateway and one.kind in RECEIVING), None)

    def _note_difference(self, refund: OrderRefund, more: Decimal) -> None:
        """Money given beyond what units and carriage come to is an adjustment (negative), money kept a positive one."""
        if more:
            number = self._store.number("OrderAdjustment")
            refund.adjustments.append((number, "REFUND_DISCREPANCY", -more, ZERO))

    def _changed(self, order: Order, now: datetime) -> None:
        for planned in order.fulfilment_orders:
            planned.updated_at = now
            self._store.tell("FulfillmentOrder", planned.id)
        if order.customer_id is not None and order.customer_id in self._store.customers:
            self._store.touch("Customer", self._store.customers[order.customer_id], now)
        self._store.touch("Order", order, now)
