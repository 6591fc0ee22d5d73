"""Copies of an embedded store and its message log, made while the hub is at work.

The store is copied first, then the log. The store's links and failures name messages by their number. A log that is
newer than the store only tells more than the store knows, and what it has left open is looked up on the platform. One
that is older would give numbers out again that the store has already put down, and a write that never was could be
taken for done.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from hub.config import Config
from hub.errors import ConfigurationError

#: Names of the copies.
STORE, LOG = "hub.db", "log.db"
#: Seconds to wait for somebody who has the file to himself for a moment.
_PATIENCE = 30


def back_up(config: Config, folder: Path) -> dict[str, int]:
    """Copy store and message log into a new or empty folder; answers the size of each copy by its name.

    Each copy is the state of one moment, in one file. The key is never copied. Raises ConfigurationError where there is
    nothing to copy, the folder holds something, or the data lies in PostgreSQL.
    """
    sources = {STORE: _file(config.database_url), LOG: _file(config.log_url)}
    if sources[STORE] == sources[LOG]:
        del sources[LOG]
    _prepare(folder)
    parts = {name: folder / f"{name}.part" for name in sources}
    try:
        for name, source in sources.items():
            _copy(source, parts[name])
    except sqlite3.Error as error:
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise ConfigurationError(
            f"The copy could not be made: {error}",
            detail=str(folder),
            fix="Look at the space on the disk, and try again.",
        ) from error
    # A folder with both names in it is a whole backup; nobody takes half of one for it.
    for name, part in parts.items():
        part.rename(folder / name)
    _keep(folder)
    return {name: (folder / name).stat().st_size for name in sources}


def _file(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise ConfigurationError(
            "Store or message log lie in PostgreSQL, which is backed up by its own tool.",
            detail=str(parsed.database),
            fix=f"Run: pg_dump --format=custom --file=hub.dump {parsed.database}; "
            "if HUB_LOG_URL names another database, dump that one after the store's.",
        )
    path = Path(parsed.database or "")
    if not path.is_file():
        raise ConfigurationError(
            f"There is no database {path}.", detail=str(path), fix="Set HUB_HOME to the folder of the hub's data."
        )
    return path.resolve()


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        empty = not any(folder.iterdir())
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be used: {error.strerror}", detail=str(folder)) from error
    if not empty:
        raise ConfigurationError(
            f"{folder} holds something already.",
            detail=str(folder),
            fix="Name a new folder, such as one with the day in its name: nothing is written over.",
        )


def _copy(source: Path, target: Path) -> None:
    """Write what a database holds at this moment into one file that only its owner may read."""
    target.touch(mode=0o600)
    with closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=_PATIENCE)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    _keep(target)


def _keep(path: Path) -> None:
    """Have the operating system put down on the disk what was written."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
