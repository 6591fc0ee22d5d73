"""Shop and ERP in one process on one core, and a hub of its own on another: what speed is measured with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bench.control import Control
from hub.bootstrap import Hub, build
from hub.config import Config, from_environment
from hub.store.maps import Entry

NAME = "bench"
#: What the sandbox's shop and ERP accept.
TOKEN = "shpat_sandbox"
LOG_IN = {"CompanyDB": "SBODEMO", "UserName": "hub", "Password": "sandbox"}
#: Both directions of products, then what needs them.
ROUTES: tuple[tuple[str, Any], ...] = (
    ("product", "erp_to_shop"),
    ("product", "shop_to_erp"),
    ("order", "shop_to_erp"),
    ("inventory", "erp_to_shop"),
)
#: Settings that a measurement begins with.
SETTINGS: Mapping[str, Any] = {
    "page_size": 250,
    "guest_customer": "C-GUEST",
    "default_warehouse": "01",
    "exempt_tax_code": "A0",
    "order_cut_over": "2026-01-01T00:00:00+01:00",
    **{f"freight_{name}": place for place, name in enumerate(("shipping", "tax", "rounding", "tip"), 1)},
}


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of the hub and that of the sandboxes; the same one where the machine has no second."""

    hub: int
    sandbox: int

    @classmethod
    def of_machine(cls) -> Cores:
        """The first two cores this process may use."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[-1] if len(usable) < 2 else usable[1])

    @property
    def apart(self) -> bool:
        """Whether each has one of its own."""
        return self.hub != self.sandbox


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sandboxes."""

    shop: Control
    erp: Control
    process: subprocess.Popen[bytes]


@contextmanager
def pair(options: Sequence[str], core: int | None = None) -> Iterator[Pair]:
    """Start both sandboxes in one process, on that core, and stop them at the end."""
    command = [sys.executable, "-m", "hub", "sandbox", "pair", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"The sandboxes did not start: {command}")
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        urls = orjson.loads(line)["urls"]
        with (
            closing(Control(urls["shopify"], timeout=600)) as shop,
            closing(Control(urls["sap-b1"], timeout=600)) as erp,
        ):
            yield Pair(shop, erp, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a route in a process of its own."""

    state: str
    error: str
    counts: Mapping[str, int]
    seconds: float
    #: Processor time of the whole process, all threads, while the run lasted.
    cpu_seconds: float
    #: The share of its core that the sandboxes' process used meanwhile.
    sandbox_busy: float
    #: The most memory it ever held, in MiB.
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Desk:
    """A hub of its own, empty at first, configured between two sandboxes."""

    home: Path
    config: Config

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """The hub's own objects."""
        made = build(self.config, actor="bench")
        try:
            yield made
        finally:
            made.close()

    def run(self, object_name: str, direction: str, scope: str, *, workers: int = 4, core: int | None = None) -> Ran:
        """Work a route off in a process of its own, pinned to a core if one is given."""
        process = self.start(object_name, direction, scope, workers=workers, core=core)
        return self.finish(process)

    def start(
        self, object_name: str, direction: str, scope: str, *, workers: int = 4, core: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Begin that, and go on with something else."""
        command = [sys.executable, "-m", "bench.running", object_name, direction, scope, "--workers", str(workers)]
        command += [] if core is None else ["--core", str(core)]
        environment = {**os.environ, "HUB_HOME": str(self.home)}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)

    @staticmethod
    def finish(process: subprocess.Popen[bytes]) -> Ran:
        """Wait for its end; RuntimeError where the run did not come to it."""
        out, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        ran = Ran(**orjson.loads(out.splitlines()[-1]))
        if ran.state != "done":
            raise RuntimeError(f"The run {process.args!r} is {ran.state}: {ran.error}")
        return ran


@contextmanager
def desk(
    sides: Pair, settings: Mapping[str, Any] | None = None, shop: Mapping[str, Any] | None = None
) -> Iterator[Desk]:
    """A hub in a folder of its own. `shop`: more settings of the shop's connection."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-")))
        made = Desk(
            home, from_environment({**os.environ, "HUB_HOME": str(home), "HUB_DATABASE_URL": "", "HUB_LOG_URL": ""})
        )
        with made.hub() as hub:
            _configure(hub, sides, {**SETTINGS, **(settings or {})}, shop or {})
        yield made


def _configure(hub: Hub, sides: Pair, settings: dict[str, Any], of_shop: Mapping[str, Any]) -> None:
    shop = {"base_url": sides.shop.url, "token": TOKEN, **of_shop}
    erp = {"base_url": sides.erp.url, "company": "SBODEMO", "user": "hub", "password": "sandbox"}
    stored = (
        hub.connections.save("shop", "shopify", shop, frozenset({"token"})),
        hub.connections.save("erp", "sap_b1", erp, frozenset({"password"})),
    )
    integration = hub.integrations.save(NAME, *stored, settings)
    location = next(row["id"] for row in sides.shop.get("state/locations") if row["code"] == "L1")
    entries = [
        # One place only, so that a row of stock is one level in the shop.
        Entry("location", location, "01", is_default=True),
        Entry("payment", "shopify_payments", "card:1"),
        Entry("tax", "0.19", "A2"),
        Entry("tax", "0", "A0"),
    ]
    hub.maps.put(integration, entries)
    for object_name, direction in ROUTES:
        hub.routes.save(integration, object_name, direction, enabled=True, policy="all")
    with closing(hub.connect(hub.connections.named("erp"))) as connection:
        connection.set_up()
    # New fields are visible only after the Service Layer was restarted.
    sides.erp.post("restart", {})


#: Says what is being done.
Say = Callable[[str], None]
