from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bench import dst
from hub.schedule import NEVER, WEEKDAYS, Schedule, daily, every, weekly
from hub.triggers import clock_change, days_that_differ, moment_of, next_run, runs, upcoming

BERLIN = ZoneInfo("Europe/Berlin")
ALL_ZONES = st.sampled_from([*dst.ZONES, "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca"])
MOMENTS = st.datetimes(datetime(2008, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))
CLOCKS = st.times().map(lambda clock: f"{clock:%H:%M}")
DAYS = st.sets(st.sampled_from(WEEKDAYS), min_size=1)
DISTANCES = st.one_of(st.integers(1, 1440), st.sampled_from([1, 5, 15, 30, 60, 120, 1440])).map(lambda n: f"{n}m")
SCHEDULES = st.one_of(
    st.builds(daily, CLOCKS),
    st.builds(weekly, DAYS, CLOCKS),
    st.builds(every, DISTANCES),
    st.builds(every, st.integers(1, 30).map(lambda n: f"{n}m"), st.just("22:00"), st.just("06:00")),
)


def shown(zone: ZoneInfo, moments: list[datetime]) -> list[str]:
    return [f"{moment.astimezone(zone):%d %H:%M %z}" for moment in moments]


def local(schedule: Schedule, zone: ZoneInfo, after: datetime, count: int) -> list[str]:
    return shown(zone, list(islice(runs(schedule, zone, after), count)))


def test_one_run_on_every_planned_day_of_ten_years_and_cron_trigger_does_not_do_that(
    record_property: Callable[[str, object], None],
) -> None:
    said: list[str] = []
    result = dst.run(said.append, everywhere=False)
    record_property("report", "\n".join(said))
    assert result["schedules"] == len(dst.ZONES) * len(dst.TIMES) * (1 + len(dst.DAYS))
    assert result["planned"] > 190_000
    assert result["wrong"] == 0, "\n".join(said)
    # The reason for a trigger of our own: it goes when APScheduler is right.
    assert result["cron_skipped"] > 0
    assert result["cron_doubled"] > 0


def test_the_matrix_finds_runs_at_another_moment() -> None:
    case = dst.Case("Europe/Berlin", daily("02:30"))
    expected = {date(2026, 11, day): datetime(2026, 11, day, 1, 31, tzinfo=UTC) for day in (1, 2, 3)}
    dst._judged(case, BERLIN, expected, [])
    assert case.wrong == [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)]


@given(SCHEDULES, ALL_ZONES, MOMENTS)
@settings(deadline=None, max_examples=300)
def test_the_next_run_lies_ahead_and_nothing_lies_between(schedule: Schedule, name: str, after: datetime) -> None:
    zone = ZoneInfo(name)
    first = next_run(schedule, zone, after)
    assert first is not None
    assert first > after
    middle = after + (first - after) / 2
    assert next_run(schedule, zone, middle) == first
    assert next_run(schedule, zone, first - timedelta(seconds=1)) == first
    second = next_run(schedule, zone, first)
    assert second is not None
    assert second > first


@given(st.builds(daily, CLOCKS), ALL_ZONES, MOMENTS)
@settings(deadline=None, max_examples=200)
def test_a_daily_schedule_runs_at_the_first_moment_that_shows_its_time_or_a_later_one(
    schedule: Schedule, name: str, after: datetime
) -> None:
    zone = ZoneInfo(name)
    run = next_run(schedule, zone, after)
    assert run is not None
    minute = timedelta(minutes=1)
    here, before = run.astimezone(zone), (run - minute).astimezone(zone)
    clock = time.fromisoformat(schedule.at)
    assert here.time() >= clock
    assert before.date() < here.date() or before.time() < clock
    if here.time() != clock:
        # Only where the clocks have just skipped it.
        assert here.utcoffset() != before.utcoffset()


@given(DISTANCES, ALL_ZONES, MOMENTS)
@settings(deadline=None, max_examples=200)
def test_every_so_many_minutes_is_by_the_clock_on_the_wall_and_leaves_nothing_out(
    distance: str, name: str, after: datetime
) -> None:
    zone, schedule = ZoneInfo(name), every(distance)
    minutes = schedule.minutes or 0
    for before, run in zip(moments := list(islice(runs(schedule, zone, after), 30)), moments[1:], strict=False):
        here, last = run.astimezone(zone), before.astimezone(zone)
        on_grid = (here.hour * 60 + here.minute) % minutes == 0
        just_changed = here.utcoffset() != (run - timedelta(minutes=1)).astimezone(zone).utcoffset()
        assert on_grid or just_changed
        if here.utcoffset() == last.utcoffset():
            assert run - before <= timedelta(minutes=minutes)


@given(SCHEDULES, ALL_ZONES, MOMENTS)
@settings(deadline=None, max_examples=50)
def test_how_it_is_asked_does_not_matter(schedule: Schedule, name: str, after: datetime) -> None:
    zone = ZoneInfo(name)
    assert [run.at for run in upcoming(schedule, zone, after, 5)] == list(islice(runs(schedule, zone, after), 5))
    assert next_run(schedule, zone, after.astimezone(zone)) == next_run(schedule, zone, after)


def test_an_hourly_schedule_runs_in_both_hours_that_show_two_and_not_in_the_one_that_is_skipped() -> None:
    autumn = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert local(every("1h"), BERLIN, autumn, 3) == ["25 02:00 +0200", "25 02:00 +0100", "25 03:00 +0100"]
    spring = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert local(every("1h"), BERLIN, spring, 3) == ["29 01:00 +0100", "29 03:00 +0200", "29 04:00 +0200"]


def test_a_time_between_that_is_skipped_is_one_run_after_the_gap() -> None:
    spring = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    assert local(every("2h"), BERLIN, spring, 3) == ["29 00:00 +0100", "29 03:00 +0200", "29 04:00 +0200"]
    only = every("15m", "02:00", "02:45")
    assert local(only, BERLIN, spring, 2) == ["29 03:00 +0200", "30 02:00 +0200"]


def test_quarters_of_an_hour_stay_where_they_are() -> None:
    spring, autumn = datetime(2026, 3, 29, 0, 20, tzinfo=UTC), datetime(2026, 10, 25, 0, 40, tzinfo=UTC)
    assert local(every("15m"), BERLIN, spring, 4) == [f"29 {at}" for at in (
        "01:30 +0100", "01:45 +0100", "03:00 +0200", "03:15 +0200"
    )]  # fmt: skip
    assert local(every("15m"), BERLIN, autumn, 3) == ["25 02:45 +0200", "25 02:00 +0100", "25 02:15 +0100"]


def test_half_an_hour_is_skipped_and_comes_twice_on_lord_howe() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    spring, autumn = datetime(2026, 10, 3, 14, tzinfo=UTC), datetime(2026, 4, 4, 13, tzinfo=UTC)
    assert local(daily("02:15"), zone, spring, 2) == ["04 02:30 +1100", "05 02:15 +1100"]
    assert local(daily("01:45"), zone, autumn, 2) == ["05 01:45 +1100", "06 01:45 +1030"]
    assert local(every("30m"), zone, autumn, 5)[2:] == ["05 01:30 +1100", "05 01:30 +1030", "05 02:00 +1030"]


def test_midnight_that_is_skipped_is_one_o_clock_in_sao_paulo() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    runs_to_come = upcoming(daily("00:00"), zone, datetime(2017, 10, 14, 12, tzinfo=UTC), 2)
    assert shown(zone, [run.at for run in runs_to_come]) == ["15 01:00 -0200", "16 00:00 -0200"]
    assert runs_to_come[0].note == "The clocks go forward: 00:00 is skipped, so it runs at 01:00."
    late = upcoming(daily("23:30"), zone, datetime(2018, 2, 17, 12, tzinfo=UTC), 2)
    assert shown(zone, [run.at for run in late]) == ["17 23:30 -0200", "18 23:30 -0300"]
    assert late[0].note == "The clocks go back: 23:30 comes twice, and it runs the first time."


def test_a_day_that_a_zone_left_out_has_no_run() -> None:
    zone = ZoneInfo("Pacific/Apia")
    assert moment_of(date(2011, 12, 30), time(2, 30), zone) is None
    after = datetime(2011, 12, 29, 2, tzinfo=UTC)
    assert local(daily("02:30"), zone, after, 3) == ["29 02:30 -1000", "31 02:30 +1400", "01 02:30 +1400"]
    assert local(weekly(["friday"], "02:30"), zone, after, 1) == ["06 02:30 +1400"]
    assert "(2011-12-30 00:00 becomes 2011-12-31 00:00)" in str(clock_change(zone, date(2011, 12, 31)))


def test_hours_may_go_over_midnight_and_include_both_ends() -> None:
    night = every("2h", "22:00", "02:00")
    assert local(night, BERLIN, datetime(2026, 11, 21, 12, tzinfo=UTC), 4) == [
        "21 22:00 +0100",
        "22 00:00 +0100",
        "22 02:00 +0100",
        "22 22:00 +0100",
    ]
    assert every("4h", "08:00", "20:00").times() == (480, 720, 960, 1200)


def test_never_has_no_run() -> None:
    assert next_run(NEVER, BERLIN, datetime(2026, 11, 21, tzinfo=UTC)) is None
    assert upcoming(NEVER, BERLIN, datetime(2026, 11, 21, tzinfo=UTC), 5) == []


def test_days_on_which_the_clocks_change_are_pointed_out() -> None:
    planned = upcoming(daily("05:00"), BERLIN, datetime(2026, 10, 23, 12, tzinfo=UTC), 3)
    assert [run.note for run in planned] == ["", "The clocks go back on this day (03:00 becomes 02:00).", ""]
    (both,) = {run.note for run in upcoming(every("30m"), BERLIN, datetime(2026, 10, 25, 0, 29, tzinfo=UTC), 1)}
    assert both == "The clocks go back: 02:30 comes twice, and it runs both times."


def test_runs_of_the_coming_year_at_another_time_are_known_ahead() -> None:
    after = datetime(2026, 11, 21, tzinfo=UTC)
    differing = days_that_differ(daily("02:30"), BERLIN, after)
    assert shown(BERLIN, [run.at for run in differing]) == ["28 03:00 +0200", "31 02:30 +0200"]
    assert [run.note.split(":")[0] for run in differing] == ["The clocks go forward", "The clocks go back"]
    assert days_that_differ(daily("05:00"), BERLIN, after) == []
    assert days_that_differ(weekly(["monday"], "02:30"), BERLIN, after) == []
    assert days_that_differ(every("15m"), BERLIN, after) == []
    assert days_that_differ(daily("02:30"), ZoneInfo("Asia/Tokyo"), after) == []
