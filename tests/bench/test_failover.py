"""The measuring of the bench of failover, and what its figures come to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bench import failover
from bench.failover import Tale, judged
from bench.measure import Findings

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
BESIDE = {"taken_over": 3, "failures_left": 0, "messages_left_open": 0}


def test_the_measuring_finds_a_lost_and_a_doubled_record_and_nothing_before(tmp_path: Path) -> None:
    before, after = failover.spoiled(tmp_path, "", 1)
    assert before.words() == []
    assert len(before.expected) > 20
    assert [text.rpartition(": ")[2] for text in after.lost.values()] == ["not there"]
    assert [text.rpartition(": ")[2] for text in after.doubled.values()] == ["2 times"]


def ok(tale: Tale, runs: int, found: Findings) -> bool:
    said: list[str] = []
    return bool(judged(tale, runs, found, BESIDE, said.append)["ok"])


def test_the_bar_is_reached_only_when_nothing_is_amiss() -> None:
    due = {1: AT, 2: AT}
    assert ok(Tale(due), 2, Findings())
    assert not ok(Tale(due), 1, Findings())
    assert not ok(Tale(due, stuck=1), 2, Findings())
    assert not ok(Tale(due, ended=[("clock-1", 1)]), 2, Findings())
    assert not ok(Tale(due), 2, Findings(lost={("order", "1"): "order #1: not there"}))
    assert not ok(Tale(due), 2, Findings(doubled={("order", "1"): "order #1: 2 times"}))


def test_the_figures_of_the_bar_are_there() -> None:
    tale = Tale({1: AT}, {"kill": 2, "stop": 1, "continue": 1}, hits=1)
    result = judged(tale, 1, Findings(), BESIDE, lambda text: None)
    assert {name: result[name] for name in ("runs", "lost", "doubled", "stuck")} == {
        "runs": 1,
        "lost": 0,
        "doubled": 0,
        "stuck": 0,
    }
    assert (result["kills"], result["stops"], result["hits"], result["taken_over"]) == (2, 1, 1, 3)
