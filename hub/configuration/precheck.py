"""The pre-checks: what would fail or go wrong, found before the first record does. Each line says what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from hub.configuration import money_checks, place_checks
from hub.configuration.subject import Seen, Subject, good, note
from hub.errors import RecordError
from hub.platforms.endpoint import Endpoint
from hub.platforms.platform import Connection, Finding
from objects.base import Mapped

#: Recent orders that are looked through for values without a place in the maps.
SAMPLE = 250
RECENT = timedelta(days=60)
_CHECKS = (
    money_checks.currency,
    money_checks.prices,
    money_checks.taxes,
    money_checks.freights,
    money_checks.payments,
    place_checks.places,
    place_checks.units,
    place_checks.partners,
    place_checks.orders,
    place_checks.values_seen,
    place_checks.zones,
)


def findings(subject: Subject) -> list[Finding]:
    """Everything there is to say about an integration, by topic."""
    if not subject.enabled:
        return [note("No route is switched on.", "Add routes to the integration's file and run `hub apply`.")]
    found = [finding for check in _CHECKS for finding in check(subject)]
    return [*found, good(f"Routes: {', '.join(route.name for route in subject.routes if route.enabled)}.")]


# -- looking ------------------------------------------------------------------------------------------------------------


def seen_values(orders: Endpoint, subject_now: Any) -> dict[Seen, int]:
    """The values of recent orders that the maps have to translate, and in how many orders each was."""
    natives = (native for page in orders.between(subject_now - RECENT, None, None) for _, native in page.entries)
    count: Counter[Seen] = Counter()
    for native in islice(natives, SAMPLE):
        if native is None:
            continue
        try:
            record = orders.to_canonical(native)
        except RecordError:
            # Its own trouble, which its import will name.
            continue
        count.update({Seen(value.map, value.value, value.wider) for value in _mapped(record)})
    return dict(count)


def _mapped(value: Any) -> Iterator[Mapped]:
    if isinstance(value, Mapped):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _mapped(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mapped(inner)


def existing(erp: Connection, object_name: str, settings: Mapping[str, Any], codes: Collection[str]) -> set[str]:
    """Which of these codes the ERP has."""
    wanted = sorted({code for code in codes if code})
    return set(erp.endpoint(object_name, settings).read(wanted)) if wanted else set()
