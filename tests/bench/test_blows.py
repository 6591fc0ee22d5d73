"""Which processes the bench of failover strikes, and when."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.blows import CLOCKS, STILL, WORKERS, Blow, blows, last_fault


@pytest.mark.parametrize("seed", range(20))
def test_thirty_faults_always_leave_one_clock_and_one_worker_running(seed: int) -> None:
    stopped: set[str] = set()
    for blow in blows(30, seed, gap=4):
        if blow.kind == "stop":
            stopped.add(blow.name)
        elif blow.kind == "continue":
            stopped.remove(blow.name)
        else:
            assert blow.name not in stopped, "what stands still is not killed"
        assert not stopped.issuperset(CLOCKS)
        assert not stopped.issuperset(WORKERS)
    assert not stopped, "all go on in the end"


def test_kills_and_stops_are_counted_and_continuing_is_not() -> None:
    kinds = Counter(blow.kind for blow in blows(30, 1, gap=10))
    assert kinds["kill"] + kinds["stop"] == 30
    assert kinds["stop"] == kinds["continue"]
    assert min(kinds.values()) >= 8


def test_what_is_stopped_goes_on_ninety_seconds_later() -> None:
    plan = blows(30, 1, gap=10)
    for blow in plan:
        if blow.kind == "stop":
            later = next(one for one in plan if one.kind == "continue" and one.name == blow.name and one.at > blow.at)
            assert later.at == pytest.approx(blow.at + STILL)


def test_the_same_seed_strikes_the_same_processes() -> None:
    assert blows(30, 3, gap=10) == blows(30, 3, gap=10)
    assert blows(30, 3, gap=10) != blows(30, 4, gap=10)


def test_the_last_fault_is_the_last_kill_or_stop() -> None:
    assert last_fault([Blow(1, "stop", "clock-1"), Blow(5, "kill", "worker-1"), Blow(91, "continue", "clock-1")]) == 5
    assert last_fault([]) == 0
