"""Every kind of fault, on a tenth of all requests: nothing is lost, nothing doubled, and what failed can be cured.

For each kind in turn: new and changed records on all four objects, the fault switched on at both platforms, all routes
run until each comes to its end. Whatever is then not on the other side must have a failure or a skip that says so
(`unexplained` counts what has none). Then the fault is switched off and `hub resync --all` takes up what failed: after
that nothing may be missing, nothing be there twice, and no failure be left.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from bench.stage import OBJECTS, Pace, Say, Stage, staged

#: Kind -> the seconds its delays take, where it has any. Late writes land within read timeout + settle.
KINDS: dict[str, list[float] | None] = {
    "throttled": None,
    "error_500": None,
    "html_502": None,
    "slow": [1, 3],
    "dropped": None,
    "stored_then_dropped": None,
    "stored_then_502": None,
    "late": [1, 3],
    "session_expired": None,
    "delayed": [0.5, 2],
}
SHARE = 0.1
PACE = Pace(read_timeout=1.5, settle=3, lease=10)
#: How often a route is run before it counts as never coming to its end.
TRIES = 12


@dataclass(slots=True)
class Figures:
    """What one kind of fault did."""

    kind: str
    #: Requests that met it, and runs that it ended before their time.
    met: int = 0
    aborted: int = 0
    #: Records that had failed when all routes had come to their end, and how often they were taken up.
    failed: int = 0
    cures: int = 0
    lost: int = 0
    doubled: int = 0
    unexplained: int = 0
    failures_left: int = 0

    def shown(self) -> dict[str, Any]:
        """By name, for the result."""
        return {name: getattr(self, name) for name in self.__slots__}

    def sentence(self) -> str:
        """In words."""
        return (
            f"{self.kind}: met by {self.met} requests, ended {self.aborted} runs; {self.failed} records failed, "
            f"cured in {self.cures} re-sync(s); unexplained {self.unexplained}, lost {self.lost}, "
            f"doubled {self.doubled}, failures left {self.failures_left}"
        )


def run(seed: int, say: Say, only: str = "", amount: int = 16) -> dict[str, Any]:
    """The whole bench; answers {lost, doubled, unexplained} and the figures of each kind."""
    kinds = [only] if only else list(KINDS)
    say(f"faults: {', '.join(kinds)}; each on {SHARE:.0%} of the requests of all four routes, seed {seed}.")
    figures = []
    with staged(PACE, seed) as stage:
        for kind in kinds:
            figures.append(_one_kind(stage, kind, amount, say))
            say(figures[-1].sentence())
        compared = len(stage.measure().expected)
    say(
        f"In the end {compared} customers, products, orders and stock levels were compared, as the platforms hold them."
    )
    sums = Counter[str]()
    for one in figures:
        sums.update(lost=one.lost, doubled=one.doubled, unexplained=one.unexplained, failures_left=one.failures_left)
    return {
        "bench": "faults",
        "lost": sums["lost"],
        "doubled": sums["doubled"],
        "unexplained": sums["unexplained"],
        "failures_left": sums["failures_left"],
        "compared": compared,
        "seed": seed,
        "kinds": [one.shown() for one in figures],
        "ok": not sums.total() and all(one.met for one in figures),
    }


def _one_kind(stage: Stage, kind: str, amount: int, say: Say) -> Figures:
    figures = Figures(kind)
    for object_name in OBJECTS:
        stage.work.on(object_name, amount)
    seconds = KINDS[kind]
    rule = {"kind": kind, "share": SHARE} | ({"seconds": seconds} if seconds else {})
    for side in (stage.shop, stage.erp):
        side.set_faults([rule])
    figures.aborted = sum(_to_its_end(stage, object_name) for object_name in OBJECTS)
    figures.met = sum(side.clear_faults() for side in (stage.shop, stage.erp))
    stage.drain()
    explained = stage.explained()
    found = stage.measure({key for name, key in explained if name == "order"})
    silent = found.lost.keys() - explained
    figures.unexplained = len(silent)
    figures.doubled = len(found.doubled)
    for text in (*(found.lost[one] for one in silent), *found.doubled.values()):
        say(f"  {kind}: {text}")
    figures.failed = len(stage.troubles())
    figures.cures = stage.cure()
    for object_name in OBJECTS:
        stage.sync(object_name)
    found, left = stage.measure(), stage.troubles()
    figures.lost, figures.failures_left = len(found.lost), len(left)
    figures.doubled = max(figures.doubled, len(found.doubled))
    for text in (*found.words(), *(f"still failing: {one}" for one in left)):
        say(f"  {kind}: {text}")
    return figures


def _to_its_end(stage: Stage, object_name: str) -> int:
    """Run a route until a run of it comes to its end; answers how many did not."""
    for aborted in range(TRIES):
        if stage.sync(object_name).done:
            return aborted
    return TRIES
