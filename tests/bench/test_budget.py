"""The bench of the rate budget: what counts as use, and that it measures a shop that limits."""

from __future__ import annotations

import pytest

from bench import budget
from bench.budget import Account, Use, use_of


def account(at: float, spent: float, available: float) -> Account:
    return Account(at, spent, 0, available, 2000, 100)


def test_use_is_counted_from_the_moment_the_first_bucket_is_spent() -> None:
    accounts = [account(0, 0, 2000), account(1, 1500, 600), account(2, 2150, 50), account(12, 3100, 90)]
    assert use_of(accounts) == Use(10, pytest.approx(0.95))


def test_a_bucket_that_is_never_spent_was_not_used() -> None:
    assert use_of([account(0, 0, 2000), account(9, 900, 1999)]) == Use(0, 0)
    assert use_of([account(0, 0, 2000), account(9, 2900, 10)]) == Use(0, 0)


def test_what_counts_as_spent_may_be_said() -> None:
    accounts = [account(0, 0, 2000), account(1, 1700, 390), account(11, 2600, 380)]
    assert use_of(accounts) == Use(0, 0)
    assert use_of(accounts, 0.2) == Use(10, pytest.approx(0.9))


def test_a_load_at_a_limit_takes_the_time_that_its_points_take() -> None:
    said: list[str] = []
    result = budget.run(said.append, rate=200, bucket=1000, long_enough=3, sample=10)
    words = "\n".join(said)
    # Whatever it used of them: more points than are restored cannot be spent.
    assert 0 < result["used"] <= 1.05, words
    assert result["seconds"] >= 2, words
    assert result["calls"] >= result["items"], words
    assert result["calls_ratio"] == pytest.approx(1, abs=0.2), words
