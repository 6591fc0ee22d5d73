"""What the bench of scale makes of what it has measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.budget import Use
from bench.fleet import Stretch
from bench.scale import Cpu, Turn, judged, turn_of

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
USED = Use(20, 0.97)


def stretch(start: float, end: float | None, created: int = 10) -> Stretch:
    ended = None if end is None else AT + timedelta(seconds=end)
    return Stretch("a", "done", AT + timedelta(seconds=start), ended, {"created": created})


def test_a_turn_lasts_from_the_first_claim_to_the_end_of_the_last_job() -> None:
    made = turn_of(2, [stretch(1, 5), stretch(1.5, 4), stretch(5, 9)], 30, 0.5)
    assert (made.seconds, made.rate) == (8, 30 / 8)


def test_a_turn_in_which_something_else_was_made_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="30 records should have been made"):
        turn_of(2, [stretch(1, 5), stretch(1, 4)], 30, 0.5)
    with pytest.raises(RuntimeError):
        turn_of(2, [stretch(1, 5), stretch(1, None)], 20, 0.5)


def test_idle_time_is_the_share_that_nobody_used_of_the_time_between_two_looks() -> None:
    before = Cpu.of("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3 4\n")
    after = Cpu.of("cpu  160 0 80 860 100 0 0 0 0 0\n")
    assert after.idle_since(before) == pytest.approx(110 / 200)
    assert before.idle_since(before) == 0


def result(seconds: tuple[float, float, float], throttled: int = 0, use: Use = USED) -> dict[str, Any]:
    turns = [Turn(workers, 100, took, 0.4) for workers, took in zip((1, 2, 4), seconds, strict=True)]
    return judged(turns, throttled, use, 240)


def test_the_ratios_are_of_records_a_second() -> None:
    reached = result((100, 50, 27))
    assert (reached["x2"], reached["x4"], reached["over_budget"], reached["ok"]) == (2.0, 3.7, False, True)


def test_too_slow_a_pair_or_four_or_one_request_turned_away_misses_the_bar() -> None:
    assert not result((100, 60, 27))["ok"]
    assert not result((100, 50, 30))["ok"]
    assert not result((100, 50, 27), throttled=1)["ok"]


def test_a_limit_that_was_never_felt_proves_nothing() -> None:
    assert not result((100, 50, 27), use=Use(0, 0))["ok"]
