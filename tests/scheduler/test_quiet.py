from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from scheduler.quiet import Quiet

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Quiet.of("02:00-05:00", BERLIN)
OVER_MIDNIGHT = Quiet.of("23:00-04:00", BERLIN)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        (NIGHT, "2026-11-21T00:59", None),
        (NIGHT, "2026-11-21T01:00", "2026-11-21T04:00"),
        (NIGHT, "2026-11-21T03:59", "2026-11-21T04:00"),
        (NIGHT, "2026-11-21T04:00", None),
        (OVER_MIDNIGHT, "2026-11-21T21:59", None),
        (OVER_MIDNIGHT, "2026-11-21T22:00", "2026-11-22T03:00"),
        (OVER_MIDNIGHT, "2026-11-22T02:59", "2026-11-22T03:00"),
        (OVER_MIDNIGHT, "2026-11-22T03:00", None),
    ],
)
def test_it_is_quiet_in_the_hours_of_the_zone(quiet: Quiet, now: str, end: str | None) -> None:
    assert quiet.ends_at(at(now)) == (at(end) if end else None)


@pytest.mark.parametrize(
    ("quiet", "now", "start"),
    [
        (NIGHT, "2026-11-21T00:59", "2026-11-21T01:00"),
        (NIGHT, "2026-11-21T01:00", "2026-11-22T01:00"),
        (NIGHT, "2026-11-21T12:00", "2026-11-22T01:00"),
        (OVER_MIDNIGHT, "2026-11-21T12:00", "2026-11-21T22:00"),
        (OVER_MIDNIGHT, "2026-11-22T00:30", "2026-11-22T22:00"),
        # Two o'clock is skipped on this day, and three o'clock follows at once.
        (NIGHT, "2027-03-27T12:00", "2027-03-28T01:00"),
        # The hour from two to three is there twice: its first pass.
        (NIGHT, "2026-10-24T12:00", "2026-10-25T00:00"),
    ],
)
def test_they_begin_once_for_each_local_day(quiet: Quiet, now: str, start: str) -> None:
    assert quiet.next_start(at(now)) == at(start)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"])
@pytest.mark.parametrize("hours", ["00:00-00:30", "02:00-02:30", "02:30-05:00", "23:30-00:30"])
def test_every_local_day_of_two_years_has_its_hours(zone: str, hours: str) -> None:
    quiet = Quiet.of(hours, ZoneInfo(zone))
    now = at("2017-01-01T12:00")
    days = []
    while len(days) < 730:
        now = quiet.next_start(now)
        days.append(now.astimezone(quiet.zone).date())
        end = quiet.ends_at(now)
        assert end is not None
        assert timedelta(0) < end - now < timedelta(hours=5)
    assert all(after - before == timedelta(days=1) for before, after in pairwise(days))
