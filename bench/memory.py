"""What a hub needs for many products: memory that does not grow with them, and no work for what has not changed.

For 10,000 and for 100,000 products, each in a process of its own: a first load into an empty shop; then the other
direction, which reads the whole shop by a bulk file with its lines in random order and finds nothing but echoes of the
hub's own writes. For the larger number also: `--full`, which reads and compares every record, and the next run for
changes, of which there are a few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.calls import Calls
from bench.pair import Cores, Desk, Pair, Ran, Say, desk, pair
from bench.watch import opened
from hub.sandbox.world.plain_items import sku_of

FEW, MANY = 10_000, 100_000
#: Items that get another barcode before the run for changes.
CHANGED = 10
#: Calls that write products, in the shop and in the ERP.
SHOP_WRITES = ("productSet", "productCreate", "productUpdate", "productVariantsBulkUpdate", "productVariantsBulkCreate")
ERP_WRITES = ("POST Items", "PATCH Items")
#: The bulk file's lines are joined on disk, as they come.
OF_SHOP: Mapping[str, Any] = {"bulk_grouped": False}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The runs that both numbers of products see."""

    first: Ran
    echo: Ran
    #: Writes to either side while the echoes were read.
    echo_writes: int

    @property
    def peaks(self) -> tuple[float, float]:
        """Peak memory of the first load and of the bulk read, in MiB."""
        return self.first.peak_mib, self.echo.peak_mib


@dataclass(frozen=True, slots=True)
class Again:
    """The runs that only the larger number sees."""

    full: Ran
    full_writes: int
    full_messages: int
    delta: Ran


def run(say: Say, few: int = FEW, many: int = MANY) -> dict[str, Any]:
    """The whole bench."""
    say(f"memory: a first load of {few} and of {many} products, then what comes back and what has not changed.")
    small, _ = _load(few, say, again=False)
    large, again = _load(many, say, again=True)
    assert again is not None
    return judged(small, large, again)


def judged(small: Loaded, large: Loaded, again: Again) -> dict[str, Any]:
    """The figures, and whether they reach their bars."""
    ratio = max(after / before for before, after in zip(small.peaks, large.peaks, strict=True))
    figures: dict[str, Any] = {
        "bench": "memory",
        "peak_ratio": round(ratio, 3),
        "full_seconds": round(again.full.seconds, 1),
        "full_writes": again.full_writes,
        "full_messages": again.full_messages,
        "delta_seconds": round(again.delta.seconds, 2),
        "echo_writes": large.echo_writes,
        "echo_read": large.echo.counts["read"],
        "peak_mib_first": [round(small.first.peak_mib), round(large.first.peak_mib)],
        "peak_mib_bulk": [round(small.echo.peak_mib), round(large.echo.peak_mib)],
        "first_seconds": round(large.first.seconds, 1),
        "echo_seconds": round(large.echo.seconds, 1),
    }
    still = again.full_writes == 0 and again.full_messages == 0 and large.echo_writes == 0
    quick = again.full.seconds <= 20 and again.delta.seconds <= 2
    # Nothing is proved by echoes that nobody has read.
    heard = large.echo.counts["read"] == large.first.counts["created"]
    return {**figures, "ok": ratio <= 1.2 and still and quick and heard}


def _load(items: int, say: Say, *, again: bool) -> tuple[Loaded, Again | None]:
    cores = Cores.of_machine()
    options = ["--items", str(items), "--items-in", "erp", "--bucket", "1e9", "--points-per-second", "1e9"]
    with pair([*options, "--shuffle-bulk"], cores.sandbox) as sides, desk(sides, shop=OF_SHOP) as hub:
        first = hub.run("product", "erp_to_shop", "initialize", workers=8, core=cores.hub)
        _said(f"{items} products, first load", first, say)
        if first.counts["created"] != items:
            raise RuntimeError(f"The hub should have made {items} products: {first.counts}")
        writes = Writes(sides)
        echo = hub.run("product", "shop_to_erp", "initialize", core=cores.hub)
        _said(f"{items} products, the other direction ({writes.total()} writes)", echo, say)
        loaded = Loaded(first, echo, writes.total())
        return loaded, _again(sides, hub, cores, say) if again else None


def _again(sides: Pair, hub: Desk, cores: Cores, say: Say) -> Again:
    writes, messages = Writes(sides), messages_in(hub.home)
    full = hub.run("product", "erp_to_shop", "full", core=cores.hub)
    new = messages_in(hub.home) - messages
    _said(f"--full ({writes.total()} writes, {new} messages)", full, say)
    for number in range(CHANGED):
        sides.erp.post("items", {"ItemCode": sku_of(number), "BarCode": f"99{number:011}"})
    made, full_writes = Writes(sides), writes.total()
    delta = hub.run("product", "erp_to_shop", "changes", core=cores.hub)
    _said(f"changes of {CHANGED} products ({made.total()} writes)", delta, say)
    if delta.counts["updated"] != CHANGED:
        raise RuntimeError(f"{CHANGED} products should have been changed: {delta.counts}")
    return Again(full, full_writes, new, delta)


class Writes:
    """The writes of products that both sides have seen since this was made."""

    def __init__(self, sides: Pair) -> None:
        self._shop, self._erp = Calls(sides.shop), Calls(sides.erp)

    def total(self) -> int:
        """All of them."""
        return self._shop.named(*SHOP_WRITES) + self._erp.named(*ERP_WRITES)


def messages_in(home: Path) -> int:
    """How many messages a hub's log holds."""
    with opened(home / "log.db") as log:
        return int(log.execute("SELECT count(*) FROM message").fetchone()[0])


def _said(what: str, ran: Ran, say: Say) -> None:
    counts = {name: count for name, count in ran.counts.items() if count}
    say(f"  {what}: {ran.seconds:.1f} s, peak {ran.peak_mib:.0f} MiB, {counts}")
