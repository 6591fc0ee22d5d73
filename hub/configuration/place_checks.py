"""Pre-checks of places, units, partners, items and orders. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from hub.configuration.subject import Subject, bad, good, in_map, note, setting, unknown
from hub.platforms.platform import Finding

_VISIBLE = timedelta(days=60)
_CORRECT, _ACTIVATE = "Correct the location map or the setting.", "Activate it, or change the location map."
_WEIGHT_UNITS = ("KILOGRAMS", "GRAMS", "POUNDS", "OUNCES")


def places(subject: Subject) -> Iterator[Finding]:
    """Mapped warehouses and locations exist and are active; there is a default."""
    if not subject.carries("order", "inventory"):
        return
    entries = subject.map("location")
    if not entries:
        fix = in_map("location", f"Run: hub maps set {subject.name} location LOCATION WAREHOUSE")
        yield bad("The location map is empty: no stock is synchronised.", fix)
    for entry in entries:
        yield from _place("Location", entry.shop_value, subject.shop.get("locations"))
        yield from _place("Warehouse", entry.erp_value, subject.erp.get("warehouses"))
    default = subject.settings["default_warehouse"]
    if default:
        yield from _place("The default warehouse", default, subject.erp.get("warehouses"))
    elif subject.carries("order"):
        what = "There is no default warehouse: a line without a location fails or takes the ERP's own default."
        yield note(what, setting("default_warehouse"))
    yield from _branches(subject)


def _place(kind: str, key: str, known: Mapping[str, Mapping[str, Any]] | None) -> Iterator[Finding]:
    if known is None:
        yield unknown(f"{kind} {key}")
    elif key not in known:
        there = ", ".join(f"{other} ({place['name']})" for other, place in known.items()) or "none"
        yield bad(f"{kind} {key} does not exist. There are: {there}.", in_map("location", _CORRECT, _CORRECT))
    elif not known[key]["active"]:
        yield bad(f"{kind} {key} ({known[key]['name']}) is not active.", in_map("location", _ACTIVATE, _ACTIVATE))
    else:
        yield good(f"{kind} {key} ({known[key]['name']}) is active.")


def _branches(subject: Subject) -> Iterator[Finding]:
    branches, warehouses = subject.erp.get("branches"), subject.erp.get("warehouses") or {}
    if not branches or not subject.carries("order"):
        return
    mapped = [entry.erp_value for entry in subject.map("location") if entry.erp_value in warehouses]
    for code in mapped:
        if warehouses[code]["branch"] not in branches:
            fix = "Give the warehouse a branch that is in use, in the ERP."
            yield bad(f"The company has branches, but warehouse {code} belongs to none that is in use.", fix)
    if len({warehouses[code]["branch"] for code in mapped}) > 1:
        what = "The mapped warehouses belong to several branches: an order across branches will fail."
        yield note(what, "Let the shop fulfil each order from the locations of one branch.")


def units(subject: Subject) -> Iterator[Finding]:
    """Weights can be carried over."""
    if not subject.carries("product"):
        return
    unit = subject.shop.get("weight_unit")
    if unit is None:
        yield unknown("The shop's unit of weight")
    elif unit not in _WEIGHT_UNITS:
        yield bad(f"The shop weighs in {unit}, which the hub cannot convert.", "Choose another unit in the shop.")
    measures = subject.erp.get("weight_units")
    if measures is None:
        yield unknown("The ERP's units of weight")
    else:
        empty = [str(number) for number, kilograms in measures.items() if not kilograms]
        if empty:
            fix = "Enter their weight in milligrams in the ERP's list of weight measures."
            yield bad(f"The ERP's units of weight {', '.join(empty)} have no weight of their own.", fix)
        elif unit in _WEIGHT_UNITS:
            yield good(f"Weights are converted from the ERP's units; the shop shows {unit}.")


def partners(subject: Subject) -> Iterator[Finding]:
    """The guest customer, and what new partners and items are made with."""
    if subject.carries("order"):
        yield from _record(subject, "guest_customer", "partner", subject.partners, needed=True)
        yield from _record(subject, "stand_in_item", "item", subject.items)
        yield from _record(subject, "gift_card_item", "item", subject.items)
    for name, fact in (
        ("customer_series", "series"),
        ("customer_group", "customer_groups"),
        ("payment_terms", "payment_terms"),
        ("default_item_group", "item_groups"),
    ):
        number, known = subject.settings[name], subject.erp.get(fact)
        if number is None:
            continue
        if known is None:
            yield unknown(f"{name} {number}")
        elif number not in known:
            yield bad(f"{name} is {number}, which the ERP does not have.", setting(name))


def _record(subject: Subject, name: str, noun: str, known: Any, *, needed: bool = False) -> Iterator[Finding]:
    code = subject.settings[name]
    if not code:
        if needed:
            yield bad("No guest customer is set: orders of guests will fail.", setting(name))
    elif known is None:
        yield unknown(f"{name} {code}")
    elif code not in known:
        yield bad(f"{name} is {code}, which is no {noun} of the ERP.", setting(name, "Create it in the ERP."))
    else:
        yield good(f"{name} {code} is in the ERP.")


def orders(subject: Subject) -> Iterator[Finding]:
    """The cut-over, and whether the shop lets us see orders that old."""
    if not subject.carries("order"):
        return
    cut_over = subject.settings["order_cut_over"]
    if cut_over is None:
        yield bad("Orders have no cut-over: from which moment on are they imported?", setting("order_cut_over"))
        return
    yield good(f"Orders are imported from {cut_over.isoformat()} on.")
    scopes = subject.shop.get("scopes")
    if cut_over < subject.now - _VISIBLE:
        if scopes is None:
            yield unknown("Whether orders older than 60 days can be read")
        elif "read_all_orders" not in scopes:
            what = "The cut-over lies more than 60 days back, and the scope read_all_orders is missing."
            yield bad(what, "Ask for read_all_orders, or the older orders stay invisible.")
    if subject.erp.get("period_open") is None:
        yield unknown("Whether the posting period of today is open")
    elif not subject.erp["period_open"]:
        yield bad("The posting period of today is closed.", "Open it in the ERP.")


def values_seen(subject: Subject) -> Iterator[Finding]:
    """Values of recent orders that no map knows, before an order fails on them."""
    if not subject.carries("order"):
        return
    if subject.seen is None:
        yield unknown("Whether the maps know all values of recent orders")
        return
    said = {gateway.casefold() for gateway in subject.shop.get("gateways_seen") or ()}
    missing = [one for one in subject.unmapped if one.orders]
    for one in missing:
        if one.map == "payment" and one.value.casefold() in said:
            # The check of the gateways has named it.
            continue
        many = "1 recent order has" if one.orders == 1 else f"{one.orders} recent orders have"
        yield bad(
            f"{many} {one.map} {one.value}, which is not mapped.", in_map(one.map, f"Run: {one.command(subject.name)}")
        )
    if subject.seen and not missing:
        yield good("The maps know all values of recent orders.")


def zones(subject: Subject) -> Iterator[Finding]:
    """Days begin at the same moment on both sides and in the hub."""
    zone = subject.settings["zone"]
    for side, facts in (("shop", subject.shop), ("ERP", subject.erp)):
        theirs = facts.get("zone")
        if theirs is not None and theirs != zone:
            what = f"The {side}'s time zone is {theirs}, the integration's is {zone}."
            yield note(
                what, setting("zone", "Mend it if that is not meant: it decides on which day an order is dated.")
            )
