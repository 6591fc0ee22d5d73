"""Two sandboxes, a fresh hub between them, and its own command line to work with."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import orjson

from bench.control import Control
from bench.measure import CODE, PLACES, Findings, Key, measure
from bench.records import Work
from hub.bootstrap import Hub, build
from hub.clock import Clock, now
from hub.config import from_environment
from hub.demo.processes import both
from hub.store.failures import Failure
from hub.store.maps import Entry

NAME = "bench"
#: The objects in the order in which they depend on each other, and where each flows.
OBJECTS: Mapping[str, Any] = {
    "customer": "shop_to_erp",
    "product": "erp_to_shop",
    "order": "shop_to_erp",
    "inventory": "erp_to_shop",
}
#: How often what failed is taken up before it counts as not to be cured.
CURES = 6
#: Seconds a command may take before the bench calls it stuck.
STUCK = 240
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things are waited for, in seconds: shorter than in earnest, in the same proportions."""

    read_timeout: float = 3
    settle: int = 3
    #: How much of the source's newest past is not believed yet, and how far back each run looks again.
    lag: int = 1
    overlap: int = 2
    lease: int = 12


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a record is not on the other side, as the hub tells it: a failure, or (without a cause) a skip."""

    record: Key
    cause: str = ""
    state: str = ""
    words: str = ""
    #: When time may have cured it, in seconds of the epoch; None = time will not, or a skip.
    due: float | None = None

    @classmethod
    def of(cls, object_name: str, failure: Failure) -> Trouble:
        """A failure of an object's route."""
        due = failure.next_try.timestamp() if failure.state == "waiting" and failure.next_try else None
        return cls((object_name, failure.key), failure.cause, failure.state, failure.text, due)

    def __str__(self) -> str:
        return f"{' '.join(self.record)}: {self.cause} ({self.state}) {self.words}"


@dataclass(frozen=True, slots=True)
class Result:
    """What a command of the hub said."""

    status: int
    #: Its one line of JSON; empty where it did not come to that.
    said: Mapping[str, Any]
    complaint: str

    @property
    def done(self) -> bool:
        """Whether the run came to its end, failed records or not."""
        return self.said.get("state") == "done"


@dataclass(slots=True)
class Stage:
    """Everything a bench works with."""

    shop: Control
    erp: Control
    home: Path
    pace: Pace
    work: Work
    settings: dict[str, Any] = field(default_factory=dict)

    # -- the hub --------------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """What the hub's commands find in their environment."""
        return {**os.environ, "HUB_HOME": str(self.home), "HUB_LEASE_SECONDS": str(self.pace.lease)}

    @contextmanager
    def hub(self, clock: Clock = now) -> Iterator[Hub]:
        """The hub's own objects, opened for a look or a setting."""
        made = build(from_environment(self.environment), clock=clock, actor="bench")
        try:
            yield made
        finally:
            made.close()

    def configure(self) -> None:
        """Store connections, integration, maps and routes, and make our fields in the ERP."""
        with self.hub() as hub:
            set_up(hub, Sides(self.shop, self.erp), self.pace, self.settings)

    # -- its commands ---------------------------------------------------------------------------------------------

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command of the hub as a process of its own."""
        command = [sys.executable, "-m", "hub", *arguments]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, process: subprocess.Popen[bytes]) -> Result:
        """Wait for a command's end; RuntimeError where it seems stuck."""
        try:
            out, complaint = process.communicate(timeout=STUCK)
        except subprocess.TimeoutExpired:
            process.kill()
            out, complaint = process.communicate()
            raise RuntimeError(f"stuck: {process.args!r}\n{complaint.decode(errors='replace')}") from None
        lines = out.splitlines()
        said = orjson.loads(lines[-1]) if lines and lines[-1].startswith(b"{") else {}
        return Result(process.returncode, said, complaint.decode(errors="replace"))

    def sync(self, object_name: str) -> Result:
        """`hub sync`, to its end. RuntimeError for a bug or a wrong setting, which is no outcome of a bench."""
        result = self.finish(self.start("sync", NAME, object_name, "--json"))
        if result.status not in (0, 1, 2) or "Traceback" in result.complaint:
            raise RuntimeError(f"hub sync {object_name} ended with {result.status}:\n{result.complaint}")
        return result

    def first_load(self) -> None:
        """Initialize what is initialised, and import the first orders."""
        for object_name in OBJECTS:
            command = "sync" if object_name == "order" else "initialize"
            result = self.finish(self.start(command, NAME, object_name, "--json"))
            if not result.done:
                raise RuntimeError(f"hub {command} {object_name}: {result.said} {result.complaint}")

    # -- looking --------------------------------------------------------------------------------------------------

    def measure(self, unsettled: Collection[str] = ()) -> Findings:
        """What the two platforms say; `unsettled` orders may hold units back (see `bench.measure`)."""
        return measure(self.shop.state, self.erp.state, unsettled)

    def troubles(self) -> list[Trouble]:
        """Open failures of the bench's own records."""
        return [one for one in self._left_aside() if one.cause and self._is_ours(one)]

    def explained(self) -> set[Key]:
        """Records that have an open failure or a skip."""
        return {one.record for one in self._left_aside()}

    def _left_aside(self) -> list[Trouble]:
        with self.hub() as hub:
            found = []
            for route in hub.routes.of(hub.integrations.named(NAME).id):
                found += [Trouble.of(route.object, failure) for failure in hub.failures.select([route.id])]
                found += [Trouble((route.object, key)) for key in hub.skips.keys(route.id)]
        return found

    def _is_ours(self, trouble: Trouble) -> bool:
        known = {*self.work.customers, *self.work.all_orders}
        return trouble.record[1] in known or trouble.record[1].startswith(CODE)

    def drain(self) -> None:
        """Let the platforms carry out what they have taken in."""
        self.shop.drain()
        self.erp.drain()

    def cure(self) -> int:
        """Let a person take up what failed (`hub resync --all`) until nothing fails; answers how often that took.

        A create that was not answered is looked up only when it can no longer land, so that is waited for.
        """
        for count in range(CURES):
            unknown = [one for one in self.troubles() if one.cause == "OUTCOME_UNKNOWN" and one.due is not None]
            if not self.troubles():
                return count
            due = max((one.due for one in unknown if one.due is not None), default=0)
            time.sleep(min(max(due - time.time(), 0), self.pace.read_timeout + self.pace.settle))
            self.finish(self.start("resync", NAME, "--all", "--json"))
        return CURES

    def until_nothing_waits(self, patience: float = 300) -> int:
        """Run all routes until no record waits for time to pass; answers the rounds that took."""
        end = time.monotonic() + patience
        for rounds in range(1, 1000):
            for object_name in OBJECTS:
                self.sync(object_name)
            due = [one.due for one in self.troubles() if one.due is not None]
            if not due or time.monotonic() > end:
                return rounds
            time.sleep(min(max(min(due) - time.time(), 0.1), 10))
        raise AssertionError("counting ends")


@dataclass(frozen=True, slots=True)
class Sides:
    """The platforms of an integration, and how the hub calls it and its two connections."""

    shop: Control
    erp: Control
    name: str = NAME
    of_shop: str = "shop"
    of_erp: str = "erp"


def set_up(hub: Hub, sides: Sides, pace: Pace, settings: Mapping[str, Any], routes: Mapping[str, Any] = OBJECTS) -> int:
    """Store connections, integration, maps and routes, and make our fields in the ERP; answers the integration's id."""
    waits = {"connect_timeout": pace.read_timeout, "read_timeout": pace.read_timeout}
    # Not the permanent token: one that can expire, and be renewed.
    app = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    shop = {"base_url": sides.shop.url, **app, **waits}
    erp = {"base_url": sides.erp.url, "company": "SBODEMO", "user": "hub", "password": "sandbox", **waits}
    locations = {row["code"]: row["id"] for row in sides.shop.get("state/locations")}
    entries = [
        Entry("location", locations[place], warehouse, is_default=warehouse == "01")
        for warehouse, place in PLACES.items()
    ]
    entries += [
        Entry("payment", "shopify_payments", "card:1"),
        Entry("payment", "gift_card", "card:2"),
        Entry("tax", "0.19", "A2"),
        Entry("tax", "0", "A0"),
    ]
    stored = (
        hub.connections.save(sides.of_shop, "shopify", shop, frozenset({"client_secret"})),
        hub.connections.save(sides.of_erp, "sap_b1", erp, frozenset({"password"})),
    )
    integration = hub.integrations.save(sides.name, *stored, _settings(pace, settings))
    hub.maps.put(integration, entries)
    for object_name, direction in routes.items():
        hub.routes.save(integration, object_name, direction, enabled=True)
    with closing(hub.connect(hub.connections.named(sides.of_erp))) as connection:
        connection.set_up()
    # New fields are visible only after the Service Layer was restarted.
    sides.erp.post("restart", {})
    return integration


def _settings(pace: Pace, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "order_cut_over": "2026-01-01T00:00:00+01:00",
        "guest_customer": "C-GUEST",
        "default_warehouse": "01",
        "exempt_tax_code": "A0",
        **{f"freight_{name}": place for place, name in enumerate(("shipping", "tax", "rounding", "tip"), 1)},
        "settle_seconds": pace.settle,
        "lag_seconds": pace.lag,
        "overlap_seconds": pace.overlap,
        # Prices bear no stamp; so that changed ones are seen they are compared in every run.
        "price_compare_minutes": 0,
        **settings,
    }


@contextmanager
def staged(pace: Pace, seed: int, *, settings: Mapping[str, Any] | None = None, size: int = 10) -> Iterator[Stage]:
    """A stage with both sandboxes started, the hub configured and the first load done."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-")))
        sandboxes = stack.enter_context(both(["--size", str(size), "--seed", str(seed)]))
        shop, erp = (stack.enter_context(closing(Control(sandbox.url))) for sandbox in sandboxes)
        work = Work(shop, erp, Random(f"work {seed}"))
        stage = Stage(shop, erp, home, replace(pace), work, dict(settings or {}))
        stage.configure()
        work.begin()
        stage.first_load()
        yield stage
