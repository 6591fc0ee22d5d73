"""What is wrong with a connection, as findings a person can act on. Pure, but for what it is handed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hub.platforms.platform import Finding

#: Scopes the four objects need. A write scope includes the read scope of the same name.
NEEDED = (
    "read_customers",
    "write_products",
    "write_inventory",
    "read_locations",
    "read_orders",
)
#: One of these lets us see where the units of an order lie and what is still to be shipped.
FULFILMENT = (
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)
#: Scopes without which something is not seen, and what that is.
OLD_ORDERS = "read_all_orders"
PAYMENT_TERMS = "read_payment_terms"
_BLIND = {
    OLD_ORDERS: "orders older than 60 days are invisible",
    PAYMENT_TERMS: "orders on payment terms cannot be told from unpaid ones, and wait for their payment",
}
#: A stable version is served this long, and its end is announced this long before.
_SERVED = 365
_WARN = timedelta(days=60)


def held(scopes: Collection[str], wanted: str) -> bool:
    """Whether the granted scopes include `wanted`."""
    return wanted in scopes or (wanted.startswith("read_") and "write_" + wanted.removeprefix("read_") in scopes)


def scope_findings(scopes: Collection[str]) -> list[Finding]:
    """The scopes that are missing, by name, and what each lack means."""
    missing = [scope for scope in NEEDED if not held(scopes, scope)]
    if not any(held(scopes, scope) for scope in FULFILMENT):
        missing.append(FULFILMENT[0])
    findings = [
        Finding(False, f"Scope {scope} is missing.", f"Grant {scope} to the app in the shop's admin.")
        for scope in missing
    ]
    if not missing:
        findings.append(Finding(True, "All scopes are granted."))
    findings += [
        Finding(
            False, f"Scope {scope} is missing: {lack}.", f"Grant {scope} to the app if that matters.", blocking=False
        )
        for scope, lack in _BLIND.items()
        if not held(scopes, scope)
    ]
    return findings


def end_of_service(version: str) -> date:
    """The day from which a version may no longer be served: a year after its first."""
    year, month = (int(part) for part in version.split("-"))
    return date(year, month, 1) + timedelta(days=_SERVED)


def version_findings(asked: str, served: str, now: datetime, offered: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Whether the version asked for is the one that answers, and how long it will be."""
    newest = max((one["handle"] for one in offered if one["supported"]), default="")
    change = f"Set the connection's version to a newer one ({newest}) after reading its release notes."
    if served and served != asked:
        return [Finding(False, f"Version {asked} is no longer served: {served} answers instead.", change)]
    end = end_of_service(asked)
    left = end - now.date()
    if left < timedelta(0):
        return [Finding(False, f"The service of version {asked} ended on {end}.", change, blocking=False)]
    if left < _WARN:
        what = f"The service of version {asked} ends on {end}, in {left.days} days."
        return [Finding(False, what, change, blocking=False)]
    return [Finding(True, f"Version {asked} is served until {end} at least.")]
