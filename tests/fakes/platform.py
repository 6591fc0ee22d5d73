"""Two platforms that live in dictionaries, behind the real seam: `fake_shop` and `fake_erp`.

A connection names the world it belongs to (setting `world`), so that every command of a test reaches the same shop and
the same ERP however often it connects. `registered` adds both to the registry, as a new platform's line would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import Schema, fields

from hub.errors import PlatformRefused
from hub.platforms.endpoint import Endpoint
from hub.platforms.platform import Choice, Connection, Finding, Platform, Wiring
from hub.platforms.registry import PLATFORMS
from hub.platforms.trouble import troubles_of
from objects.fields import Side
from tests.fakes import erp, shop
from tests.fakes.erp import Erp
from tests.fakes.shop import Shop
from tests.fakes.side import FakeEndpoint, System

#: The key that opens both systems.
KEY = "open-sesame"


@dataclass
class World:
    """A shop and an ERP."""

    shop: Shop = field(default_factory=Shop)
    erp: Erp = field(default_factory=Erp)

    def copy(self) -> World:
        """Another world in the same state."""
        return World(self.shop.copy(), self.erp.copy())


WORLDS: dict[str, World] = {}


class FakeSettings(Schema):
    """What a connection needs to know."""

    world = fields.String(required=True, metadata={"address": True})
    key = fields.String(required=True, metadata={"secret": True})
    read_timeout = fields.Float(load_default=60)


class FakeConnection(Connection):
    """One side of a world."""

    def __init__(
        self,
        name: str,
        settings: Mapping[str, Any],
        wiring: Wiring,
        system: System,
        endpoints: Mapping[str, type[FakeEndpoint]],
    ) -> None:
        self.name, self._settings, self._wiring, self.system = name, settings, wiring, system
        self._endpoints = endpoints
        system.opened.append(wiring.hurried)
        self.closed = False

    def check(self) -> list[Finding]:
        """Whether the key fits."""
        if self.system.down is not None:
            raise self.system.down
        if self._settings["key"] != KEY:
            raise PlatformRefused(f"{self.name} refuses the key.", fix="Enter the right key.")
        return [Finding(True, f"{self.name}: logged in")]

    def ping(self) -> None:
        """Whether the system answers and the key fits."""
        with troubles_of(self.name):
            if self.system.down is not None:
                raise self.system.down
            if self._settings["key"] != KEY:
                raise PlatformRefused(f"{self.name} refuses the key.")

    def facts(self) -> dict[str, Any]:
        """A healthy pair, unless the test has said otherwise."""
        self.ping()
        if isinstance(self.system, Shop):
            return {**SHOP_FACTS, "locations": self.system.locations, **self.system.facts}
        assert isinstance(self.system, Erp)
        return {**ERP_FACTS, "warehouses": self.system.warehouses, **self.system.facts}

    def choices(self, map_name: str) -> list[Choice]:
        """Places for the location map, credit cards, and groups."""
        if self.system.down is not None:
            with troubles_of(self.name):
                raise self.system.down
        facts = self.facts()
        if map_name in _GROUPS:
            in_shop, in_erp = _GROUPS[map_name]
            names = [Choice(name, name) for name in facts.get(in_shop, ())]
            return names + [Choice(str(number), name) for number, name in facts.get(in_erp, {}).items()]
        if map_name == "payment":
            return [Choice(f"card:{number}", name) for number, name in facts.get("credit_cards", {}).items()]
        places = facts.get("locations") or facts.get("warehouses") or {}
        if map_name != "location":
            return []
        return [Choice(key, place["name"], place["active"]) for key, place in places.items()]

    def endpoint(self, object_name: str, settings: Mapping[str, Any]) -> Endpoint:
        """This side's view of an object."""
        return self._endpoints[object_name](self.system, self.name, self._wiring, settings)

    def set_up(self) -> list[str]:
        """The ERP gets a field for our reference, once."""
        if isinstance(self.system, Shop) or self.system.table("fields"):
            return []
        self.system.put("fields", "HubRef", {})
        return ["ORDR.HubRef"]

    def close(self) -> None:
        """Nothing to let go of."""
        self.closed = True


class _Fake(Platform):
    settings_schema = FakeSettings
    personal: ClassVar[frozenset[str]] = frozenset({"first_name", "last_name", "email", "phone"})
    secret: ClassVar[frozenset[str]] = frozenset({"key"})


class FakeShop(_Fake):
    """The shop."""

    name, side = "fake_shop", "shop"

    def connect(self, name: str, settings: Mapping[str, Any], wiring: Wiring) -> Connection:
        """A connection to the shop of a world."""
        return FakeConnection(name, settings, wiring, WORLDS[settings["world"]].shop, shop.ENDPOINTS)


class FakeErp(_Fake):
    """The ERP."""

    name = "fake_erp"
    side: ClassVar[Side] = "erp"

    def connect(self, name: str, settings: Mapping[str, Any], wiring: Wiring) -> Connection:
        """A connection to the ERP of a world."""
        return FakeConnection(name, settings, wiring, WORLDS[settings["world"]].erp, erp.ENDPOINTS)


@contextmanager
def registered(name: str = "test", world: World | None = None) -> Iterator[World]:
    """A world (a fresh one unless given) under this name, with both platforms in the registry."""
    lines = {entry.name: f"{__name__}:{entry.__name__}" for entry in (FakeShop, FakeErp)}
    PLATFORMS.update(lines)
    made = WORLDS[name] = world or World()
    try:
        yield made
    finally:
        del WORLDS[name]
        for line in lines:
            PLATFORMS.pop(line, None)


#: Map -> the facts that fill it: those of the shop, and those of the ERP.
_GROUPS = {"item_group": ("product_types", "item_groups"), "customer_group": ("customer_tags", "customer_groups")}
SHOP_FACTS: Mapping[str, Any] = {
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "taxes_included": True,
    "weight_unit": "KILOGRAMS",
    "country": "DE",
    "scopes": ["read_all_orders"],
    "gateways_seen": ["shopify_payments"],
}
ERP_FACTS: Mapping[str, Any] = {
    "zone": "Europe/Berlin",
    "currency": "EUR",
    "total_decimals": 2,
    "price_decimals": 6,
    "price_lists": {1: {"name": "Shop", "gross": True, "currency": "EUR", "active": True}},
    "tax_codes": {
        "A2": {"name": "19 %", "rate": Decimal("0.19"), "active": True},
        "A3": {"name": "19 % anew", "rate": Decimal("0.19"), "active": True},
        "A0": {"name": "exempt", "rate": Decimal(0), "active": True},
    },
    "freights": {1: "Shipping", 2: "Tax", 3: "Rounding", 4: "Tip"},
    "credit_cards": {1: "Card", 2: "Gift card"},
    "accounts": {"1000": "Cash", "1800": "Bank"},
    "branches": {},
    "series": {70: "Web"},
    "customer_groups": {100: "Customers"},
    "payment_terms": {1: "At once"},
    "item_groups": {100: "Items"},
    "weight_units": {2: Decimal(1)},
    "period_open": True,
    "rate_missing": [],
}
