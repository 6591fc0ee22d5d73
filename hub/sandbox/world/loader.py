"""Decides what each invoice of the online-retail set becomes: an order, refunds, or a counted cause."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from decimal import Decimal

from hub.sandbox.world.cancellations import GATEWAY, SoldUnits
from hub.sandbox.world.countries import ISO_CODES
from hub.sandbox.world.invoices import CUSTOM, DISCOUNT, SHIPPING, Invoice, InvoiceLine
from hub.sandbox.world.model import ZERO, Address, Customer, Item, Line, Order, ShippingLine, Transaction
from hub.sandbox.world.money import order_total, spread
from hub.sandbox.world.report import LoadReport


class InvoiceLoader:
    """Turns invoices into orders and refunds, one after the other in the order of time."""

    def __init__(
        self, items: Mapping[str, Item], customers: Mapping[str, Customer], invoices: Iterable[Invoice]
    ) -> None:
        self.report = LoadReport()
        self._items = items
        self._customers = customers
        self._orders: dict[str, Order] = {}
        self._sold = SoldUnits(invoices)
        self._lines: dict[InvoiceLine, Line] = {}

    def load(self, invoice: Invoice) -> None:
        """Load one invoice, or count why it cannot be."""
        if invoice.is_cancellation:
            self._load_cancellation(invoice)
        elif cause := self._why_no_order(invoice):
            self.report.not_loadable[cause] += 1
        else:
            self._load_order(invoice)

    def orders(self) -> list[Order]:
        """The orders as they stand after the last invoice, with their refunds."""
        for number, refunds in self._sold.refunds.items():
            self._orders[number] = dataclasses.replace(self._orders[number], refunds=tuple(refunds))
        return list(self._orders.values())

    def _why_no_order(self, invoice: Invoice) -> str | None:
        bought = [line for line in invoice.lines if line.quantity > 0 and line.code not in DISCOUNT]
        items = [line for line in bought if line.code not in SHIPPING]
        cause = None
        if not invoice.number.isdigit():
            cause = "bad_debt" if invoice.number.startswith("A") else "unknown_kind"
        elif not any(line.quantity for line in invoice.lines):
            cause = "empty"
        elif not bought:
            cause = "stock_adjustment"
        elif any(line.price < 0 for line in bought):
            cause = "negative_price"
        elif invoice.customer and invoice.customer not in self._customers:
            cause = "unknown_customer"
        elif not items:
            # A shop's order has at least one item; this one is carriage alone.
            cause = "only_shipping"
        elif _discount(invoice) > sum(line.amount for line in items):
            cause = "discount_above_lines"
        return cause

    def _load_order(self, invoice: Invoice) -> None:
        lines: list[Line] = []
        shipping: list[ShippingLine] = []
        for line in invoice.lines:
            if line.code in DISCOUNT or line.quantity < 0:
                continue
            if line.quantity == 0:
                self.report.unmatched_lines["zero_quantity"] += 1
            elif line.code in SHIPPING:
                self._sold.sell(invoice, None, line)
                shipping.append(ShippingLine(self._title(line), line.amount, line.code))
            else:
                self._sold.sell(invoice, len(lines), line)
                lines.append(self._line(line))
        self._orders[invoice.number] = _order(invoice, spread(_discount(invoice), lines), shipping)
        self.report.orders += 1
        taken = self._sold.take_back(invoice)
        self.report.unmatched_lines.update(taken.causes)

    def _load_cancellation(self, invoice: Invoice) -> None:
        if not invoice.customer:
            self.report.unmatched_lines["no_customer"] += len(invoice.lines)
            self.report.not_loadable["cancellation_without_customer"] += 1
            return
        taken = self._sold.take_back(invoice)
        self.report.unmatched_lines.update(taken.causes)
        for line in invoice.lines:
            if line.code in DISCOUNT:
                # A discount given after the order names no line of it, and a shop refunds lines.
                self.report.unmatched_lines["discount"] += 1
            elif line.quantity >= 0:
                self.report.unmatched_lines["not_negative"] += 1
        if taken.orders:
            self.report.refunds += 1
        else:
            self.report.not_loadable["cancellation_of_no_order"] += 1

    def _line(self, line: InvoiceLine) -> Line:
        known = self._lines.get(line)
        if known is None:
            custom = line.code in CUSTOM
            sku = "" if custom else line.code
            known = Line(self._title(line), line.quantity, line.price, sku=sku, custom=custom)
            self._lines[line] = known
        return known

    def _title(self, line: InvoiceLine) -> str:
        if line.description.strip():
            return line.description
        item = self._items.get(line.code)
        return item.name if item else line.code


def _discount(invoice: Invoice) -> Decimal:
    # The set writes a discount as one unit taken back; a folder that writes it as a positive line means the same.
    return sum((abs(line.amount) for line in invoice.lines if line.code in DISCOUNT), ZERO)


def _order(invoice: Invoice, lines: tuple[Line, ...], shipping: list[ShippingLine]) -> Order:
    total = order_total(lines, shipping)
    address = _address(invoice)
    return Order(
        name=f"#{invoice.number}",
        created_at=invoice.created_at,
        lines=lines,
        customer=invoice.customer,
        shipping_lines=tuple(shipping),
        transactions=(Transaction(GATEWAY, total),) if total else (),
        billing_address=address,
        shipping_address=address,
    )


def _address(invoice: Invoice) -> Address | None:
    country = ISO_CODES.get(invoice.country, "")
    if not country:
        return None
    if not invoice.customer:
        return Address(country_code=country)
    return Address("Customer", invoice.customer, country_code=country)
