"""Bring a database to the code's schema, and refuse one that is newer than the code.

The store and the message log migrate apart: each has its own revisions and its own version table, so that they can lie
in one PostgreSQL database or in two SQLite files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, String, column, select, table
from sqlalchemy.exc import OperationalError, ProgrammingError

import message_log
from hub.errors import ConfigurationError
from hub.store import tables
from message_log.models import LogBase

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

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


#: What SQLite says of a database that is still empty, or that somebody is just making.
_EXPECTED = ("no such table", "locked")


@cache
def newest(name: str) -> str:
    """The newest revision of a branch ("store" or "log"): that of its last file, as they are named in their order.

    Every process asks whether its database is there already, and nearly always it is. Read in this way, the answer
    costs a moment; Alembic, which would load all revisions, is only imported when there is something to migrate.
    """
    last = max(BRANCHES[name].versions.glob("[0-9]*.py"))
    found = re.search(r'^revision = "(\w+)"$', last.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, last
    return found[1]


def is_current(engine: Engine, name: str) -> bool:
    """Whether a branch ("store" or "log") is at this release's revision; changes nothing."""
    version = column("version_num", String)
    asked = select(version).select_from(table(BRANCHES[name].version_table, version))
    try:
        with engine.execution_options(hub_reading=True).connect() as connection:
            return connection.scalars(asked).all() == [newest(name)]
    except (ProgrammingError, OperationalError) as error:
        # A database that is locked is being migrated, or made, by somebody else: the migration waits for that.
        expected = isinstance(error, ProgrammingError) or any(one in str(error.orig) for one in _EXPECTED)
        if not expected:
            raise
        return False


def _alembic(branch: Branch) -> AlembicConfig:
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415 - see `newest`

    config = AlembicConfig()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(branch.versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["branch"] = branch
    return config


def _one_at_a_time(connection: Connection) -> None:
    """Wait until nobody else migrates: several processes may be started at one moment. SQLite's writers wait anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def upgrade(engine: Engine, name: str) -> str:
    """Migrate one branch ("store" or "log") to its newest revision; answers that revision.

    Raises ConfigurationError when the database is of a newer release than this code.
    """
    if not is_current(engine, name):
        _migrate(engine, name)
    return newest(name)


def _migrate(engine: Engine, name: str) -> None:
    from alembic import command  # noqa: PLC0415 - see `newest`
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    branch = BRANCHES[name]
    config = _alembic(branch)
    with engine.begin() as connection:
        _one_at_a_time(connection)
        context = MigrationContext.configure(connection, opts={"version_table": branch.version_table})
        current = context.get_current_revision()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            raise ConfigurationError(
                f"The {name} database is at revision {current}, which this release does not know.",
                detail=name,
                fix="Start the newer release again, or restore the backup made before the upgrade.",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
