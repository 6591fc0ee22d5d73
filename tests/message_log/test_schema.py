"""A fresh schema and a migrated one are the same."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, text

import message_log
from message_log.models import LogBase
from message_log.search import is_search_table

REVISIONS = sorted((Path(message_log.__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))


def upgrade(connection: Connection) -> MigrationContext:
    """Run all revisions in the order of their file names."""
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_object": lambda _o, name, kind, *_r: not (kind == "table" and is_search_table(str(name))),
        },
    )
    with Operations.context(context):
        for path in REVISIONS:
            spec = importlib.util.spec_from_file_location(f"revision_{path.stem}", path)
            assert spec is not None
            assert spec.loader is not None
            module: Any = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.upgrade()
    return context


def definitions(connection: Connection) -> list[tuple[str, ...]]:
    """Everything that the database itself says about its tables and indexes, in one spelling."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    else:
        rows = connection.execute(
            text(
                "SELECT table_name, column_name || ' ' || is_nullable, data_type || coalesce(column_default, '')"
                " FROM information_schema.columns WHERE table_schema = current_schema()"
                " UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
                " UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE connamespace = current_schema()::regnamespace"
            )
        )
    return sorted(tuple(re.sub(r"\s+", " ", str(part)).replace(" ,", ",") for part in row) for row in rows)


def test_a_fresh_schema_equals_a_migrated_one(bare_engine: Engine) -> None:
    with bare_engine.begin() as connection:
        LogBase.metadata.create_all(connection)
        fresh = definitions(connection)
        connection.execute(text("DROP TABLE message_text"))
        LogBase.metadata.drop_all(connection)
        assert definitions(connection) == [d for d in fresh if "sqlite_sequence" in d]
    with bare_engine.begin() as connection:
        context = upgrade(connection)
        assert compare_metadata(context, LogBase.metadata) == []
        assert definitions(connection) == fresh


def test_the_comparison_would_see_a_difference(bare_engine: Engine) -> None:
    with bare_engine.begin() as connection:
        context = upgrade(connection)
        connection.execute(text("DROP INDEX ix_message_follows"))
        connection.execute(text("ALTER TABLE attempt ADD COLUMN extra INTEGER"))
        assert {difference[0] for difference in compare_metadata(context, LogBase.metadata)} == {
            "add_index",
            "remove_column",
        }
