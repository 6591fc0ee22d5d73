"""What people do about failures: take them up again, or set them aside; each with a word in the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.bootstrap import Hub
from hub.chunks import chunks
from hub.errors import ConfigurationError
from hub.looking import queries
from hub.store.failures import OPEN_STATES, STATES, Failure
from hub.store.job import Request
from hub.store.routes import Route
from hub.sync import resync


@dataclass(frozen=True, slots=True)
class Aside:
    """How failures are set aside: "acknowledged", or "ignored" until a time."""

    state: str
    note: str = ""
    until: datetime | None = None


def chosen_failures(hub: Hub, routes: Iterable[Route], choice: resync.Choice) -> list[Failure]:
    """The failures that a choice means, on those of the routes that are switched on.

    Raises ConfigurationError where there are none.
    """
    return resync.chosen(matching(hub, [route.id for route in routes if route.enabled], choice), choice)


def matching(hub: Hub, route_ids: Iterable[int], choice: resync.Choice) -> list[Failure]:
    """The failures of these routes that a choice means; there may be none."""
    states = STATES if choice.key else OPEN_STATES
    found = hub.failures.select(route_ids, cause=choice.cause, detail=choice.detail, states=states)
    return [failure for failure in found if choice.takes(failure)]


def set_aside(hub: Hub, name: str, found: Iterable[Failure], how: Aside, asked: Mapping[str, Any]) -> int:
    """Set failures of the integration of this name aside; answers how many. `asked`: how they were chosen."""
    keys: dict[int, list[str]] = {}
    for failure in found:
        keys.setdefault(failure.route_id, []).append(failure.key)
    count = 0
    with hub.database.together():
        for route_id, mine in sorted(keys.items()):
            for part in chunks(mine):
                count += hub.failures.set_aside(route_id, part, how.state, how.note, how.until)
        after = {"failures": count, "note": how.note, "until": how.until.isoformat() if how.until else None}
        hub.audit.note(f"failures {how.state}", name, after={**asked, **after})
    return count


def take_up(hub: Hub, name: str, wanted: Sequence[Request], asked: Mapping[str, Any]) -> list[int]:
    """Put the jobs of a re-sync in; answers their ids. `asked`: how the failures were chosen."""
    count = sum(len(request.keys) for request in wanted)
    hub.audit.note("re-sync", name, after={**asked, "records": count})
    return [hub.jobs.put(request, hub.clock()) for request in wanted]


def of_message(hub: Hub, name: str, message: int) -> Request:
    """The request that takes up the record of one message; ConfigurationError where the integration has none such."""
    entries = queries(hub).page(before=message + 1, limit=1).entries
    entry = entries[0] if entries and entries[0].id == message else None
    if entry is None or entry.integration != name:
        raise ConfigurationError(
            f"{name} has no message {message}.", detail=str(message), fix=f"See: hub messages list --integration {name}"
        )
    route = hub.routes.find(hub.integrations.named(name).id, entry.object, entry.direction)
    return resync.for_message(message, route, entry.key, hub.failures.of(route.id, [entry.key]), hub.audit.actor)
