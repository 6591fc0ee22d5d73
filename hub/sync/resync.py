"""Re-sync: which records are taken up again, and which message each new one follows. Pure.

Nothing is kept of what was sent before: a re-sync is a job with keys, and each record is read afresh from its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.errors import ConfigurationError
from hub.store.failures import OPEN_STATES, Failure
from hub.store.job import Request, Wanted
from hub.store.routes import Route
from objects.registry import OBJECTS

REASON = "re-sync"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which failures are meant; everything that is given must hold."""

    cause: str = ""
    detail: str = ""
    #: The record's key on its source, or what people call it.
    key: str = ""

    def takes(self, failure: Failure) -> bool:
        """Whether a failure is among them. One that was set aside is only if it is named by its key."""
        if failure.state == "resolved" or (failure.state not in OPEN_STATES and not self.key):
            return False
        return (
            self.cause in ("", failure.cause)
            and self.detail in ("", failure.detail)
            and self.key in ("", failure.key, failure.label)
        )


def chosen(failures: Iterable[Failure], choice: Choice) -> list[Failure]:
    """The failures that are meant; ConfigurationError where there are none, as a typing error is more likely."""
    found = [failure for failure in failures if choice.takes(failure)]
    if not found:
        given = {"cause": choice.cause, "detail": choice.detail, "key": choice.key}
        asked = " ".join(f"--{name} {value}" for name, value in given.items() if value)
        raise ConfigurationError(
            f"No open failure answers to {asked}." if asked else "There are no open failures.",
            detail=asked,
            fix="See `hub failures list NAME` for what there is.",
        )
    return found


class Taken(Protocol):
    """What is needed of a failure to take its record up again."""

    @property
    def route_id(self) -> int:
        """Its route."""

    @property
    def key(self) -> str:
        """The record's key on its source."""

    @property
    def last_message(self) -> int | None:
        """The message that the new one follows."""


def requests(failures: Iterable[Taken], routes: Sequence[Route], actor: str) -> list[Request]:
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
