"""Shipping units of an order, and taking a fulfilment back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.sandbox.shopify.order_records import Fulfilment, FulfilmentLine, FulfilmentOrder, Order, OrderLine
from hub.sandbox.shopify.refusal import refuse
from hub.sandbox.shopify.stock import StockBook
from hub.sandbox.shopify.store import Store


@dataclass(frozen=True, slots=True)
class Tracking:
    """Who carries a parcel, and under which numbers."""

    company: str = ""
    numbers: tuple[str, ...] = ()
    url: str = ""


NO_TRACKING = Tracking()


class Fulfilling:
    """Ships. One fulfilment = one order, one location."""

    def __init__(self, store: Store, stock: StockBook) -> None:
        self._store = store
        self._stock = stock

    def fulfil(
        self, order: Order, units: Sequence[tuple[OrderLine, int]], now: datetime, tracking: Tracking = NO_TRACKING
    ) -> Fulfilment:
        """Ship those units; refused where a line has not so many left, or where they lie at several locations."""
        asked: dict[int, int] = {}
        for line, quantity in units:
            asked[line.id] = asked.get(line.id, 0) + quantity
            if quantity <= 0:
                raise refuse(("fulfillment",), "Quantity must be greater than 0")
            if asked[line.id] > line.unfulfilled or order.cancelled_at is not None:
                raise refuse(("fulfillment",), "Invalid fulfillment order line item quantity requested.")
        locations = {line.location_id for line, _ in units}
        if len(locations) != 1:
            raise refuse(("fulfillment",), "All fulfillment orders must belong to the same location.")
        number = self._store.number("Fulfillment")
        made = Fulfilment(
            id=number,
            name=f"{order.name}-F{len(order.fulfilments) + 1}",
            location_id=locations.pop(),
            created_at=now,
            updated_at=now,
            lines=[FulfilmentLine(self._store.number("FulfillmentLineItem"), line, count) for line, count in units],
            tracking_company=tracking.company,
            tracking_numbers=tracking.numbers,
            tracking_url=tracking.url,
        )
        for line, quantity in units:
            line.fulfilled += quantity
            self._ship(line, quantity, now)
        order.fulfilments.append(made)
        self._store.order_of[number] = order.id
        self._changed(order, now)
        return made

    def cancel(self, order: Order, fulfilment: Fulfilment, now: datetime) -> None:
        """Take a fulfilment back: its units wait again and are committed again."""
        if fulfilment.status == "CANCELLED":
            raise refuse(("id",), "Fulfillment has already been cancelled.")
        fulfilment.status = "CANCELLED"
        fulfilment.updated_at = now
        for part in fulfilment.lines:
            part.line.fulfilled -= part.quantity
            self._ship(part.line, -part.quantity, now)
        self._changed(order, now)

    def _ship(self, line: OrderLine, quantity: int, now: datetime) -> None:
        item = self._store.items.get(line.stock_item) if line.stock_item is not None else None
        if item is not None:
            self._stock.ship(item, line.location_id, quantity, now)

    def _changed(self, order: Order, now: datetime) -> None:
        for planned in order.fulfilment_orders:
            planned.updated_at = now
            self._store.tell("FulfillmentOrder", planned.id)
        self._store.touch("Order", order, now)


def planned_status(order: Order, planned: FulfilmentOrder) -> str:
    """The status of a fulfilment order, from the units of its lines."""
    if any(line.unfulfilled for line in planned.lines):
        if order.on_hold:
            return "ON_HOLD"
        return "IN_PROGRESS" if any(line.fulfilled for line in planned.lines) else "OPEN"
    return "CLOSED"
