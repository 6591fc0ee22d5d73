"""The bench of memory: its figures, and its runs with few products."""

from __future__ import annotations

from typing import Any

import pytest

from bench import memory
from bench.memory import Again, Loaded
from bench.pair import Ran, desk, pair


def ran(seconds: float = 1, peak: float = 80, **counts: int) -> Ran:
    return Ran("done", "", {"read": 0, "created": 0, **counts}, seconds, 1, 0.1, peak)


def loaded(first: float, bulk: float, *, read: int = 100, writes: int = 0) -> Loaded:
    return Loaded(ran(peak=first, read=100, created=100), ran(peak=bulk, read=read), writes)


SMALL, STILL = loaded(100, 50), Again(ran(19), 0, 0, ran(1.5))


def test_the_larger_of_both_growths_is_the_ratio() -> None:
    result = memory.judged(SMALL, loaded(110, 59), STILL)
    assert (result["peak_ratio"], result["full_seconds"], result["delta_seconds"]) == (1.18, 19, 1.5)
    assert result["ok"]
    assert result["peak_mib_first"] == [100, 110]
    assert result["peak_mib_bulk"] == [50, 59]


@pytest.mark.parametrize(
    ("large", "again"),
    [
        (loaded(121, 50), STILL),
        (loaded(100, 61), STILL),
        (loaded(100, 50, writes=1), STILL),
        (loaded(100, 50, read=99), STILL),
        (loaded(100, 50), Again(ran(21), 0, 0, ran())),
        (loaded(100, 50), Again(ran(), 1, 0, ran())),
        (loaded(100, 50), Again(ran(), 0, 1, ran())),
        (loaded(100, 50), Again(ran(), 0, 0, ran(2.1))),
    ],
)
def test_every_bar_has_to_be_reached(large: Loaded, again: Any) -> None:
    assert not memory.judged(SMALL, large, again)["ok"]


def test_a_load_a_second_look_and_a_few_changes() -> None:
    said: list[str] = []
    result = memory.run(said.append, 12, 24)
    words = "\n".join(said)
    assert (result["full_writes"], result["full_messages"], result["echo_writes"]) == (0, 0, 0), words
    assert 0.5 < result["peak_ratio"] < 1.5, words
    assert "24 products, first load" in words
    assert "changes of 10 products (10 writes)" in words


def test_writes_and_messages_are_really_counted() -> None:
    with pair(["--items", "3", "--items-in", "erp"]) as sides, desk(sides) as hub:
        writes, messages = memory.Writes(sides), memory.messages_in(hub.home)
        hub.run("product", "erp_to_shop", "initialize")
        assert (writes.total(), memory.messages_in(hub.home) - messages) == (3, 3)
