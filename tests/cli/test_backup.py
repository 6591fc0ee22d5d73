"""`hub db backup`: both files, whole, while the hub is at work; never the key."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from hub.config import from_environment
from hub.errors import ConfigurationError
from hub.store.backup import back_up
from tests.cli.conftest import Terminal


def test_a_backup_is_the_two_databases_without_the_key(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    said = terminal.json("db", "backup", str(folder))
    assert said["files"] == {name: (folder / name).stat().st_size for name in ("hub.db", "log.db")}
    assert {path.name for path in folder.iterdir()} == {"hub.db", "log.db"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_backup_with_the_key_is_a_hub(failing: Terminal, tmp_path: Path) -> None:
    failing.ok("db", "backup", str(tmp_path / "backup"))
    before = failing.json("failures", "list", "acme")
    key = (failing.home / "hub.key").read_text(encoding="ascii").strip()
    restored = Terminal(tmp_path / "backup", failing.world, failing.file, {"HUB_KEY": key})
    assert before
    assert restored.json("failures", "list", "acme") == before
    # Passwords and payloads can be read.
    assert [line["ok"] for line in restored.json("check", "acme", status=3)["findings"][:2]] == [True, True]
    (entry,) = restored.json("messages", "list", "--ident", "#1001")["messages"]
    assert "MUG" in restored.json("messages", "show", str(entry["id"]))["source"]["text"]


def test_what_is_not_committed_is_not_in_it_and_keeps_nobody_waiting(terminal: Terminal, tmp_path: Path) -> None:
    with closing(sqlite3.connect(terminal.home / "hub.db", isolation_level=None)) as at_work:
        at_work.execute("BEGIN IMMEDIATE")
        at_work.execute("UPDATE integration SET name = 'other'")
        terminal.ok("db", "backup", str(tmp_path / "backup"))
        at_work.execute("ROLLBACK")
    with closing(sqlite3.connect(tmp_path / "backup" / "hub.db")) as copy:
        assert copy.execute("SELECT name FROM integration").fetchall() == [("acme",)]
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        # Space is given back bit by bit, as in the original.
        assert copy.execute("PRAGMA auto_vacuum").fetchone() == (2,)


def test_nothing_is_written_over(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "letter.txt").write_text("dear", encoding="ascii")
    assert "holds something already" in terminal.fails("db", "backup", str(tmp_path / "backup"))
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["letter.txt"]


def test_a_copy_that_cannot_be_made_leaves_no_half_of_one(terminal: Terminal, tmp_path: Path) -> None:
    (terminal.home / "log.db").write_bytes(b"this is no database, and long enough to be taken for one" * 100)
    assert "The copy could not be made" in terminal.fails("db", "backup", str(tmp_path / "backup"))
    assert list((tmp_path / "backup").iterdir()) == []


def test_a_home_without_a_database_is_named(tmp_path: Path) -> None:
    config = from_environment({"HUB_HOME": str(tmp_path / "nowhere")})
    with pytest.raises(ConfigurationError, match="There is no database"):
        back_up(config, tmp_path / "backup")
    assert not (tmp_path / "nowhere").exists()


def test_postgresql_is_left_to_its_own_tool(tmp_path: Path) -> None:
    config = from_environment({"HUB_HOME": str(tmp_path), "HUB_DATABASE_URL": "postgresql+psycopg://u:secret@h/acme"})
    with pytest.raises(ConfigurationError) as refused:
        back_up(config, tmp_path / "backup")
    assert "pg_dump --format=custom --file=hub.dump acme" in refused.value.fix
    assert "secret" not in f"{refused.value}{refused.value.fix}{refused.value.detail}"
