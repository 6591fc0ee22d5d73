"""How close the hub comes to a bare loop that makes the same requests: a first load of products into an empty shop.

One run of the hub is recorded by the sandboxes. Then the hub (`full`) and a bare loop (`bare`, see `bench.bare`) take
turns, three times each, each time into an emptied shop, at three latencies of shop and ERP. Hub and loop run in a
process on one core, both sandboxes in one process on the other.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from bench.bare import Script
from bench.pair import Cores, Pair, Say, desk, pair

#: A sandbox that is busier than that may be what was measured.
BUSY_LIMIT = 0.7
#: What is recorded: the pages that are read, and the writes.
PAGES, WRITES = "GET Items", "productSet"


@dataclass(frozen=True, slots=True)
class Case:
    """One latency with a number of calls at a time, and so many items that a run takes 15 to 40 seconds.

    A run begins with a log-in, the ERP's groups and a first page, and ends with a log-out, one after the other: at
    100 ms that is half a second in which nothing can be written, whatever the engine does.
    """

    latency_ms: int
    workers: int
    items: int
    #: full / bare that is wanted.
    bar: float

    @property
    def name(self) -> str:
        """How its figures are called."""
        return f"{self.latency_ms}ms_{self.workers}" if self.latency_ms else "0ms"


CASES = (Case(0, 8, 12_000, 0.7), Case(20, 8, 6_000, 0.95), Case(100, 32, 12_000, 0.97))


@dataclass(frozen=True, slots=True)
class Timed:
    """One run: records a second, processor time a record in microseconds, and how busy the sandboxes were."""

    rate: float
    cpu_us: float
    busy: float

    @classmethod
    def of(cls, records: int, seconds: float, cpu_seconds: float, busy: float) -> Timed:
        """From what was measured."""
        return cls(records / seconds, cpu_seconds / records * 1e6, busy)


@dataclass(slots=True)
class Turns:
    """The runs of one case, by way."""

    runs: dict[str, list[Timed]] = field(default_factory=dict)

    def add(self, way: str, timed: Timed) -> None:
        """One more."""
        self.runs.setdefault(way, []).append(timed)

    def rate(self, way: str) -> float:
        """The median of the records a second."""
        return median(one.rate for one in self.runs[way])

    def cpu_us(self, way: str) -> float:
        """The median of the processor time a record."""
        return median(one.cpu_us for one in self.runs[way])

    def ratio(self, of: str = "full", to: str = "bare") -> float:
        """Median to median."""
        return self.rate(of) / self.rate(to)

    @property
    def busy(self) -> float:
        """The busiest run of those that count."""
        return max(one.busy for way in ("full", "bare") for one in self.runs[way])


def run(say: Say, cases: Sequence[Case] = CASES, turns: int = 3) -> dict[str, Any]:
    """The whole bench."""
    cores = Cores.of_machine()
    say(f"copy: a first load of products, hub and bare loop in turns, {turns} times each; medians count.")
    if not cores.apart:
        say("  This machine has one core: hub and sandboxes share it, so the figures say nothing.")
    measured = {case: _case(case, turns, cores, say) for case in cases}
    return judged(measured, apart=cores.apart)


def judged(measured: dict[Case, Turns], *, apart: bool) -> dict[str, Any]:
    """The figures, and whether they reach their bars."""
    result: dict[str, Any] = {"bench": "copy"}
    reached = apart
    for case, turns in measured.items():
        result[f"ratio_{case.name}"] = round(turns.ratio(), 3)
        reached = reached and turns.ratio() >= case.bar
    plain = next((turns for turns in measured.values() if "plain" in turns.runs), None)
    if plain is not None:
        result["ratio_plain_post"] = round(plain.ratio(to="plain"), 3)
    for case, turns in measured.items():
        for way in turns.runs:
            result[f"rate_{way}_{case.name}"] = round(turns.rate(way), 1)
            result[f"cpu_us_{way}_{case.name}"] = round(turns.cpu_us(way))
    result["sandbox_busy"] = round(max(turns.busy for turns in measured.values()), 3)
    result["void"] = not apart or result["sandbox_busy"] >= BUSY_LIMIT
    result["ok"] = reached and not result["void"]
    return result


def _case(case: Case, turns: int, cores: Cores, say: Say) -> Turns:
    say(f"{case.latency_ms} ms, {case.workers} calls at a time, {case.items} items:")
    options = ["--items", str(case.items), "--items-in", "erp", "--latency-ms", str(case.latency_ms)]
    # The budget of points is another bench's matter.
    options += ["--bucket", "1e9", "--points-per-second", "1e9"]
    made = Turns()
    with pair(options, cores.sandbox) as sides, tempfile.TemporaryDirectory(prefix="bench-copy-") as folder:
        file = Path(folder) / "script.json"
        file.write_bytes(_recorded(case, sides, cores).to_json())
        for _ in range(turns):
            made.add("full", _said("full", _full(case, sides, cores), say))
            made.add("bare", _said("bare", _bare(case, sides, cores, file, "transport"), say))
            if not case.latency_ms:
                made.add("plain", _said("plain", _bare(case, sides, cores, file, "plain"), say))
    return made


def _said(way: str, timed: Timed, say: Say) -> Timed:
    own = timed.rate * timed.cpu_us / 1e6
    say(
        f"  {way:<5} {timed.rate:7.1f} records/s, {timed.cpu_us:5.0f} us of processor a record "
        f"({own:.0%} of its core), sandboxes {timed.busy:.0%} busy"
    )
    return timed


def _full(case: Case, sides: Pair, cores: Cores) -> Timed:
    """One first load by the hub, from an empty store into an empty shop."""
    sides.shop.post("reset", {})
    with desk(sides) as hub:
        ran = hub.run("product", "erp_to_shop", "initialize", workers=case.workers, core=cores.hub)
    if ran.counts["created"] != case.items:
        raise RuntimeError(f"The hub should have made {case.items} products: {ran.counts}")
    return Timed.of(case.items, ran.seconds, ran.cpu_seconds, ran.sandbox_busy)


def _bare(case: Case, sides: Pair, cores: Cores, file: Path, way: str) -> Timed:
    """The same requests by the bare loop."""
    sides.shop.post("reset", {})
    command = [sys.executable, "-m", "bench.bare", str(file), "--way", way]
    command += ["--workers", str(case.workers), "--core", str(cores.hub)]
    said = orjson.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()[-1])
    if said["made"] != case.items:
        raise RuntimeError(f"The bare loop should have made {case.items} products: {said}")
    return Timed.of(case.items, said["seconds"], said["cpu_seconds"], said["sandbox_busy"])


def _recorded(case: Case, sides: Pair, cores: Cores) -> Script:
    """What a run of the hub asks for, kept by the sandboxes; this run is not timed."""
    sides.erp.put("recording", {"operations": [PAGES]})
    sides.shop.put("recording", {"operations": [WRITES]})
    _full(case, sides, cores)
    pages, writes = sides.erp.get("recording"), sides.shop.get("recording")
    for side in (sides.erp, sides.shop):
        side.delete("recording")
    return Script.of(sides.shop.url, sides.erp.url, pages, writes)
