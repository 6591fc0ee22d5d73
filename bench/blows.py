"""Which process is struck when: killed, or stopped and continued. Pure, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["kill", "stop", "continue"]
CLOCKS = ("clock-1", "clock-2")
WORKERS = ("worker-1", "worker-2", "worker-3", "worker-4")
#: Seconds for which a process stands still: three leases long.
STILL = 90.0


@dataclass(frozen=True, slots=True)
class Blow:
    """One thing done to one process, so many seconds after the start."""

    at: float
    kind: Kind
    name: str


def blows(faults: int, seed: int, gap: float, still: float = STILL) -> list[Blow]:
    """So many faults, each about `gap` seconds after the one before; in the order in which they come.

    A fault is a kill or a stop; what was stopped goes on `still` seconds later, which is no fault of its own. One clock
    and one worker are always left: where a stop would leave none, it becomes a kill.
    """
    random = Random(f"failover {seed}")
    until: dict[str, float] = {}
    made: list[Blow] = []
    at = 0.0
    for _ in range(faults):
        at += random.uniform(0.5, 1.5) * gap
        name = random.choice([one for one in (*CLOCKS, *WORKERS) if until.get(one, 0.0) <= at])
        kind: Kind = random.choice(("kill", "stop"))
        if kind == "stop" and not _others_run(name, until, at):
            kind = "kill"
        made.append(Blow(at, kind, name))
        if kind == "stop":
            until[name] = at + still
            made.append(Blow(at + still, "continue", name))
    return sorted(made, key=lambda blow: blow.at)


def _others_run(name: str, until: dict[str, float], at: float) -> bool:
    role = CLOCKS if name in CLOCKS else WORKERS
    return any(until.get(one, 0.0) <= at for one in role if one != name)


def last_fault(plan: Sequence[Blow]) -> float:
    """When the last process is killed or stopped."""
    return max((blow.at for blow in plan if blow.kind != "continue"), default=0.0)
