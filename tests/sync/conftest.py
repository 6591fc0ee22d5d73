"""A hub on a store of its own, between a shop and an ERP that live in dictionaries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.bootstrap import Hub
from hub.config import from_environment
from hub.store.divergences import Divergences
from hub.store.failures import Failure
from hub.store.job import Request, Wanted
from hub.store.maps import Entry
from hub.store.routes import Route
from hub.store.runs import Run
from message_log.detail import Details
from message_log.queries import Entry as LogEntry
from message_log.queries import Queries
from message_log.streams import Filters
from tests.databases import new_hub
from tests.fakes.erp import Erp
from tests.fakes.platform import KEY, World, registered
from tests.fakes.shop import Shop

ROUTES = {
    "customer": "shop_to_erp",
    "product": "erp_to_shop",
    "order": "shop_to_erp",
    "inventory": "erp_to_shop",
}
MAPS = [
    Entry("location", "L1", "01", is_default=True),
    Entry("location", "L2", "02"),
    Entry("payment", "shopify_payments", "card:1"),
    Entry("tax", "0.19", "A2"),
]


@dataclass
class Clock:
    """Moves only when told to; sleeping moves it, too."""

    time: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Stage:
    """The whole scene of a test."""

    hub: Hub
    world: World
    clock: Clock
    integration_id: int

    @property
    def shop(self) -> Shop:
        return self.world.shop

    @property
    def erp(self) -> Erp:
        return self.world.erp

    def route(self, object_name: str) -> Route:
        """The route of an object; `"product back"` is the one against the usual direction."""
        name, _, back = object_name.partition(" ")
        direction = {"shop_to_erp": "erp_to_shop", "erp_to_shop": "shop_to_erp"}[ROUTES[name]] if back else ROUTES[name]
        return self.hub.routes.find(self.integration_id, name, direction)

    def both_ways(self, **owners: Any) -> None:
        """Carry products from the shop to the ERP, too, with these owners of their fields."""
        self.hub.routes.save(self.integration_id, "product", "shop_to_erp", enabled=True)
        known = self.hub.integrations.get(self.integration_id)
        fields = {"product": owners}
        self.hub.integrations.save("acme", known.shop_id, known.erp_id, known.settings, fields)

    def divergences(self, kind: str) -> dict[tuple[str, str], tuple[Any, Any]]:
        """(label, field) -> versions of the shop and the ERP that are left to differ."""
        book = Divergences(self.hub.database, self.integration_id, self.hub.vault)
        return {
            (one.label, one.field): (one.shop_value, one.erp_value)
            for one in book.select(kind=kind, limit=10_000)  # type: ignore[arg-type]
        }

    def work(self, object_name: str, scope: str = "changes", *keys: str, **more: Any) -> Run:
        """Put a job in and work it off."""
        wanted = [Wanted(key, more.pop("follows", None)) for key in keys]
        request = Request(self.route(object_name).id, scope, "sync now", "ann", keys=wanted, **more)  # type: ignore[arg-type]
        job = self.hub.jobs.put(request, self.clock())
        self.hub.worker().work_off(job)
        run = self.hub.runs.of_job(job)
        assert run is not None
        return run

    def all_routes(self) -> dict[str, Run]:
        """The four routes in the order of their dependencies, as a first load."""
        return {
            name: self.work(name, "changes" if name == "order" else "initialize")
            for name in ("customer", "product", "order", "inventory")
        }

    def settings(self, **changes: Any) -> None:
        """Change the integration's settings."""
        known = self.hub.integrations.get(self.integration_id)
        self.hub.integrations.save("acme", known.shop_id, known.erp_id, {**known.settings, **changes})

    def map(self, map_name: str, shop_value: str, erp_value: str) -> None:
        self.hub.maps.put(self.integration_id, [Entry(map_name, shop_value, erp_value)])

    def failures(self, object_name: str) -> dict[str, Failure]:
        return {failure.key: failure for failure in self.hub.failures.select([self.route(object_name).id])}

    def messages(self, object_name: str, **filters: Any) -> list[LogEntry]:
        """Messages of an object, oldest first."""
        queries = Queries(self.hub.log_database.engine, self.hub.vault)
        return list(queries.export(Filters(object=object_name, **filters)))

    def payloads(self, message: int) -> Any:
        """Everything about one message, unmasked."""
        details = Details(self.hub.log_database.engine, self.hub.vault, {})
        return details.show(message, personal=True)


@contextmanager
def staged(folder: Path, **environment: str) -> Iterator[Stage]:
    """A stage whose hub keeps its data in a folder, or where the environment says."""
    config = from_environment({"HUB_HOME": str(folder / "home"), **environment})
    clock = Clock()
    with registered(str(folder)) as world:
        hub = new_hub(config, clock=clock, actor="ann")
        hub.sleep = clock.advance
        settings = {"world": str(folder), "key": KEY}
        shop = hub.connections.save("shop", "fake_shop", settings, frozenset({"key"}))
        erp = hub.connections.save("erp", "fake_erp", settings, frozenset({"key"}))
        chosen = {"order_cut_over": "2026-11-01T00:00:00+00:00", "guest_customer": "C-GUEST", "default_warehouse": "01"}
        integration = hub.integrations.save("acme", shop, erp, chosen)
        for name, direction in ROUTES.items():
            hub.routes.save(integration, name, direction, enabled=True)  # type: ignore[arg-type]
        hub.maps.put(integration, MAPS)
        yield Stage(hub, world, clock, integration)
        hub.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as made:
        yield made


def counts(run: Run) -> dict[str, int]:
    """The counts of a run that are not zero."""
    assert run.state == "done", run.error
    assert run.counts["read"] == sum(
        run.counts[name] for name in ("created", "updated", "unchanged", "skipped", "failed")
    )
    return {name: count for name, count in run.counts.items() if count}
