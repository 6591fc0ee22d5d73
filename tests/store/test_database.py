"""What every connection to SQLite is set to."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from hub.store.database import make_engine


def setting(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_file_is_written_ahead_with_room_for_many_changes_to_a_page(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'hub.db'}")
    names = ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint", "cache_size")
    assert [setting(engine, name) for name in names] == ["wal", 1, 1, 8000, -8000]
    engine.dispose()


def test_the_connection_used_last_is_taken_again(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'hub.db'}")
    with engine.connect() as first, engine.connect() as second:
        assert first.connection.dbapi_connection is not second.connection.dbapi_connection
        used_longest = first.connection.dbapi_connection
    for _ in range(3):
        with engine.connect() as again:
            assert again.connection.dbapi_connection is used_longest
    engine.dispose()


def test_a_database_in_memory_needs_no_file() -> None:
    engine = make_engine("sqlite:///:memory:")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0
    engine.dispose()
