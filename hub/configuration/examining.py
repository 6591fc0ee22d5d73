"""Asks both sides what the pre-checks want to know: the part of `hub check` that talks to the platforms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from hub.configuration.precheck import findings
from hub.configuration.routes import endpoint_of
from hub.configuration.subject import Subject, makes_items
from hub.configuration.unmapped import Seen, Unmapped, types_without_group, unmapped
from hub.errors import HubError, RecordError
from hub.platforms.platform import Connection, Finding
from hub.store.maps import Entry, for_endpoints
from hub.store.routes import Route
from objects.base import Mapped

T = TypeVar("T")

#: Recent orders that are looked through for values without a place in the maps.
SAMPLE = 250
RECENT = timedelta(days=60)


def examine(
    name: str,
    settings: Mapping[str, Any],
    entries: Sequence[Entry],
    routes: Sequence[Route],
    connections: tuple[Connection, Connection],
    now: datetime,
) -> list[Finding]:
    """Test both connections (shop, ERP), then compare what they say. `settings` are those of `hub.settings.load`."""
    said: list[Finding] = []
    for connection in connections:
        said += _asked(connection.name, connection.check, said) or ()
    if any(not finding.ok and finding.blocking for finding in said):
        # The rest would be one complaint in many words.
        return said
    shop, erp = connections
    facts = [_asked(connection.name, connection.facts, said) for connection in connections]
    if facts[0] is None or facts[1] is None:
        return said
    complete = {**settings, "name": name, **for_endpoints(entries)}
    takes_orders = any(route.enabled and route.object == "order" for route in routes)
    subject = Subject(
        name=name,
        settings=settings,
        entries=entries,
        routes=routes,
        shop=facts[0],
        erp=facts[1],
        now=now,
        seen=_asked("Recent orders", lambda: seen_values(shop, complete, now), said) if takes_orders else None,
        partners=_asked("Partners", lambda: existing(erp, "customer", complete, ["guest_customer"]), said),
        items=_asked("Items", lambda: existing(erp, "product", complete, ["stand_in_item", "gift_card_item"]), said),
    )
    return [*said, *findings(subject)]


def _asked(what: str, question: Callable[[], T], said: list[Finding]) -> T | None:
    """The answer; None where the platform has trouble, which is then said."""
    try:
        return question()
    except HubError as error:
        said.append(Finding(False, f"{what}: {error}", error.fix))
        return None


def seen_values(shop: Connection, settings: Mapping[str, Any], now: datetime) -> dict[Seen, int] | None:
    """The values of recent orders that the maps have to translate, and in how many orders each was."""
    orders = endpoint_of(shop, "order", settings)
    if orders is None:
        return None
    natives = (native for page in orders.between(now - RECENT, None, None) for _, native in page.entries if native)
    count: Counter[Seen] = Counter()
    for native in islice(natives, SAMPLE):
        try:
            record = orders.to_canonical(native)
        except RecordError:
            # Its own trouble, which its import will name.
            continue
        count.update({Seen(value.map, value.value, value.wider) for value in _mapped(record)})
    return dict(count)


def unmapped_values(
    name: str,
    settings: Mapping[str, Any],
    entries: Sequence[Entry],
    routes: Sequence[Route],
    connections: tuple[Connection, Connection],
    now: datetime,
) -> list[Unmapped]:
    """Values that both sides (shop, ERP) have in use and no map knows; a HubError where one of them does not answer."""
    shop, erp = connections
    complete = {**settings, "name": name, **for_endpoints(entries)}
    return unmapped(
        entries,
        seen_values(shop, complete, now) or {},
        [choice.value for choice in shop.choices("payment")],
        {"shop": shop.choices("location"), "erp": erp.choices("location")},
        _types(shop, erp) if makes_items(routes) else (),
    )


def _types(shop: Connection, erp: Connection) -> list[str]:
    groups = {choice.label for choice in erp.choices("item_group")}
    return types_without_group([choice.value for choice in shop.choices("item_group")], groups)


def _mapped(value: Any) -> Iterator[Mapped]:
    if isinstance(value, Mapped):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _mapped(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mapped(inner)


def existing(erp: Connection, object_name: str, settings: Mapping[str, Any], names: Collection[str]) -> set[str] | None:
    """Which of the codes that these settings name the ERP has."""
    wanted = sorted({settings[name] for name in names if settings[name]})
    if not wanted:
        return set()
    endpoint = endpoint_of(erp, object_name, settings)
    return None if endpoint is None else set(endpoint.read(wanted))
