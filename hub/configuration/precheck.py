"""The pre-checks: what would fail or go wrong, found before the first record does. Each line says what to do. Pure."""

from __future__ import annotations

from hub.configuration import group_checks, money_checks, place_checks
from hub.configuration.subject import Mend, Subject, good, note
from hub.platforms.platform import Finding

_CHECKS = (
    money_checks.currency,
    money_checks.prices,
    money_checks.taxes,
    money_checks.freights,
    money_checks.payments,
    place_checks.places,
    place_checks.units,
    place_checks.partners,
    group_checks.groups,
    group_checks.product_types,
    place_checks.orders,
    place_checks.values_seen,
    place_checks.zones,
)


def findings(subject: Subject) -> list[Finding]:
    """Everything there is to say about an integration, by topic."""
    if not subject.enabled:
        fix = Mend("Add routes to the integration's file and run `hub apply`.", "routes")
        return [note("No route is switched on.", fix)]
    found = [finding for check in _CHECKS for finding in check(subject)]
    return [*found, good(f"Routes: {', '.join(route.name for route in subject.routes if route.enabled)}.")]
