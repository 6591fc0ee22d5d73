"""An integration's settings: their types, defaults and limits.

Stored as written, loaded into Python values (Decimal, aware times) whenever they are used. Names that nobody knows are
refused, so that a typing error is found by `hub apply` and not by a wrong document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from hub.clock import OUT_OF_TIME, in_time, zone_names
from objects.base import decimal

_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _zone(value: str) -> None:
    if value not in zone_names():
        raise ValidationError(f"{value} is no IANA time zone (Europe/Berlin is one).")


def _hours(value: str) -> None:
    first, _, last = value.partition("-")
    if not (_HOUR.fullmatch(first) and _HOUR.fullmatch(last)) or first == last:
        raise ValidationError(f"{value} are no hours of the day (02:00-05:00 are, and 23:00-04:00).")


def _in_time(value: datetime) -> None:
    if not in_time(value):
        raise ValidationError(f"{value.isoformat()} is no moment of ours. {OUT_OF_TIME}")


class SettingsSchema(Schema):
    """Settings of one integration."""

    class Meta:
        """marshmallow's settings."""

        unknown = RAISE

    currency = fields.String(load_default="EUR", validate=validate.Length(equal=3))
    zone = fields.String(load_default="Europe/Berlin", validate=_zone, metadata={"zone": True})
    #: The ERP's price list that feeds the shop, and whether the shop's prices include tax.
    price_list = fields.Integer(load_default=1)
    prices_include_tax = fields.Boolean(load_default=True)
    #: Where price list and shop are not of the same kind: "tax" converts by the rate of the item's tax code.
    convert_prices = fields.String(load_default="never", validate=validate.OneOf(["never", "tax"]))
    allow_zero_price = fields.Boolean(load_default=False)
    #: Codes of items that may be sold at 0.
    zero_price_items = fields.List(fields.String(), load_default=list)
    #: Group of new items whose product type is no item group of the ERP.
    default_item_group = fields.Integer(load_default=None, allow_none=True)
    new_product_status = fields.String(load_default="ACTIVE", validate=validate.OneOf(["ACTIVE", "DRAFT"]))
    #: True: the ERP's database does not tell codes apart that differ only by letter case.
    erp_ignores_case = fields.Boolean(load_default=False)
    #: What becomes of an edit on the side that does not own the field.
    drift = fields.String(load_default="keep", validate=validate.OneOf(["keep", "revert"]))
    #: True: the selection is shown in the items' own Sync field, too.
    mirror_selection = fields.Boolean(load_default=False)
    #: Tags by which a record is kept from being created on, or updated on, the other side; empty = no such tag.
    no_sync_create_tag = fields.String(load_default="hub-no-create")
    no_sync_update_tag = fields.String(load_default="hub-no-update")
    #: A run is held that would change so many records, prices or stock levels; a percent of 100 or more never holds.
    hold_changed_percent = fields.Integer(load_default=20, validate=validate.Range(min=0))
    hold_changed_least = fields.Integer(load_default=50, validate=validate.Range(min=0))
    hold_price_move_percent = fields.Integer(load_default=30, validate=validate.Range(min=0))
    hold_price_percent = fields.Integer(load_default=5, validate=validate.Range(min=0))
    hold_price_least = fields.Integer(load_default=10, validate=validate.Range(min=0))
    hold_zero_percent = fields.Integer(load_default=20, validate=validate.Range(min=0))
    hold_zero_least = fields.Integer(load_default=10, validate=validate.Range(min=0))
    #: An alert is raised when such a share of an hour's records has failed, and at least so many.
    alert_error_percent = fields.Integer(load_default=20, validate=validate.Range(min=0))
    alert_error_least = fields.Integer(load_default=10, validate=validate.Range(min=1))
    #: Days before an API version or a secret ends.
    alert_days_ahead = fields.Integer(load_default=60, validate=validate.Range(min=0))
    #: Hour of the day, in the integration's zone, of the daily summary; null = there is none.
    alert_digest_hour = fields.Integer(load_default=7, allow_none=True, validate=validate.Range(min=0, max=23))
    #: Partners: the one for guests; code = prefix + shop number, unless a series numbers them.
    guest_customer = fields.String(load_default="")
    customer_code_prefix = fields.String(load_default="C", validate=validate.Length(max=5))
    customer_series = fields.Integer(load_default=None, allow_none=True)
    customer_group = fields.Integer(load_default=None, allow_none=True)
    payment_terms = fields.Integer(load_default=None, allow_none=True)
    missing_name = fields.String(load_default="")
    address_overflow = fields.String(load_default="report", validate=validate.OneOf(["report", "cut"]))
    #: Orders: from when on, which, and how they are posted.
    order_cut_over = fields.AwareDateTime(load_default=None, allow_none=True, validate=_in_time)
    order_statuses = fields.List(fields.String(), load_default=list)
    order_sources = fields.List(fields.String(), load_default=list)
    order_tags_excluded = fields.List(fields.String(), load_default=list)
    order_locations = fields.List(fields.String(), load_default=list)
    cod_gateways = fields.List(fields.String(), load_default=lambda: ["Cash on Delivery (COD)"])
    import_high_risk = fields.Boolean(load_default=False)
    posting_date = fields.String(load_default="fact", validate=validate.OneOf(["fact", "today"]))
    default_warehouse = fields.String(load_default="")
    stand_in_item = fields.String(load_default="")
    gift_card_item = fields.String(load_default="")
    tolerance = decimal(load_default=Decimal("0.05"), validate=validate.Range(min=0, max=1))
    tax_mode = fields.String(load_default="determination", validate=validate.OneOf(["determination", "freight"]))
    exempt_tax_code = fields.String(load_default="")
    freight_shipping = fields.Integer(load_default=None, allow_none=True)
    freight_tax = fields.Integer(load_default=None, allow_none=True)
    freight_rounding = fields.Integer(load_default=None, allow_none=True)
    freight_tip = fields.Integer(load_default=None, allow_none=True)
    freight_duty = fields.Integer(load_default=None, allow_none=True)
    freight_cash_rounding = fields.Integer(load_default=None, allow_none=True)
    #: Units that are kept back at each place.
    stock_buffer = fields.Integer(load_default=0, validate=validate.Range(min=0))
    #: Reading and waiting.
    settle_seconds = fields.Integer(load_default=30, validate=validate.Range(min=0))
    lag_seconds = fields.Integer(load_default=60, validate=validate.Range(min=0))
    overlap_seconds = fields.Integer(load_default=120, validate=validate.Range(min=0))
    price_compare_minutes = fields.Integer(load_default=15, validate=validate.Range(min=0))
    page_size = fields.Integer(load_default=100, validate=validate.Range(min=1, max=250))
    bulk_from = fields.Integer(load_default=1000, validate=validate.Range(min=0))
    #: When housekeeping is done, in the integration's zone, and for how many days what is over is kept.
    quiet_hours = fields.String(load_default="02:00-05:00", validate=_hours)
    keep_days_done = fields.Integer(load_default=90, validate=validate.Range(min=1))
    keep_days_failed = fields.Integer(load_default=365, validate=validate.Range(min=1))
    keep_days_exchanges = fields.Integer(load_default=14, validate=validate.Range(min=1))
    log_level = fields.String(load_default="standard", validate=validate.OneOf(["errors", "standard", "full"]))


SCHEMA = SettingsSchema()
#: The clock looks at thousands of integrations at once, and at nothing but these two.
_TIMING = SettingsSchema(only=("zone", "order_cut_over"), unknown=EXCLUDE)

#: Settings that decide how things are read, waited for, held, logged or told, and not what is written: no reason to
#: compare anew.
WITHOUT_EFFECT_ON_CONTENT = frozenset(
    {
        "mirror_selection",
        "hold_changed_percent",
        "hold_changed_least",
        "hold_price_move_percent",
        "hold_price_percent",
        "hold_price_least",
        "hold_zero_percent",
        "hold_zero_least",
        "alert_error_percent",
        "alert_error_least",
        "alert_days_ahead",
        "alert_digest_hour",
        "settle_seconds",
        "lag_seconds",
        "overlap_seconds",
        "price_compare_minutes",
        "page_size",
        "bulk_from",
        "quiet_hours",
        "keep_days_done",
        "keep_days_failed",
        "keep_days_exchanges",
        "log_level",
    }
)


def load(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with their types and defaults; marshmallow's ValidationError names each one that is wrong."""
    return cast(dict[str, Any], SCHEMA.load(settings))


def readable(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same for what looks after all integrations: one whose settings cannot be read keeps nobody else waiting.

    Such settings count as none; whatever works with them raises, and says which one is wrong.
    """
    try:
        return load(settings)
    except ValidationError:
        return load({})


def zone(settings: Mapping[str, Any]) -> ZoneInfo:
    """The integration's time zone."""
    return ZoneInfo(settings["zone"])


def timing(settings: Mapping[str, Any]) -> tuple[ZoneInfo, datetime | None]:
    """The integration's time zone and the cut-over of its orders."""
    loaded = _TIMING.load(settings)
    return ZoneInfo(loaded["zone"]), loaded["order_cut_over"]
