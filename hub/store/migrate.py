"""Bring a database to the code's schema, and refuse one that is newer than the code.

The store and the message log migrate apart: each has its own revisions and its own version table, so that they can lie
in one PostgreSQL database or in two SQLite files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData

import message_log
from hub.errors import ConfigurationError
from hub.store import tables
from message_log.models import LogBase

HERE = Path(__file__).parent / "migrations"
#: Number of the lock that whoever migrates a PostgreSQL database holds.
_LOCK = 4_827_001


@dataclass(frozen=True, slots=True)
class Branch:
    """One set of tables with its own line of revisions."""

    metadata: MetaData
    versions: Path
    version_table: str


BRANCHES = {
    "store": Branch(tables.METADATA, HERE / "versions", "store_version"),
    "log": Branch(LogBase.metadata, Path(message_log.__file__).parent / "migrations" / "versions", "log_version"),
}


def _alembic(branch: Branch) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(branch.versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["branch"] = branch
    return config


def is_current(engine: Engine, name: str) -> bool:
    """Whether a branch ("store" or "log") is at this release's revision; changes nothing."""
    branch = BRANCHES[name]
    newest = ScriptDirectory.from_config(_alembic(branch)).get_current_head()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": branch.version_table})
        return context.get_current_revision() == newest


def _one_at_a_time(connection: Connection) -> None:
    """Wait until nobody else migrates: several processes may be started at one moment. SQLite's writers wait anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def upgrade(engine: Engine, name: str) -> str:
    """Migrate one branch ("store" or "log") to its newest revision; answers that revision.

    Raises ConfigurationError when the database is of a newer release than this code.
    """
    branch = BRANCHES[name]
    config = _alembic(branch)
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        _one_at_a_time(connection)
        current = MigrationContext.configure(
            connection, opts={"version_table": branch.version_table}
        ).get_current_revision()
        if current == newest:
            return str(newest)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            raise ConfigurationError(
                f"The {name} database is at revision {current}, which this release does not know.",
                detail=name,
                fix="Start the newer release again, or restore the backup made before the upgrade.",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return str(newest)
