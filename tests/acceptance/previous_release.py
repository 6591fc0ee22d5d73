"""A database as the release before has left it: of its revision, with nothing but what that release could write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, Engine, MetaData, Table, func, make_url, select

from hub.bootstrap import Hub
from hub.store import migrate
from hub.store.database import make_engine
from hub.store.runs import Tally
from message_log.models import LogBase

#: Revisions of the release before.
REVISIONS = {"store": "0002", "log": "log_0002"}


@dataclass
class Earlier:
    """What was in the database."""

    url: str
    rows: dict[str, list[tuple[Any, ...]]]
    tables: MetaData
    #: The one that was waiting, and the one that was being done.
    jobs: tuple[int, int]
    finished_run: int

    def missing(self) -> list[str]:
        """Tables in which something of it is not there, or not as it was."""
        with _engines(self.url) as engines:
            return [
                table.name
                for table in self.tables.sorted_tables
                if _rows(engines[_branch(table.name)], table) != self.rows[table.name]
            ]


def earlier(donor: Hub, url: str, *, waiting: int, dead: int) -> Earlier:
    """Make such a database at a URL: what a hub knows, told in the columns of the release before.

    It was stopped while a job of the route `waiting` waited, and killed while it did one of the route `dead`.
    """
    tables = MetaData()
    with _engines(url) as engines:
        for branch, engine in engines.items():
            with engine.begin() as connection:
                _migrate(connection, branch)
            tables.reflect(engine, only=partial(_chosen, branch))
        for table in tables.sorted_tables:
            source = donor.log_database if _branch(table.name) == "log" else donor.database
            with engines[_branch(table.name)].begin() as connection:
                _insert(connection, table, _rows(source.engine, table))
        with engines["store"].begin() as connection:
            _count_on(connection, tables)
            table, now = tables.tables["job"], donor.clock()
            jobs = _job(connection, table, waiting, "waiting", now), _job(connection, table, dead, "running", now)
            _run(connection, tables.tables["run"], jobs[1], dead, now)
            runs = tables.tables["run"]
            finished = connection.scalar(select(func.max(runs.c.id)).where(runs.c.state == "done"))
        rows_of = {table.name: _rows(engines[_branch(table.name)], table) for table in tables.sorted_tables}
    assert finished is not None
    return Earlier(url, rows_of, tables, jobs, finished)


def _branch(table: str) -> str:
    return "log" if table in LogBase.metadata.tables else "store"


@contextmanager
def _engines(url: str) -> Iterator[dict[str, Engine]]:
    """Store and log, where `hub.config` puts them."""
    parsed = make_url(url)
    log = str(Path(str(parsed.database)).with_name("log.db"))
    engines = {
        "store": make_engine(url),
        "log": make_engine(url if parsed.get_backend_name() == "postgresql" else f"sqlite:///{log}"),
    }
    try:
        yield engines
    finally:
        for engine in engines.values():
            engine.dispose()


def _migrate(connection: Connection, name: str) -> None:
    branch = migrate.BRANCHES[name]
    config = AlembicConfig()
    config.set_main_option("script_location", str(migrate.HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(branch.versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes |= {"branch": branch, "connection": connection}
    command.upgrade(config, REVISIONS[name])


def _chosen(branch: str, name: str, _: MetaData) -> bool:
    """Not what a database keeps for itself: revisions, and the tables behind the text index."""
    return _branch(name) == branch and not name.endswith("_version") and not name.startswith("message_text")


def _rows(engine: Engine, table: Table) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*table.c).order_by(*table.primary_key.columns))]


def _insert(connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """Rows that refer to others of the same table come last."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    values = [dict(zip(table.c.keys(), row, strict=True)) for row in rows]
    for chosen in (
        [row for row in values if all(row[name] is None for name in own)],
        [row for row in values if any(row[name] is not None for name in own)],
    ):
        if chosen:
            connection.execute(table.insert(), chosen)


def _count_on(connection: Connection, tables: MetaData) -> None:
    """PostgreSQL goes on counting behind the ids that were put in."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables.sorted_tables:
        column = table.c.get("id")
        if column is not None and str(getattr(column.server_default, "arg", "")).startswith("nextval"):
            last = select(func.greatest(func.max(column), 1)).scalar_subquery()
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))


def _job(connection: Connection, table: Table, route: int, state: str, now: datetime) -> int:
    values = {
        "route_id": route,
        "scope": "changes",
        "limits": {},
        "priority": 30,
        "reason": "sync now",
        "actor": "ann",
        "created_at": now - timedelta(hours=1),
        "state": state,
        "worker": "old-host-4711" if state == "running" else "",
        "lease_until": now - timedelta(minutes=50) if state == "running" else None,
        "fence": 1 if state == "running" else 0,
        "cancel_requested": False,
        "mode": "write",
    }
    return int(connection.execute(table.insert().values(values)).inserted_primary_key[0])


def _run(connection: Connection, table: Table, job: int, route: int, now: datetime) -> None:
    values = {
        "job_id": job,
        "route_id": route,
        "worker": "old-host-4711",
        "fence": 1,
        "state": "running",
        "started_at": now - timedelta(hours=1),
        "counts": Tally().counts(),
        "causes": {},
        "error": "",
        "warnings": [],
    }
    connection.execute(table.insert().values(values))
