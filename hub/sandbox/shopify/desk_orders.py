"""Orders on the shop's edit pages: placed as a buyer does, shipped, paid, refunded, cancelled as a shopkeeper does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from hub.sandbox.desk.desk import Card, Row, Rows
from hub.sandbox.desk.forms import Call, Field, Form, Typed
from hub.sandbox.shopify import order_totals as figures
from hub.sandbox.shopify.ids import gid, parse_gid
from hub.sandbox.shopify.order_records import Order
from hub.sandbox.shopify.store import Store

#: Lines that the form of a new order offers.
LINES = 3
#: So many are suggested at most.
SUGGESTED = 300
GATEWAYS = (("shopify_payments", "card"), ("klarna", "Klarna"), ("COD", "cash on delivery"), ("gift_card", "gift card"))
HOW_PAID = (("paid", "paid"), ("pending", "not paid yet"), ("authorized", "authorised, not captured"))
RESTOCK = (
    ("RETURN", "came back, for sale again"),
    ("CANCEL", "not shipped, for sale again"),
    ("NO_RESTOCK", "not for sale again"),
)


class Orders:
    """The kind."""

    name = "orders"
    also = ("order",)
    title = "Orders"
    one = "order"
    columns = ("Name", "Placed", "Buyer", "Paid", "Shipped", "Total")

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store.orders)

    def rows(self) -> Iterator[Row]:
        """The newest first."""
        for one in reversed(self._store.orders.values()):
            cells = (
                one.name,
                f"{one.created_at:%Y-%m-%d %H:%M}",
                self._buyer(one),
                figures.financial_status(one).lower().replace("_", " "),
                figures.fulfilment_status(one).lower().replace("_", " "),
                f"{figures.current_total(one):,.2f} {one.currency}",
            )
            yield Row(str(one.id), cells)

    def _buyer(self, one: Order) -> str:
        customer = self._store.customers.get(one.customer_id or 0)
        return customer.display_name if customer else one.email or "nobody"

    def card(self, ident: str) -> Card | None:
        """By number, global id or name."""
        parsed = parse_gid(ident)
        number = parsed.number if parsed else int(ident) if ident.isdecimal() and len(ident) < 20 else 0
        one = self._store.orders.get(number)
        if one is None:
            named = (ident, f"#{ident}")
            one = next((order for order in reversed(self._store.orders.values()) if order.name in named), None)
        if one is None:
            return None
        facts = (
            ("Id", gid("Order", one.id)),
            ("Buyer", self._buyer(one)),
            ("Placed", f"{one.created_at:%Y-%m-%d %H:%M:%S} UTC"),
            ("Paid", figures.financial_status(one).lower().replace("_", " ")),
            ("Shipped", figures.fulfilment_status(one).lower().replace("_", " ")),
            ("Total now", f"{figures.current_total(one):,.2f} {one.currency}"),
            ("Outstanding", f"{figures.outstanding(one):,.2f} {one.currency}"),
            ("Cancelled", f"{one.cancelled_at:%Y-%m-%d %H:%M:%S} UTC" if one.cancelled_at else ""),
        )
        lines = [
            (line.title, line.sku, line.quantity, line.current, line.fulfilled, f"{line.unit_price:,.2f}")
            for line in one.lines
        ]
        money = [
            (paid.kind.lower(), paid.status.lower(), paid.gateway, f"{paid.amount:,.2f}") for paid in one.transactions
        ]
        parcels = [
            (made.status.lower(), self._store.locations[made.location_id].name, ", ".join(made.tracking_numbers))
            for made in one.fulfilments
        ]
        tables = (
            Rows("Lines", ("Title", "SKU", "Ordered", "Now", "Shipped", "Unit price"), lines),
            Rows("Payments", ("Kind", "State", "By", "Amount"), money),
            Rows("Parcels", ("State", "From", "Tracking"), parcels),
        )
        return Card(str(one.id), f"Order {one.name}", facts, tables, tuple(_acts(one)))

    def new(self) -> Form:
        """An order of up to three lines."""
        skus = tuple(
            (
                self._store.items[variant.item_id].sku,
                f"{self._store.products[variant.product_id].title}: {variant.price:,.2f}",
            )
            for variant in islice(reversed(self._store.variants.values()), SUGGESTED)
            if self._store.items[variant.item_id].sku
        )
        buyers = tuple((email, email) for email in islice(reversed(self._store.by_email), SUGGESTED))
        lines = []
        for number in range(1, LINES + 1):
            lines += [
                Field(f"sku{number}", f"Item {number}, by its SKU", choices=skus, required=number == 1),
                Field(f"quantity{number}", f"Quantity of item {number}", "1" if number == 1 else "", "number"),
            ]
        rate = "0.19" if self._store.facts.taxes_included else "0"
        fields = (
            *lines,
            Field("customer", "Customer, by e-mail", choices=buyers, hint="empty: a guest"),
            Field("email", "E-mail of a guest", kind="email"),
            Field("financial", "Payment", "paid", "choice", HOW_PAID),
            Field("gateway", "Paid by", "shopify_payments", choices=GATEWAYS),
            Field("tax_rate", "Tax rate", rate, "number", hint="0.19 is 19 %"),
            Field("shipping", "Shipping", "", "number"),
            Field("note", "Note", kind="area"),
        )
        return Form("new", "", "Place the order", lambda typed: [("orders", _order(typed))], fields)

    def made(self, answer: Any) -> str:
        """The order's number."""
        return str(answer["id"]).rpartition("/")[2]


def _order(typed: Typed) -> dict[str, Any]:
    rate = typed["tax_rate"] or "0"
    lines = [
        {"sku": typed[f"sku{number}"], "quantity": typed[f"quantity{number}"] or "1"}
        for number in range(1, LINES + 1)
        if typed[f"sku{number}"]
    ]
    body: dict[str, Any] = {
        "lines": lines,
        "tax_rate": rate,
        "email": typed["customer"] or typed["email"],
        "customer": typed["customer"],
        "financial": typed["financial"] or "paid",
        "gateway": typed["gateway"] or "shopify_payments",
        "note": typed["note"],
    }
    if typed["shipping"]:
        body["shipping_lines"] = [{"title": "Shipping", "price": typed["shipping"]}]
    return body


def _acts(one: Order) -> Iterator[Form]:
    """What can still be done to an order."""
    ident = gid("Order", one.id)
    yield _texts(one)
    if one.cancelled_at is not None:
        return
    if any(line.unfulfilled for line in one.lines):
        fields = (Field("company", "Carrier"), Field("number", "Tracking number"))
        yield Form(
            "fulfil",
            "Ship what is left",
            "Ship",
            lambda typed: [("fulfil", {"order": ident, "tracking": dict(typed)})],
            fields,
        )
    if figures.outstanding(one) > 0:
        yield Form("pay", "Mark as paid", "Mark as paid", lambda typed: [("mark-as-paid", {"order": ident})])
    if any(line.current for line in one.lines):
        yield _refund(one)
        yield Form(
            "cancel",
            "Cancel the order",
            "Cancel the order",
            lambda typed: [("cancel", {"order": ident, "restock": typed["restock"] == "yes"})],
            (Field("restock", "Its units", "yes", "choice", (("yes", "are for sale again"), ("no", "are not"))),),
            grave=True,
        )


def _texts(one: Order) -> Form:
    def calls(typed: Typed) -> Iterable[Call]:
        fields: dict[str, Any] = dict(typed)
        if "tags" in fields:
            fields["tags"] = fields["tags"].split(",")
        return [("edit", {"id": gid("Order", one.id), "fields": fields})] if fields else []

    fields = (
        Field("email", "E-mail", one.email, "email"),
        Field("tags", "Tags", ", ".join(one.tags), hint="parted by commas"),
        Field("note", "Note", one.note, "area"),
    )
    return Form("save", "Order", "Save", calls, fields, changes_only=True)


def _refund(one: Order) -> Form:
    kept = [line for line in one.lines if line.current]

    def calls(typed: Typed) -> Iterable[Call]:
        lines = [
            {"id": gid("LineItem", line.id), "quantity": typed[f"line{line.id}"], "restock": typed["restock"]}
            for line in kept
            if typed[f"line{line.id}"] not in ("", "0")
        ]
        if not lines:
            raise ValueError("say of at least one line how many units are refunded")
        return [("refund", {"order": gid("Order", one.id), "lines": lines})]

    fields = (
        *(
            Field(f"line{line.id}", f"Units of {line.title or line.sku} (of {line.current})", "0", "number")
            for line in kept
        ),
        Field(
            "restock", "The units", "RETURN" if any(line.fulfilled for line in kept) else "CANCEL", "choice", RESTOCK
        ),
    )
    return Form("refund", "Refund", "Refund", calls, fields)
