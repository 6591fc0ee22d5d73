"""Many companies at once, each with a shop and an ERP of its own: `python -m bench.companies COUNT`.

All sandboxes live in one process; none knows of another. They start empty and answer at once: how long they take is set
afterwards, so that nobody waits while the hub is set up.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from random import Random
from typing import Any

import orjson

from bench.control import Control
from bench.measure import Findings, measure
from bench.records import Work
from hub.sandbox.clock import SandboxClock
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import Server
from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.start import COLLECT_SELDOM
from hub.sandbox.world.plain_items import plain_world

HOST = "127.0.0.1"
#: A bucket and a rate that nobody feels.
UNLIMITED = 1e9
#: Each company numbers its records from its own multiple of this, so that no code is known to two of them.
APART = 100_000
#: Seconds the sandboxes may take to stop.
PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Company:
    """One company's two platforms, and what its people do there."""

    name: str
    shop: Control
    erp: Control
    work: Work

    @property
    def sides(self) -> tuple[Control, Control]:
        """Shop and ERP."""
        return self.shop, self.erp

    def measure(self) -> Findings:
        """What was lost and what doubled, as the two platforms themselves tell it."""
        return measure(self.shop.state, self.erp.state)

    def take(self, reading: tuple[float, float], writing: tuple[float, float] | None = None) -> None:
        """Let every answer take so many seconds; a write is stored after `writing` and answered after as long again.

        Without `writing` writes are stored at once, and answered as late as anything else.
        """
        rules: list[dict[str, Any]] = [{"kind": "slow", "every": 1, "seconds": reading}]
        if writing:
            rules.insert(0, {"kind": "delayed", "every": 1, "operations": ["writes"], "seconds": writing})
        for side in self.sides:
            side.set_faults(rules)

    def answer_at_once(self) -> None:
        """Take no time any more, and wait until all that was taken in is carried out."""
        for side in self.sides:
            side.clear_faults()
            side.drain()


@contextmanager
def companies(number: int, seed: int) -> Iterator[list[Company]]:
    """Start the sandboxes of so many companies, and stop them at the end."""
    command = [sys.executable, "-m", "bench.companies", str(number)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"The sandboxes did not start: {command}")
        with ExitStack() as stack:
            yield [
                Company(f"company {place}", shop, erp, _work(shop, erp, seed, place))
                for place, (shop, erp) in enumerate(
                    [stack.enter_context(closing(Control(url))) for url in pair] for pair in orjson.loads(line)
                )
            ]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        if process.stdout is not None:
            process.stdout.close()


def _work(shop: Control, erp: Control, seed: int, place: int) -> Work:
    return Work(shop, erp, Random(f"work {seed} {place}"), _numbers=count(1 + place * APART))


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM; one line of JSON says where each company's shop and ERP are."""
    gc.set_threshold(*COLLECT_SELDOM)
    asyncio.run(_serve([server for number in range(int(arguments[0])) for server in _pair(number)]))
    return 0


def _pair(seed: int) -> Iterator[Server]:
    world = plain_world(0)
    shop = partial(ShopifyApplication, bucket=UNLIMITED, restore_rate=UNLIMITED)
    for build in (shop, SapB1Application):
        clock = SandboxClock()
        yield Server(build(world, now=clock.now, seed=seed), clock=clock)


async def _serve(servers: Sequence[Server]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    for server in servers:
        await server.start(HOST)
    urls = [server.url for server in servers]
    print(orjson.dumps(list(zip(urls[::2], urls[1::2], strict=True))).decode(), flush=True)
    await stopped.wait()
    for server in servers:
        await server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
