"""Order edits and payments that come later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hub.sandbox.shopify.money import ZERO
from hub.sandbox.shopify.order_records import Order, OrderLine, Transaction
from hub.sandbox.shopify.order_totals import authorised, outstanding
from hub.sandbox.shopify.ordering import Ordering
from hub.sandbox.shopify.refusal import refuse
from hub.sandbox.shopify.stock import StockBook
from hub.sandbox.shopify.store import Store
from hub.sandbox.world import model as world


@dataclass(frozen=True, slots=True)
class Removal:
    """Unshipped units of a line that an edit takes off."""

    line: OrderLine
    quantity: int
    restock: bool = True


class Editing:
    """Changes an order in place, as the admin's order editor does."""

    def __init__(self, store: Store, stock: StockBook, ordering: Ordering) -> None:
        self._store = store
        self._stock = stock
        self._ordering = ordering

    def remove(self, order: Order, removal: Removal, now: datetime) -> None:
        """Take units off a line; with restock they are for sale again, without they are gone."""
        line = removal.line
        if not 0 < removal.quantity <= line.unfulfilled:
            raise refuse(("quantity",), "Quantity must be less than or equal to the unfulfilled quantity")
        line.removed += removal.quantity
        line.edited_off += removal.quantity
        item = self._store.items.get(line.stock_item) if line.stock_item is not None else None
        if item is not None and removal.restock:
            self._stock.commit(item, line.location_id, -removal.quantity, now)
        elif item is not None:
            self._stock.write_off(item, line.location_id, removal.quantity, now)
        self._edited(order, now)

    def add(self, order: Order, wanted: world.Line, location: int, now: datetime) -> OrderLine:
        """Add a line; its units are committed."""
        line = self._ordering.line(order, wanted, location, ZERO)
        order.lines.append(line)
        self._ordering.commit(line, line.quantity, now)
        self._ordering.plan_shipping(order, [line], now)
        self._edited(order, now)
        return line

    def pay(self, order: Order, gateway: str, amount: Decimal, now: datetime, kind: str = "SALE") -> Transaction:
        """Money comes in."""
        number = self._store.number("OrderTransaction")
        self._store.order_of[number] = order.id
        paid = Transaction(number, kind, "SUCCESS", gateway, amount, now)
        order.transactions.append(paid)
        self._store.touch("Order", order, now)
        return paid

    def mark_as_paid(self, order: Order, now: datetime, gateway: str | None = None) -> Transaction:
        """What is outstanding is paid: a waiting or authorised transaction becomes the parent of the money."""
        due = outstanding(order)
        if due <= 0 or order.cancelled_at is not None:
            raise refuse(("id",), "Order cannot be marked as paid.")
        waiting = next((one for one in order.transactions if one.status == "PENDING"), None)
        promised = next((one for one in order.transactions if one.kind == "AUTHORIZATION"), None)
        kind = "CAPTURE" if promised is not None and authorised(order) else "SALE"
        parent = promised if kind == "CAPTURE" else waiting
        paid = self.pay(order, gateway or (parent.gateway if parent else "manual"), due, now, kind)
        paid.parent_id = parent.id if parent else None
        return paid

    def _edited(self, order: Order, now: datetime) -> None:
        order.edited = True
        for planned in order.fulfilment_orders:
            planned.updated_at = now
        self._store.touch("Order", order, now)
