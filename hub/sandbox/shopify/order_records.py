"""What the shop keeps of an order. Amounts are in the shop's currency; see `Order.presentment_rate` for the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from hub.sandbox.shopify.records import Address, Metafield

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax on one line, for all its units."""

    title: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount of the order; lines point to it by its place in `Order.discounts`."""

    #: "code", "manual" or "automatic".
    kind: str
    title: str
    amount: Decimal
    #: LINE_ITEM or SHIPPING_LINE.
    target: str = "LINE_ITEM"


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one discount takes off one line, all units together."""

    discount: int
    amount: Decimal


@dataclass(slots=True)
class OrderLine:
    """One line. `quantity` never falls: what is removed or returned is counted beside it."""

    id: int
    title: str
    quantity: int
    unit_price: Decimal
    variant_title: str = ""
    sku: str = ""
    vendor: str = ""
    variant_id: int | None = None
    product_id: int | None = None
    #: Where its stock is committed; None: nobody counts it (custom, untracked, gift card).
    stock_item: int | None = None
    location_id: int = 0
    gift_card: bool = False
    taxable: bool = True
    requires_shipping: bool = True
    tax_lines: tuple[TaxLine, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    #: Units that are shipped now (a cancelled fulfilment takes them back).
    fulfilled: int = 0
    #: Units taken off before they were shipped, and units that came back (or were refunded) after.
    removed: int = 0
    returned: int = 0
    #: How many of the removed units an order edit took off (the rest was refunded).
    edited_off: int = 0

    @property
    def current(self) -> int:
        """Units that are still sold."""
        return self.quantity - self.removed - self.returned

    @property
    def unfulfilled(self) -> int:
        """Units still to be shipped."""
        return self.quantity - self.removed - self.fulfilled

    @property
    def original_total(self) -> Decimal:
        """Price of all units before discounts."""
        return self.unit_price * self.quantity

    @property
    def discount(self) -> Decimal:
        """What all discounts take off all units."""
        return sum((one.amount for one in self.allocations), ZERO)

    @property
    def total(self) -> Decimal:
        """Price of all units after discounts."""
        return self.original_total - self.discount

    @property
    def tax(self) -> Decimal:
        """Tax of all units."""
        return sum((one.amount for one in self.tax_lines), ZERO)


@dataclass(slots=True)
class OrderShipping:
    """A charge for carriage."""

    id: int
    title: str
    price: Decimal
    code: str = ""
    tax_lines: tuple[TaxLine, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    removed: bool = False

    @property
    def total(self) -> Decimal:
        """The charge after discounts."""
        return self.price - sum((one.amount for one in self.allocations), ZERO)

    @property
    def tax(self) -> Decimal:
        """Tax on the charge."""
        return sum((one.amount for one in self.tax_lines), ZERO)


@dataclass(slots=True)
class Transaction:
    """Money that moved or was promised."""

    id: int
    kind: str
    status: str
    gateway: str
    amount: Decimal
    created_at: datetime
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """Units of a line in a refund, with the money that falls on them."""

    id: int
    line: OrderLine
    quantity: int
    #: NO_RESTOCK, CANCEL or RETURN.
    restock: str
    location_id: int | None
    subtotal: Decimal
    tax: Decimal
    #: How many of the units had been shipped.
    shipped: int = 0


@dataclass(slots=True)
class OrderRefund:
    """One refund: lines, carriage, money, each of which may be missing."""

    id: int
    created_at: datetime
    updated_at: datetime
    note: str = ""
    lines: list[RefundedLine] = field(default_factory=list)
    #: (id, shipping line, amount, tax)
    shipping: list[tuple[int, OrderShipping, Decimal, Decimal]] = field(default_factory=list)
    #: (id, reason, amount, tax): the difference between the money and what was refunded with a reason.
    adjustments: list[tuple[int, str, Decimal, Decimal]] = field(default_factory=list)
    transaction_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class FulfilmentLine:
    """Units of a line in one fulfilment."""

    id: int
    line: OrderLine
    quantity: int


@dataclass(slots=True)
class Fulfilment:
    """One parcel."""

    id: int
    name: str
    location_id: int
    created_at: datetime
    updated_at: datetime
    lines: list[FulfilmentLine]
    status: str = "SUCCESS"
    tracking_company: str = ""
    tracking_numbers: tuple[str, ...] = ()
    tracking_url: str = ""


@dataclass(slots=True)
class FulfilmentOrder:
    """What one location has to ship of an order. The unit counts are those of the lines."""

    id: int
    order_id: int
    location_id: int
    created_at: datetime
    updated_at: datetime
    lines: list[OrderLine]
    cancelled: bool = False


@dataclass(slots=True)
class Order:
    """One order. Figures are derived, never stored: see `order_totals`."""

    id: int
    name: str
    number: int
    created_at: datetime
    updated_at: datetime
    processed_at: datetime
    currency: str
    taxes_included: bool
    presentment_currency: str = ""
    presentment_rate: Decimal = Decimal(1)
    customer_id: int | None = None
    email: str = ""
    phone: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    po_number: str = ""
    source_name: str = "web"
    source_identifier: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    billing: Address | None = None
    shipping_address: Address | None = None
    lines: list[OrderLine] = field(default_factory=list)
    shipping: list[OrderShipping] = field(default_factory=list)
    discounts: list[Discount] = field(default_factory=list)
    tip: Decimal = ZERO
    transactions: list[Transaction] = field(default_factory=list)
    refunds: list[OrderRefund] = field(default_factory=list)
    fulfilments: list[Fulfilment] = field(default_factory=list)
    fulfilment_orders: list[FulfilmentOrder] = field(default_factory=list)
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    test: bool = False
    edited: bool = False
    on_hold: bool = False
    #: Payment did not come before the provider's deadline.
    expired: bool = False
    risk: str = "NONE"
    #: Total at creation, kept because edits change the lines.
    original_total: Decimal = ZERO
    metafields: dict[tuple[str, str], Metafield] = field(default_factory=dict)
