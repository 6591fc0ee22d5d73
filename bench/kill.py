"""kill -9 at any point of a run, and start again: nothing is lost, nothing is made twice.

Each round adds and changes records of one object, starts `hub sync`, kills it at its n-th call or commit and runs it
again. In half of the rounds the platforms store what they are sent, and answer, 0.5 to 2 seconds late, so that writes
land after the death of whoever sent them. At the end both platforms' own state is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.stage import NAME, OBJECTS, Pace, Say, Stage, staged
from bench.watch import KINDS, Kind, Length, Point, kill_at, length_of, open_messages

DELAYED = {"kind": "delayed", "share": 1.0, "operations": ["writes"], "seconds": [0.5, 2.0]}
#: How often a round is started anew when the run was over before its point was reached.
TRIES = 4


@dataclass(frozen=True, slots=True)
class Round:
    """One kill: of which object's run, at which kind of point, and how far (0 to 1) into the run."""

    number: int
    object: str
    kind: Kind
    delayed: bool
    share: float
    later: float


@dataclass(slots=True)
class Count:
    """What the kills met."""

    times: int = 0
    #: Kills while messages were open in the hub's log: writes about to be sent, sent, or not yet booked.
    hits: int = 0
    #: Kills while a platform had taken writes in that it carried out only afterwards.
    on_their_way: int = 0


def rounds(times: int, seed: int) -> list[Round]:
    """The rounds of a bench: every combination of object, kind and delay in turn, points spread over the whole run."""
    random = Random(f"kill {seed}")
    combinations = [(name, kind, delayed) for kind in KINDS for delayed in (True, False) for name in OBJECTS]
    turns = -(-times // len(combinations))
    # Each combination has its points in as many equal parts of the run as it has turns, in any order.
    parts = {one: random.sample(range(turns), turns) for one in combinations}
    made = []
    for number in range(times):
        name, kind, delayed = one = combinations[number % len(combinations)]
        share = (parts[one][number // len(combinations)] + random.random()) / turns
        later = random.choice((0.0, random.uniform(0, 1.5))) if delayed else 0.0
        made.append(Round(number + 1, name, kind, delayed, share, later))
    return made


def run(  # noqa: PLR0913 - what is measured, and how quickly
    times: int, seed: int, say: Say, pace: Pace | None = None, amount: int = 8, **settings: Any
) -> dict[str, Any]:
    """The whole bench, under settings of the integration if need be; answers {times, hits, lost, doubled} and more."""
    say(f"kill: {times} kills of `hub sync` with seed {seed}; half of them with writes stored and answered late.")
    with staged(pace or Pace(), seed, settings=settings) as stage:
        lengths = {name: _length(stage, name, amount) for name in OBJECTS}
        for name, length in lengths.items():
            say(f"  a run of {name}: {length.before}, then {length.writing} with open messages, then {length.after}")
        count = Count()
        for one in rounds(times, seed):
            _round(stage, one, lengths[one.object], amount, count, say)
        return _judged(stage, count, seed, say)


def _length(stage: Stage, object_name: str, amount: int) -> Length:
    """How many calls and commits an undisturbed run of that much work has."""
    stage.work.on(object_name, amount)
    process = stage.start("sync", NAME, object_name, "--json")
    length = length_of(process, stage.home, (stage.shop, stage.erp))
    stage.finish(process)
    return length


def _round(stage: Stage, one: Round, length: Length, amount: int, count: Count, say: Say) -> None:
    sides = (stage.shop, stage.erp)
    for side in sides:
        side.set_faults([DELAYED] if one.delayed else [])
    for point in _points(one, length):
        stage.work.on(one.object, amount)
        process = stage.start("sync", NAME, one.object, "--json")
        if kill_at(point, process, stage.home, sides):
            break
    else:
        raise RuntimeError(f"Round {one.number}: no run of {one.object} was long enough for {one}.")
    pending, messages = sum(side.pending() for side in sides), open_messages(stage.home)
    count.times += 1
    count.hits += messages > 0
    count.on_their_way += pending > 0
    slow = ", writes delayed" if one.delayed else ""
    say(f"{one.number:>3} {one.object} at {point}{slow}: {messages} messages open, {pending} writes on their way")
    stage.sync(one.object)


def _points(one: Round, length: Length) -> Iterator[Point]:
    """The point of a round; where a run turns out to be shorter, one that comes sooner."""
    for turn in range(TRIES):
        share = one.share * (1 - turn / TRIES)
        yield length.point(one.kind, share, one.later if turn == 0 else 0, delayed=one.delayed)


def _judged(stage: Stage, count: Count, seed: int, say: Say) -> dict[str, Any]:
    for side in (stage.shop, stage.erp):
        side.clear_faults()
    stage.drain()
    again = stage.until_nothing_waits()
    found = stage.measure()
    left, messages = stage.troubles(), open_messages(stage.home)
    say(
        f"Compared {len(found.expected)} customers, products, orders and stock levels as the two platforms hold them, "
        f"after {again} more round(s) of all four routes without kills."
    )
    for text in (*found.words(), *(f"still failing: {one}" for one in left)):
        say(f"  {text}")
    return {
        "bench": "kill",
        "times": count.times,
        "hits": count.hits,
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "on_their_way": count.on_their_way,
        "compared": len(found.expected),
        "failures_left": len(left),
        "messages_left_open": messages,
        "seed": seed,
        "ok": not (found.lost or found.doubled or left or messages),
    }
