"""One run per planned day of the local calendar, over years of changing clocks: ours, and APScheduler's CronTrigger.

What is right is told by walking through all half hours of those years: a day's run is at the first moment of that day
at which the clock on the wall shows the planned time, or one later. Nothing of our own arithmetic is in that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bench.stage import Say
from hub.schedule import WEEKDAYS, Schedule, daily, weekly
from hub.triggers import runs

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
)
TIMES = ("00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "23:30")
#: Weekly schedules are tried on the day on which clocks change, and on the one after it.
DAYS = ("sunday", "monday")
#: Ten years; until 2018 the clocks of America/Sao_Paulo went forward at midnight.
YEARS = (2010, 2020)
_HALF_AN_HOUR = timedelta(minutes=30)
#: How long before and after a change of clocks CronTrigger is looked at, unless all of its runs are.
_AROUND = timedelta(days=9)

#: Moments of the runs that are right, by their local day.
Expected = dict[date, datetime]


@dataclass(slots=True)
class Case:
    """One schedule in one zone."""

    zone: str
    schedule: Schedule
    planned: int = 0
    #: Days on which our trigger does not run exactly once, at the right moment.
    wrong: list[date] = field(default_factory=list)
    #: The same of CronTrigger: days without a run, with two, and with one at another moment.
    skipped: list[date] = field(default_factory=list)
    doubled: list[date] = field(default_factory=list)
    moved: list[date] = field(default_factory=list)

    @property
    def cron_fails(self) -> bool:
        """Whether CronTrigger leaves a day out or runs twice on one."""
        return bool(self.skipped or self.doubled)


def run(say: Say, years: tuple[int, int] = YEARS, *, everywhere: bool = True) -> dict[str, Any]:
    """The whole matrix; `everywhere` = all runs of CronTrigger are looked at, and not only those around changes."""
    cases = [case for zone in ZONES for case in _cases(ZoneInfo(zone), years, everywhere=everywhere)]
    for line in report(cases):
        say(line)
    wrong = sum(len(case.wrong) for case in cases)
    failing = [case for case in cases if case.cron_fails]
    return {
        "bench": "dst",
        "schedules": len(cases),
        "planned": sum(case.planned for case in cases),
        "wrong": wrong,
        "cron_failing_schedules": len(failing),
        "cron_skipped": sum(len(case.skipped) for case in cases),
        "cron_doubled": sum(len(case.doubled) for case in cases),
        "cron_moved": sum(len(case.moved) for case in cases),
        "ok": not wrong and bool(failing),
    }


def report(cases: Sequence[Case]) -> Iterator[str]:
    """A line for each schedule on which one of the two triggers fails."""
    planned = sum(case.planned for case in cases)
    yield f"{len(cases)} schedules, {planned:,} planned days. Ours is wrong on {sum(len(c.wrong) for c in cases)}."
    yield f"{'zone':<20} {'schedule':<22} planned  ours  CronTrigger: skipped  doubled  moved"
    for case in cases:
        if case.wrong or case.cron_fails:
            first = min([*case.skipped, *case.doubled, *case.wrong])
            counts = f"{len(case.skipped):>21} {len(case.doubled):>8} {len(case.moved):>6}"
            name = f"{case.zone:<20} {case.schedule!s:<22}"
            yield f"{name} {case.planned:>7} {len(case.wrong):>5} {counts}   first on {first}"


def _cases(zone: ZoneInfo, years: tuple[int, int], *, everywhere: bool) -> Iterator[Case]:
    begin, end = (datetime(year, 1, 1, tzinfo=UTC) for year in years)
    moments, changes = _walk(zone, begin, end)
    periods = [(begin, end)] if everywhere else [(at - _AROUND, at + _AROUND) for at in changes]
    for clock in TIMES:
        for schedule in (daily(clock), *(weekly([day], clock) for day in DAYS)):
            expected = {
                day: moment
                for day, moment in moments[clock].items()
                if not schedule.weekdays or WEEKDAYS[day.weekday()] in schedule.weekdays
            }
            yield _judged(Case(zone.key, schedule, len(expected)), zone, expected, periods)


def _walk(zone: ZoneInfo, begin: datetime, end: datetime) -> tuple[dict[str, Expected], list[datetime]]:
    """The first moment of each day at which the clock shows each of the times or a later one; and when clocks change.

    Two days at either end are left out, as they are not seen whole.
    """
    found: dict[str, Expected] = {text: {} for text in TIMES}
    changes = []
    times = [(text, time.fromisoformat(text)) for text in TIMES]
    moment, offset, day, left = begin, begin.astimezone(zone).utcoffset(), date.min, times
    whole = begin + timedelta(days=2), end - timedelta(days=2)
    while moment < end:
        local = moment.astimezone(zone)
        if local.utcoffset() != offset:
            changes.append(moment)
            offset = local.utcoffset()
        if local.date() > day:
            day, left = local.date(), times
        while left and local.date() == day and local.time() >= left[0][1]:
            if whole[0] <= moment < whole[1]:
                found[left[0][0]][day] = moment
            left = left[1:]
        moment += _HALF_AN_HOUR
    return found, changes


def _judged(case: Case, zone: ZoneInfo, expected: Expected, periods: Sequence[tuple[datetime, datetime]]) -> Case:
    """Compare both triggers with what is right."""
    first, last = min(expected.values()), max(expected.values())
    ours = _by_day(zone, _until(runs(case.schedule, zone, first - _HALF_AN_HOUR), last))
    case.wrong = [day for day in {**expected, **ours} if ours.get(day) != [expected.get(day)]]
    cron = CronTrigger(
        day_of_week=case.schedule.weekdays[0][:3] if case.schedule.weekdays else "*",
        hour=case.schedule.at[:2],
        minute=case.schedule.at[3:],
        timezone=zone,
    )
    for begin, end in periods:
        theirs = _by_day(zone, _until(_fires(cron, begin), end))
        for day, moment in expected.items():
            if begin < moment <= end:
                met = theirs.get(day, [])
                fault = case.skipped if not met else case.doubled if len(met) > 1 else case.moved
                if met != [moment]:
                    fault.append(day)
    return case


def _fires(trigger: CronTrigger, begin: datetime) -> Iterator[datetime]:
    """Moments of a trigger, asked for as APScheduler does: with the last one, and the present time."""
    fired = trigger.get_next_fire_time(None, begin + timedelta(microseconds=1))
    while fired is not None:
        yield fired.astimezone(UTC)
        fired = trigger.get_next_fire_time(fired, fired)


def _until(moments: Iterator[datetime], end: datetime) -> Iterator[datetime]:
    for moment in moments:
        if moment > end:
            return
        yield moment


def _by_day(zone: ZoneInfo, moments: Iterator[datetime]) -> dict[date, list[datetime]]:
    """Moments by their local day."""
    found: dict[date, list[datetime]] = {}
    for moment in moments:
        found.setdefault(moment.astimezone(zone).date(), []).append(moment)
    return found
