"""Would this run do something monstrous? Counts what it is about to change, and judges it by the limits. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.sync.plan import Decision
from objects.base import ObjectType


@dataclass(frozen=True, slots=True)
class Limit:
    """More than so many percent of a route's linked records, and at least so many, are too much."""

    percent: int
    least: int

    def exceeded(self, count: int, total: int) -> bool:
        """Whether so many of `total` records are too many."""
        return count >= max(self.least, 1) and count * 100 > self.percent * total

    def reached(self, count: int, total: int) -> bool:
        """The same, with the percentage itself counted as too much."""
        return count >= max(self.least, 1) and count * 100 >= self.percent * total


@dataclass(frozen=True, slots=True)
class Limits:
    """An integration's limits."""

    changed: Limit
    price: Limit
    zero: Limit
    #: Percent by which a price has to move to be counted.
    price_move: int

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Limits:
        """From the integration's settings."""
        return cls(
            Limit(settings["hold_changed_percent"], settings["hold_changed_least"]),
            Limit(settings["hold_price_percent"], settings["hold_price_least"]),
            Limit(settings["hold_zero_percent"], settings["hold_zero_least"]),
            settings["hold_price_move_percent"],
        )


@dataclass(slots=True)
class Census:
    """What a run is about to do."""

    changed: int = 0
    alarms: Counter[str] = field(default_factory=Counter)

    def see(self, object_type: ObjectType, decision: Decision, settings: Mapping[str, Any]) -> None:
        """Count one planned record. What is new, or only linked, changes nothing that was there."""
        if decision.action not in ("update", "cancel"):
            return
        self.changed += 1
        old = {name: change.old for name, change in decision.diff.items()}
        new = {name: change.new for name, change in decision.diff.items()}
        self.alarms.update(object_type.weigh(old, new, settings))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the census amounts to; a run with reasons is held, warnings are only told."""

    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def judge(census: Census, total: int, limits: Limits) -> Judgement:
    """Judge what a run is about to do; `total` are the records of its route that are linked."""
    prices, zeros = census.alarms["price"], census.alarms["zero"]
    sentences = {
        "changed": f"{census.changed} of {total} linked records would be changed.",
        "price": f"{prices} prices would move by more than {limits.price_move} %; {total} records are linked.",
        "zero": f"{zeros} of {total} stock levels would fall to zero.",
    }
    reasons = []
    if limits.changed.exceeded(census.changed, total):
        reasons.append("changed")
    if limits.price.reached(prices, total):
        reasons.append("price")
    if limits.zero.exceeded(zeros, total):
        reasons.append("zero")
    fewer = [name for name, count in (("price", prices), ("zero", zeros)) if count and name not in reasons]
    return Judgement(tuple(sentences[name] for name in reasons), tuple(sentences[name] for name in fewer))
