"""How many records came to which verdict, day by day. Days that are over are added up once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from hub.bootstrap import Hub
from hub.store.run_sums import RunSums

#: A run counts for the day on which it began: one of so long ago has come to its end.
STILL_MOVING = timedelta(days=2)
#: So many choices of routes are remembered.
REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Day:
    """One day by the clocks of a zone."""

    date: date
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Everything that was looked at."""
        return sum(self.counts.values())


class DayCounts:
    """Adds up runs by days."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._sums = RunSums(hub.database)
        self._known: OrderedDict[tuple[frozenset[int], str], dict[date, dict[str, int]]] = OrderedDict()
        self._lock = Lock()

    def of(self, route_ids: Collection[int], zone: ZoneInfo, days: int) -> list[Day]:
        """The last days, the oldest first; the last one is today."""
        today = self._hub.clock().astimezone(zone).date()
        wanted = [today - timedelta(days=number) for number in reversed(range(days))]
        known = self._remembered(frozenset(route_ids), zone)
        first = next((number for number, one in enumerate(wanted) if one not in known), days)
        fresh = wanted[first:]
        limits = [_midnight(one, zone) for one in (*fresh, today + timedelta(days=1))]
        counted = dict(zip(fresh, self._sums.between(route_ids, limits), strict=True)) if fresh else {}
        with self._lock:
            known.update({one: counts for one, counts in counted.items() if today - one >= STILL_MOVING})
            for one in [one for one in known if today - one > timedelta(days=400)]:
                del known[one]
        return [Day(one, counted.get(one) or known[one]) for one in wanted]

    def _remembered(self, routes: frozenset[int], zone: ZoneInfo) -> dict[date, dict[str, int]]:
        with self._lock:
            known = self._known.setdefault((routes, zone.key), {})
            self._known.move_to_end((routes, zone.key))
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return known


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
