"""Control operations on orders: what buyers do, and what a person does to an order in the admin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hub.sandbox.shopify.control_forms import (
    DEFAULT_GATEWAY,
    BadControl,
    Body,
    amount_of,
    charge_of,
    location_of,
    money_of,
    transaction_of,
    typed_address,
)
from hub.sandbox.shopify.control_state import order_to_json
from hub.sandbox.shopify.editing import Removal
from hub.sandbox.shopify.fulfilling import Tracking
from hub.sandbox.shopify.ids import gid, number_of
from hub.sandbox.shopify.order_records import Order, OrderLine
from hub.sandbox.shopify.order_totals import outstanding, total
from hub.sandbox.shopify.ordering import Placement
from hub.sandbox.shopify.refunding import RefundRequest, Taken
from hub.sandbox.shopify.shop import Shop
from hub.sandbox.shopify.texts import normal_tags
from hub.sandbox.world import model as world

Handler = Callable[[Body], Any]


class ControlOrders:
    """The operations; `new_customer` makes the buyer of an order that brings one along."""

    def __init__(self, shop: Shop, new_customer: Callable[[Body], int]) -> None:
        self._shop = shop
        self._new_customer = new_customer
        self.routes: dict[str, Handler] = {
            "orders": self._add_order,
            "fulfil": self._fulfil,
            "cancel-fulfilment": self._cancel_fulfilment,
            "refund": self._refund,
            "cancel": self._cancel,
            "mark-as-paid": self._mark_as_paid,
            "edit-order": self._edit_order,
        }

    def _add_order(self, body: Body) -> dict[str, Any]:
        shop, now = self._shop, self._shop.now()
        created = datetime.fromisoformat(body["created_at"]).astimezone(UTC) if body.get("created_at") else now
        rate = amount_of(body.get("tax_rate", 0))
        wanted = world.Order(
            name=body.get("name", ""),
            created_at=created.replace(microsecond=0),
            lines=tuple(self._line(one, rate) for one in body["lines"]),
            email=body.get("email", ""),
            phone=body.get("phone", ""),
            shipping_lines=tuple(charge_of(one, rate) for one in body.get("shipping_lines", ())),
            transactions=tuple(transaction_of(one) for one in body.get("transactions", ())),
            billing_address=typed_address(body.get("billing_address")),
            shipping_address=typed_address(body.get("shipping_address")),
            discount_code=body.get("discount_code", ""),
            tip=amount_of(body.get("tip", 0)),
            presentment_currency=body.get("presentment_currency", ""),
            presentment_rate=amount_of(body.get("presentment_rate", 1)),
            test=bool(body.get("test")),
            source_name=body.get("source_name", "web"),
            tags=normal_tags(body.get("tags", ())),
            note=body.get("note", ""),
            location=body.get("location", ""),
        )
        order = shop.ordering.place(wanted, self._placement(body), now)
        if "transactions" not in body:
            self._pay_new(order, body, now)
        return order_to_json(shop.store, order)

    def _placement(self, body: Body) -> Placement:
        home = body.get("location", "")
        codes = [one.get("location") or home for one in body["lines"]]
        first = next(iter(self._shop.store.active_locations())).id
        return Placement(
            customer_id=self._buyer(body.get("customer")),
            line_locations=[location_of(self._shop.store, code).id if code else first for code in codes],
            discount=amount_of(body.get("discount", 0)),
            taxes_included=body.get("taxes_included"),
            source_identifier=body.get("source_identifier", ""),
            po_number=body.get("po_number", ""),
        )

    def _buyer(self, given: Any) -> int | None:
        """Nobody, a known customer by id or e-mail, or a new one."""
        if not given:
            return None
        if isinstance(given, Mapping):
            return self._new_customer(given)
        number = number_of(given, "Customer") or self._shop.store.by_email.get(str(given).lower())
        if number not in self._shop.store.customers:
            raise BadControl(f"no customer {given}")
        return number

    def _line(self, body: Body, rate: Decimal) -> world.Line:
        sku = body.get("sku", "")
        variant = self._shop.store.variant_by_sku(sku) if sku and not body.get("custom") else None
        price = body.get("unit_price", variant.price if variant else 0)
        return world.Line(
            title=body.get("title") or sku or "Custom",
            quantity=int(body.get("quantity", 1)),
            unit_price=amount_of(price),
            sku=sku,
            custom=bool(body.get("custom")),
            tax_rate=amount_of(body.get("tax_rate", rate)),
            discount=amount_of(body.get("discount", 0)),
            gift_card=bool(body.get("gift_card")),
        )

    def _pay_new(self, order: Order, body: Body, now: datetime) -> None:
        """`financial`: paid (default), pending or authorized; `gateway`: who takes the whole amount."""
        gateway, how, due = body.get("gateway", DEFAULT_GATEWAY), body.get("financial", "paid"), total(order)
        if not due:
            return
        if how == "paid":
            self._shop.editing.pay(order, gateway, due, now)
        elif how == "authorized":
            self._shop.editing.pay(order, gateway, due, now, "AUTHORIZATION")
        elif how == "pending":
            paid = self._shop.editing.pay(order, gateway, due, now)
            paid.status = "PENDING"
        else:
            raise BadControl(f"financial is paid, pending or authorized, not {how}")

    def _order(self, given: Any) -> Order:
        """By id, or by name: the latest of that name."""
        orders = self._shop.store.orders
        number = number_of(given, "Order")
        if number in orders:
            return orders[number]
        found = next((one for one in reversed(orders.values()) if one.name == given), None)
        if found is None:
            raise BadControl(f"no order {given}")
        return found

    def _lines(self, order: Order, given: Iterable[Body]) -> list[tuple[OrderLine, int, Body]]:
        """Each entry names its line by `id`, `line` (place) or `sku`."""
        found = []
        for one in given:
            number = number_of(one.get("id"), "LineItem")
            line = next(
                (
                    line
                    for place, line in enumerate(order.lines)
                    if line.id == number or place == one.get("line", -1) or (one.get("sku") and line.sku == one["sku"])
                ),
                None,
            )
            if line is None:
                raise BadControl(f"{order.name} has no line {dict(one)}")
            found.append((line, int(one.get("quantity", 1)), one))
        return found

    def _fulfil(self, body: Body) -> dict[str, Any]:
        """Without `lines` all that is left at the first location that has something left."""
        order = self._order(body["order"])
        tracking = body.get("tracking") or {}
        numbers = tuple(tracking.get("numbers") or filter(None, [tracking.get("number")]))
        units = [(line, count) for line, count, _ in self._lines(order, body.get("lines", ()))]
        if "lines" not in body:
            left = [line for line in order.lines if line.unfulfilled]
            units = [(line, line.unfulfilled) for line in left if line.location_id == left[0].location_id]
        if not units:
            raise BadControl(f"{order.name} has nothing left to ship")
        carried = Tracking(tracking.get("company", ""), numbers, tracking.get("url", ""))
        made = self._shop.fulfilling.fulfil(order, units, self._shop.now(), carried)
        return {"id": gid("Fulfillment", made.id)}

    def _cancel_fulfilment(self, body: Body) -> dict[str, Any]:
        order = self._order(body["order"])
        number = number_of(body.get("id"), "Fulfillment")
        made = next((one for one in reversed(order.fulfilments) if number is None or one.id == number), None)
        if made is None:
            raise BadControl(f"{order.name} has no such fulfilment")
        self._shop.fulfilling.cancel(order, made, self._shop.now())
        return {"id": gid("Fulfillment", made.id)}

    def _refund(self, body: Body) -> dict[str, Any]:
        """{"order", "lines": [{"sku", "quantity", "restock", "location", "shipped"}], "shipping", "money", "note"}

        `money`: missing = what it comes to; a number; or [{"gateway", "amount"}]; 0 = units only."""
        order = self._order(body["order"])
        lines = [
            Taken(
                line,
                count,
                one.get("restock", "NO_RESTOCK"),
                location_of(self._shop.store, one["location"]).id if one.get("location") else None,
                one.get("shipped"),
            )
            for line, count, one in self._lines(order, body.get("lines", ()))
        ]
        request = RefundRequest(lines, amount_of(body.get("shipping", 0)), money_of(order, body), body.get("note", ""))
        made = self._shop.refunding.refund(order, request, self._shop.now())
        return {"id": gid("Refund", made.id), "order": order_to_json(self._shop.store, order)}

    def _cancel(self, body: Body) -> dict[str, Any]:
        order = self._order(body["order"])
        self._shop.refunding.cancel(
            order,
            body.get("reason", "CUSTOMER"),
            self._shop.now(),
            restock=bool(body.get("restock", True)),
            refund=bool(body.get("refund", True)),
        )
        return order_to_json(self._shop.store, order)

    def _mark_as_paid(self, body: Body) -> dict[str, Any]:
        order = self._order(body["order"])
        self._shop.editing.mark_as_paid(order, self._shop.now(), body.get("gateway"))
        return order_to_json(self._shop.store, order)

    def _edit_order(self, body: Body) -> dict[str, Any]:
        """{"order", "remove": [{"sku", "quantity", "restock"}], "add": [line], "pay": true | {"gateway", "amount"}}"""
        order, now, editing = self._order(body["order"]), self._shop.now(), self._shop.editing
        for line, count, one in self._lines(order, body.get("remove", ())):
            editing.remove(order, Removal(line, count, bool(one.get("restock", True))), now)
        for one in body.get("add", ()):
            code = one.get("location")
            place = location_of(self._shop.store, code).id if code else order.lines[0].location_id
            editing.add(order, self._line(one, amount_of(body.get("tax_rate", 0))), place, now)
        pay = body.get("pay")
        if pay and outstanding(order) > 0:
            given = pay if isinstance(pay, Mapping) else {}
            amount = amount_of(given.get("amount", outstanding(order)))
            editing.pay(order, given.get("gateway", DEFAULT_GATEWAY), amount, now)
        return order_to_json(self._shop.store, order)
