from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, Table, text
from sqlalchemy.exc import OperationalError

from hub.errors import ConfigurationError
from hub.store import migrate
from hub.store.audit import Audit
from hub.store.connections import Connections
from hub.store.database import Database, make_engine
from hub.store.integrations import Integrations
from hub.store.job import Request
from hub.store.jobs import Jobs
from hub.store.pairings import Pairings
from hub.store.routes import Routes
from hub.store.vault import Vault
from tests.databases import at, fill
from tests.store.conftest import KEY

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("way", ["migrated", "as tests make it"])
@pytest.mark.parametrize("branch", ["store", "log"])
def test_a_migrated_schema_is_the_schema_of_the_code(url: str, branch: str, way: str) -> None:
    engine = make_engine(url)
    if way == "migrated":
        migrate.upgrade(engine, branch)
    else:
        fill(url, branch)
        assert migrate.is_current(engine, branch)
    mine = migrate.BRANCHES[branch].metadata.tables.keys()
    with engine.begin() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": migrate.BRANCHES[branch].version_table,
                "include_name": lambda name, kind, parents: kind != "table" or name in mine,
            },
        )
        assert compare_metadata(context, migrate.BRANCHES[branch].metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(url: str) -> None:
    engine = make_engine(url)
    first = migrate.upgrade(engine, "store")
    assert migrate.upgrade(engine, "store") == first
    engine.dispose()


@pytest.mark.parametrize("branch", ["store", "log"])
def test_the_newest_revision_is_the_one_that_a_migration_ends_with(tmp_path: Path, branch: str) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'hub.db'}")
    assert not migrate.is_current(engine, branch)
    revision = migrate.upgrade(engine, branch)
    with engine.connect() as connection:
        assert connection.scalars(text(f"SELECT version_num FROM {branch}_version")).all() == [revision]  # noqa: S608
    assert migrate.is_current(engine, branch)
    engine.dispose()


def test_a_database_that_cannot_be_reached_is_not_taken_for_an_empty_one() -> None:
    engine = make_engine("postgresql+psycopg://127.0.0.1:1/nowhere")
    with pytest.raises(OperationalError):
        migrate.is_current(engine, "store")


def test_lists_that_hold_their_faults_go_and_what_else_was_done_stays(url: str) -> None:
    engine = make_engine(url)
    at(engine, "0010")
    database = Database(engine)
    connections = Connections(database, Vault([KEY], database))
    shop, erp = (connections.save(side, "fake", {}, frozenset()) for side in ("shop", "erp"))
    route = Routes(database).save(
        Integrations(database).save("acme", shop, erp, {}), "product", "erp_to_shop", enabled=True
    )
    asked = Request(route, "pairs", "pairs", "ann", mode="read")
    listed, searched = (Jobs(database).put(asked, NOW) for _ in range(2))
    common = {"route_id": route, "by": "ann", "started_at": NOW, "counts": {}}
    with engine.begin() as connection:
        old = Table("pairing", MetaData(), autoload_with=connection)
        connection.execute(old.insert().values(**common, job_id=listed, kind="validate", sealed=b"both"))
        connection.execute(old.insert().values(**common, job_id=searched, kind="propose"))
    migrate.upgrade(engine, "store")
    kept = Pairings(database)
    assert (kept.of_job(route, listed), kept.of_job(route, searched) is None) == (None, False)
    engine.dispose()


def test_decisions_of_before_leave_no_personal_version_in_the_trail(url: str) -> None:
    engine = make_engine(url)
    at(engine, "0011")
    audit = Audit(Database(engine), lambda: NOW, "ann")
    places = {"shop": [{"city": "Ulm", "country": "DE"}], "erp": []}
    before = {"email": {"shop": "a@example.com", "erp": ""}, "addresses": places}
    audit.note("conflicts take", "acme customer 7", before, {"email": {"value": "b@example.com"}, "addresses": "shop"})
    audit.note("drift undo", "acme customer 8", {"note": {"shop": "old", "erp": "new"}}, {"note": "erp"})
    versions = {"title": {"shop": "Mug", "erp": "Cup"}}
    audit.note("conflicts take", "acme product MUG", versions, {"title": {"value": "Beaker"}})
    audit.note("map set", "acme customer 9", None, {"note": "kept"})
    migrate.upgrade(engine, "store")
    kept, product, undone, taken = audit.newest()
    masked = {"shop": [{"city": "***", "country": "DE"}], "erp": []}
    assert taken.before == {"email": {"shop": "***", "erp": ""}, "addresses": masked}
    assert taken.after == {"email": {"value": "***"}, "addresses": "shop"}
    assert (undone.before, undone.after) == ({"note": {"shop": "***", "erp": "***"}}, {"note": "erp"})
    assert (product.before, product.after, kept.after) == (versions, {"title": {"value": "Beaker"}}, {"note": "kept"})
    ever = (NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert audit.about(["b@example.com"], ever) == []
    assert [act.id for act in audit.about(["customer 7", "Beaker"], ever)] == [product.id, taken.id]
    engine.dispose()


def test_a_schema_newer_than_the_code_is_refused(url: str) -> None:
    engine = make_engine(url)
    migrate.upgrade(engine, "store")
    with engine.begin() as connection:
        connection.execute(text("UPDATE store_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="9999"):
        migrate.upgrade(engine, "store")
    engine.dispose()


def test_processes_that_start_at_one_moment_migrate_one_after_the_other(url: str) -> None:
    engines = [make_engine(url) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as threads:
        found = set(threads.map(lambda engine: migrate.upgrade(engine, "store"), engines))
        keys = set(threads.map(lambda engine: Vault(["A" * 43 + "="], Database(engine)).base_hash("x"), engines))
    assert len(found) == len(keys) == 1
    for engine in engines:
        engine.dispose()
