"""kill -9 at any point of a run, and start again: nothing is lost, nothing is made twice.

Each round adds and changes records of one object, starts `hub sync`, kills it at its n-th call or commit and runs it
again. In half of the rounds the platforms store what they are sent, and answer, 0.5 to 2 seconds late, so that writes
land after the death of whoever sent them. At the end both platforms' own state is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.stage import NAME, OBJECTS, Pace, Say, Stage, staged
from bench.watch import Kind, Point, kill_at, measure_run, open_messages

KINDS: tuple[Kind, ...] = ("calls", "commits")
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
    #: Of them, those while a platform had taken writes in and not yet carried them out.
    on_their_way: int = 0
    by_round: Counter[str] = field(default_factory=Counter)


def rounds(times: int, seed: int) -> list[Round]:
    """The rounds of a bench: every combination of object, kind and delay in turn, points spread over the whole run."""
    random = Random(f"kill {seed}")
    combinations = [
        (name, kind, delayed) for kind in KINDS for delayed in (True, False) for name in OBJECTS
    ]
    turns = -(-times // len(combinations))
    # Each combination has its points in as many equal parts of the run as it has turns, in any order.
    parts = {one: random.sample(range(turns), turns) for one in combinations}
    made = []
    for number in range(times):
        name, kind, delayed = one = combinations[number % len(combinations)]
        share = (parts[one][number // len(combinations)] + random.random()) / turns
        later = random.uniform(0, 2) if delayed and kind == "calls" else 0.0
        made.append(Round(number + 1, name, kind, delayed, share, later))
    return made


def run(times: int, seed: int, say: Say, pace: Pace | None = None, amount: int = 8) -> dict[str, Any]:
    """The whole bench; answers {times, hits, lost, doubled} and more about it."""
    say(f"kill: {times} kills of `hub sync` with seed {seed}; half of them with writes stored and answered late.")
    with staged(pace or Pace(), seed) as stage:
        lengths = {name: _length(stage, name, amount) for name in OBJECTS}
        say(f"A run sees this many calls and commits: {lengths}")
        count = Count()
        for one in rounds(times, seed):
            _round(stage, one, lengths[one.object], amount, count, say)
        return _judged(stage, count, seed, say)


def _length(stage: Stage, object_name: str, amount: int) -> dict[Kind, int]:
    """How many calls and commits an undisturbed run of that much work has."""
    stage.work.on(object_name, amount)
    process = stage.start("sync", NAME, object_name, "--json")
    length = measure_run(process, stage.home, (stage.shop, stage.erp))
    stage.finish(process)
    return length


def _round(stage: Stage, one: Round, length: dict[Kind, int], amount: int, count: Count, say: Say) -> None:
    sides = (stage.shop, stage.erp)
    for side in sides:
        side.set_faults([DELAYED] if one.delayed else [])
    for point in _points(one, length[one.kind]):
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


def _points(one: Round, length: int) -> Iterator[Point]:
    """The point of a round; where a run turns out to be shorter, one that comes sooner."""
    for part in range(TRIES):
        yield Point(one.kind, 1 + int(one.share * length * (1 - part / TRIES)), one.later if part == 0 else 0)


def _judged(stage: Stage, count: Count, seed: int, say: Say) -> dict[str, Any]:
    for side in (stage.shop, stage.erp):
        side.clear_faults()
    stage.drain()
    again = stage.until_nothing_waits()
    found = stage.measure()
    left = stage.failures()
    say(
        f"Compared {found.compared} customers, products, orders and stock levels as the two platforms hold them, "
        f"after {again} more round(s) of all four routes without kills."
    )
    for text in (*found.lost, *found.doubled, *(f"{name} {one.key}: {one.cause} {one.text}" for name, one in left)):
        say(f"  {text}")
    return {
        "bench": "kill",
        "times": count.times,
        "hits": count.hits,
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "on_their_way": count.on_their_way,
        "compared": found.compared,
        "failures_left": len(left),
        "seed": seed,
        "ok": not (found.lost or found.doubled or left),
    }
