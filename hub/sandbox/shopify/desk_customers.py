"""Customers on the shop's edit pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hub.sandbox.desk.desk import Card, Row, Rows
from hub.sandbox.desk.forms import Call, Field, Form, Typed
from hub.sandbox.shopify.ids import gid, parse_gid
from hub.sandbox.shopify.records import Address, Customer
from hub.sandbox.shopify.store import Store

#: Parts of an address, as a form asks for them.
ADDRESS = (
    ("address1", "Street"),
    ("zip", "Post code"),
    ("city", "City"),
    ("country_code", "Country (two letters)"),
)


class Customers:
    """The kind."""

    name = "customers"
    also = ("customer", "partners", "partner")
    title = "Customers"
    one = "customer"
    columns = ("Name", "E-mail", "Phone", "Orders")

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store.customers)

    def rows(self) -> Iterator[Row]:
        """The newest first."""
        for one in reversed(self._store.customers.values()):
            yield Row(str(one.id), (one.display_name, one.email, one.phone, len(one.order_ids)))

    def card(self, ident: str) -> Card | None:
        """By number, global id or e-mail address."""
        parsed = parse_gid(ident)
        number = parsed.number if parsed else int(ident) if ident.isdecimal() and len(ident) < 20 else 0
        one = self._store.customers.get(number or self._store.by_email.get(ident.lower(), 0))
        if one is None:
            return None
        facts = (("Id", gid("Customer", one.id)), ("Changed", f"{one.updated_at:%Y-%m-%d %H:%M:%S} UTC"))
        orders = [self._store.orders[number].name for number in one.order_ids]
        tables = (
            Rows("Addresses", ("Name", "Street", "City", "Country"), [_address(address) for address in one.addresses]),
            Rows("Orders", ("Name",), [(name,) for name in orders[-20:]]),
        )
        delete = Form(
            "delete",
            "",
            "Delete this customer",
            lambda typed: [("delete", {"id": gid("Customer", one.id)})],
            grave=True,
        )
        return Card(str(one.id), one.display_name or "(no name)", facts, tables, (self._edit(one), delete))

    @staticmethod
    def _edit(one: Customer) -> Form:
        def calls(typed: Typed) -> Iterable[Call]:
            fields: dict[str, Any] = dict(typed)
            if "tags" in fields:
                fields["tags"] = fields["tags"].split(",")
            return [("edit", {"id": gid("Customer", one.id), "fields": fields})] if fields else []

        fields = (
            Field("firstName", "First name", one.first_name),
            Field("lastName", "Last name", one.last_name),
            Field("email", "E-mail", one.email, "email"),
            Field("phone", "Phone", one.phone),
            Field("tags", "Tags", ", ".join(one.tags), hint="parted by commas"),
            Field("note", "Note", one.note, "area"),
        )
        return Form("save", "Customer", "Save", calls, fields, changes_only=True)

    def new(self) -> Form:
        """A customer, with an address where one is typed."""
        fields = (
            Field("first_name", "First name"),
            Field("last_name", "Last name"),
            Field("email", "E-mail", kind="email"),
            Field("phone", "Phone"),
            *(Field(name, label) for name, label in ADDRESS),
            Field("note", "Note", kind="area"),
        )
        return Form("new", "", "Create", lambda typed: [("customers", _customer(typed))], fields)

    def made(self, answer: Any) -> str:
        """The customer's number."""
        return str(answer["id"]).rpartition("/")[2]


def _customer(typed: Typed) -> dict[str, Any]:
    body: dict[str, Any] = {name: typed[name] for name in ("first_name", "last_name", "email", "phone", "note")}
    address = {name: typed[name] for name, _ in ADDRESS if typed[name]}
    if address:
        body["addresses"] = [{"first_name": typed["first_name"], "last_name": typed["last_name"], **address}]
    return body


def _address(one: Address) -> tuple[str, str, str, str]:
    name = " ".join(filter(None, (one.first_name, one.last_name, one.company)))
    return name, f"{one.address1} {one.address2}".strip(), f"{one.zip} {one.city}".strip(), one.country_code
