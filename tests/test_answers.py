"""What platforms have said is kept for a while, and only one asks at a time."""

from __future__ import annotations

import pytest

from hub.answers import GOOD_FOR, Answers
from hub.errors import PlatformUnavailable
from tests.sync.conftest import Clock


def test_an_answer_is_good_for_a_while_and_so_is_none() -> None:
    clock, asked = Clock(), []

    def ask() -> int:
        asked.append(1)
        if len(asked) == 2:
            raise PlatformUnavailable("gone")
        return len(asked)

    answers = Answers[int](clock)
    assert [answers.of("a", ask), answers.of("a", ask)] == [1, 1]
    clock.advance(GOOD_FOR.total_seconds())
    for _ in range(2):
        with pytest.raises(PlatformUnavailable, match="gone"):
            answers.of("a", ask)
    clock.advance(31)
    assert (answers.of("a", ask), len(asked)) == (3, 3)


def test_whoever_comes_while_one_asks_does_not_wait() -> None:
    answers = Answers[int](Clock())

    def ask() -> int:
        with pytest.raises(PlatformUnavailable, match="Somebody else is asking"):
            answers.of("a", lambda: 2)
        return answers.of("b", lambda: 1)

    assert answers.of("a", ask) == 1
