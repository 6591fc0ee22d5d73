"""A shop in dictionaries: customers and orders come from it, products and stock levels are written to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hub.errors import Changed, InvalidRecord
from hub.platforms.endpoint import (
    Brief,
    ClientKey,
    Criteria,
    Native,
    Outcome,
    Page,
    Probe,
    Relative,
    Source,
    Step,
)
from objects.base import Mapped, Ref
from tests.fakes.side import FakeEndpoint, System

CENT = Decimal("0.01")
PLACED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Lines = Sequence[tuple[str, int, str]]


@dataclass
class Shop(System):
    """What the shop knows, with helpers that act as a merchant or a buyer would."""

    locations: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"L1": {"name": "Berlin", "active": True}, "L2": {"name": "Bonn", "active": True}}
    )
    facts: dict[str, Any] = field(default_factory=dict)

    def add_customer(self, number: int, email: str = "", **fields: Any) -> str:
        """A customer with an account."""
        identity = f"gid://shop/Customer/{number}"
        names = {"first_name": "Ada", "last_name": f"Lovelace {number}", "company": "", "phone": "", "note": ""}
        self.put("customers", identity, {**names, "email": email, "addresses": [], "default_address": "", **fields})
        return identity

    def add_product(self, code: str, price: str = "10.00", **fields: Any) -> str:
        """A product with one variant; its levels exist at all locations and are empty."""
        number = self.next_id("variants")
        identity = f"gid://shop/Variant/{number}"
        names = {"title": f"Product {code}", "barcode": "", "weight": None, "product_type": "", "tracked": True}
        names |= {"description": "", "material": "", "option": "", "product": f"gid://shop/Product/{number}"}
        native = {**names, "code": code, "price": price, **fields}
        self.put("variants", identity, native)
        return identity

    def variant(self, code: str) -> Native:
        """The variant with this code."""
        return next(row for row in list(self.table("variants").values()) if row["code"] == code)

    def level(self, variant: str, location: str) -> Native:
        """The level of a variant at a location; nothing there reads as an inactive level of 0."""
        identity = f"{variant}@{location}"
        empty = {"id": identity, "variant": variant, "location": location, "available": 0, "committed": 0}
        known = self.table("levels").get(identity, {**empty, "active": False, "stamp": 0})
        tracked = self.table("variants").get(variant, {}).get("tracked", True)
        return {**known, "tracked": tracked, "location_active": self.locations.get(location, {}).get("active", False)}

    def set_level(self, code: str, location: str, available: int) -> None:
        """Set a level by hand."""
        level = {**self.level(self.variant(code)["id"], location), "available": available, "active": True}
        self.put("levels", level["id"], level)

    def place_order(
        self, number: int, lines: Lines, *, gateway: str = "shopify_payments", location: str = "L1", **fields: Any
    ) -> str:
        """A paid order of (code, units, gross price) lines; its units are committed at the location."""
        identity = f"gid://shop/Order/{number}"
        rows = [self._line(number, place, *line, location) for place, line in enumerate(lines, 1)]
        total = sum((Decimal(row["total"]) for row in rows), Decimal(0))
        order = {
            "number": f"#{number}",
            "placed_at": PLACED.isoformat(),
            "currency": "EUR",
            "taxes_included": True,
            "financial_status": "PAID",
            "lines": rows,
            "gateway": gateway,
            "total": str(total),
            "total_tax": str(sum((Decimal(row["tax"]) for row in rows), Decimal(0))),
            "customer": "",
            "email": "",
            "cancelled_at": None,
            **fields,
        }
        self.put("orders", identity, order)
        return identity

    def _line(self, number: int, place: int, code: str, units: int, price: str, location: str) -> dict[str, Any]:
        variant = next((row["id"] for row in self.table("variants").values() if row["code"] == code), "")
        total = Decimal(price) * units
        if variant:
            level = self.level(variant, location)
            self.put("levels", level["id"], {**level, "committed": level["committed"] + units, "active": True})
        return {
            "id": f"gid://shop/Line/{number}-{place}",
            "title": code,
            "sku": code,
            "variant": variant,
            "quantity": units,
            "ordered": units,
            "open_quantity": units,
            "location": location,
            "total": str(total),
            "tax": str((total * 19 / 119).quantize(CENT, ROUND_HALF_UP)),
        }


class ShopCustomers(FakeEndpoint):
    """Customers, as a source."""

    object, kind, table = "customer", "customer", "customers"
    listing = "customers"
    sources = (Source("customers", "time"),)

    def label(self, native: Native) -> str:
        """The e-mail."""
        return native["email"] or self.key(native)

    def browse(self, criteria: Criteria, after: str, limit: int, *, facts: bool = True) -> list[Brief]:
        """Customers by words of name and e-mail; they have no groups."""
        return self.browsed(criteria, after, limit, self._brief)

    def briefs(self, keys: Sequence[str]) -> dict[str, Brief]:
        """Customers by their ids."""
        return {key: self._brief(row) for key, row in self.read(keys).items()}

    def count(self, criteria: Criteria) -> int:
        """How many of them meet the criteria."""
        return self.counted(criteria, self._brief)

    @staticmethod
    def _brief(row: Native) -> Brief:
        return Brief(row["id"], row["email"] or row["id"], f"{row['first_name']} {row['last_name']}".strip())

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """The record is kept in canonical form; its own id is our reference on the other side."""
        return {**native, "cross_reference": native["id"]}


class ShopProducts(FakeEndpoint):
    """Variants, each with its product: source and target of products."""

    object, kind, table = "product", "variant", "variants"
    listing = "variants"
    sources = (Source("variants", "time"),)
    verbs = frozenset({"create", "update"})
    create_guard = ClientKey()

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Variants by code or barcode."""
        return self.found(probes, "code", "barcode")

    def relatives(self, native: Native) -> tuple[Relative, ...]:
        """The product around the variant."""
        return (Relative("product", native["product"], role="parent"),)

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """A product of one variant."""
        names = ("code", "price", "barcode", "weight", "option", "tracked")
        variant = {**{name: native[name] for name in names}, "currency": "EUR"}
        return {**native, "custom": {"material": native["material"]}, "variants": [variant]}

    def label(self, native: Native) -> str:
        """The code."""
        return native["code"] or self.key(native)

    def foretell(self, step: Step) -> dict[str, Any]:
        """What a new product is given: whoever owns its title, it has one."""
        variant = step.record["variants"][0]
        if len(variant["barcode"]) > 20:
            raise InvalidRecord("The barcode is too long.", detail="barcode")
        of_its_own = {"code": variant["code"], "title": step.record["title"], "tracked": variant["tracked"]}
        return {**of_its_own, **_product(step)}

    def create(self, step: Step) -> Outcome:
        """A new product, unless one with this code was made already: that one is taken over."""
        assert isinstance(self.system, Shop)
        shop = self.system
        variant = step.record["variants"][0]
        sent = self.foretell(step)
        twin = [row for row in list(shop.table(self.table).values()) if row["code"] == variant["code"]]

        def do() -> Native:
            if twin:
                return twin[0]
            identity = shop.add_product(**sent)
            return dict(shop.table(self.table)[identity])

        outcome = self.written(step, sent, do)
        outcome.adopted, outcome.relatives = bool(twin), self.relatives(outcome.native or {})
        return outcome

    def update(self, step: Step) -> Outcome:
        """Write the chosen fields."""
        sent = _product(step)
        return self.written(step, sent, lambda: self.system.edit(self.table, step.target_id, **sent))


def _product(step: Step) -> dict[str, Any]:
    variant = step.record["variants"][0]
    values = {
        "title": step.record["title"],
        "description": step.record["description"],
        "product_type": step.record["product_type"],
        "barcode": variant["barcode"],
        "price": variant["price"] and str(variant["price"]),
        "weight": variant["weight"] and str(variant["weight"]),
        "custom.material": step.record["custom"].get("material"),
    }
    chosen = values.keys() if step.only is None else step.only & values.keys()
    return {name.removeprefix("custom."): value for name, value in values.items() if name in chosen}


class ShopOrders(FakeEndpoint):
    """Orders, as a source."""

    object, kind, table = "order", "order", "orders"
    sources = (Source("orders", "time"),)

    def between(self, start: datetime | None, end: datetime | None, numbers: tuple[str, str] | None) -> Iterator[Page]:
        """Orders placed in a period, or of a range of numbers."""
        first, last = (int(number) for number in numbers) if numbers else (0, 10**9)
        chosen = [
            row
            for row in self.since(0)
            if first <= int(row["number"].lstrip("#")) <= last
            and (start is None or datetime.fromisoformat(row["placed_at"]) >= start)
            and (end is None or datetime.fromisoformat(row["placed_at"]) < end)
        ]
        yield Page([(self.key(row), row) for row in chosen])

    def label(self, native: Native) -> str:
        """The number."""
        return str(native["number"])

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """References and mapped values in their places; all sales are taxed at 19 % in Germany."""
        if native["lines"] is None:
            raise InvalidRecord("The order has no lines.", detail="lines")
        tax = Mapped("tax", "DE 0.19 included", ("DE 0.19", "0.19 included", "0.19"))
        gateway = native["gateway"]
        return {
            **native,
            "customer": Ref("customer", native["customer"]) if native["customer"] else None,
            "lines": [
                {
                    **line,
                    "item": Ref("variant", line["variant"], line["sku"], stand_in=("stand_in_item",)),
                    "tax": [{"rate": "0.19", "amount": line["tax"]}],
                    "tax_code": tax,
                    "warehouse": Mapped("location", line["location"]),
                }
                for line in native["lines"]
            ],
            "payments": [
                {
                    "id": f"{native['id']}/payment",
                    "kind": "SALE",
                    "status": "SUCCESS",
                    "gateway": gateway,
                    "account": Mapped("payment", gateway),
                    "amount": native["total"],
                }
            ],
        }


class ShopLevels(FakeEndpoint):
    """Stock levels, as a target that compares before it sets."""

    object, kind, table = "inventory", "level", "levels"
    listing = "variants"
    verbs = frozenset({"update"})

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Levels by `variant@location`; those of a variant that is gone are missing."""
        variants = self.system.table("variants")
        there = [key for key in keys if self.identity(key) in variants]
        return self.called("read levels", list(keys), lambda: {key: self._level(key) for key in there})  # type: ignore[no-any-return]

    def identity(self, key: str) -> str:
        """The variant."""
        return key.rpartition("@")[0]

    def _level(self, key: str) -> Native:
        assert isinstance(self.system, Shop)
        variant, _, location = key.rpartition("@")
        return self.system.level(variant, location)

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """The one level of a place."""
        places = {probe.key: f"{probe.values['variant']}@{probe.values['location']}" for probe in probes}
        levels = self.read(list(places.values()))
        return {key: [levels[place]] if place in levels else [] for key, place in places.items()}

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """Kept in canonical form."""
        return dict(native)

    def update(self, step: Step) -> Outcome:
        """Set the level if it still is what was read."""
        assert step.target is not None
        read, wanted = step.target["available"], int(step.record["available"])

        def do() -> Native:
            now = self._level(step.target_id)
            if now["available"] != read:
                raise Changed("The level has changed meanwhile.")
            return self.system.put(self.table, step.target_id, {**now, "available": wanted, "active": True})

        return self.written(step, {"available": wanted, "from": read}, do)


ENDPOINTS: Mapping[str, type[FakeEndpoint]] = {
    entry.object: entry for entry in (ShopCustomers, ShopProducts, ShopOrders, ShopLevels)
}
