"""A bench's stage inside the test process: time stands still until somebody moves it, and parts may be exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from bench.control import Control
from bench.measure import Findings
from bench.records import Work
from bench.stage import NAME, OBJECTS, Pace, Stage
from hub.bootstrap import Hub
from hub.sandbox.clock import SandboxClock
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import running
from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.world.model import World
from hub.store.job import Request, Scope
from hub.store.routes import Route
from hub.store.runs import Run
from hub.sync.assemble import Assembly, Parts
from hub.sync.context import Context
from hub.sync.work import Book, Worker

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
PACE = Pace(read_timeout=10, settle=30, lag=0, overlap=0, lease=600)

#: Puts something else in the place of a part of a run's context.
Meddle = Callable[[Context], None]


def leave_alone(context: Context) -> None:
    """The real parts."""


@dataclass
class Scene:
    """One hub between two sandboxes. What is `meddled` with is what a negative control switches off."""

    stage: Stage
    hub: Hub
    clock: SandboxClock
    meddle: Meddle = leave_alone
    #: What was found at the end.
    findings: Findings = field(default_factory=Findings)

    @property
    def work(self) -> Work:
        return self.stage.work

    def later(self, seconds: float) -> None:
        """Let time pass everywhere; requests whose time has come are carried out."""
        self.clock.advance(seconds)
        for side in (self.stage.shop, self.stage.erp):
            side.post("clock", {"advance_seconds": 0})

    def worker(self) -> Worker:
        """A worker as the hub's own, with the exchanged parts in it."""
        hub = self.hub
        parts = Parts(
            hub.database,
            hub.jobs,
            hub.runs,
            hub.routes,
            hub.failures,
            hub.skips,
            hub.plans,
            hub.ledger,
            hub.vault.base_hash,
            hub.vault,
            hub.clock,
        )
        assembly = Assembly(parts, hub, hub.connect, hub.concurrency, hub.progress, lambda job: None)

        @contextmanager
        def opener(*given: Any) -> Iterator[Context]:
            with assembly.open(*given) as context:
                yield self._exchanged(context)

        book = Book(hub.jobs, hub.runs, hub.routes, hub.health)
        return Worker("w", book, opener, clock=hub.clock, lease=hub.config.lease)

    def _exchanged(self, context: Context) -> Context:
        self.meddle(context)
        bring = context.bring

        def brought(kind: str) -> Context | None:
            other = bring(kind)
            return self._exchanged(other) if other is not None else None

        context.bring = brought
        return context

    def route(self, object_name: str) -> Route:
        """The route of an object."""
        return self.hub.routes.find(self.hub.integrations.named(NAME).id, object_name)

    def run(self, object_name: str, scope: Scope = "changes") -> Run:
        """Put a job in and work it off."""
        job = self.hub.jobs.put(Request(self.route(object_name).id, scope, "bench", "bench"), self.clock.now())
        self.worker().work_off(job)
        run = self.hub.runs.of_job(job)
        assert run is not None
        return run

    def settled(self) -> Findings:
        """What the bench's own measuring finds when all routes have run and nothing waits any more."""
        for _ in range(3):
            self.later(120)
            for object_name in OBJECTS:
                self.come_to_its_end(object_name)
        return self.stage.measure()

    def come_to_its_end(self, object_name: str) -> None:
        """Run a route until it is through: one that finds a link in other hands gives its job back first."""
        states = []
        for _ in range(3):
            states.append(self.run(object_name).state)
            if states[-1] == "done":
                return
            self.later(120)
        raise AssertionError(f"{object_name} does not come to its end: {states}")


def once(kind: str, operation: str, **more: Any) -> list[dict[str, Any]]:
    """A fault that the next request of this name meets."""
    return [{"kind": kind, "every": 1, "times": 1, "operations": [operation], **more}]


def empty_world() -> World:
    """A company that has just opened."""
    return World(
        currency="EUR",
        zone="Europe/Berlin",
        taxes_included=True,
        items=[],
        customers=[],
        orders=[],
        warehouses={"01": "Hauptlager", "02": "Außenlager"},
        locations={"L1": "Hauptlager", "L2": "Außenlager"},
        tax_codes={"A2": Decimal("0.19"), "A0": Decimal(0)},
    )


@contextmanager
def scene(home: Path, meddle: Meddle = leave_alone, **settings: Any) -> Iterator[Scene]:
    """A scene with a few items and customers loaded and in step."""
    clock = SandboxClock(lambda: START)
    world = empty_world()
    with ExitStack() as stack:
        applications = ShopifyApplication(world, now=clock.now), SapB1Application(world, now=clock.now)
        servers = [stack.enter_context(running(one, clock=clock)) for one in applications]
        shop, erp = (stack.enter_context(closing(Control(server.url))) for server in servers)
        stage = Stage(shop, erp, home, PACE, Work(shop, erp, Random(1)), settings)
        stage.configure()
        hub = stack.enter_context(stage.hub(clock=clock.now))
        hub.sleep = clock.advance
        made = Scene(stage, hub, clock, meddle)
        stage.work.begin()
        for object_name in OBJECTS:
            assert made.run(object_name, "changes" if object_name == "order" else "initialize").state == "done"
        made.later(120)
        yield made
