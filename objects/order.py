"""Order: what a customer bought, as it stands now, with everything an ERP document needs.

All money is in the shop's currency and already after discounts: order discounts are allocated to the lines by the
shop. Quantities, line totals and the total are the *current* ones (after refunds and edits); `ordered` keeps what was
bought first. Before any change both are equal, so a document made from the current figures is right either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from objects.address import AddressSchema
from objects.base import (
    Amendment,
    MappedField,
    ObjectType,
    Place,
    Record,
    RecordSchema,
    RefField,
    Settings,
    Skip,
    decimal,
    personal,
)

#: Financial statuses that are imported unless the settings name others.
IMPORTED = ("PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED")


class TaxSchema(RecordSchema):
    """One tax on a line. Tax that the marketplace collects is left out by the source's mapping."""

    title = fields.String(load_default="")
    rate = decimal(required=True)
    amount = decimal(required=True)


class LineSchema(RecordSchema):
    """One line that is still part of the order (`quantity` may be 0 when all of it was taken back)."""

    id = fields.String(required=True)
    title = fields.String(load_default="")
    sku = fields.String(load_default="")
    #: The variant sold (kind "variant", `code` = SKU); its ERP side is the item code.
    item = RefField(required=True)
    quantity = fields.Integer(required=True)
    ordered = fields.Integer(required=True)
    #: Units that are still to be fulfilled: they are committed in the shop.
    open_quantity = fields.Integer(load_default=0)
    #: What the current units cost after all discounts, with tax if `taxes_included`.
    total = decimal(required=True)
    tax = fields.List(fields.Nested(TaxSchema), load_default=list)
    #: Tax code (map "tax", by country and rate).
    tax_code = MappedField(required=True)
    #: Warehouse (map "location", by the location of the fulfilment order); None = the default one.
    warehouse = MappedField(load_default=None, allow_none=True)
    #: The location's id in the shop, for the book of committed units.
    location = fields.String(load_default="")
    #: The variant's id in the shop, empty for custom lines.
    variant = fields.String(load_default="")
    gift_card = fields.Boolean(load_default=False)


class ChargeSchema(RecordSchema):
    """A charge at the head of the order: shipping, tip, duty, cash rounding."""

    kind = fields.String(required=True, validate=validate.OneOf(["shipping", "tip", "duty", "cash_rounding"]))
    title = fields.String(load_default="")
    total = decimal(required=True)
    tax = fields.List(fields.Nested(TaxSchema), load_default=list)
    tax_code = MappedField(required=True)


class PaymentSchema(RecordSchema):
    """Money that moved or is promised."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True)
    #: Raw name of the gateway.
    gateway = fields.String(required=True)
    #: Where the ERP books it (map "payment", by gateway).
    account = MappedField(required=True)
    amount = decimal(required=True)


class RefundSchema(RecordSchema):
    """One refund, for the difference that is shown when it came after the import."""

    id = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    total = decimal(required=True)


class OrderSchema(RecordSchema):
    """Canonical order."""

    #: The order's name as people use it ("#1001"); not unique across shops.
    number = fields.String(required=True)
    placed_at = fields.AwareDateTime(required=True)
    currency = fields.String(required=True, validate=validate.Length(equal=3))
    taxes_included = fields.Boolean(required=True)
    financial_status = fields.String(required=True)
    #: True: at least one unit was handed over.
    shipped = fields.Boolean(load_default=False)
    cancelled_at = fields.AwareDateTime(load_default=None, allow_none=True)
    closed = fields.Boolean(load_default=False)
    edited = fields.Boolean(load_default=False)
    test = fields.Boolean(load_default=False)
    #: True: a fulfilment order is on hold.
    on_hold = fields.Boolean(load_default=False)
    high_risk = fields.Boolean(load_default=False)
    payment_terms = fields.Boolean(load_default=False)
    source = fields.String(load_default="")
    tags = fields.List(fields.String(), load_default=list)
    note = personal(fields.String(load_default=""))
    email = personal(fields.String(load_default=""))
    phone = personal(fields.String(load_default=""))
    #: None = a guest.
    customer = RefField(load_default=None, allow_none=True)
    billing = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    shipping = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    lines = fields.List(fields.Nested(LineSchema), required=True)
    charges = fields.List(fields.Nested(ChargeSchema), load_default=list)
    payments = fields.List(fields.Nested(PaymentSchema), load_default=list)
    refunds = fields.List(fields.Nested(RefundSchema), load_default=list)
    discount_codes = fields.List(fields.String(), load_default=list)
    #: Current total and the tax in it.
    total = decimal(required=True)
    total_tax = decimal(required=True)
    #: What the customer saw, where it was another currency: information only.
    presentment_currency = fields.String(load_default="")
    presentment_total = decimal(load_default=None, allow_none=True)


class ImportedLineSchema(RecordSchema):
    """One line of the document that an order became; `id` is the shop's id of the line."""

    id = fields.String(load_default="")
    item = fields.String(required=True)
    quantity = decimal(required=True)


class ImportedOrderSchema(RecordSchema):
    """The document that an order became, as far as later changes are compared with it."""

    lines = fields.List(fields.Nested(ImportedLineSchema), required=True)
    total = decimal(required=True)
    cancelled = fields.Boolean(required=True)


def is_cash_on_delivery(record: Record, settings: Settings) -> bool:
    """Whether the order is to be paid at the door, by one of the gateways that the settings name."""
    gateways = {name.casefold() for name in settings.get("cod_gateways", ())}
    return any(payment["gateway"].casefold() in gateways for payment in record["payments"])


def decide(record: Record, settings: Settings, *, backfill: bool = False) -> Skip | None:
    """Tell whether an order that is not imported yet is left alone, and why; None = import it."""
    filtered = _filtered(record, settings, backfill=backfill)
    return _never(record) or filtered or _waits(record, settings) or _too_late(record)


def _never(record: Record) -> Skip | None:
    if record["test"]:
        return Skip("TEST_ORDER")
    if record["cancelled_at"] is not None:
        return Skip("CANCELLED_BEFORE_IMPORT", "", "Nothing to do: the order was cancelled before it was imported.")
    if record["financial_status"] in ("VOIDED", "EXPIRED"):
        return Skip(record["financial_status"])
    return None


def _filtered(record: Record, settings: Settings, *, backfill: bool) -> Skip | None:
    cut_over: datetime | None = settings.get("order_cut_over")
    if not backfill and cut_over is not None and record["placed_at"] < cut_over:
        return Skip("BEFORE_CUT_OVER", "", "Use `hub backfill` to import older orders.")
    sources = settings.get("order_sources") or ()
    if sources and record["source"] not in sources:
        return Skip("FILTERED", f"source={record['source']}")
    excluded = {tag.casefold() for tag in settings.get("order_tags_excluded") or ()}
    for tag in record["tags"]:
        if tag.casefold() in excluded:
            return Skip("FILTERED", f"tag={tag}")
    locations = settings.get("order_locations") or ()
    if locations and not any(line["location"] in locations for line in record["lines"]):
        return Skip("FILTERED", "location")
    return None


def _waits(record: Record, settings: Settings) -> Skip | None:
    status = record["financial_status"]
    promised = status == "PENDING" and (record["payment_terms"] or is_cash_on_delivery(record, settings))
    if not promised and status not in (settings.get("order_statuses") or IMPORTED):
        return Skip("WAITING_FOR_PAYMENT", f"status={status}", "Nothing to do: it is imported once it is paid.")
    if record["on_hold"]:
        return Skip("ON_HOLD", "", "Release the hold in the shop.")
    if record["high_risk"] and not settings.get("import_high_risk", False):
        return Skip("HIGH_RISK", "", "Review the order in the shop; cancel it or lower its risk.")
    return None


def _too_late(record: Record) -> Skip | None:
    if record["financial_status"] == "REFUNDED" and not record["shipped"]:
        return Skip("REFUNDED_BEFORE_IMPORT", "", "Nothing to do: all was refunded and nothing was shipped.")
    if not any(line["quantity"] for line in record["lines"]):
        return Skip("NOTHING_LEFT", "", "Nothing to do: no unit of the order is left.")
    return None


def _by_line(record: Record, target: Record) -> dict[str, Record] | None:
    """The document's lines by the shop's id; None = it does not tell (the ERP has no field for that id)."""
    lines = {line["id"]: line for line in target["lines"]}
    # A line that is taken off an order stays on it with no units, so some id is always the same.
    return lines if any(line["id"] in lines for line in record["lines"]) else None


def difference(record: Record, target: Record) -> list[str]:
    """The lines that are not as they were imported, each as "SKU: old -> new"."""
    imported = _by_line(record, target)
    if imported is None:
        return []
    texts = []
    for line in record["lines"]:
        before = imported.pop(line["id"], None)
        was = int(before["quantity"]) if before else 0
        if was != line["quantity"]:
            texts.append(f"{line['sku'] or line['title']}: {was} -> {line['quantity']}")
    texts += [f"{line['item']}: {line['quantity']} -> 0" for line in imported.values()]
    return texts


def _shown(amount: Decimal) -> str:
    """An amount as people write it, with two decimals at least: platforms leave zeros at its end away."""
    return format(amount + Decimal("0.00"), "f")


class Order(ObjectType):
    """Matched by our reference alone. Imported once; later changes are cancelled with it or shown, never rewritten."""

    name = "order"
    rank = 1
    kind = "order"
    document = True
    schema: ClassVar[Schema] = OrderSchema()
    target_schema = ImportedOrderSchema()
    initialized = False
    maps = ("location", "payment", "tax")

    def decide(self, record: Record, settings: Settings, *, linked: bool, backfill: bool) -> Skip | None:
        """The gate; an order that is imported has passed it."""
        return None if linked else decide(record, settings, backfill=backfill)

    def values(self, record: Record) -> dict[str, Any]:
        """Nothing of a posted document follows the shop by itself."""
        return {}

    def same(self, key: str, record: Record, candidate: Record, settings: Settings) -> bool:
        """Our reference; the platform finds by nothing else."""
        return True

    def amend(self, record: Record, target: Record, settings: Settings) -> Amendment | None:
        """Cancelled with nothing shipped: the lone document goes too. Other changes are shown with their lines."""
        if record["cancelled_at"] is not None:
            if target["cancelled"]:
                return None
            if not record["shipped"]:
                return Amendment(cancel=True)
        changes = difference(record, target)
        apart = abs(record["total"] - target["total"])
        # What the two systems round differently was posted with the document, so nothing is left to forgive.
        if not changes and apart:
            if not record["refunds"] and not record["edited"]:
                return Amendment(mismatch=f"{_shown(record['total'])} / {_shown(target['total'])} / {_shown(apart)}")
            changes = [f"total: {_shown(target['total'])} -> {_shown(record['total'])}"]
        if not changes:
            return None
        reason = "ORDER_REFUNDED" if record["refunds"] else "ORDER_EDITED"
        fix = "Make the change by hand in the ERP; the hub does not rewrite documents."
        return Amendment(skip=Skip(reason, "; ".join(changes), fix))

    def open_units(self, record: Record, target: Record | None = None) -> dict[Place, int]:
        """Units still to be fulfilled, by variant and location.

        What an edit added since is not in the document, and a cancelled document holds nothing: the ERP would sell such
        units a second time, so they do not count as imported.
        """
        places: dict[Place, int] = {}
        if record["cancelled_at"] is not None or (target and target["cancelled"]):
            return places
        posted = _by_line(record, target) if target else None
        for line in record["lines"]:
            units = line["open_quantity"]
            if posted is not None:
                units = min(units, int(posted[line["id"]]["quantity"])) if line["id"] in posted else 0
            if line["variant"] and units:
                place = (line["variant"], line["location"])
                places[place] = places.get(place, 0) + units
        return places

    def persons(self, key: str, record: Record) -> Sequence[str]:
        """The buyer's e-mail and phone, and the customer's id."""
        customer = record["customer"].source_id if record["customer"] is not None else ""
        return [value for value in (record["email"], record["phone"], customer) if value]
