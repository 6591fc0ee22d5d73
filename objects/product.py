"""Product: what is sold under one code. A variant of the shop (with its product around it) is one item of the ERP."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate

from objects.base import ObjectType, Record, RecordSchema, Settings, Skip, decimal
from objects.fields import CUSTOM, FieldRule
from objects.tags import no_sync

#: Characters of a code and of an item's name in the ERP.
LONGEST_CODE = 50
LONGEST_NAME = 200


def _printable(value: str) -> None:
    """A code is taken as it is or not at all: it is never cut or cleaned."""
    if value != value.strip() or not value.isprintable():
        raise ValidationError("Blanks at an end, or characters that cannot be printed.")


class VariantSchema(RecordSchema):
    """What is sold under one code."""

    #: SKU in the shop = ItemCode in the ERP: the match key, never changed by us.
    code = fields.String(required=True, validate=[validate.Length(min=1, max=LONGEST_CODE), _printable])
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

    #: The product's title; in the ERP the item's name.
    title = fields.String(required=True, validate=validate.Length(min=1, max=255))
    description = fields.String(load_default="")
    vendor = fields.String(load_default="")
    product_type = fields.String(load_default="")
    tags = fields.List(fields.String(), load_default=list)
    #: False: inactive, frozen or not for sale.
    active = fields.Boolean(load_default=True)
    #: How many variants the product around this one has.
    siblings = fields.Integer(load_default=1)
    #: Fields of the integration's own, by name: text, whole number, Decimal, truth, or None.
    custom = fields.Dict(keys=fields.String(), load_default=dict)
    variants = fields.List(fields.Nested(VariantSchema), required=True, validate=validate.Length(min=1))


class HeldVariantSchema(VariantSchema):
    """A variant as the target holds it: whatever code it has by now, its link stands."""

    code = fields.String(load_default="")
    price = decimal(load_default=None, allow_none=True)
    weight = decimal(load_default=None, allow_none=True)


class HeldProductSchema(ProductSchema):
    """A product as the target holds it: nothing in it is a reason to refuse the source's record."""

    title = fields.String(load_default="")
    variants = fields.List(fields.Nested(HeldVariantSchema), required=True, validate=validate.Length(min=1))


def item_name(record: Record) -> str:
    """What the ERP calls the item: "title - options". Too long, the title loses its end and the options stay."""
    option = record["variants"][0]["option"]
    title = str(record["title"]).strip()
    if not option:
        return title[:LONGEST_NAME].rstrip()
    suffix = f" - {option}"[:LONGEST_NAME]
    return f"{title[: LONGEST_NAME - len(suffix)].rstrip()}{suffix}"


def not_carried(record: Record) -> Skip | None:
    """Why an item's way of being kept makes it impossible to carry, on whichever side it is; None = it can be."""
    kind = record["variants"][0]["kind"]
    if kind in ("batch", "serial"):
        return Skip("BATCH_OR_SERIAL", kind, "Batch- and serial-managed items are not supported.")
    if kind == "kit":
        return Skip("KIT_NOT_SUPPORTED", "", "Bills of materials are not supported; sell the parts, or another item.")
    return None


def decide(record: Record, settings: Settings, *, linked: bool) -> Skip | None:
    """Tell whether a product is left alone, and why; None = go on."""
    variant = record["variants"][0]
    refused = not_carried(record) or no_sync(record["tags"], settings, linked=linked)
    if refused or linked:
        return refused
    if not record["active"]:
        return Skip("INACTIVE", "", "Activate the item at its source if it shall be sold.")
    if not variant["price"] and not _may_be_free(variant["code"], settings):
        return Skip("ZERO_PRICE", "", "Give the item a price in the price list that feeds the shop.")
    return None


def _may_be_free(code: str, settings: Settings) -> bool:
    return bool(settings.get("allow_zero_price", False)) or code in (settings.get("zero_price_items") or ())


class Product(ObjectType):
    """Matched by code, letter for letter. The ERP owns price, barcode, weight and group; the shop owns the rest."""

    name = "product"
    kind = "variant"
    schema: ClassVar[Schema] = ProductSchema()
    target_schema = HeldProductSchema()
    known_by = "SKU"
    folds_case = True
    maps = ("item_group",)
    fields = (
        FieldRule("code", "erp", locked=True, fixed=True, kept=True),
        FieldRule("title", "shop", shared=True),
        FieldRule("description", "shop", shared=True),
        FieldRule("vendor", "shop", ticked=False, shared=True),
        FieldRule("product_type", "erp", shared=True, map="item_group"),
        FieldRule("barcode", "erp"),
        FieldRule("price", "erp", locked=True),
        FieldRule("weight", "erp"),
        FieldRule("taxable", "erp", ticked=False),
    )

    def decide(self, record: Record, settings: Settings, *, linked: bool, backfill: bool) -> Skip | None:
        """See the module's `decide`."""
        return decide(record, settings, linked=linked)

    def refuses(self, target: Record) -> Skip | None:
        """An item that turned into a batch item or a kit is left alone."""
        return not_carried(target)

    def weigh(self, old: Record, new: Record, settings: Settings) -> frozenset[str]:
        """A price that moves far."""
        before, after = old.get("price"), new.get("price")
        if not before or not after:
            return frozenset()
        return frozenset({"price"}) if moved(before, after) * 100 > settings["hold_price_move_percent"] else frozenset()

    def values(self, record: Record) -> dict[str, Any]:
        """All fields that may be kept in step. A price of 0 or none is never sent, so it is none here."""
        variant = record["variants"][0]
        found = {
            "code": variant["code"],
            "title": item_name(record),
            "description": record["description"],
            "vendor": record["vendor"],
            "product_type": record["product_type"],
            "barcode": variant["barcode"],
            "weight": variant["weight"],
            "taxable": variant["taxable"],
            **{f"{CUSTOM}{name}": value for name, value in record["custom"].items()},
        }
        return {**found, "price": variant["price"]} if variant["price"] else found

    def replaced(self, record: Record, values: Mapping[str, Any]) -> Record:
        """Fields of the variant, of the product around it, and of the integration's own, each in its place."""
        of_variant = {name: value for name, value in values.items() if name in record["variants"][0]}
        own = {name.removeprefix(CUSTOM): value for name, value in values.items() if name.startswith(CUSTOM)}
        others = {name: value for name, value in values.items() if name in record and name != "variants"}
        # The name of an item is its whole name: what it is made of is no longer told apart.
        option = {"option": ""} if "title" in others else {}
        variant = {**record["variants"][0], **option, **of_variant}
        return {**record, **others, "custom": {**record["custom"], **own}, "variants": [variant]}

    def entered(self, name: str, value: Any) -> Any:
        """A price is above 0, as none is ever sent, and a title is one that an item can have, too."""
        if name == "price" and not value:
            raise ValidationError("A price of 0 or none is never sent.")
        if name == "title" and len(value) > LONGEST_NAME:
            raise ValidationError(f"Longer than {LONGEST_NAME} characters, which is the longest name of an item.")
        return value

    def code(self, record: Record) -> str:
        """The SKU, which is the item's code."""
        return str(record["variants"][0]["code"])

    def probe(self, key: str, record: Record) -> dict[str, str]:
        """The code, and what differs from it only by letter case: a second record of that kind is not made."""
        code = self.code(record)
        return {"code": code, "folded": code.casefold()}

    def same(self, key: str, record: Record, candidate: Record, settings: Settings) -> bool:
        """The code, letter for letter, unless the ERP itself does not tell letter cases apart."""
        mine, theirs = self.code(record), self.code(candidate)
        return mine == theirs or (bool(settings.get("erp_ignores_case")) and mine.casefold() == theirs.casefold())


def moved(old: Decimal, new: Decimal) -> Decimal:
    """How far a price has moved, as a share of the old one (0.1 = 10 %); 0 where there was none."""
    return abs(new - old) / old if old else Decimal(0)
