"""Re-sync: which records are taken up again, and which message each new one follows. Pure.

Nothing is kept of what was sent before: a re-sync is a job with keys, and each record is read afresh from its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hub.store.failures import Failure
from hub.store.job import Request, Wanted
from hub.store.routes import Route
from objects.registry import OBJECTS

REASON = "re-sync"


def requests(failures: Iterable[Failure], routes: Sequence[Route], actor: str) -> list[Request]:
    """One request per route, in the order in which the objects depend on each other."""
    wanted: dict[int, list[Wanted]] = {}
    for failure in failures:
        wanted.setdefault(failure.route_id, []).append(Wanted(failure.key, failure.last_message))
    order = list(OBJECTS)
    ordered = sorted(routes, key=lambda route: order.index(route.object))
    return [Request(route.id, "keys", REASON, actor, keys=wanted[route.id]) for route in ordered if route.id in wanted]


def for_message(message: int, route: Route, key: str, open_failures: Mapping[str, Failure], actor: str) -> Request:
    """The request that takes up the record of one message; it follows the newest trouble of that record."""
    failure = open_failures.get(key)
    follows = max(message, (failure.last_message if failure else None) or 0)
    return Request(route.id, "keys", REASON, actor, keys=[Wanted(key, follows)])
