"""A postal address, shared by customers and orders."""

from __future__ import annotations

from marshmallow import fields

from objects.base import RecordSchema, personal


class AddressSchema(RecordSchema):
    """Shape of an address; every part may be empty. `id` is the source's own id where it has one."""

    id = fields.String(load_default="")
    first_name = personal(fields.String(load_default=""))
    last_name = personal(fields.String(load_default=""))
    company = personal(fields.String(load_default=""))
    address1 = personal(fields.String(load_default=""))
    address2 = personal(fields.String(load_default=""))
    city = personal(fields.String(load_default=""))
    #: Code of the state or province within the country (`CA`, `BY`).
    province_code = fields.String(load_default="")
    zip = personal(fields.String(load_default=""))
    #: ISO 3166 alpha-2.
    country_code = fields.String(load_default="")
    phone = personal(fields.String(load_default=""))
