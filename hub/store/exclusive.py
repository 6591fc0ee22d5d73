"""One worker process per embedded store: a lock that the operating system lets go when its holder dies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def worker_lock(path: Path) -> Iterator[bool]:
    """Try to become the only worker; gives whether we are. SQLite's own lock serves, as it works on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            yield False
            return
        try:
            yield True
        finally:
            connection.execute("ROLLBACK")
