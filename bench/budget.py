"""How much of a shop's rate budget the hub uses, and whether it is ever turned away.

A first load of products into a shop that grants a bucket of 2,000 points and restores 100 a second, as the standard
plan does. While it runs the sandbox is asked for its own account of points. The measured time begins when the first
bucket is spent and ends with the run. The same load without the limit tells how many calls it takes.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.control import Control
from bench.pair import Cores, Pair, Ran, Say, desk, pair

RATE, BUCKET = 100, 2000
#: The bucket counts as spent when so little of it is left.
SPENT = 0.05
#: Seconds of the measured time at least.
LONG_ENOUGH = 120
#: A bucket and a rate that nobody feels.
UNLIMITED = (1e9, 1e9)
#: Products of a load without limit that tells how many points a product takes.
SAMPLE = 100
#: Seconds between two looks at the account.
_LOOK_AGAIN = 0.25


@dataclass(frozen=True, slots=True)
class Account:
    """The sandbox's account of points at one moment."""

    at: float
    spent: float
    throttled: int
    available: float
    maximum: float
    restore_rate: float


@dataclass(frozen=True, slots=True)
class Use:
    """What was made of the points once the first bucket was spent."""

    seconds: float
    #: Points spent of those restored.
    used: float


def use_of(accounts: Sequence[Account], spent: float = SPENT) -> Use:
    """From the first moment with a spent bucket to the last look; nothing where the bucket was never spent.

    `spent`: the share of it that may be left then.
    """
    begun = next((one for one in accounts if one.available <= spent * one.maximum), None)
    last = accounts[-1]
    if begun is None or last.at <= begun.at:
        return Use(0, 0)
    seconds = last.at - begun.at
    return Use(seconds, (last.spent - begun.spent) / (seconds * last.restore_rate))


def run(
    say: Say,
    *,
    rate: float = RATE,
    bucket: float = BUCKET,
    long_enough: float = LONG_ENOUGH,
    sample: int = SAMPLE,
) -> dict[str, Any]:
    """The whole bench."""
    with pair(["--items", str(sample), "--items-in", "erp"], Cores.of_machine().sandbox) as sides:
        points = _load(sides, sample, *UNLIMITED).accounts[-1].spent / sample
    items = round((bucket + rate * long_enough * 1.1) / points)
    say(f"budget: a product takes {points:.1f} points. {items} products into a shop at {rate:g} points a second:")
    with pair(["--items", str(items), "--items-in", "erp"], Cores.of_machine().sandbox) as sides:
        limited, free = _load(sides, items, bucket, rate), _load(sides, items, *UNLIMITED)
    use = use_of(limited.accounts)
    say(
        f"  {limited.ran.seconds:.0f} s, {limited.calls} calls; the first bucket was spent after "
        f"{limited.ran.seconds - use.seconds:.0f} s, from then on {use.used:.1%} of what was restored was used"
    )
    say(f"  without the limit: {free.ran.seconds:.0f} s, {free.calls} calls")
    throttled, ratio = limited.accounts[-1].throttled, limited.calls / free.calls
    return {
        "bench": "budget",
        "used": round(use.used, 3),
        "throttled": throttled,
        "calls_ratio": round(ratio, 3),
        "seconds": round(use.seconds),
        "items": items,
        "calls": limited.calls,
        "ok": use.used >= 0.95 and throttled == 0 and ratio <= 1.02 and use.seconds >= long_enough,
    }


@dataclass(frozen=True, slots=True)
class Load:
    """A first load: the run, the account of points while it ran, and the calls the shop has seen."""

    ran: Ran
    accounts: list[Account]
    calls: int


def _load(sides: Pair, items: int, bucket: float, rate: float) -> Load:
    sides.shop.post("reset", {})
    sides.shop.put("points", {"maximum": bucket, "restore_rate": rate})
    with desk(sides) as hub:
        before = sides.shop.requests()
        process = hub.start("product", "erp_to_shop", "initialize", core=Cores.of_machine().hub)
        accounts = _watched(process, sides.shop)
        ran = hub.finish(process)
    if ran.counts["created"] != items:
        raise RuntimeError(f"The hub should have made {items} products: {ran.counts}")
    return Load(ran, accounts, sides.shop.requests() - before)


def _watched(process: subprocess.Popen[bytes], shop: Control) -> list[Account]:
    """The account every quarter of a second, up to the last change while the process lives."""
    accounts = [Account(**shop.get("points"))]
    while process.poll() is None:
        accounts.append(Account(**shop.get("points")))
        time.sleep(_LOOK_AGAIN)
    # A short load may be made, and over, between two looks.
    accounts.append(Account(**shop.get("points")))
    while len(accounts) > 1 and accounts[-2].spent == accounts[-1].spent:
        # After its last call the process still has its books to close.
        accounts.pop()
    return accounts
