"""Processes that are killed and replaced, stopped and continued, and noticed when they end by themselves."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.crew import Crew, crew

#: Says so, waits, and ends well at SIGTERM; told to `fall`, it ends badly by itself.
PROGRAM = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("here", flush=True)
sys.exit("fell over") if sys.argv[1] == "fall" else None
while True:
    signal.pause()
"""
PATIENCE = 10


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, {}, (sys.executable, "-I", "-S", "-c", PROGRAM)) as made:
        yield made


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


def here(hands: Crew, name: str, times: int) -> None:
    until(lambda: hands.last_words(name).count("here") == times)


def state(hands: Crew, name: str) -> str:
    """R, S (sleeping), T (stopped), as the system calls it."""
    return Path(f"/proc/{hands.members[name].process.pid}/stat").read_text().rpartition(") ")[2][0]


def test_who_is_killed_is_replaced(hands: Crew) -> None:
    hands.start("worker-1", "work")
    here(hands, "worker-1", 1)
    before = hands.members["worker-1"].process
    hands.kill("worker-1")
    here(hands, "worker-1", 2)
    assert before.returncode == -9
    assert hands.members["worker-1"].process.pid != before.pid
    assert hands.dismiss() == []
    assert hands.ended == []


def test_who_is_stopped_stands_still_until_he_is_told_to_go_on(hands: Crew) -> None:
    hands.start("clock-1", "work")
    here(hands, "clock-1", 1)
    hands.stop("clock-1")
    until(lambda: state(hands, "clock-1") == "T")
    hands.look()
    assert hands.ended == []
    hands.carry_on("clock-1")
    until(lambda: state(hands, "clock-1") == "S")


def test_who_stands_still_at_the_end_is_dismissed_like_the_others(hands: Crew) -> None:
    hands.start("clock-1", "work")
    here(hands, "clock-1", 1)
    hands.stop("clock-1")
    assert hands.dismiss() == []


def test_who_ends_by_himself_is_noted_and_replaced(hands: Crew) -> None:
    hands.start("worker-1", "fall")
    until(lambda: hands.members["worker-1"].process.poll() is not None)
    hands.look()
    assert hands.ended == [("worker-1", 1)]
    assert "fell over" in hands.all_words()
    here(hands, "worker-1", 2)
