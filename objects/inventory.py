"""Inventory: one item at one mapped warehouse-location pair."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any, ClassVar

from marshmallow import Schema, fields

from objects.base import MappedField, ObjectType, Place, Record, RecordSchema, RefField, Settings, Skip, decimal


class InventorySchema(RecordSchema):
    """Canonical stock of one item in one warehouse. Its key is `code@warehouse`."""

    code = fields.String(required=True)
    warehouse = fields.String(required=True)
    #: The shop's variant (kind "variant", by the ERP's item code).
    variant = RefField(required=True)
    #: The shop's location (map "location", by the warehouse code).
    location = MappedField(required=True)
    in_stock = decimal(required=True)
    committed = decimal(required=True)
    #: ERP units in one unit of the shop (the sales unit).
    units = decimal(load_default=Decimal(1))
    #: "plain", "batch", "serial" or "kit".
    kind = fields.String(load_default="plain")
    #: False: inactive, frozen or not for sale; its stock in the shop is 0.
    active = fields.Boolean(load_default=True)
    tracked = fields.Boolean(load_default=True)


class LevelSchema(RecordSchema):
    """What the shop holds of one variant at one location: the target's view of a stock record."""

    available = fields.Integer(required=True)
    #: Units that open orders of the shop hold.
    committed = fields.Integer(required=True)
    #: False: the level does not exist yet or is switched off; it is activated before it is set.
    active = fields.Boolean(required=True)
    #: False: the shop does not count this variant.
    tracked = fields.Boolean(required=True)
    #: False: the location is gone or inactive.
    location_active = fields.Boolean(load_default=True)


def decide(record: Record) -> Skip | None:
    """Tell whether a stock figure is left alone, and why; None = go on."""
    if record["kind"] in ("batch", "serial"):
        return Skip("BATCH_OR_SERIAL", record["kind"], "Batch- and serial-managed items are not supported.")
    if record["kind"] == "kit":
        return Skip("KIT_NOT_SUPPORTED", "", "Bills of materials have no stock of their own.")
    if not record["tracked"]:
        return Skip("NOT_TRACKED", "", "The ERP does not count this item's stock.")
    return None


def pending(shop_committed: int, imported_open: int) -> int:
    """Units that shop orders hold and the ERP does not know of yet; never below 0."""
    return max(0, shop_committed - imported_open)


def available(record: Record, *, pending: int, withheld: int, buffer: int) -> int:
    """What the shop may sell: `max(0, floor((InStock - Committed) / units) - pending - withheld - buffer)`."""
    if not record["active"]:
        return 0
    sellable = (record["in_stock"] - record["committed"]) / record["units"]
    whole = int(sellable.to_integral_value(rounding=ROUND_FLOOR))
    return max(0, whole - pending - withheld - buffer)


class Inventory(ObjectType):
    """Compared with the level that the shop holds now: the ERP is the primary store and a hand-made level gives way."""

    name = "inventory"
    rank = 2
    kind = "level"
    schema: ClassVar[Schema] = InventorySchema()
    target_schema = LevelSchema()
    maps = ("location",)
    compares_target = True

    def decide(self, record: Record, settings: Settings, *, linked: bool, backfill: bool) -> Skip | None:
        """See the module's `decide`."""
        return decide(record)

    def probe(self, key: str, record: Record) -> dict[str, str]:
        """The place in the shop."""
        return {"variant": record["variant"], "location": record["location"]}

    def same(self, key: str, record: Record, candidate: Record, settings: Settings) -> bool:
        """The platform finds a level by its place; there is one at most."""
        return True

    def prepare(self, record: Record, target: Record, book: Mapping[Place, int], settings: Settings) -> Skip | None:
        """Compute what the shop may sell, from the level and the book read together."""
        if not target["location_active"]:
            return Skip("LOCATION_GONE", record["location"], "Reactivate the location, or change the location map.")
        if not target["tracked"]:
            return Skip("NOT_TRACKED", "", "Switch on 'Track quantity' for the variant in the shop.")
        imported = book.get((record["variant"], record["location"]), 0)
        waiting = pending(target["committed"], imported)
        record["available"] = available(record, pending=waiting, withheld=0, buffer=settings["stock_buffer"])
        return None

    def weigh(self, old: Record, new: Record, settings: Settings) -> frozenset[str]:
        """A level that falls to nothing."""
        return frozenset({"zero"}) if old.get("available") and new.get("available") == 0 else frozenset()

    def values(self, record: Record) -> dict[str, Any]:
        """The one figure that is written."""
        return {"available": record["available"]}
