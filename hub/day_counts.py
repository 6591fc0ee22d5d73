"""How many records came to which verdict, day by day. Runs that are over are added up once, and then remembered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from hub.bootstrap import Hub
from hub.store.run_feed import RunFeed
from hub.store.runs import VERDICTS

#: So many days are added up, today included.
DAYS = 30

Sums = dict[tuple[date, int], list[int]]


@dataclass(frozen=True, slots=True)
class Day:
    """One day by the clocks of a zone."""

    date: date
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Everything that was looked at."""
        return sum(self.counts.values())


@dataclass(slots=True)
class _Known:
    """What is added up by the clocks of one zone: by day and route, up to a run."""

    upto: int
    sums: Sums = field(default_factory=dict)


class DayCounts:
    """Adds up runs by days; a run counts for the day on which it began."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._feed = RunFeed(hub.database)
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def of(self, route_ids: Collection[int], zone: ZoneInfo, days: int) -> list[Day]:
        """The last days (at most 30), the oldest first; the last one is today."""
        now = self._hub.clock()
        today = now.astimezone(zone).date()
        wanted = [today - timedelta(days=number) for number in reversed(range(days))]
        with self._lock:
            known = self._up_to_date(zone, now)
            moving: Sums = {}
            self._add(moving, (known.upto, None), wanted, zone)
            routes = frozenset(route_ids)
            counts = {one: [0] * len(VERDICTS) for one in wanted}
            for sums in (known.sums, moving):
                for (day, route), mine in sums.items():
                    if day in counts and route in routes:
                        counts[day] = [old + new for old, new in zip(counts[day], mine, strict=True)]
        return [Day(one, dict(zip(VERDICTS, counts[one], strict=True))) for one in wanted]

    def _up_to_date(self, zone: ZoneInfo, now: datetime) -> _Known:
        """What is known in a zone, with the runs that have come to their end since."""
        first = now.astimezone(zone).date() - timedelta(days=DAYS - 1)
        known = self._known.get(zone.key)
        if known is None:
            known = _Known(self._feed.before(datetime.combine(first, time(), zone)))
            self._known[zone.key] = known
        upto = self._feed.settled(known.upto, now)
        if upto > known.upto:
            days = [first + timedelta(days=number) for number in range(DAYS)]
            self._add(known.sums, (known.upto, upto), days, zone)
            known.upto = upto
        for key in [key for key in known.sums if key[0] < first]:
            del known.sums[key]
        return known

    def _add(self, sums: Sums, runs: tuple[int, int | None], days: Sequence[date], zone: ZoneInfo) -> None:
        """Add up the runs behind an id, up to another one, by days in a row."""
        starts = [datetime.combine(day, time(), zone) for day in days]
        for place, route, found in self._feed.sums(*runs, starts):
            mine = sums.setdefault((days[place], route), [0] * len(VERDICTS))
            mine[:] = [old + new for old, new in zip(mine, found, strict=True)]
