"""Giving room back: the pages of a SQLite file that removed rows have left empty, a few at a time.

PostgreSQL does this by itself (autovacuum), and keeps its statistics, too; nothing is done about it here.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.store.database import Database

#: Pages (4 KB each) that are given back in one transaction.
STEP = 250
#: Rows of an index that are looked at for its statistics.
SAMPLE = 1000
INCREMENTAL = 2


def is_sqlite(database: Database) -> bool:
    """Whether a database is a file of ours."""
    return database.engine.dialect.name == "sqlite"


def free_pages(database: Database) -> int:
    """How many pages of a SQLite file are empty; 0 elsewhere."""
    if not is_sqlite(database):
        return 0
    with database.read() as connection:
        return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar() or 0)


def shrink(
    database: Database,
    *,
    pause: Callable[[], None] = lambda: None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Give the empty pages of a SQLite file back to the disk; answers how many. 0 elsewhere.

    Each step is a transaction of its own, so that a run waits for one of them at most. A file that was not made by the
    hub may not be able to shrink like this; it stays as it is.
    """
    if not is_sqlite(database):
        return 0
    before = left = free_pages(database)
    while left and not stop():
        _give_back(database)
        pause()
        now = free_pages(database)
        if now >= left:
            break
        left = now
    return before - left


def _give_back(database: Database) -> None:
    """One step, which is its own transaction.

    Each page is a step of the statement, and a script is what this driver runs to its end.
    """
    raw = database.engine.raw_connection()
    try:
        raw.cursor().executescript(f"PRAGMA incremental_vacuum({STEP});")
    finally:
        raw.close()


def can_shrink(database: Database) -> bool:
    """Whether a database can give room back step by step: every one that the hub has made can."""
    if not is_sqlite(database):
        return True
    with database.read() as connection:
        return connection.exec_driver_sql("PRAGMA auto_vacuum").scalar() == INCREMENTAL


def refresh_statistics(database: Database) -> None:
    """Let SQLite look again at how its tables are filled, where they have changed much; nothing elsewhere."""
    if not is_sqlite(database):
        return
    with database.write() as connection:
        connection.exec_driver_sql(f"PRAGMA analysis_limit={SAMPLE}")
        connection.exec_driver_sql("PRAGMA optimize")
