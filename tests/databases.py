"""Databases of tests: each process of tests migrates one of a kind, and the others are made as that one came out."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url, text

from hub.bootstrap import Hub, build
from hub.config import Config
from hub.store import migrate
from hub.store.database import make_engine


def new_hub(config: Config, **more: Any) -> Hub:
    """A hub as `build` makes it, of which nothing but the migration is spared."""
    prepare(config)
    return build(config, **more)


def prepare(config: Config) -> None:
    """Make the databases of an installation that is still empty; one that is there stays as it is."""
    for url, branch in ((config.database_url, "store"), (config.log_url, "log")):
        fill(url, branch)


def fill(url: str, branch: str) -> None:
    """Bring an empty database to the newest revision of a branch ("store" or "log")."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _copy(Path(str(parsed.database)), branch)
    else:
        _replay(parsed, branch)


@contextmanager
def schema(server: str) -> Iterator[str]:
    """An empty schema of its own in a PostgreSQL database, so that parallel runs never meet; its URL."""
    name = f"t_{uuid.uuid4().hex}"
    admin = create_engine(server)
    try:
        with admin.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        made = make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
        yield made.render_as_string(hide_password=False)
    finally:
        with admin.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        admin.dispose()


def _copy(path: Path, branch: str) -> None:
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(_file(branch))


@cache
def _file(branch: str) -> bytes:
    """What the migration leaves in a SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        engine = make_engine(f"sqlite:///{path}")
        migrate.upgrade(engine, branch)
        engine.dispose()
        return path.read_bytes()


def _replay(url: URL, branch: str) -> None:
    engine = make_engine(url.render_as_string(hide_password=False))
    with engine.begin() as connection:
        if not inspect(connection).has_table(migrate.BRANCHES[branch].version_table):
            # All at once: the driver takes several statements only where there are no parameters.
            connection.connection.cursor().execute(_statements(url.set(query={}), branch))
    engine.dispose()


@cache
def _statements(server: URL, branch: str) -> str:
    """What the migration says to a PostgreSQL database."""
    said: list[str] = []
    with schema(server.render_as_string(hide_password=False)) as url:
        engine = make_engine(url)

        @event.listens_for(engine, "before_cursor_execute")
        def note(_door: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
            if not statement.lstrip().upper().startswith("SELECT"):
                assert not parameters, "a migration with parameters cannot be replayed as text"
                said.append(statement)

        migrate.upgrade(engine, branch)
        engine.dispose()
    return ";\n".join(said)


def at(engine: Engine, revision: str) -> None:
    """Bring the store to an older revision."""
    config = migrate._alembic(migrate.BRANCHES["store"])
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
