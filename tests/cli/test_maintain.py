from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from tests.cli.conftest import Terminal


def test_the_databases_are_brought_to_this_release(blank: Terminal) -> None:
    assert blank.ok("db", "upgrade") == "Store and message log are at this release's schema.\n"
    assert (blank.home / "hub.db").exists()
    assert (blank.home / "log.db").exists()


def test_a_new_master_key_opens_everything_and_the_old_one_nothing(terminal: Terminal) -> None:
    key_file = terminal.home / "hub.key"
    old = key_file.read_text(encoding="ascii")
    # Two connections, two data keys, and what the wizard keeps of the integration.
    assert terminal.json("secrets", "rotate", "--yes") == {"secrets": 5}
    assert key_file.read_text(encoding="ascii") != old
    assert terminal.json("check", "acme")["ok"] is True
    terminal.environment["HUB_KEY"] = old.strip()
    assert "The master key does not open this store." in terminal.fails("check", "acme")


def test_payloads_are_readable_after_a_rotation(failing: Terminal) -> None:
    failing.ok("secrets", "rotate", "--yes")
    (entry,) = failing.json("messages", "list", "--ident", "#1001")["messages"]
    assert "MUG" in failing.json("messages", "show", str(entry["id"]))["source"]["text"]


def test_keys_of_the_environment_are_rotated_in_two_steps(terminal: Terminal) -> None:
    old, new = (terminal.home / "hub.key").read_text(encoding="ascii").strip(), Fernet.generate_key().decode()
    terminal.environment["HUB_KEY"] = f"{new},{old}"
    assert "5 secrets are under the new key (HUB_KEY)." in terminal.ok("secrets", "rotate", "--yes")
    terminal.environment["HUB_KEY"] = new
    assert terminal.json("check", "acme")["ok"] is True


def test_a_rotation_is_in_the_trail_without_the_key(terminal: Terminal) -> None:
    terminal.ok("secrets", "rotate", "--yes")
    act = terminal.acts()[-1]
    assert (act["action"], act["after"]) == ("secrets rotate", {"secrets": 5})


@pytest.mark.parametrize("typed", ["n\n", ""])
def test_a_rotation_asks_first(terminal: Terminal, typed: str) -> None:
    old = (terminal.home / "hub.key").read_bytes()
    assert terminal.run("secrets", "rotate", typed=typed).exit_code == 1
    assert (terminal.home / "hub.key").read_bytes() == old
