"""Customer: a person or firm with an account in the shop, a business partner in the ERP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from marshmallow import Schema, fields

from objects.address import AddressSchema
from objects.base import ObjectType, Record, RecordSchema, Settings, Skip, personal
from objects.fields import FieldRule
from objects.tags import no_sync


class CustomerSchema(RecordSchema):
    """Canonical customer. Match keys: `email` (ignoring case), `phone` only where neither side has an e-mail."""

    first_name = personal(fields.String(load_default=""))
    last_name = personal(fields.String(load_default=""))
    company = personal(fields.String(load_default=""))
    email = personal(fields.String(load_default=""))
    phone = personal(fields.String(load_default=""))
    note = personal(fields.String(load_default=""))
    tags = fields.List(fields.String(), load_default=list)
    addresses = fields.List(fields.Nested(AddressSchema), load_default=list)
    #: `id` of the address that is the default one, empty where there is none.
    default_address = fields.String(load_default="")
    #: The shop's id on the ERP side's record, empty where it bears none.
    cross_reference = fields.String(load_default="")


def display_name(record: Record) -> str:
    """First and last name; else the company; else the e-mail; else empty."""
    person = " ".join(part for part in (record["first_name"].strip(), record["last_name"].strip()) if part)
    return str(person or record["company"].strip() or record["email"].strip())


class Customer(ObjectType):
    """Matched by our reference, by e-mail ignoring case, by phone only where neither side has an e-mail."""

    name = "customer"
    kind = "customer"
    schema: ClassVar[Schema] = CustomerSchema()
    label_is_personal = True
    known_by = "e-mail, phone or reference"
    maps = ("customer_group",)
    #: What makes up the partner's name, and what it is found by, cannot be left out.
    fields = (
        FieldRule("first_name", "shop", locked=True, fixed=True),
        FieldRule("last_name", "shop", locked=True, fixed=True),
        FieldRule("company", "shop", locked=True, fixed=True),
        FieldRule("email", "shop", locked=True, fixed=True),
        FieldRule("phone", "shop", fixed=True),
        FieldRule("note", "shop", fixed=True),
        FieldRule("addresses", "shop", fixed=True),
        FieldRule("cross_reference", "shop", locked=True, fixed=True),
    )

    def decide(self, record: Record, settings: Settings, *, linked: bool, backfill: bool) -> Skip | None:
        """A tag of the shop may keep a customer out of the ERP."""
        return no_sync(record["tags"], settings, linked=linked)

    def values(self, record: Record) -> dict[str, Any]:
        """What the ERP keeps of a customer; all of it follows the shop."""
        names = ("first_name", "last_name", "company", "email", "phone", "note", "cross_reference")
        addresses = [{key: value for key, value in entry.items() if key != "id"} for entry in record["addresses"]]
        return {**{name: record[name] for name in names}, "addresses": addresses}

    def probe(self, key: str, record: Record) -> dict[str, str]:
        """Reference and e-mail; the phone only for want of an e-mail."""
        probe = {"reference": key}
        if record["email"].strip():
            probe["email"] = record["email"].strip()
        elif record["phone"].strip():
            probe["phone"] = record["phone"].strip()
        return probe

    def same(self, key: str, record: Record, candidate: Record, settings: Settings) -> bool:
        """Our reference decides where the candidate bears one; else the e-mail; else the phone."""
        if candidate["cross_reference"]:
            return bool(candidate["cross_reference"] == key)
        mine, theirs = record["email"].strip().casefold(), candidate["email"].strip().casefold()
        if mine or theirs:
            return bool(mine == theirs)
        return bool(record["phone"].strip()) and digits(record["phone"]) == digits(candidate["phone"])

    def persons(self, key: str, record: Record) -> Sequence[str]:
        """The shop's id, e-mail and phone."""
        return [value for value in (key, record["email"], record["phone"]) if value]


def digits(phone: str) -> str:
    """A phone number without the signs that people write differently."""
    return "".join(sign for sign in phone if sign.isdigit())
