"""The bench of copying: its figures are computed right, and both ways really do the same work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from bench import copy
from bench.bare import Script
from bench.copy import BUSY_LIMIT, Case, Timed, Turns
from bench.pair import Cores, desk, pair

FAST, SLOW = Case(0, 8, 100, 0.7), Case(20, 8, 100, 0.95)


def turns(full: list[float], bare: list[float], busy: float = 0.5, plain: float | None = None) -> Turns:
    """Runs at these rates, with 100 us of processor time a record more than there are records a second."""
    made = Turns()
    for way, rates in (("full", full), ("bare", bare), ("plain", [plain] if plain else [])):
        for rate in rates:
            made.add(way, Timed(rate, rate + 100, busy))
    return made


def test_medians_of_both_ways_are_compared() -> None:
    measured = {FAST: turns([700, 900, 100], [1000, 1010, 5000], plain=1400), SLOW: turns([96], [100])}
    result = copy.judged(measured, apart=True)
    assert (result["ratio_0ms"], result["ratio_20ms_8"], result["ratio_plain_post"]) == (0.693, 0.96, 0.5)
    assert (result["rate_full_0ms"], result["cpu_us_full_0ms"], result["cpu_us_bare_20ms_8"]) == (700, 800, 200)
    # One of the two misses its bar.
    assert (result["ok"], result["void"]) == (False, False)
    assert copy.judged({SLOW: turns([96], [100])}, apart=True)["ok"]


@pytest.mark.parametrize(("busy", "apart"), [(BUSY_LIMIT, True), (0.1, False)])
def test_a_busy_sandbox_or_a_shared_core_makes_the_run_void(busy: float, apart: bool) -> None:
    result = copy.judged({FAST: turns([900], [1000], busy)}, apart=apart)
    assert (result["void"], result["ok"]) == (True, False)


def test_a_run_is_counted_in_records_a_second_and_microseconds_a_record() -> None:
    assert Timed.of(2000, 4.0, 1.0, 0.3) == Timed(500.0, 500.0, 0.3)


def test_full_and_bare_make_the_same_products_by_the_same_writes(tmp_path: Path) -> None:
    cores = Cores.of_machine()
    with pair(["--items", "30", "--items-in", "erp", "--latency-ms", "5"]) as sides:
        for side, operation in ((sides.erp, copy.PAGES), (sides.shop, copy.WRITES)):
            side.put("recording", {"operations": [operation]})
        with desk(sides, {"page_size": 10}) as hub:
            ran = hub.run("product", "erp_to_shop", "initialize", workers=3, core=cores.hub)
        assert (ran.counts["created"], ran.state) == (30, "done")
        assert ran.cpu_seconds > 0
        assert 20 < ran.peak_mib < 2000
        pages, writes = (side.get("recording") for side in (sides.erp, sides.shop))
        assert len(writes) == 30
        made = products(sides.shop.state("products", ["handle", "title", "variants"]))
        assert len(made) == 30
        file = tmp_path / "script.json"
        script = Script.of(sides.shop.url, sides.erp.url, pages, writes)
        file.write_bytes(script.to_json())
        assert Script.from_json(file.read_bytes()) == script
        for way in ("transport", "plain"):
            sides.shop.post("reset", {})
            assert sides.shop.state("products", ["handle"]) == []
            before = sides.shop.counts()["productSet"], sides.erp.counts()["GET Items"]
            command = [sys.executable, "-m", "bench.bare", str(file), "--way", way, "--workers", "3"]
            said = orjson.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
            assert (said["made"], said["refused"]) == (30, [])
            after = sides.shop.counts()["productSet"], sides.erp.counts()["GET Items"]
            assert (after[0] - before[0], after[1] - before[1]) == (30, len(pages))
            assert products(sides.shop.state("products", ["handle", "title", "variants"])) == made


def products(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """What is the same whenever and in whatever order the products are made."""
    found = []
    for row in rows:
        [variant] = row["variants"]  # type: ignore[misc]
        found.append((row["handle"], row["title"], variant["sku"], variant["price"], variant["barcode"]))  # type: ignore[index]
    return sorted(found)  # type: ignore[type-var]
