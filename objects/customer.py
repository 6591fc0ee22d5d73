"""Customer: a person or firm with an account in the shop, a business partner in the ERP."""

from __future__ import annotations

from marshmallow import fields

from objects.address import AddressSchema
from objects.base import Record, RecordSchema, personal


class CustomerSchema(RecordSchema):
    """Canonical customer. Match keys: `email` (ignoring case), `phone` only where neither side has an e-mail."""

    first_name = personal(fields.String(load_default=""))
    last_name = personal(fields.String(load_default=""))
    company = personal(fields.String(load_default=""))
    email = personal(fields.String(load_default=""))
    phone = personal(fields.String(load_default=""))
    note = personal(fields.String(load_default=""))
    addresses = fields.List(fields.Nested(AddressSchema), load_default=list)
    #: `id` of the address that is the default one, empty where there is none.
    default_address = fields.String(load_default="")
    #: The shop's id on the ERP side's record, empty where it bears none.
    cross_reference = fields.String(load_default="")


def display_name(record: Record) -> str:
    """First and last name; else the company; else the e-mail; else empty."""
    person = " ".join(part for part in (record["first_name"].strip(), record["last_name"].strip()) if part)
    return str(person or record["company"].strip() or record["email"].strip())
