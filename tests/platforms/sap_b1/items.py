"""Canonical products as the engine hands them to the ERP's endpoint."""

from __future__ import annotations

from typing import Any

from objects.fields import CustomField, FieldMap
from objects.product import ProductSchema

Record = dict[str, Any]
#: The shop's id of the variant: our reference in the ERP.
KEY = "gid://shopify/ProductVariant/77"
OF_VARIANT = ("code", "option", "barcode", "price", "weight", "tracked", "taxable")
#: One custom field of each type, and the ERP's fields that hold them.
CUSTOM = (
    CustomField("material", "product.specs.material", "U_Material", "text"),
    CustomField("pieces", "variant.specs.pieces", "U_Pieces", "integer"),
    CustomField("length", "variant.specs.length", "U_Length", "decimal"),
    CustomField("organic", "product.specs.organic", "U_Organic", "boolean"),
)
USER_FIELDS: tuple[Record, ...] = (
    {"TableName": "OITM", "Name": "Material", "Type": "db_Alpha", "Size": 10, "Description": "x"},
    {"TableName": "OITM", "Name": "Pieces", "Type": "db_Numeric", "Size": 11, "Description": "x"},
    {"TableName": "OITM", "Name": "Length", "Type": "db_Float", "SubType": "st_Measurement", "Description": "x"},
    {"TableName": "OITM", "Name": "Organic", "Type": "db_Alpha", "Size": 1, "Description": "x"},
)
#: Every field is synchronised, those of one's own included.
EVERYTHING = FieldMap(
    dict.fromkeys(
        ("code", "title", "description", "vendor", "product_type", "barcode", "price", "weight", "taxable"), "shop"
    )
    | {field.canonical: "shop" for field in CUSTOM},
    CUSTOM,
)


def product(**changes: Any) -> Record:
    """A product of one variant, loaded by its schema: CUP at 9.90 unless told otherwise."""
    variant = {"code": "CUP", "price": "9.90", "currency": "EUR"}
    variant |= {name: changes.pop(name) for name in OF_VARIANT if name in changes}
    record: Record = ProductSchema().load({"title": "Cup", **changes, "variants": [variant]})
    return record
