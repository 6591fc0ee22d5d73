"""An ERP in dictionaries: items and stock come from it, partners and orders are written to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hub.errors import HubError, RejectedByTarget, TotalMismatch
from hub.platforms.endpoint import (
    Brief,
    ClientKey,
    Criteria,
    Lookup,
    Mark,
    Native,
    Outcome,
    Page,
    Probe,
    Source,
    Step,
)
from hub.platforms.platform import Wiring
from objects.base import Mapped, Ref
from objects.product import item_name
from tests.fakes.side import FakeEndpoint, System


@dataclass
class Erp(System):
    """What the ERP knows, with helpers that act as a clerk would."""

    warehouses: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "01": {"name": "Berlin", "active": True, "branch": None},
            "02": {"name": "Bonn", "active": True, "branch": None},
        }
    )
    facts: dict[str, Any] = field(default_factory=dict)

    def add_item(self, code: str, price: str | None = "10.00", **fields: Any) -> str:
        """An item with a price in the list that feeds the shop, and no stock."""
        names = {"title": f"Item {code}", "barcode": "", "weight": None, "product_type": "", "active": True}
        names |= {"description": "", "material": ""}
        self.put("items", code, {**names, "code": code, "price": price, "kind": "plain", "tracked": True, **fields})
        return code

    def add_partner(self, code: str, email: str = "", **fields: Any) -> str:
        """A partner that somebody entered by hand."""
        names = {"first_name": "", "last_name": code, "company": "", "phone": "", "note": "", "addresses": []}
        self.put("partners", code, {**names, "email": email, "cross_reference": "", **fields})
        return code

    def set_stock(self, code: str, warehouse: str, in_stock: str, committed: str = "0") -> None:
        """Book goods in or out; like a real ERP this stamps nothing that could be followed."""
        stock = {"code": code, "warehouse": warehouse, "in_stock": in_stock, "committed": committed}
        self.put("stock", f"{code}@{warehouse}", stock)

    def commit(self, code: str, warehouse: str, units: Decimal) -> None:
        """Commit units of an order (or, below 0, let them go)."""
        row = self.table("stock").get(f"{code}@{warehouse}", {"in_stock": "0", "committed": "0"})
        self.set_stock(code, warehouse, row["in_stock"], str(Decimal(row["committed"]) + units))


class ErpItems(FakeEndpoint):
    """Items: source and target of products, and where order lines find them by code.

    A code is refused a second time.
    """

    object, kind, table = "product", "variant", "items"
    listing = "items"
    sources = (Source("items", "time"),)
    verbs = frozenset({"create", "update"})
    create_guard = ClientKey()
    divisible = True
    #: Whether an item is marked is no part of what is carried.
    volatile = frozenset({"stamp", "sync"})

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Items by code or barcode."""
        return self.found(probes, "code", "barcode")

    def browse(self, criteria: Criteria, after: str, limit: int, *, facts: bool = True) -> list[Brief]:
        """Items by code, group, and words of the name."""
        return self.browsed(criteria, after, limit, self._brief if facts else self._name)

    def briefs(self, keys: Sequence[str]) -> dict[str, Brief]:
        """Items by their codes."""
        return {key: self._brief(row) for key, row in self.read(keys).items()}

    def count(self, criteria: Criteria) -> int:
        """How many of them meet the criteria."""
        return self.counted(criteria, self._name)

    @staticmethod
    def _name(row: Native) -> Brief:
        return Brief(row["code"], row["code"], row["title"], row["product_type"])

    def _brief(self, row: Native) -> Brief:
        assert isinstance(self.system, Erp)
        levels = (self.system.table("stock").get(f"{row['code']}@{place}") for place in self.system.warehouses)
        stock = sum((Decimal(one["in_stock"]) for one in levels if one), Decimal(0)) if row["tracked"] else None
        return replace(self._name(row), stock=stock, native=row)

    def mirror(self, keys: Sequence[str], *, marked: bool) -> dict[str, HubError]:
        """Items have a field of their own for it."""
        refused = {key: self.system.refuses[key] for key in keys if key in self.system.refuses}

        def do() -> None:
            for key in keys:
                if key not in refused:
                    self.system.edit(self.table, key, sync=marked)

        self.called("update items", {"keys": list(keys), "sync": marked}, do, writes=True)
        return refused

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """A product of one variant."""
        names = ("code", "price", "barcode", "weight", "kind", "tracked")
        variant = {**{name: native[name] for name in names}, "currency": "EUR"}
        return {**native, "custom": {"material": native["material"]}, "variants": [variant]}

    def create(self, step: Step) -> Outcome:
        """A new item; one with this very code is taken over."""
        assert isinstance(self.system, Erp)
        erp = self.system
        code = step.record["variants"][0]["code"]
        twin = erp.table(self.table).get(code)
        sent = {"title": item_name(step.record), **self._fields(step)}
        outcome = self.written(step, sent, lambda: twin or erp.table(self.table)[erp.add_item(code, **sent)])
        outcome.adopted = twin is not None
        return outcome

    def update(self, step: Step) -> Outcome:
        """Write the chosen fields."""
        sent = self._fields(step)
        return self.written(step, sent, lambda: self.system.edit(self.table, step.target_id, **sent))

    @staticmethod
    def _fields(step: Step) -> dict[str, Any]:
        variant = step.record["variants"][0]
        values = {
            "title": item_name(step.record),
            "description": step.record["description"],
            "product_type": step.record["product_type"],
            "barcode": variant["barcode"],
            "price": variant["price"] and str(variant["price"]),
            "weight": variant["weight"] and str(variant["weight"]),
            "custom.material": step.record["custom"].get("material"),
        }
        chosen = values.keys() if step.only is None else step.only & values.keys()
        return {name.removeprefix("custom."): values[name] for name in chosen}


class ErpPartners(FakeEndpoint):
    """Partners, as a target: the code is built from the shop's number, so a second create is refused."""

    object, kind, table = "customer", "customer", "partners"
    listing = "partners"
    verbs = frozenset({"create", "update"})
    create_guard = ClientKey()

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Partners by reference, e-mail or phone."""
        rows = list(self.system.table(self.table).values())
        asked = [dict(probe.values) for probe in probes]
        return self.called(  # type: ignore[no-any-return]
            "find partners", asked, lambda: {probe.key: [row for row in rows if _fits(row, probe)] for probe in probes}
        )

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """Kept in canonical form."""
        return dict(native)

    def create(self, step: Step) -> Outcome:
        """A new partner; one with this code that is ours is taken over."""
        code = f"{self.settings['customer_code_prefix']}{step.key.rpartition('/')[2]}"
        twin = self.system.table(self.table).get(code)
        if twin is not None and twin["cross_reference"] != step.key:
            raise RejectedByTarget(f"The code {code} is taken.", detail="code is taken")
        sent = {**step.record, "cross_reference": step.key}
        outcome = self.written(step, sent, lambda: twin or self.system.put(self.table, code, sent))
        outcome.adopted = twin is not None
        return outcome

    def update(self, step: Step) -> Outcome:
        """Write the chosen fields."""
        sent = {name: step.record[name] for name in sorted(step.only or ())}
        return self.written(step, sent, lambda: self.system.edit(self.table, step.target_id, **sent))


def _fits(row: Native, probe: Probe) -> bool:
    wanted = probe.values
    return (
        row["cross_reference"] == wanted["reference"]
        or bool(wanted.get("email") and row["email"].casefold() == wanted["email"].casefold())
        or bool(wanted.get("phone") and row["phone"] == wanted["phone"])
    )


class ErpOrders(FakeEndpoint):
    """Orders, as a target: nothing refuses a second one, so they are looked up by our reference."""

    object, kind, table = "order", "order", "orders"
    verbs = frozenset({"create", "cancel"})

    def __init__(self, system: System, connection: str, wiring: Wiring, settings: Mapping[str, Any]) -> None:
        super().__init__(system, connection, wiring, settings)
        self.create_guard = Lookup(timedelta(seconds=settings["settle_seconds"]))

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Orders that bear our reference."""
        rows = list(self.system.table(self.table).values())
        return self.called(  # type: ignore[no-any-return]
            "find orders",
            [probe.values["reference"] for probe in probes],
            lambda: {
                probe.key: [row for row in rows if row["reference"] == probe.values["reference"]] for probe in probes
            },
        )

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """Lines, total, and whether it was cancelled."""
        return dict(native)

    def create(self, step: Step) -> Outcome:
        """Post the order if its total is the shop's."""
        assert isinstance(self.system, Erp)
        erp, record = self.system, step.record
        lines = [_line(line, str(self.settings["default_warehouse"])) for line in record["lines"] if line["quantity"]]
        total = sum((Decimal(part["total"]) for part in (*lines, *record["charges"])), Decimal(0))
        if abs(total - record["total"]) > self.settings["tolerance"]:
            raise TotalMismatch(f"{record['total']} / {total}", detail=f"{record['total']} / {total}")
        sent = {
            "reference": step.key,
            "number": record["number"],
            "customer": record["customer"] or self.settings["guest_customer"],
            "lines": lines,
            "total": str(total),
            "cancelled": False,
        }

        def do() -> Native:
            for line in lines:
                erp.commit(line["item"], line["warehouse"], Decimal(line["quantity"]))
            return erp.put(self.table, str(erp.next_id("orders")), sent)

        return self.written(step, sent, do)

    def cancel(self, step: Step) -> Outcome:
        """Cancel the order; its units are free again."""
        assert isinstance(self.system, Erp)
        erp = self.system
        order = erp.table(self.table)[step.target_id]

        def do() -> Native:
            for line in order["lines"]:
                erp.commit(line["item"], line["warehouse"], -Decimal(line["quantity"]))
            return erp.edit(self.table, step.target_id, cancelled=True)

        return self.written(step, {"cancelled": True}, do)


def _line(line: Mapping[str, Any], default_warehouse: str) -> dict[str, Any]:
    return {
        "id": line["id"],
        "item": line["item"],
        "quantity": str(line["quantity"]),
        "total": str(line["total"]),
        "tax_code": line["tax_code"],
        "warehouse": line["warehouse"] or default_warehouse,
    }


class ErpStock(FakeEndpoint):
    """Stock of each item at each mapped warehouse, as a source that is compared in full."""

    object, kind, table = "inventory", "level", "stock"
    listing = "items"
    divisible = True
    sources = (Source("stock", "full"),)

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Every place."""
        rows = self.called("list stock", {}, lambda: [self._stock(key) for key in sorted(self.system.table("stock"))])
        mapped = [row for row in rows if row["warehouse"] in self.settings["locations"]]
        for start in range(0, len(mapped), self.page_size):
            yield Page([(self.key(row), row) for row in mapped[start : start + self.page_size]])

    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Places by `code@warehouse`."""
        known = self.system.table("stock")
        found = {key: self._stock(key) for key in keys if key in known}
        return self.called("read stock", list(keys), lambda: found)  # type: ignore[no-any-return]

    def identity(self, key: str) -> str:
        """The item."""
        return key.rpartition("@")[0]

    def _stock(self, key: str) -> Native:
        row = self.system.table("stock")[key]
        item = self.system.table("items").get(row["code"], {})
        return {**row, **{name: item[name] for name in ("kind", "active", "tracked") if name in item}}

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """With its references."""
        code = native["code"]
        variant = Ref("variant", code, code, absent="skip")
        return {**native, "variant": variant, "location": Mapped("location", native["warehouse"])}


ENDPOINTS: Mapping[str, type[FakeEndpoint]] = {
    entry.object: entry for entry in (ErpItems, ErpPartners, ErpOrders, ErpStock)
}
