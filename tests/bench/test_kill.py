"""A dozen kills of the hub's own command, and where they are put."""

from __future__ import annotations

from collections import Counter

from bench import kill
from bench.stage import OBJECTS, Pace

#: The ERP numbers partners: it would make a second one of a customer without a word, as it would of an order.
SERIES = 72


def test_a_dozen_kills_lose_nothing_and_double_nothing() -> None:
    said: list[str] = []
    pace = Pace(read_timeout=2, settle=2, lag=0, lease=10)
    result = kill.run_quickly(12, 3, said.append, pace, customer_series=SERIES)
    words = "\n".join(said)
    assert (result["lost"], result["doubled"], result["failures_left"]) == (0, 0, 0), words
    assert (result["times"], result["messages_left_open"]) == (12, 0), words
    assert result["hits"] > 0, words


def test_the_rounds_go_over_all_objects_calls_and_commits_half_of_them_delayed() -> None:
    rounds = kill.rounds(48, 1)
    assert Counter(one.object for one in rounds) == dict.fromkeys(OBJECTS, 12)
    assert Counter(one.kind for one in rounds) == {"calls": 24, "commits": 24}
    assert Counter(one.delayed for one in rounds) == {True: 24, False: 24}
    # The points of each combination lie in a third of the run each.
    shares = sorted(one.share for one in rounds if (one.object, one.kind, one.delayed) == ("order", "calls", False))
    assert [int(share * 3) for share in shares] == [0, 1, 2]


def test_the_same_seed_kills_at_the_same_points() -> None:
    assert kill.rounds(20, 5) == kill.rounds(20, 5)
    assert kill.rounds(20, 5) != kill.rounds(20, 6)
