from __future__ import annotations

from contextvars import ContextVar
from threading import Barrier

import pytest

from hub.platforms.side_by_side import MOST, side_by_side

who: ContextVar[str] = ContextVar("who", default="nobody")


def test_answers_come_in_the_order_of_the_parts_though_the_calls_are_made_at_the_same_time() -> None:
    together = Barrier(MOST, timeout=10)

    def call(part: int) -> tuple[int, str]:
        together.wait()
        return part, who.get()

    who.set("ann")
    assert side_by_side(call, range(MOST)) == [(part, "ann") for part in range(MOST)]


def test_an_error_is_raised_once_all_have_ended() -> None:
    ended: list[int] = []

    def call(part: int) -> None:
        if part == 0:
            raise ValueError("no")
        ended.append(part)

    with pytest.raises(ValueError, match="no"):
        side_by_side(call, range(6))
    assert sorted(ended) == [1, 2, 3, 4, 5]


def test_a_single_part_is_called_as_it_is_and_none_not_at_all() -> None:
    assert (side_by_side(len, ["abc"]), side_by_side(len, [])) == ([3], [])
