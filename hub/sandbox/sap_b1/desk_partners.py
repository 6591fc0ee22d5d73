"""Business partners on the ERP's edit pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hub.sandbox.desk.desk import Card, Row, Rows
from hub.sandbox.desk.forms import Call, Field, Form, Typed
from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.desk_items import YES_NO
from hub.sandbox.sap_b1.presenting import rows_of
from hub.sandbox.sap_b1.schema import Record

KINDS = {"cCustomer": "customer", "cSupplier": "supplier", "cLid": "lead"}


class Partners:
    """The kind."""

    name = "partners"
    also = ("partner", "business_partners", "business_partner", "customers", "customer")
    title = "Partners"
    one = "partner"
    columns = ("Code", "Name", "Kind", "E-mail", "Phone")

    def __init__(self, company: Company) -> None:
        self._company = company

    def __len__(self) -> int:
        return len(self._company["BusinessPartners"])

    def rows(self) -> Iterator[Row]:
        """By code."""
        for one in self._company["BusinessPartners"]:
            kind = KINDS.get(one.get("CardType", "cCustomer"), "")
            phone = one.get("Cellular") or one.get("Phone1")
            yield Row(one["CardCode"], (one["CardCode"], one.get("CardName"), kind, one.get("EmailAddress"), phone))

    def card(self, ident: str) -> Card | None:
        """By its code."""
        one = self._company["BusinessPartners"].get(ident)
        if one is None:
            return None
        changed = f"{one.get('UpdateDate', '')} {one.get('UpdateTime', '')}".strip()
        addresses = [
            (
                row.get("AddressName"),
                row.get("Street"),
                f"{row.get('ZipCode') or ''} {row.get('City') or ''}".strip(),
                row.get("Country"),
            )
            for row in rows_of(one.get("BPAddresses"))
        ]
        tables = (Rows("Addresses", ("Name", "Street", "City", "Country"), addresses),)
        facts = (("Kind", KINDS.get(one.get("CardType", "cCustomer"))), ("Changed", changed))
        delete = Form(
            "delete",
            "",
            "Delete this partner",
            lambda typed: [("business_partners/delete", {"partner": ident})],
            grave=True,
        )
        return Card(ident, f"{ident} {one.get('CardName') or ''}".strip(), facts, tables, (self._edit(one), delete))

    def _edit(self, one: Record) -> Form:
        own = [name for name in self._company.catalogue.of("BusinessPartner") if name.startswith("U_")]

        def calls(typed: Typed) -> Iterable[Call]:
            fields = {name: value or None for name, value in typed.items()}
            return [("business_partners", {"CardCode": one["CardCode"], **fields})] if fields else []

        fields = (
            Field("CardName", "Name", one.get("CardName") or ""),
            Field("EmailAddress", "E-mail", one.get("EmailAddress") or "", "email"),
            Field("Phone1", "Phone", one.get("Phone1") or ""),
            Field("Cellular", "Mobile phone", one.get("Cellular") or ""),
            Field("Frozen", "Frozen", one.get("Frozen", "tNO"), "choice", YES_NO),
            *(Field(name, name, str(one.get(name) or ""), hint="user field") for name in own),
            Field("FreeText", "Remarks", one.get("FreeText") or "", "area"),
        )
        return Form("save", "Business partner", "Save", calls, fields, changes_only=True)

    def new(self) -> Form:
        """A partner under a code of its own."""
        fields = (
            Field("CardCode", "Code", required=True),
            Field("CardName", "Name", required=True),
            Field("CardType", "Kind", "cCustomer", "choice", tuple(KINDS.items())),
            Field("EmailAddress", "E-mail", kind="email"),
            Field("Phone1", "Phone"),
        )
        return Form("new", "", "Create", self._create, fields)

    def _create(self, typed: Typed) -> Iterable[Call]:
        if typed["CardCode"] in self._company["BusinessPartners"]:
            raise ValueError(f"there is a partner {typed['CardCode']} already")
        return [("business_partners", {name: value for name, value in typed.items() if value})]

    def made(self, answer: Any) -> str:
        """The partner's code."""
        return str(answer["CardCode"])
