from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from hub.errors import ConfigurationError
from hub.store import migrate
from hub.store.database import Database, make_engine
from hub.store.vault import Vault
from tests.databases import fill


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
