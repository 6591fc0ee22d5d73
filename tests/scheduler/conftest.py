"""A hub on each kind of database, with an integration whose routes are armed, and a clock that is told the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.bootstrap import Hub
from hub.config import from_environment
from hub.schedule import Schedule
from hub.store.job import JOBS, Job
from hub.store.routes import Route
from hub.store.schedules import Stored
from tests.databases import new_hub

ROUTES = {
    "customer": "shop_to_erp",
    "product": "erp_to_shop",
    "order": "shop_to_erp",
    "inventory": "erp_to_shop",
}


@dataclass
class Clock:
    """Moves only when told to."""

    time: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **distance: float) -> datetime:
        self.time += timedelta(**distance)
        return self.time


@dataclass
class Scene:
    """The store of a test, and what it asks of it."""

    hub: Hub
    clock: Clock
    integration_id: int

    def route(self, name: str = "customer") -> Route:
        return next(one for one in self.hub.routes.of(self.integration_id) if one.object == name)

    def plan(self, schedule: Schedule, name: str = "customer") -> int:
        """Save a schedule as `hub apply` does: the clock computes its next time."""
        route = self.route(name).id
        self.hub.schedules.save(route, schedule, self.zone, now=self.clock(), actor="ann")
        return route

    @property
    def zone(self) -> str:
        return str(self.hub.integrations.get(self.integration_id).settings["zone"])

    def change(self, **settings: Any) -> None:
        """Change settings of the integration, as `hub apply` does."""
        old = self.hub.integrations.get(self.integration_id)
        self.hub.integrations.save(old.name, old.shop_id, old.erp_id, {**old.settings, **settings})
        self.hub.schedules.rezone(self.integration_id, self.zone)

    def stored(self, name: str = "customer") -> Stored:
        found = self.hub.schedules.get(self.route(name).id)
        assert found is not None
        return found

    def jobs(self) -> list[Job]:
        with self.hub.database.read() as connection:
            return [Job(*row) for row in connection.execute(select(JOBS).order_by(JOBS.c.id))]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scene(url: str, tmp_path: Path, clock: Clock) -> Iterator[Scene]:
    environment = {"HUB_HOME": str(tmp_path), "HUB_DATABASE_URL": url, "HUB_LOG_URL": f"sqlite:///{tmp_path}/log.db"}
    hub = new_hub(from_environment(environment), clock=clock, actor="ann")
    yield Scene(hub, clock, make_integration(hub, "acme"))
    hub.close()


def make_integration(hub: Hub, name: str, **settings: Any) -> int:
    """An integration with all its routes, initialised."""
    shop = hub.connections.save(f"{name} shop", "shopify", {"token": "secret"}, frozenset({"token"}))
    erp = hub.connections.save(f"{name} erp", "sap_b1", {"password": "secret"}, frozenset({"password"}))
    given = {"zone": "Europe/Berlin", "order_cut_over": "2026-11-01T00:00:00+01:00", **settings}
    identity = hub.integrations.save(name, shop, erp, given)
    for object_name, direction in ROUTES.items():
        route = hub.routes.save(identity, object_name, direction, enabled=True)  # type: ignore[arg-type]
        if object_name != "order":
            hub.routes.set_initialization(route, "done")
    return identity
