"""What people do about failures: take them up again, or set them aside.

Console, API and command line say which ones are meant, as a set; the database finds them, however many they are. Each
act is one transaction, with a word in the audit trail of every integration it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.looking import queries
from hub.readiness import refuse_switched_off
from hub.store.failure_list import FailureList, Which
from hub.store.failures import OPEN_STATES, UNRESOLVED_STATES
from hub.store.job import Request
from hub.store.routes import Route
from hub.sync import resync
from objects.registry import OBJECTS


@dataclass(frozen=True, slots=True)
class Aside:
    """How failures are set aside: "acknowledged", or "ignored" until a time."""

    state: str
    note: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TakenUp:
    """How many records are read afresh, and the jobs that do it, one for each route in the order they depend."""

    records: int
    jobs: tuple[int, ...]


def meant(routes: Iterable[Route], *, cause: str = "", detail: str = "", key: str = "") -> Which:
    """The failures that are meant, on those of the routes that are switched on.

    One that was set aside is only among them if it is named by its key.
    """
    on = tuple(route.id for route in routes if route.enabled)
    return Which(on, UNRESOLVED_STATES if key else OPEN_STATES, cause, detail or None, key)


def certain(picks: Iterable[tuple[int, str]], routes: Mapping[int, Route]) -> Which:
    """These ones (route, key), as far as they are not resolved and their route is switched on."""
    on = {identity for identity, route in routes.items() if route.enabled}
    chosen = tuple(sorted({pick for pick in picks if pick[0] in on}))
    return Which(tuple(sorted({route for route, _ in chosen})), UNRESOLVED_STATES, picks=chosen)


def count(hub: Hub, which: Which) -> int:
    """How many failures are meant."""
    return sum(FailureList(hub.database).by_route(which).values())


def acted_on(hub: Hub, which: Which, *, afresh: bool) -> Which:
    """Those of them that an act is about: what is counted before it, and what it is done with.

    Where open ones are among them, what was set aside stays so, unless it is named. `afresh`: they are taken up, which
    a route that is switched off does not do.
    """
    kept = tuple(one for one in which.states if one in UNRESOLVED_STATES)
    if which.picks is None and not which.ident:
        kept = tuple(one for one in kept if one in OPEN_STATES) or kept
    on = {one.id for one in hub.routes.all() if one.enabled} if afresh else set(which.routes)
    return replace(which, states=kept, routes=tuple(one for one in which.routes if one in on))


def take_up(hub: Hub, which: Which, asked: Mapping[str, Any]) -> TakenUp:
    """Put in jobs that read the records afresh; nothing that was sent before is sent again.

    `asked`: how the failures were chosen, for the trail. Routes that are switched off are left out.
    """
    failures, order = FailureList(hub.database), list(OBJECTS)
    which = acted_on(hub, which, afresh=True)
    routes = {one.id: one for one in hub.routes.all() if one.id in which.routes}
    jobs = []
    with hub.database.together():
        found = failures.by_route(which)
        for route in sorted((routes[one] for one in found), key=lambda one: (order.index(one.object), one.id)):
            request = Request(route.id, "keys", resync.REASON, hub.audit.actor)
            jobs.append(hub.jobs.put(request, hub.clock(), failures.wanted(which, route.id)))
        _note(hub, "re-sync", found, routes, lambda number: {**asked, "records": number})
    return TakenUp(sum(found.values()), tuple(jobs))


def set_aside(hub: Hub, which: Which, how: Aside, asked: Mapping[str, Any]) -> int:
    """Set failures aside; answers how many. `asked`: how they were chosen, for the trail."""
    failures = FailureList(hub.database)
    routes = {one.id: one for one in hub.routes.all() if one.id in which.routes}
    which = acted_on(hub, which, afresh=False)
    said = {"note": how.note, "until": how.until.isoformat() if how.until else None}
    with hub.database.together():
        found = failures.by_route(which)
        failures.set_aside(which, how.state, how.note, how.until)
        _note(hub, f"failures {how.state}", found, routes, lambda number: {**asked, "failures": number, **said})
    return sum(found.values())


def _note(hub: Hub, action: str, found: Mapping[int, int], routes: Mapping[int, Route], after: Any) -> None:
    """Put an act into the trail of each integration, with the number of its own records."""
    numbers: dict[int, int] = {}
    for route_id, number in found.items():
        identity = routes[route_id].integration_id
        numbers[identity] = numbers.get(identity, 0) + number
    for identity, number in sorted(numbers.items()):
        hub.audit.note(action, hub.integrations.get(identity).name, after=after(number))


def take_up_message(hub: Hub, name: str, message: int) -> int:
    """Take up the record of one message; answers the job. ConfigurationError where the integration has none such."""
    entries = queries(hub).page(before=message + 1, limit=1).entries
    entry = entries[0] if entries and entries[0].id == message else None
    if entry is None or entry.integration != name:
        raise ConfigurationError(
            f"{name} has no message {message}.", detail=str(message), fix=f"See: hub messages list --integration {name}"
        )
    route = hub.routes.find(hub.integrations.named(name).id, entry.object, entry.direction)
    refuse_switched_off(route)
    known = hub.failures.of(route.id, [entry.key])
    request = resync.for_message(message, route, entry.key, known, hub.audit.actor)
    with hub.database.together():
        hub.audit.note("re-sync", name, after={"message": message, "key": entry.key, "records": 1})
        return hub.jobs.put(request, hub.clock())
