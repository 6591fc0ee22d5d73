"""The neutral data that a sandbox is filled with: one company, seen by nobody's API.

A world is made once (generated from a seed, or loaded from a folder) and each sandbox takes its part of it.
Money is `Decimal` in the world's currency; quantities are `Decimal`; times are aware.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as a person typed it; any field may be empty."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    province_code: str = ""
    zip: str = ""
    country_code: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is sold: an item in the ERP, a variant in the shop, or both (same SKU)."""

    sku: str
    name: str
    #: Price in the world's currency, with or without tax as the world says; None = the price list has no row for it.
    price: Decimal | None = None
    group: str = "Items"
    barcode: str = ""
    weight_kg: Decimal | None = None
    tax_rate: Decimal = ZERO
    #: Units in stock per warehouse code.
    stock: dict[str, Decimal] = field(default_factory=dict)
    in_erp: bool = True
    in_shop: bool = False
    #: False: an item or variant whose stock nobody counts.
    tracked: bool = True
    active: bool = True
    #: "none", "batch" or "serial".
    managed: str = "none"
    #: "iNotATree", "iSalesTree", "iAssemblyTree", "iTemplateTree" or "iProductionTree", as SAP Business One names them.
    tree: str = "iNotATree"
    #: Items with the same value are variants of one shop product of that title; empty = a product of its own.
    product: str = ""
    #: The option value that tells the variants of one product apart.
    option: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()
    description: str = ""
    gift_card: bool = False
    #: Days since somebody last changed the item in the ERP.
    changed_days_ago: int = 1


@dataclass(frozen=True, slots=True)
class Customer:
    """A person or firm who has an account in the shop."""

    key: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    created_at: datetime | None = None
    #: True: the ERP has this one as a business partner already.
    in_erp: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order. `sku` names the variant; a custom line has none."""

    title: str
    quantity: int
    unit_price: Decimal
    sku: str = ""
    custom: bool = False
    tax_rate: Decimal = ZERO
    #: What order and line discounts take off the whole line (not per unit).
    discount: Decimal = ZERO
    gift_card: bool = False


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """A charge for carriage."""

    title: str
    price: Decimal
    code: str = ""
    tax_rate: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Transaction:
    """Money that moved, or was promised: kind and status as Shopify's OrderTransaction names them."""

    gateway: str
    amount: Decimal
    kind: str = "SALE"
    status: str = "SUCCESS"


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Units of one order line that are taken back. `line` is the position in `Order.lines`."""

    line: int
    quantity: int
    #: NO_RESTOCK, CANCEL or RETURN, as Shopify's RefundLineItemRestockType.
    restock: str = "NO_RESTOCK"


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund of an order."""

    created_at: datetime
    lines: tuple[RefundLine, ...] = ()
    #: Money given back for carriage.
    shipping: Decimal = ZERO
    gateway: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One order of the shop, as it stands after its last refund."""

    name: str
    created_at: datetime
    lines: tuple[Line, ...]
    #: `Customer.key`; empty = a guest.
    customer: str = ""
    email: str = ""
    phone: str = ""
    shipping_lines: tuple[ShippingLine, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    refunds: tuple[Refund, ...] = ()
    billing_address: Address | None = None
    shipping_address: Address | None = None
    discount_code: str = ""
    tip: Decimal = ZERO
    #: Presentment currency and its rate to the shop's currency; empty = the shop's own.
    presentment_currency: str = ""
    presentment_rate: Decimal = Decimal(1)
    fulfilled: bool = False
    cancelled_at: datetime | None = None
    test: bool = False
    source_name: str = "web"
    tags: tuple[str, ...] = ()
    note: str = ""
    #: The location code (see `World.locations`) that the units are taken from; empty = the first.
    location: str = ""


@dataclass(slots=True)
class World:
    """One company's records, the source of what both sandboxes hold at their start."""

    currency: str
    zone: str
    taxes_included: bool
    items: list[Item]
    customers: list[Customer]
    orders: list[Order]
    #: Warehouse code -> name, in the ERP.
    warehouses: dict[str, str]
    #: Location code -> name, in the shop. The first one is the default.
    locations: dict[str, str]
    #: Tax code -> rate (0.19), in the ERP.
    tax_codes: dict[str, Decimal]
