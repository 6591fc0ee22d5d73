"""Looking through a route's source while people look elsewhere: what was found is kept, to be listed at once."""

from __future__ import annotations

from dataclasses import dataclass

from hub.bootstrap import Hub
from hub.linking.coverage import Coverage, Summary
from hub.living import Background
from hub.store.coverage import CoverageBook, Found
from hub.store.routes import Route
from hub.sync.pair import opened_pair


@dataclass(frozen=True, slots=True)
class _Look:
    """How far the look through a route's source is, as its book tells."""

    hub: Hub
    route_id: int

    def live(self) -> None:
        CoverageBook(self.hub.database).live(self.route_id, self.hub.clock())

    def done(self) -> None:
        CoverageBook(self.hub.database).end(self.route_id, self.hub.clock())

    def failed(self, error: str) -> None:
        CoverageBook(self.hub.database).end(self.route_id, self.hub.clock(), error)


class Covering(Background):
    """Does such looks in the background; one at a time on a route."""

    def look(self, hub: Hub, route: Route) -> None:
        """Begin to look; ConfigurationError where somebody has begun already."""
        CoverageBook(hub.database).begin(route.id, hub.audit.actor, hub.clock())
        self.begin(f"coverage-{route.id}", _Look(hub, route.id), lambda: look(hub, route))


def look(hub: Hub, route: Route) -> Summary:
    """Read the whole source of a route, and keep how each record stands."""
    book, summary = CoverageBook(hub.database), Summary()
    with opened_pair(hub, route) as pair:
        # Nothing personal is kept: whoever wants to know what a customer is called looks into the platform.
        for part in Coverage(pair, hub.database, hub.vault, pair.label).records(hub.clock()):
            found = []
            for record in part:
                standing = record.standing
                place = summary.read
                found.append(Found(place, standing.name, standing.reason, standing.detail, record.key, record.label))
                summary.add(record)
            book.add(route.id, found, summary.reasons, summary.read, hub.clock())
    return summary
