from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from hub.sync.base import Change
from hub.sync.guard import Census, Judgement, Limit, Limits, judge
from hub.sync.plan import Action, Decision
from objects.registry import OBJECTS

LIMITS = Limits(changed=Limit(50, 20), price=Limit(10, 5), zero=Limit(30, 10), price_move=30)


@pytest.mark.parametrize(
    ("count", "total", "exceeded", "reached"),
    [
        (51, 100, True, True),
        (50, 100, False, True),
        (49, 100, False, False),
        (100, 201, False, False),
        (20, 30, True, True),
        (19, 20, False, False),
    ],
)
def test_a_limit_is_a_share_and_a_least_number(count: int, total: int, exceeded: bool, reached: bool) -> None:
    limit = Limit(50, 20)
    assert (limit.exceeded(count, total), limit.reached(count, total)) == (exceeded, reached)


def test_with_a_hundred_percent_nothing_is_ever_too_much() -> None:
    assert not Limit(100, 0).exceeded(100, 1) and not Limit(100, 0).reached(100, 1)
    assert Limit(99, 0).exceeded(100, 1) and Limit(99, 0).reached(100, 1)


def test_nothing_is_never_too_much_and_one_may_be() -> None:
    assert not Limit(0, 0).exceeded(0, 0) and not Limit(0, 0).reached(0, 0)
    assert Limit(0, 0).exceeded(1, 1) and Limit(0, 0).reached(1, 1)


def test_the_limits_come_from_the_settings() -> None:
    names = ("changed_percent", "changed_least", "price_percent", "price_least", "zero_percent", "zero_least")
    numbers = {f"hold_{name}": number for number, name in enumerate((*names, "price_move_percent"), 1)}
    assert Limits.of(numbers) == Limits(Limit(1, 2), Limit(3, 4), Limit(5, 6), 7)


def seen(object_name: str, action: Action, field: str, old: Any, new: Any) -> Census:
    census = Census()
    settings = {"hold_price_move_percent": 30}
    for _ in range(2):
        census.see(OBJECTS[object_name], Decision(action, {field: Change(old, new)}), settings)
    return census


def test_updates_and_cancellations_are_counted_and_what_is_new_or_linked_is_not() -> None:
    for action in ("update", "cancel"):
        assert seen("product", action, "title", "a", "b").changed == 2
    for action in ("create", "link", "unchanged", "skip"):
        assert seen("product", action, "price", Decimal(10), Decimal(1)) == Census()


def test_prices_that_move_far_and_levels_that_fall_to_zero_are_alarming() -> None:
    assert seen("product", "update", "price", Decimal(10), Decimal(1)).alarms == Counter(price=2)
    assert seen("product", "update", "price", Decimal(10), Decimal(11)).alarms == Counter()
    assert seen("inventory", "update", "available", 5, 0).alarms == Counter(zero=2)


def judged(changed: int, total: int, **alarms: int) -> Judgement:
    return judge(Census(changed, Counter(alarms)), total, LIMITS)


def test_a_run_that_would_change_too_much_is_held_and_says_why() -> None:
    assert judged(51, 100) == Judgement(("51 of 100 linked records would be changed.",))
    assert judged(50, 100) == Judgement()


def test_prices_are_too_many_from_the_share_itself_on_and_fewer_are_told() -> None:
    sentence = "{} prices would move by more than 30 %; 100 records are linked."
    assert judged(10, 100, price=10) == Judgement((sentence.format(10),))
    assert judged(9, 100, price=9) == Judgement(warnings=(sentence.format(9),))
    assert judged(0, 100) == Judgement()


def test_levels_that_fall_to_zero_are_too_many_beyond_the_share_and_fewer_are_told() -> None:
    sentence = "{} of 100 stock levels would fall to zero."
    assert judged(31, 100, zero=31) == Judgement((sentence.format(31),))
    assert judged(30, 100, zero=30) == Judgement(warnings=(sentence.format(30),))
    assert judged(1, 100, zero=1) == Judgement(warnings=(sentence.format(1),))


def test_every_reason_is_told_in_the_same_order() -> None:
    found = judged(90, 100, price=90, zero=90)
    assert [reason.split()[0:3] for reason in found.reasons] == [
        ["90", "of", "100"],
        ["90", "prices", "would"],
        ["90", "of", "100"],
    ]
    assert found.warnings == ()
