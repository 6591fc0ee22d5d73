"""kill -9 at any point of a run, and start again: nothing is lost, nothing is made twice.

Each round adds and changes records of one object, starts `hub sync`, kills it at its n-th call or commit and runs it
again; every third time that is left to the object's next round, which may be killed while it takes over. In half of the
rounds the platforms store what they are sent, and answer, 0.5 to 2 seconds late, so that writes land after the death of
whoever sent them. At the end both platforms' own state is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.stage import NAME, OBJECTS, Pace, Say, Stage, staged
from bench.watch import KINDS, Kind, Length, Point, kill_at, length_of, open_messages

#: How long runs are in a test, where nobody measures them first.
TYPICAL = Length({"calls": 4, "commits": 8}, {"calls": 4, "commits": 6}, {"calls": 1, "commits": 3})
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


@dataclass(frozen=True, slots=True)
class Load:
    """What the rounds of a bench are made of."""

    #: New or changed records of a round.
    amount: int = 8
    #: Seconds until a delayed write is stored, and again as many until it is answered.
    delay: tuple[float, float] = (0.5, 2.0)

    @property
    def faults(self) -> list[dict[str, Any]]:
        """The rule that delays every write."""
        return [{"kind": "delayed", "share": 1.0, "operations": ["writes"], "seconds": self.delay}]


@dataclass(slots=True)
class Count:
    """What the kills met."""

    times: int = 0
    #: Kills while messages were open in the hub's log: writes about to be sent, sent, or not yet booked.
    hits: int = 0
    #: Kills while a platform had taken writes in that it carried out only afterwards.
    on_their_way: int = 0


#: For a test: fewer records, shorter delays.
QUICK = Load(4, (0.2, 0.8))


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


def run(times: int, seed: int, say: Say, **settings: Any) -> dict[str, Any]:
    """The whole bench, under settings of the integration if need be; answers {times, hits, lost, doubled} and more."""
    say(f"kill: {times} kills of `hub sync` with seed {seed}; half of them with writes stored and answered late.")
    with staged(Pace(), seed, settings=settings) as stage:
        load = Load()
        lengths = {name: _length(stage, name, load) for name in OBJECTS}
        for name, length in lengths.items():
            say(f"  a run of {name}: {length.before}, then {length.writing} with open messages, then {length.after}")
        count = Count()
        for one in rounds(times, seed):
            _round(stage, one, lengths[one.object], load, count, say)
            if one.number % 3:
                stage.sync(one.object)
        _end_faults(stage)
        again = stage.until_nothing_waits()
        say(f"Then {again} rounds of all four routes without a kill, until nothing waited any more.")
        return _judged(stage, count, seed, say)


def run_quickly(times: int, seed: int, say: Say, pace: Pace, **settings: Any) -> dict[str, Any]:
    """The same for a test run: every killed run is taken over by the next, and a person takes up what failed."""
    with staged(pace, seed, settings=settings) as stage:
        count = Count()
        for one in rounds(times, seed):
            _round(stage, one, TYPICAL, QUICK, count, say)
        _end_faults(stage)
        for object_name in OBJECTS:
            stage.sync(object_name)
        stage.cure()
        # Stock follows what was cured.
        stage.sync("inventory")
        return _judged(stage, count, seed, say)


def _length(stage: Stage, object_name: str, load: Load) -> Length:
    """How many calls and commits an undisturbed run has."""
    stage.work.on(object_name, load.amount)
    process = stage.start("sync", NAME, object_name, "--json")
    length = length_of(process, stage.home, (stage.shop, stage.erp))
    stage.finish(process)
    return length


def _round(stage: Stage, one: Round, length: Length, load: Load, count: Count, say: Say) -> None:
    sides = (stage.shop, stage.erp)
    for side in sides:
        side.set_faults(load.faults if one.delayed else [])
    for point in _points(one, length):
        stage.work.on(one.object, load.amount)
        messages = kill_at(point, stage.start("sync", NAME, one.object, "--json"), stage.home, sides)
        if messages is not None:
            break
    else:
        raise RuntimeError(f"Round {one.number}: no run of {one.object} was long enough for {one}.")
    pending = sum(side.pending() for side in sides)
    count.times += 1
    count.hits += messages > 0
    count.on_their_way += pending > 0
    slow = ", writes delayed" if one.delayed else ""
    say(f"{one.number:>3} {one.object} at {point}{slow}: {messages} messages open, {pending} writes on their way")


def _points(one: Round, length: Length) -> Iterator[Point]:
    """The point of a round; where a run turns out to be shorter, one that comes sooner."""
    for turn in range(TRIES):
        share = one.share * (1 - turn / TRIES)
        yield length.point(one.kind, share, one.later if turn == 0 else 0, delayed=one.delayed)


def _end_faults(stage: Stage) -> None:
    for side in (stage.shop, stage.erp):
        side.clear_faults()
    stage.drain()


def _judged(stage: Stage, count: Count, seed: int, say: Say) -> dict[str, Any]:
    found = stage.measure()
    left, messages = stage.troubles(), open_messages(stage.home)
    compared = len(found.expected)
    say(f"Compared {compared} customers, products, orders and stock levels, as the two platforms hold them.")
    for text in (*found.words(), *(f"still failing: {one}" for one in left)):
        say(f"  {text}")
    return {
        "bench": "kill",
        "times": count.times,
        "hits": count.hits,
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "on_their_way": count.on_their_way,
        "compared": compared,
        "failures_left": len(left),
        "messages_left_open": messages,
        "seed": seed,
        "ok": not (found.lost or found.doubled or left or messages),
    }
