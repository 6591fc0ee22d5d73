"""What the shop keeps: customers, products with variants and stock, locations. Orders have a module of their own.

Ids are the numbers inside the global ids; times are aware, in UTC, without fractions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(slots=True)
class Metafield:
    """A value of the app's own on a record."""

    id: int
    namespace: str
    key: str
    type: str
    value: str
    owner_type: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; an empty text is a missing part."""

    id: int = 0
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

    @property
    def content(self) -> tuple[str, ...]:
        """All but the id: what makes two addresses the same."""
        return (
            *(self.first_name, self.last_name, self.company, self.address1, self.address2),
            *(self.city, self.province_code, self.zip, self.country_code, self.phone),
        )


@dataclass(slots=True)
class Customer:
    """An account in the shop."""

    id: int
    created_at: datetime
    updated_at: datetime
    first_name: str = ""
    last_name: str = ""
    #: Normalised; empty = none. Both are unique in the shop.
    email: str = ""
    phone: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    tax_exempt: bool = False
    tax_exemptions: tuple[str, ...] = ()
    locale: str = "en"
    state: str = "DISABLED"
    addresses: list[Address] = field(default_factory=list)
    default_address: int = 0
    marketing_state: str = "NOT_SUBSCRIBED"
    marketing_level: str = "SINGLE_OPT_IN"
    marketing_at: datetime | None = None
    order_ids: list[int] = field(default_factory=list)
    metafields: dict[tuple[str, str], Metafield] = field(default_factory=dict)

    @property
    def display_name(self) -> str:
        """The full name, else the e-mail address, else the phone number."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.email or self.phone


@dataclass(slots=True)
class OptionValue:
    """One value of a product option."""

    id: int
    name: str


@dataclass(slots=True)
class Option:
    """One option of a product ("Size") with its values in their order."""

    id: int
    name: str
    values: list[OptionValue]


@dataclass(slots=True)
class Product:
    """A product; what is sold are its variants."""

    id: int
    handle: str
    title: str
    created_at: datetime
    updated_at: datetime
    description_html: str = ""
    vendor: str = ""
    product_type: str = ""
    #: ACTIVE, ARCHIVED, DRAFT or UNLISTED.
    status: str = "ACTIVE"
    tags: tuple[str, ...] = ()
    gift_card: bool = False
    published_at: datetime | None = None
    options: list[Option] = field(default_factory=list)
    variant_ids: list[int] = field(default_factory=list)
    metafields: dict[tuple[str, str], Metafield] = field(default_factory=dict)


@dataclass(slots=True)
class Variant:
    """One thing that can be bought; its SKU lives on its inventory item."""

    id: int
    product_id: int
    item_id: int
    created_at: datetime
    updated_at: datetime
    #: The value of each option of the product, in the options' order.
    values: tuple[str, ...] = ("Default Title",)
    position: int = 1
    price: Decimal = Decimal(0)
    compare_at_price: Decimal | None = None
    barcode: str = ""
    taxable: bool = True
    tax_code: str = ""
    policy: str = "DENY"
    metafields: dict[tuple[str, str], Metafield] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The option values, as the shop shows them."""
        return " / ".join(self.values)


@dataclass(slots=True)
class Level:
    """The stock of one item at one location, by state."""

    item_id: int
    location_id: int
    created_at: datetime
    updated_at: datetime
    active: bool = True
    available: int = 0
    committed: int = 0
    incoming: int = 0
    #: The unavailable states.
    reserved: int = 0
    damaged: int = 0
    quality_control: int = 0
    safety_stock: int = 0
    #: Kept by its own count, so that the equation of the states can be checked after every operation.
    on_hand: int = 0

    @property
    def unavailable(self) -> int:
        """Units on hand that are neither for sale nor sold."""
        return self.reserved + self.damaged + self.quality_control + self.safety_stock


@dataclass(slots=True)
class InventoryItem:
    """The goods behind a variant."""

    id: int
    variant_id: int
    created_at: datetime
    updated_at: datetime
    sku: str = ""
    tracked: bool = False
    requires_shipping: bool = True
    cost: Decimal | None = None
    weight: Decimal = Decimal(0)
    weight_unit: str = "KILOGRAMS"
    country_of_origin: str = ""
    province_of_origin: str = ""
    harmonized_code: str = ""
    #: By location id, in the order in which they were made.
    levels: dict[int, Level] = field(default_factory=dict)


@dataclass(slots=True)
class Location:
    """A place that keeps stock."""

    id: int
    #: The code the world knows it by ("L1"); the control API accepts it too.
    code: str
    name: str
    created_at: datetime
    updated_at: datetime
    active: bool = True
    country_code: str = "DE"
