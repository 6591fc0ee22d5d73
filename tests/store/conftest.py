"""A fresh, migrated store for each test: on SQLite always, on PostgreSQL where one is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub.store.connections import Connections
from hub.store.database import Database, make_engine
from hub.store.integrations import Integrations
from hub.store.routes import Routes
from hub.store.vault import Vault
from tests.databases import fill

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    fill(url, "store")
    engine = make_engine(url)
    yield Database(engine)
    engine.dispose()


@pytest.fixture
def vault(database: Database) -> Vault:
    return Vault([KEY], database)


@pytest.fixture
def integration_id(database: Database, vault: Vault) -> int:
    connections = Connections(database, vault)
    shop = connections.save("shop", "shopify", {"token": "secret"}, frozenset({"token"}))
    erp = connections.save("erp", "sap_b1", {"password": "secret"}, frozenset({"password"}))
    return Integrations(database).save("acme", shop, erp, {})


@pytest.fixture
def route_id(database: Database, integration_id: int) -> int:
    return Routes(database).save(integration_id, "product", "erp_to_shop", enabled=True)


class Clock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **distance: float) -> datetime:
        self.time += timedelta(**distance)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()
