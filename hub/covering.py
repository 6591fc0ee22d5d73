"""Looking through a route's source while people look elsewhere: what was found is kept, to be listed at once."""

from __future__ import annotations

import logging
import threading

from hub.bootstrap import Hub
from hub.errors import HubError
from hub.linking.coverage import Coverage, Summary
from hub.living import living
from hub.store.coverage import CoverageBook, Found
from hub.store.routes import Route
from hub.sync.pair import opened_pair

log = logging.getLogger(__name__)


class Covering:
    """Does such looks in the background; one at a time on a route."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    def begin(self, hub: Hub, route: Route) -> None:
        """Begin to look; ConfigurationError where somebody has begun already."""
        CoverageBook(hub.database).begin(route.id, hub.audit.actor, hub.clock())
        thread = threading.Thread(target=_through, args=(hub, route), name=f"coverage-{route.id}", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def wait(self) -> None:
        """Wait until all that was begun here has ended."""
        for thread in self._threads:
            thread.join()


def _through(hub: Hub, route: Route) -> None:
    book = CoverageBook(hub.database)
    try:
        with living(lambda: book.live(route.id, hub.clock()), lambda said: book.end(route.id, hub.clock(), said)):
            look(hub, route)
        book.end(route.id, hub.clock())
    except HubError as error:
        book.end(route.id, hub.clock(), f"{error} {error.fix}")
    except Exception:  # whatever it is, people are not to wait for what has ended
        log.exception("The look through the source of route %s has ended", route.id)
        book.end(route.id, hub.clock(), "Something went wrong that the hub did not expect. Its log says more.")


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
