from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.store.compacting import STEP, can_shrink, free_pages, refresh_statistics, shrink
from hub.store.database import Database, make_engine

only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
PAGES = 3 * STEP


def fill_and_empty(database: Database) -> None:
    """Write some pages and remove what is on them."""
    with database.write() as connection:
        connection.execute(text("CREATE TABLE heap (line TEXT)"))
        # A row of this length takes a page of its own.
        connection.execute(text("INSERT INTO heap VALUES (:line)"), [{"line": "x" * 3000} for _ in range(PAGES)])
    with database.write() as connection:
        connection.execute(text("DELETE FROM heap"))


@only_sqlite
def test_a_file_shrinks_in_small_steps(database: Database) -> None:
    fill_and_empty(database)
    turns: list[int] = []
    empty = free_pages(database)
    assert empty >= PAGES - 1
    assert shrink(database, pause=lambda: turns.append(free_pages(database))) == empty
    assert free_pages(database) == 0
    # After each step others have their turn.
    assert len(turns) >= PAGES // STEP
    assert all(before - after <= STEP for before, after in zip([empty, *turns], turns, strict=False))


@only_sqlite
def test_shrinking_ends_where_it_is_told_to(database: Database) -> None:
    fill_and_empty(database)
    turns: list[None] = []
    assert shrink(database, pause=lambda: turns.append(None), stop=lambda: bool(turns)) == STEP
    assert free_pages(database) > 0


@only_sqlite
def test_every_file_of_the_hub_can_shrink(database: Database) -> None:
    assert can_shrink(database)


def test_a_file_that_somebody_else_has_made_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE something (line TEXT)")
    made.close()
    database = Database(make_engine(f"sqlite:///{path}"))
    fill_and_empty(database)
    assert not can_shrink(database)
    assert shrink(database) == 0
    assert free_pages(database) > 0
    database.dispose()


def test_postgresql_looks_after_itself_and_statistics_may_be_refreshed_anywhere(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        assert (free_pages(database), shrink(database), can_shrink(database)) == (0, 0, True)
    refresh_statistics(database)
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM integration")) == 0
