from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from hub.errors import ConfigurationError
from hub.store import migrate
from hub.store.database import Database, make_engine
from hub.store.vault import Vault


@pytest.mark.parametrize("branch", ["store", "log"])
def test_a_migrated_schema_is_the_schema_of_the_code(url: str, branch: str) -> None:
    engine = make_engine(url)
    migrate.upgrade(engine, branch)
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
