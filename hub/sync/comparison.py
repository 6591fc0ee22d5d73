"""The comparison of keys: which linked records does one side no longer have, and which are back?

Only keys are read. What seems to be missing is handed to a run of the route, which reads each record afresh and holds
the route meanwhile: the comparison itself changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from hub.platforms.endpoint import Endpoint
from hub.platforms.platform import Connection
from hub.store.database import Database
from hub.store.integrations import Integration
from hub.store.job import BACKFILL, Request, Wanted
from hub.store.jobs import Jobs
from hub.store.presence import Both, Presence
from hub.store.routes import Route
from hub.sync.assemble import source_of
from hub.sync.guard import Limit
from hub.sync.pair import Doors, opened_sides
from hub.sync.seen import Seen
from hub.sync.vanished import COMPARED
from objects.fields import Side
from objects.registry import OBJECTS

SIDES: tuple[Side, Side] = ("shop", "erp")
#: More missing records than this are no deletions but a fault: nothing is concluded from them.
PLAUSIBLE = Limit(percent=20, least=50)


@dataclass(slots=True)
class Compared:
    """What was found out about one object. `missing` and `back` are keys of the first route's source."""

    object: str
    linked: int = 0
    #: Links that read gone, and still are.
    gone: int = 0
    missing: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    back: int = 0
    #: Why nothing was concluded; empty = it was.
    warning: str = ""


class Comparison:
    """Compares one integration's links with what is there."""

    def __init__(self, doors: Doors, database: Database, jobs: Jobs, actor: str) -> None:
        self._doors, self._database, self._jobs, self._actor = doors, database, jobs, actor

    def run(self, integration: Integration, routes: Sequence[Route]) -> list[Compared]:
        """Compare the objects of these routes; jobs are put in for what is missing, and for what is back.

        Raises what a platform that does not answer raises: then nothing is concluded of the rest.
        """
        objects = {route.object: [one for one in routes if one.object == route.object] for route in routes}
        found = []
        with _opened(self._doors, integration) as there:
            for name in OBJECTS:
                if name in objects and not OBJECTS[name].document:
                    ends = there.ends(name)
                    if all(end.listing for end in ends.values()):
                        found.append(self._compare(integration, objects[name], ends, there))
        return found

    def _compare(
        self, integration: Integration, routes: Sequence[Route], ends: Mapping[Side, Endpoint], there: _There
    ) -> Compared:
        compared = Compared(routes[0].object)
        missing: list[Both] = []
        back: list[Both] = []
        for part in Presence(self._database, integration.id).links(OBJECTS[compared.object].kind):
            for link, sides in _missing(part, ends, there):
                if link.state == "gone":
                    compared.gone += bool(sides)
                    back += [] if sides else [link]
                    continue
                compared.linked += 1
                missing += [link] if sides else []
                for side in sides:
                    compared.missing[side] += 1
        compared.back = len(back)
        compared.warning = _doubt(compared, ends, there)
        if not compared.warning:
            self._ask(routes[:1], missing)
            # Each direction may have met it while it was gone, and has to look at it again.
            self._ask(routes, back)
        return compared

    def _ask(self, routes: Sequence[Route], links: Sequence[Both]) -> None:
        for route in routes if links else ():
            wanted = [Wanted(link.on(source_of(route))) for link in links]
            request = Request(route.id, "keys", COMPARED, self._actor, priority=BACKFILL, keys=wanted)
            self._jobs.put(request, self._doors.clock())


def _missing(
    part: Sequence[Both], ends: Mapping[Side, Endpoint], there: _There
) -> Iterator[tuple[Both, tuple[Side, ...]]]:
    """Each link of a part with the sides on which its record is not there."""
    known = {
        side: there.seen(side, end).among({end.identity(link.on(side)) for link in part}) for side, end in ends.items()
    }
    for link in part:
        yield link, tuple(side for side, end in ends.items() if end.identity(link.on(side)) not in known[side])


def _doubt(compared: Compared, ends: Mapping[Side, Endpoint], there: _There) -> str:
    """Why what was found cannot be true; empty where it can."""
    for side, end in ends.items():
        count = compared.missing[side]
        if count and not len(there.seen(side, end)):
            return f"The {there.name(side)} lists no {end.listing} at all, while {compared.linked} are linked."
        if PLAUSIBLE.exceeded(count, compared.linked):
            return f"{count} of {compared.linked} linked {end.listing} are missing in the {there.name(side)}."
    return ""


@dataclass(slots=True)
class _There:
    """What is there on both sides of an integration, each list read once and kept on disk."""

    settings: dict[str, object]
    connections: Mapping[Side, Connection]
    stack: ExitStack
    lists: dict[tuple[Side, str], Seen] = field(default_factory=dict)

    def ends(self, object_name: str) -> dict[Side, Endpoint]:
        return {side: one.endpoint(object_name, self.settings) for side, one in self.connections.items()}

    def seen(self, side: Side, end: Endpoint) -> Seen:
        name = (side, end.listing)
        if name not in self.lists:
            seen = self.stack.enter_context(Seen())
            for page in end.identities():
                seen.add(page)
            self.lists[name] = seen
        return self.lists[name]

    @staticmethod
    def name(side: Side) -> str:
        return "ERP" if side == "erp" else "shop"


@contextmanager
def _opened(doors: Doors, integration: Integration) -> Iterator[_There]:
    with ExitStack() as stack:
        settings, connections = stack.enter_context(opened_sides(doors, integration))
        yield _There(settings, connections, stack)
