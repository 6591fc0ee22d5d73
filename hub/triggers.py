"""When a schedule runs next: from times of the day on the wall to moments, also on days when the clocks change. Pure.

Daily and weekly: one run per planned day of the local calendar. A time that the clocks skip runs at the first moment
after the gap, a time that they show twice at its first. Every so many minutes: whenever the clock on the wall shows one
of the times, so twice in an hour that comes twice; times that are skipped are one run, at the first moment after the
gap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from hub.schedule import DAY, WEEKDAYS, Schedule

_MINUTE, _SECOND, _A_DAY = timedelta(minutes=1), timedelta(seconds=1), timedelta(days=1)
#: Days within which a weekly schedule has a run, also where a zone has left out a whole day.
_FAR_ENOUGH = 15
_A_YEAR = 366


@dataclass(frozen=True, slots=True)
class Planned:
    """One run to come; the note says what is special about its day, and is empty on most days."""

    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The moment at which a zone's clocks change, and what they show just then: before it and after it."""

    at: datetime
    before: datetime
    after: datetime

    @property
    def forward(self) -> bool:
        """Whether times are skipped (else they come twice)."""
        return self.after > self.before

    def __str__(self) -> str:
        """How people say it."""
        way = "forward" if self.forward else "back"
        # A zone that changes sides of the date line leaves out a day.
        form = "%H:%M" if abs(self.after - self.before) < _A_DAY / 2 else "%Y-%m-%d %H:%M"
        return f"The clocks go {way} on this day ({self.before:{form}} becomes {self.after:{form}})."


def next_run(schedule: Schedule, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first moment (UTC) later than `after` at which a schedule runs; None = never."""
    if schedule.kind == "never":
        return None
    if schedule.kind == "every":
        return _next_time(schedule.times(), zone, after)
    return _next_day(schedule, zone, after)


def runs(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """All moments later than `after`, without end unless there is none."""
    moment = next_run(schedule, zone, after)
    while moment is not None:
        yield moment
        moment = next_run(schedule, zone, moment)


def upcoming(schedule: Schedule, zone: ZoneInfo, after: datetime, count: int) -> list[Planned]:
    """The next runs, with a note on those that lie on a day when the clocks change."""
    return [Planned(moment, note(schedule, zone, moment)) for moment in islice(runs(schedule, zone, after), count)]


def note(schedule: Schedule, zone: ZoneInfo, moment: datetime) -> str:
    """What is special about a run at this moment; empty where its day is like any other."""
    local = moment.astimezone(zone)
    change = clock_change(zone, local.date())
    if change is None:
        return ""
    shown = f"{local:%H:%M}"
    twice = not change.forward and change.after <= local.replace(tzinfo=None) < change.before
    if schedule.kind == "every":
        return f"The clocks go back: {shown} comes twice, and it runs both times." if twice else str(change)
    if shown != schedule.at:
        return f"The clocks go forward: {schedule.at} is skipped, so it runs at {shown}."
    return f"The clocks go back: {shown} comes twice, and it runs the first time." if twice else str(change)


def days_that_differ(schedule: Schedule, zone: ZoneInfo, after: datetime) -> list[Planned]:
    """Daily and weekly runs of the coming year whose time is skipped on their day, or comes twice."""
    if not schedule.at:
        return []
    found, today, clock = [], after.astimezone(zone).date(), time.fromisoformat(schedule.at)
    for day in (today + distance * _A_DAY for distance in range(_A_YEAR)):
        moment = moment_of(day, clock, zone) if _is_planned(schedule, day) and clock_change(zone, day) else None
        if moment is not None and moment > after:
            local = moment.astimezone(zone)
            twice = local.replace(fold=1).utcoffset() != local.utcoffset()
            if twice or f"{local:%H:%M}" != schedule.at:
                found.append(Planned(moment, note(schedule, zone, moment)))
    return found


def _is_planned(schedule: Schedule, day: date) -> bool:
    return not schedule.weekdays or WEEKDAYS[day.weekday()] in schedule.weekdays


def clock_change(zone: ZoneInfo, day: date) -> ClockChange | None:
    """The change of a zone's clocks on a day of its calendar; None on nearly all days."""
    # From just before midnight, as clocks that change at midnight change on the day that begins then.
    begin, end = (_utc(datetime.combine(day + days * _A_DAY, time()), zone) for days in (0, 1))
    begin, end = begin - _SECOND, end - _SECOND
    if begin.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset():
        return None
    return _change(zone, begin, end)


# -- once a day -------------------------------------------------------------------------------------------------------


def _next_day(schedule: Schedule, zone: ZoneInfo, after: datetime) -> datetime:
    today, clock = after.astimezone(zone).date(), time.fromisoformat(schedule.at)
    # From yesterday on: a gap over midnight makes a run of yesterday one of today.
    for distance in range(-1, _FAR_ENOUGH):
        day = today + distance * _A_DAY
        moment = moment_of(day, clock, zone) if _is_planned(schedule, day) else None
        if moment is not None and moment > after:
            return moment
    raise AssertionError(f"{schedule} has no run in {zone.key} within two weeks after {after}")


def moment_of(day: date, clock: time, zone: ZoneInfo) -> datetime | None:
    """The moment of a time of the day; None where the zone's calendar has no such day."""
    wall = datetime.combine(day, clock)
    first = _utc(wall, zone)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    change = _change(zone, wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first)
    midnight = datetime.combine(day, time())
    if change.before <= midnight and change.after >= midnight + _A_DAY:
        return None
    return change.at


# -- every so many minutes --------------------------------------------------------------------------------------------


def _next_time(times: tuple[int, ...], zone: ZoneInfo, after: datetime) -> datetime:
    moment = after.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
    while True:
        local = moment.astimezone(zone)
        wait = _wait(times, local.hour * 60 + local.minute) * _MINUTE
        target = moment + wait
        if target.astimezone(zone).utcoffset() == local.utcoffset():
            return target
        change = _change(zone, moment, target)
        if change.forward and local.replace(tzinfo=None) + wait < change.after:
            # Its time is among those that are skipped.
            return change.at
        moment = change.at


def _wait(times: tuple[int, ...], minute: int) -> int:
    """Minutes from a minute of the day to the next of these times; 0 = it is one of them."""
    place = bisect_left(times, minute)
    return (times[place] if place < len(times) else times[0] + DAY) - minute


# -- zones ------------------------------------------------------------------------------------------------------------


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """A time of the wall as a moment: the first, where it comes twice."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _change(zone: ZoneInfo, before: datetime, until: datetime) -> ClockChange:
    """The change between two moments of which it is known that their clocks differ."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(until.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    at = datetime.fromtimestamp(high, UTC)
    after = at.astimezone(zone).replace(tzinfo=None)
    return ClockChange(at, at.replace(tzinfo=None) + (old or timedelta()), after)
