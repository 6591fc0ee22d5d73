"""Marks are the ERP's wall clock; neither an overlap nor a change of the clocks loses a change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.platforms.sap_b1 import query, stamps

BERLIN = ZoneInfo("Europe/Berlin")
TWO_MINUTES = timedelta(minutes=2)


def stamped(moment: datetime) -> dict[str, str]:
    """A record as the ERP stamps it at an aware moment."""
    local = moment.astimezone(BERLIN)
    return {"UpdateDate": f"{local:%Y-%m-%d}T00:00:00Z", "UpdateTime": f"{local:%H:%M:%S}"}


def is_found(native: dict[str, str], mark: dict[str, str]) -> bool:
    """Whether the filter of the mark finds the record."""
    condition = stamps.since(mark, BERLIN, TWO_MINUTES)
    day, time = condition.split("'")[1], condition.split("'")[5]
    assert condition == query.changed_since(day, time)
    stamp = (native["UpdateDate"][:10], native["UpdateTime"])
    return stamp >= (day, time)


def test_the_z_of_a_date_is_decoration() -> None:
    assert stamps.stamp({"UpdateDate": "2026-11-20T00:00:00Z", "UpdateTime": "13:14:45"}) == datetime(
        2026, 11, 20, 13, 14, 45
    )


def test_a_record_without_a_stamp_has_none() -> None:
    assert stamps.stamp({"UpdateDate": None, "UpdateTime": None}) is None


def test_the_filter_is_cut_to_the_minute_and_overlaps() -> None:
    condition = stamps.since({"at": "2026-11-20T13:14:45"}, BERLIN, TWO_MINUTES)
    assert condition == query.changed_since("2026-11-20", "13:12:00")


def test_the_overlap_reaches_back_over_midnight() -> None:
    condition = stamps.since({"at": "2026-11-20T00:01:00"}, BERLIN, TWO_MINUTES)
    assert condition == query.changed_since("2026-11-19", "23:59:00")


def test_in_spring_the_overlap_reaches_back_over_the_missing_hour() -> None:
    # 03:01 is two minutes after 01:59: there is no hour from two to three.
    condition = stamps.since({"at": "2026-03-29T03:01:00"}, BERLIN, TWO_MINUTES)
    assert condition == query.changed_since("2026-03-29", "01:59:00")


@pytest.mark.parametrize("seconds", range(0, 4 * 3600, 431))
def test_in_autumn_a_change_after_the_mark_is_always_found(seconds: int) -> None:
    """Whenever a pass ends around the doubled hour, what is stamped later (in real time) is in the next pass."""
    before = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    last_seen = before + timedelta(seconds=seconds)
    mark = stamps.advanced(None, stamps.stamp(stamped(last_seen)), last_seen + timedelta(hours=6), BERLIN)
    assert mark is not None
    for later in range(0, 4 * 3600, 607):
        assert is_found(stamped(last_seen + timedelta(seconds=later)), mark)


def test_a_mark_never_passes_the_moment_the_pass_began() -> None:
    began = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    ahead = datetime(2026, 11, 20, 15, 0)
    assert stamps.advanced(None, ahead, began, BERLIN) == {"at": "2026-11-20T12:59:00"}


def test_a_mark_never_goes_back() -> None:
    began = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    mark = {"at": "2026-11-20T10:00:00"}
    assert stamps.advanced(mark, datetime(2026, 11, 20, 9, 0), began, BERLIN) == mark


def test_a_pass_that_saw_nothing_leaves_the_mark() -> None:
    began = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    assert stamps.advanced({"at": "2026-11-20T10:00:00"}, None, began, BERLIN) == {"at": "2026-11-20T10:00:00"}
    assert stamps.advanced(None, None, began, BERLIN) is None


def test_the_latest_stamp_is_kept_over_pages() -> None:
    first = stamps.latest([{"UpdateDate": "2026-11-20", "UpdateTime": "10:00:00"}], None)
    assert stamps.latest([{"UpdateDate": "2026-11-19", "UpdateTime": "23:00:00"}, {}], first) == first
