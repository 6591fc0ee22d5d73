from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.windows import blacked_out, frozen, leaves_no_time

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
FRIDAY = {"from": "2026-11-27T00:00:00+01:00", "to": "2026-12-01T00:00:00+01:00"}
MINUTE = timedelta(minutes=1)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def hours(start: str, end: str) -> dict[str, str]:
    return {"from": start, "to": end}


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-26T23:59:59", None),
        ("2026-11-27T00:00:00", "2026-12-01T00:00:00"),
        ("2026-11-30T23:59:59", "2026-12-01T00:00:00"),
        ("2026-12-01T00:00:00", None),
    ],
)
def test_a_route_is_frozen_from_the_first_moment_of_its_window_to_the_last(now: str, until: str | None) -> None:
    assert frozen([FRIDAY], berlin(now)) == (berlin(until) if until else None)


def test_windows_that_follow_each_other_are_one() -> None:
    more = {"from": "2026-11-30T20:00:00-05:00", "to": "2026-12-24T00:00:00+01:00"}
    touching = {"from": "2026-12-24T00:00:00+01:00", "to": "2026-12-27T00:00:00+01:00"}
    far = {"from": "2027-01-01T00:00:00+01:00", "to": "2027-01-02T00:00:00+01:00"}
    # 20:00 in New York is 2:00 in Berlin: two hours are free in between.
    assert frozen([touching, more, FRIDAY, far], berlin("2026-11-28T12:00")) == berlin("2026-12-01T00:00")
    assert frozen([touching, more, FRIDAY, far], berlin("2026-12-01T01:59")) is None
    assert frozen([touching, more, FRIDAY, far], berlin("2026-12-01T02:00")) == berlin("2026-12-27T00:00")


def test_a_route_without_windows_is_never_frozen() -> None:
    assert frozen([], berlin("2026-11-28T12:00")) is None


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-21T22:59", None),
        ("2026-11-21T23:00", "2026-11-22T03:30"),
        ("2026-11-22T00:00", "2026-11-22T03:30"),
        ("2026-11-22T03:29:59", "2026-11-22T03:30"),
        ("2026-11-22T03:30", None),
    ],
)
def test_hours_may_go_over_midnight(now: str, until: str | None) -> None:
    found = blacked_out([hours("23:00", "03:30")], BERLIN, berlin(now).astimezone(UTC))
    assert found == (berlin(until) if until else None)


def test_hours_that_touch_are_one() -> None:
    touching = [hours("02:00", "03:30"), hours("03:30", "04:00"), hours("05:00", "06:00")]
    assert blacked_out(touching, BERLIN, berlin("2026-11-21T02:30")) == berlin("2026-11-21T04:00")


def test_an_hour_that_the_clocks_skip_is_not_dark() -> None:
    # On 29 March 2026 Berlin goes from 1:59 to 3:00.
    two_to_three = [hours("02:00", "03:00")]
    assert blacked_out(two_to_three, BERLIN, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) is None
    assert blacked_out(two_to_three, BERLIN, datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) is None
    # What begins before the skipped hour and would end in it, ends where the clocks go on.
    assert blacked_out([hours("01:30", "02:30")], BERLIN, berlin("2026-03-29T01:45")) == berlin("2026-03-29T03:00")


def test_an_hour_that_the_clocks_show_twice_is_dark_twice() -> None:
    # On 25 October 2026 Berlin shows 2:00 to 2:59 twice.
    early = [hours("02:00", "02:30")]
    assert blacked_out(early, BERLIN, berlin("2026-10-25T02:15")) == berlin("2026-10-25T02:30").astimezone(UTC)
    assert blacked_out(early, BERLIN, berlin("2026-10-25T02:45")) is None
    again = blacked_out(early, BERLIN, berlin("2026-10-25T02:15", fold=1))
    assert again == berlin("2026-10-25T02:30", fold=1).astimezone(UTC)
    whole = blacked_out([hours("02:00", "03:00")], BERLIN, berlin("2026-10-25T02:00"))
    assert whole == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


CLOCK = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
DAILY = st.tuples(CLOCK, CLOCK).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: hours(*pair))
#: Around the days on which the clocks of both zones change.
CHANGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
]
MOMENTS = st.one_of(
    st.tuples(st.sampled_from(CHANGES), st.integers(-86_400, 86_400)).map(lambda at: at[0] + timedelta(seconds=at[1])),
    st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
)


def on_the_wall(zone: ZoneInfo, moment: datetime) -> int:
    """Minutes since midnight that the clock shows."""
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def dark(daily: list[dict[str, str]], zone: ZoneInfo, moment: datetime) -> bool:
    """Counted round the clock from the beginning of each time."""
    shown = on_the_wall(zone, moment)
    day = 24 * 60
    return any(
        (shown - minutes(one["from"])) % day < (minutes(one["to"]) - minutes(one["from"])) % day for one in daily
    )


@given(daily=st.lists(DAILY, max_size=3), zone=st.sampled_from([BERLIN, NEW_YORK]), now=MOMENTS)
@example(daily=[hours("01:30", "02:30")], zone=NEW_YORK, now=datetime(2026, 3, 8, 6, 45, tzinfo=UTC))
@example(daily=[hours("23:00", "01:30")], zone=NEW_YORK, now=datetime(2026, 11, 1, 5, 10, tzinfo=UTC))
@example(daily=[hours("02:30", "02:00")], zone=BERLIN, now=datetime(2026, 10, 25, 0, 45, tzinfo=UTC))
def test_a_connection_is_dark_just_while_the_wall_clock_says_so(
    daily: list[dict[str, str]], zone: ZoneInfo, now: datetime
) -> None:
    until = blacked_out(daily, zone, now)
    assert (until is not None) == dark(daily, zone, now)
    if until is None or leaves_no_time(daily):
        return
    assert until > now
    assert not dark(daily, zone, until)
    # Right up to the end it is dark, whatever the clocks do in between.
    assert dark(daily, zone, until - timedelta(microseconds=1))
    between = now.replace(second=0, microsecond=0) + MINUTE
    while between < until:
        assert dark(daily, zone, between)
        between += MINUTE


@given(daily=st.lists(DAILY, max_size=4))
def test_hours_that_leave_no_time_are_known(daily: list[dict[str, str]]) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    free = [minute for minute in range(24 * 60) if not dark(daily, BERLIN, noon + minute * MINUTE)]
    assert leaves_no_time(daily) == (not free)


def test_hours_without_an_end_are_still_answered() -> None:
    whole = [hours("00:00", "12:00"), hours("12:00", "00:00")]
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert leaves_no_time(whole)
    assert blacked_out(whole, BERLIN, now) == now + timedelta(days=2)
