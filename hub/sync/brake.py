"""What stops writes for a time: a person's stop switch, blackout hours of a connection, freeze windows of a route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.clock import Clock
from hub.errors import WritesStopped
from hub.store.connections import StoredConnection
from hub.store.routes import Route
from hub.windows import blacked_out, frozen

#: A switch that is thrown in the middle of a run is seen after so long at the latest.
LOOK_AGAIN = timedelta(seconds=1)
#: What to do where only the clock stands in the way.
GOES_ON = "Nothing to do: the first run after that goes on from here."
#: Tells since when writes over a connection are stopped, and by whom.
Stopped = Callable[[int], tuple[datetime, str] | None]


@dataclass(slots=True)
class Brake:
    """Asked before every write over one connection; it looks at the switch now and then, whatever thread asks."""

    connection: StoredConnection
    stopped: Stopped
    zone: ZoneInfo
    clock: Clock
    #: The route whose writes go over it.
    route: Route | None = None
    _looked: datetime | None = None
    _stop: tuple[datetime, str] | None = None

    def ensure(self) -> None:
        """Allow a write; WritesStopped says who or what stands in its way, and until when."""
        self._look()
        name = self.connection.name
        if self._stop is not None:
            since, who = self._stop
            raise WritesStopped(f"{who} has stopped writes over {name} since {self._local(since)}.", detail=name)
        self.ensure_lit()
        if self.route is None or not self.route.freeze:
            return
        until = frozen(self.route.freeze, self.clock())
        if until is not None:
            raise WritesStopped(
                f"{self.route.name} is frozen until {self._local(until)}.",
                detail=self.route.name,
                fix=GOES_ON,
            )

    def ensure_lit(self) -> None:
        """Allow any call; WritesStopped during the connection's blackout hours."""
        if not self.connection.blackout:
            return
        until = blacked_out(self.connection.blackout, self.zone, self.clock())
        if until is not None:
            raise WritesStopped(
                f"{self.connection.name} is not to be disturbed until {self._local(until)}.",
                detail=self.connection.name,
                fix=GOES_ON,
            )

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def _look(self) -> None:
        now = self.clock()
        if self._looked is None or not timedelta(0) <= now - self._looked < LOOK_AGAIN:
            # Noted first, so that the other threads do not all look at once.
            self._looked = now
            self._stop = self.stopped(self.connection.id)
