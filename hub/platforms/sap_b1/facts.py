"""What the pre-checks compare with the shop, and what fills the maps, as plain values."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from hub.errors import RecordError
from hub.platforms.platform import Choice
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.errors import UnknownName, Unpermitted
from hub.platforms.sap_b1.setting_up import missing

log = logging.getLogger(__name__)


def facts(company: Company) -> dict[str, Any]:
    """What is known of the company. What its user may not read, or its release does not serve, is left out.

    currency, total_decimals, price_decimals, zone, default_warehouse; warehouses {code: {name, active, branch}};
    tax_codes {code: {name, rate, active}}; price_lists {number: {name, gross, currency, active}}; {number: name} of
    freights, credit_cards, series (of partners), customer_groups, payment_terms, branches, item_groups; weight_units
    {number: kilograms}; period_open (for sales, today); rate_missing (currencies of price lists without a rate
    today); missing_fields and fields, those of others on our tables included ("ORDR.HubRef").
    """
    masters = company.masters
    masters.forget()
    admin = masters.admin()
    today = company.local(company.clock()).date()
    readers: dict[str, Callable[[], Any]] = {
        "warehouses": lambda: _plain(masters.warehouses()),
        "tax_codes": lambda: _plain(masters.tax_codes()),
        "price_lists": lambda: _plain(masters.price_lists()),
        "freights": masters.freights,
        "credit_cards": masters.credit_cards,
        "series": masters.partner_series,
        "customer_groups": masters.customer_groups,
        "payment_terms": masters.payment_terms,
        "branches": masters.branches,
        "item_groups": masters.item_groups,
        "weight_units": masters.weight_units,
        "period_open": lambda: masters.is_open(today),
        "rate_missing": lambda: masters.without_rate(today),
        "missing_fields": lambda: [f"{field.table}.{field.name}" for field in missing(company)],
        "fields": lambda: sorted(f"{table}.{name}" for table, name in masters.user_fields()),
    }
    known: dict[str, Any] = {
        "currency": admin.currency,
        "total_decimals": admin.total_decimals,
        "price_decimals": admin.price_decimals,
        "zone": company.zone.key,
        "default_warehouse": admin.default_warehouse,
    }
    for name, read in readers.items():
        try:
            known[name] = read()
        except (RecordError, UnknownName, Unpermitted) as error:
            log.info("%s cannot be found out: %s", name, error)
    return known


def choices(company: Company, map_name: str) -> list[Choice]:
    """Warehouses (location), tax codes (tax), credit cards as `card:1` (payment), freights (freight), and groups."""
    masters = company.masters
    if map_name == "location":
        return [Choice(code, one.name, one.active) for code, one in masters.warehouses().items()]
    if map_name == "tax":
        return [Choice(code, f"{one.name} ({one.rate:%})", one.active) for code, one in masters.tax_codes().items()]
    if map_name == "payment":
        return [Choice(f"card:{number}", name) for number, name in masters.credit_cards().items()]
    if map_name == "freight":
        return _numbered(masters.freights())
    if map_name == "item_group":
        return _numbered(masters.item_groups())
    if map_name == "customer_group":
        return _numbered(masters.customer_groups())
    return []


def _numbered(names: dict[int, str]) -> list[Choice]:
    return [Choice(str(number), name) for number, name in names.items()]


def _plain(named: dict[Any, Any]) -> dict[Any, dict[str, Any]]:
    return {key: asdict(one) for key, one in named.items()}
