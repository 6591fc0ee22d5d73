"""Quiet hours: when housekeeping is done, in the integration's zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.triggers import moment_of

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Daily hours, perhaps over midnight, as clocks on the wall show them."""

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def of(cls, hours: str, zone: ZoneInfo) -> Quiet:
        """From a text such as `02:00-05:00`."""
        first, _, last = hours.partition("-")
        return cls(time.fromisoformat(first), time.fromisoformat(last), zone)

    def ends_at(self, now: datetime) -> datetime | None:
        """When the hours end that it is quiet in now; None = it is not."""
        today = now.astimezone(self.zone).date()
        for day in (today - _DAY, today):
            first, last = self._hours(day)
            if first <= now < last:
                return last
        return None

    def next_start(self, now: datetime) -> datetime:
        """When the next quiet hours begin, later than now; once for each local day.

        Hours that begin in the gap of spring begin after it, and those in the doubled hour of autumn in its first pass.
        """
        day = now.astimezone(self.zone).date() - _DAY
        while self._hours(day)[0] <= now:
            day += _DAY
        return self._hours(day)[0]

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        """The quiet hours that begin on a day; never empty, whatever clocks do."""
        first = self._moment(day, self.start)
        last = self._moment(day if self.end > self.start else day + _DAY, self.end)
        return first, max(last, first + timedelta(minutes=1))

    def _moment(self, day: date, at: time) -> datetime:
        return moment_of(day, at, self.zone) or datetime.combine(day, at, self.zone).astimezone(UTC)
