"""Users from the console and the command line: the first one, adding, changing, and that somebody is left."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from admin import passwords
from admin.app import application
from admin.cli.users import users as command
from hub.bootstrap import build
from hub.config import from_environment
from hub.errors import ConfigurationError
from hub.store.database import Database
from hub.store.users import Users
from tests.console.conftest import Console
from tests.store.conftest import Clock, database  # noqa: F401 - a fixture


def test_the_first_administrator_is_told_once_and_signs_in(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    application(console.stage.hub)
    told = capsys.readouterr()
    password = re.search(r"^    (\S+)$", told.err, re.MULTILINE)
    assert password is not None
    assert told.out == ""
    application(console.stage.hub)
    assert capsys.readouterr().err == ""
    browser = console.stranger()
    assert browser.sign_in("admin", password[1]).status_code == 302
    assert browser.get("/").headers["Location"] == "/account"
    assert password[1] not in str(console.acts())


def test_an_administrator_adds_somebody_with_a_one_time_password(console: Console) -> None:
    boss = console.signed_in("administrator")
    shown = boss.press("/users/add", name="Bob@Example.com", role="operator", reach="some", integrations="acme").text
    password = re.search(r'class="secret">([^<]+)<', shown)
    assert password is not None
    assert password[1] not in boss.text("/users/")
    bob = console.stranger()
    assert bob.sign_in("bob@example.com", password[1]).headers["Location"] == "/"
    assert bob.get("/").headers["Location"] == "/account"
    act = console.acts()[1]
    assert (act.actor, act.action, act.subject) == ("a-administrator", "users add", "bob@example.com")
    assert act.after == {"role": "operator", "sees_personal": False, "integrations": ["acme"]}
    again = boss.press("/users/add", name="bob@example.com", role="viewer", reach="all")
    assert (again.status_code, "already" in again.text) == (400, True)


def test_ticking_the_last_integration_off_does_not_open_all(console: Console) -> None:
    boss = console.signed_in("administrator")
    identity = console.user("kept", "viewer", integrations=["acme"])
    assert boss.press(f"/users/{identity}/access", role="viewer", reach="some").status_code == 400
    assert console.stage.hub.users.named("kept").integrations == ["acme"]


def test_somebody_is_always_left_who_administers_everything(console: Console) -> None:
    boss = console.signed_in("administrator")
    me = console.stage.hub.users.named("a-administrator").id
    assert boss.press(f"/users/{me}/access", role="operator", reach="all").status_code == 409
    assert boss.press(f"/users/{me}/access", role="administrator", reach="some", integrations="acme").status_code == 409
    assert boss.press(f"/users/{me}/close").status_code == 409
    assert boss.get("/users/").status_code == 200


def test_a_change_of_access_is_in_the_trail_with_before_and_after(console: Console) -> None:
    boss = console.signed_in("administrator")
    identity = console.user("bob", "viewer")
    boss.press(f"/users/{identity}/access", role="operator", reach="all", sees_personal="1")
    act = console.acts()[0]
    assert (act.before["role"], act.after["role"], act.after["sees_personal"]) == ("viewer", "operator", True)


def test_users_from_the_command_line(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(command, [*words], env={"HUB_HOME": str(tmp_path)}, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert "No users yet" in run("list")
    assert re.search(r"^    \S{23}$", run("add", "ann", "--role", "administrator"), re.MULTILINE)
    run("add", "bob")
    assert "operator, all integrations, sees personal data" in run("role", "bob", "--role", "operator", "--personal")
    run("disable", "bob")
    assert "closed" in run("list")
    run("enable", "bob")
    assert "one-time" in run("password", "bob")
    refused = CliRunner().invoke(command, ["disable", "ann"], env={"HUB_HOME": str(tmp_path)})
    assert refused.exit_code != 0


def test_a_program_gives_somebody_a_password_that_stays_and_is_not_too_weak(tmp_path: Path) -> None:
    def add(name: str, password: str) -> Any:
        words = ["add", name, "--role", "viewer", "--password-stdin"]
        return CliRunner().invoke(command, words, env={"HUB_HOME": str(tmp_path)}, input=f"{password}\n")

    assert (add("ann", "three quiet lamps").exit_code, add("ann", "three quiet lamps").exit_code) == (0, 3)
    assert "at least 12 are needed" in add("bob", "short").output
    assert "It contains your name" in add("quiet", "three quiet lamps").output
    hub = build(from_environment({"HUB_HOME": str(tmp_path)}))
    (user,) = hub.users.all()
    assert (user.name, user.must_change, passwords.fits(user.password, "three quiet lamps")) == ("ann", False, True)
    hub.close()


def test_two_processes_that_start_at_once_make_one_administrator(database: Database) -> None:  # noqa: F811
    users, now = Users(database), Clock()()
    assert users.add_first("admin", "hash", now) is True
    assert users.add_first("admin", "other", now) is False
    assert users.named("admin").password == "hash"


def test_a_lock_grows_and_ends_with_a_right_password(database: Database) -> None:  # noqa: F811
    users, clock = Users(database), Clock()
    identity = users.add("ann", "hash", "viewer", clock())
    untils = [users.note_wrong(identity, clock()) for _ in range(12)]
    minutes = [round((until - clock()).total_seconds() / 60) for until in untils if until]
    assert minutes == [1, 2, 4, 8, 15, 15, 15, 15]
    users.note_right(identity, clock())
    assert users.note_wrong(identity, clock()) is None


@pytest.mark.parametrize("name", ["", " ", "-x", "a b", "<b>", "x" * 101, "ann\n"])
def test_what_is_no_name_is_refused(database: Database, name: str) -> None:  # noqa: F811
    if name == "ann\n":
        assert Users(database).add(name, "hash", "viewer", Clock()())
        return
    with pytest.raises(ConfigurationError):
        Users(database).add(name, "hash", "viewer", Clock()())


def test_a_hash_fits_its_password_only() -> None:
    stored = passwords.hashed("three quiet lamps")
    assert passwords.fits(stored, "three quiet lamps")
    assert not passwords.fits(stored, "three quiet lambs")
    assert not passwords.fits(None, "three quiet lamps")
    assert not passwords.fits("no hash at all", "x")
