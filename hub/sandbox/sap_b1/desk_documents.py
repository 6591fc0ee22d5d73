"""Orders, and drafts that wait for approval, on the ERP's edit pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from hub.sandbox.desk.desk import Card, Row, Rows
from hub.sandbox.desk.forms import Call, Field, Form, Typed
from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.desk_items import short
from hub.sandbox.sap_b1.presenting import rows_of
from hub.sandbox.sap_b1.schema import Record

ACTIONS = (("cancel", "Cancel the order"), ("close", "Close the order"), ("reopen", "Open it again"))


class _Documents:
    """What orders and drafts share."""

    columns = ("Entry", "Reference", "Partner", "Date", "State", "Total")
    entity_set: ClassVar[str]

    def __init__(self, company: Company) -> None:
        self._company = company

    def __len__(self) -> int:
        return len(self._company[self.entity_set])

    def rows(self) -> Iterator[Row]:
        """The newest first."""
        table = self._company[self.entity_set]
        for key in table.keys(backwards=True):
            one = table[key]
            partner = f"{one.get('CardCode')} {one.get('CardName') or ''}".strip()
            total = f"{one.get('DocTotal', 0):,.2f} {one.get('DocCurrency') or ''}".strip()
            yield Row(str(key), (key, one.get("NumAtCard"), partner, one.get("DocDate"), _state(one), total))

    def card(self, ident: str) -> Card | None:
        """By its entry."""
        one = self._company[self.entity_set].get(int(ident)) if ident.isdecimal() and len(ident) < 12 else None
        if one is None:
            return None
        own = [(name, value) for name, value in one.items() if name.startswith("U_") and value]
        facts = (
            ("Number", one.get("DocNum")),
            ("Reference", one.get("NumAtCard")),
            ("Partner", f"{one.get('CardCode')} {one.get('CardName') or ''}".strip()),
            ("Date", one.get("DocDate")),
            ("State", _state(one)),
            ("Tax", f"{one.get('VatSum', 0):,.2f}"),
            ("Total", f"{one.get('DocTotal', 0):,.2f} {one.get('DocCurrency') or ''}".strip()),
            *own,
        )
        lines = [
            (
                line.get("ItemCode"),
                line.get("ItemDescription"),
                short(line.get("Quantity", 1)),
                line.get("WarehouseCode"),
                f"{line.get('LineTotal') or 0:,.2f}",
            )
            for line in rows_of(one.get("DocumentLines"))
        ]
        tables = (Rows("Lines", ("Item", "Name", "Quantity", "Warehouse", "Net"), lines),)
        return Card(ident, f"{self.one.capitalize()} {ident}", facts, tables, self._forms(one))

    one: ClassVar[str]

    def _forms(self, one: Record) -> tuple[Form, ...]:
        raise NotImplementedError

    def new(self) -> Form | None:
        """Nobody makes one here."""
        return None

    def made(self, answer: Any) -> str:
        """The entry."""
        return str(answer["DocEntry"])


class Orders(_Documents):
    """The kind of orders."""

    name = "orders"
    also = ("order",)
    title = "Orders"
    one = "order"
    entity_set = "Orders"

    def _forms(self, one: Record) -> tuple[Form, ...]:
        entry = one["DocEntry"]

        def save(typed: Typed) -> Iterable[Call]:
            return [("orders", {"entry": entry, "set": dict(typed)})] if typed else []

        def act(name: str) -> Form:
            def calls(typed: Typed) -> Iterable[Call]:
                return [("orders", {"entry": entry, "action": name})]

            return Form(name, "", dict(ACTIONS)[name], calls, grave=name == "cancel")

        texts = (Field("Comments", "Remarks", one.get("Comments") or "", "area"),)
        possible = ("close", "cancel") if _state(one) == "open" else ("reopen",) if _state(one) == "closed" else ()
        return (Form("save", "Order", "Save", save, texts, changes_only=True), *(act(name) for name in possible))


class Drafts(_Documents):
    """The kind of drafts."""

    name = "drafts"
    also = ("draft",)
    title = "Drafts"
    one = "draft"
    entity_set = "Drafts"

    def _forms(self, one: Record) -> tuple[Form, ...]:
        entry = one["DocEntry"]
        approve = Form(
            "approve", "", "Approve: it becomes an order", lambda typed: [("drafts/approve", {"entry": entry})]
        )
        return (approve,)


def _state(one: Record) -> str:
    if one.get("Cancelled", "tNO") == "tYES":
        return "cancelled"
    return "open" if one.get("DocumentStatus", "bost_Open") == "bost_Open" else "closed"
