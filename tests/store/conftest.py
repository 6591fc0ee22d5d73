"""A fresh, migrated store for each test: on SQLite always, on PostgreSQL where one is given."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from hub.store import migrate
from hub.store.connections import Connections
from hub.store.database import Database, make_engine
from hub.store.integrations import Integrations
from hub.store.routes import Routes
from hub.store.vault import Vault
from tests.services import missing

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def postgresql_url() -> str:
    """The PostgreSQL of the machine, or the reason why there is none."""
    url = os.environ.get("HUB_TEST_POSTGRESQL")
    if not url:
        missing("A test on PostgreSQL", "HUB_TEST_POSTGRESQL")
    return str(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    # A schema of its own per test, so that parallel runs never meet.
    schema = f"t_{uuid.uuid4().hex}"
    admin = create_engine(postgresql_url())
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        made = make_url(postgresql_url()).update_query_dict({"options": f"-csearch_path={schema}"})
        yield made.render_as_string(hide_password=False)
    finally:
        with admin.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        admin.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    engine = make_engine(url)
    migrate.upgrade(engine, "store")
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
