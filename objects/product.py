"""Product: a shop product with its variants; seen from the ERP, one item = one variant."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from objects.base import ObjectType, Record, RecordSchema, Settings, Skip, decimal


class VariantSchema(RecordSchema):
    """What is sold under one code."""

    #: SKU in the shop = ItemCode in the ERP: the match key, never changed by us.
    code = fields.String(required=True, validate=validate.Length(min=1, max=50))
    #: The option values that tell it from its siblings ("S / Red"); empty for the only variant.
    option = fields.String(load_default="")
    barcode = fields.String(load_default="")
    #: In the shop's currency and tax mode; None = the source has no price for it.
    price = decimal(load_default=None, allow_none=True, validate=validate.Range(min=0))
    currency = fields.String(load_default="")
    #: Kilograms; None = not weighed.
    weight = decimal(load_default=None, allow_none=True, validate=validate.Range(min=0))
    #: True: somebody counts its stock.
    tracked = fields.Boolean(load_default=True)
    taxable = fields.Boolean(load_default=True)
    #: "plain", "batch", "serial" or "kit".
    kind = fields.String(load_default="plain", validate=validate.OneOf(["plain", "batch", "serial", "kit"]))


class ProductSchema(RecordSchema):
    """Canonical product."""

    title = fields.String(required=True, validate=validate.Length(min=1, max=255))
    description = fields.String(load_default="")
    vendor = fields.String(load_default="")
    product_type = fields.String(load_default="")
    #: False: inactive, frozen or not for sale.
    active = fields.Boolean(load_default=True)
    variants = fields.List(fields.Nested(VariantSchema), required=True, validate=validate.Length(min=1))


def decide(record: Record, settings: Settings, *, linked: bool) -> Skip | None:
    """Tell whether a product is left alone, and why; None = go on."""
    variant = record["variants"][0]
    if variant["kind"] in ("batch", "serial"):
        return Skip("BATCH_OR_SERIAL", variant["kind"], "Batch- and serial-managed items are not supported.")
    if variant["kind"] == "kit":
        return Skip("KIT_NOT_SUPPORTED", "", "Bills of materials are not supported; sell the parts, or another item.")
    if linked:
        return None
    if not record["active"]:
        return Skip("INACTIVE", "", "Activate the item in the ERP if it shall be sold.")
    if not variant["price"] and not settings.get("allow_zero_price", False):
        return Skip("ZERO_PRICE", "", "Give the item a price in the price list that feeds the shop.")
    return None


class Product(ObjectType):
    """Matched by code, letter for letter. The ERP owns price, barcode, weight and group; the shop owns the rest."""

    name = "product"
    kind = "variant"
    schema: ClassVar[Schema] = ProductSchema()
    folds_case = True

    def decide(self, record: Record, settings: Settings, *, linked: bool, backfill: bool) -> Skip | None:
        """See the module's `decide`."""
        return decide(record, settings, linked=linked)

    def values(self, record: Record) -> dict[str, Any]:
        """The fields the ERP owns. A price of 0 or none is never sent."""
        variant = record["variants"][0]
        owned = {
            "barcode": variant["barcode"],
            "weight": variant["weight"],
            "product_type": record["product_type"],
        }
        return {**owned, "price": variant["price"]} if variant["price"] else owned

    def probe(self, key: str, record: Record) -> dict[str, str]:
        """The code."""
        return {"code": str(record["variants"][0]["code"])}

    def same(self, key: str, record: Record, candidate: Record, settings: Settings) -> bool:
        """The code, letter for letter, unless the ERP itself does not tell letter cases apart."""
        mine, theirs = str(record["variants"][0]["code"]), str(candidate["variants"][0]["code"])
        return mine == theirs or (bool(settings.get("erp_ignores_case")) and mine.casefold() == theirs.casefold())
