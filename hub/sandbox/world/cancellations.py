"""Finding the orders that a cancellation takes back: the online-retail set does not name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from hub.sandbox.world.invoices import Invoice, InvoiceLine
from hub.sandbox.world.model import ZERO, Refund, RefundLine

GATEWAY = "shopify_payments"


@dataclass(slots=True)
class _Sold:
    """Units of one line of one order that have not been taken back yet."""

    order: str
    #: Position in `Order.lines`; None = a shipping line, of which money is taken back and no units.
    line: int | None
    units: int


@dataclass(slots=True)
class _Draft:
    """What one cancellation takes back from one order, while it is gathered."""

    units: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    shipping: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of the lines of one cancellation."""

    #: So many orders had units or carriage taken back.
    orders: int
    #: Why lines, or units of them, found no order: one entry per such line.
    causes: list[str]


class SoldUnits:
    """What each buyer has bought so far, by code and price, and what of it was given back.

    Sales must be told in the order of time: only what was sold before can be taken back.
    """

    def __init__(self, invoices: Iterable[Invoice]) -> None:
        # Only what some invoice takes back has to be remembered, which is a small part of what is sold.
        self._coming_back = {(invoice.buyer, line.code) for invoice in invoices for line in invoice.returned}
        self._sold: dict[tuple[str, str, Decimal], list[_Sold]] = defaultdict(list)
        self._prices: dict[tuple[str, str], set[Decimal]] = defaultdict(set)
        self.refunds: dict[str, list[Refund]] = defaultdict(list)

    def sell(self, invoice: Invoice, position: int | None, line: InvoiceLine) -> None:
        """Note a line of an order. `position`: in `Order.lines`; None for a shipping line."""
        buyer = invoice.buyer
        if (buyer, line.code) not in self._coming_back:
            return
        self._sold[buyer, line.code, line.price].append(_Sold(invoice.number, position, line.quantity))
        self._prices[buyer, line.code].add(line.price)

    def take_back(self, invoice: Invoice) -> TakenBack:
        """Match the returned lines of an invoice, newest order first; makes one refund per order."""
        drafts: dict[str, _Draft] = defaultdict(_Draft)
        causes = [cause for line in invoice.returned if (cause := self._match(invoice.buyer, line, drafts))]
        for order, draft in drafts.items():
            taken = tuple(RefundLine(position, units, "CANCEL") for position, units in draft.units.items())
            self.refunds[order].append(Refund(invoice.created_at, taken, draft.shipping, GATEWAY, note=invoice.number))
        return TakenBack(len(drafts), causes)

    def _match(self, buyer: str, line: InvoiceLine, drafts: dict[str, _Draft]) -> str | None:
        prices = self._prices.get((buyer, line.code), set())
        if line.price not in prices:
            return "other_price" if prices else "not_ordered_before"
        stack = self._sold[buyer, line.code, line.price]
        wanted = -line.quantity
        while wanted and stack:
            sold = stack[-1]
            taken = min(wanted, sold.units)
            if sold.line is None:
                drafts[sold.order].shipping += taken * line.price
            else:
                drafts[sold.order].units[sold.line] += taken
            wanted -= taken
            sold.units -= taken
            if not sold.units:
                stack.pop()
        return "more_units_than_ordered" if wanted else None
