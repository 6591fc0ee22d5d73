from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.cli.conftest import FILE, Terminal


def edit(terminal: Terminal, old: str, new: str) -> None:
    """Change the integration's file and apply it."""
    text = terminal.file.read_text(encoding="utf-8")
    assert old in text
    terminal.ok("apply", terminal.write(text.replace(old, new, 1)))


def changed(terminal: Terminal) -> None:
    """A setting changes twice, another one once, and a map entry comes."""
    edit(terminal, "settle_seconds: 0", "settle_seconds: 0\n  price_list: 2")
    edit(terminal, "price_list: 2", "price_list: 3\n  stock_buffer: 1")
    terminal.ok("maps", "set", "acme", "payment", "klarna", "card:1")


def shown(terminal: Terminal, *words: str) -> list[str]:
    """The rows of the trail as people see them."""
    return [line.rstrip() for line in terminal.ok("audit", *words).splitlines()[1:]]


def test_the_history_of_a_setting_is_readable(terminal: Terminal) -> None:
    changed(terminal)
    newest, older = shown(terminal, "acme", "--subject", "price_list")
    assert newest.endswith("acme: settings  price_list 2 -> 3")
    assert older.endswith("acme: settings  price_list (default) -> 2")
    told = terminal.json("audit", "--subject", "price_list")
    assert [(act["before"]["price_list"], act["after"]["price_list"]) for act in told] == [(2, 3), (None, 2)]
    assert all(act["actor"] and act["at"] for act in told)


def test_acts_are_found_by_a_part_of_what_they_are_about(terminal: Terminal) -> None:
    changed(terminal)
    assert [act["action"] for act in terminal.json("audit", "--subject", "payment")] == ["maps set", "apply"]
    assert [act["after"]["erp"] for act in terminal.json("audit", "--subject", "klarna")] == ["card:1"]
    assert len(terminal.json("audit", "--subject", "ROUTE CUSTOMER")) == 1
    assert terminal.ok("audit", "--subject", "nothing like it") == "Nothing of that kind.\n"


def test_an_act_that_changed_several_values_shows_them_all(terminal: Terminal) -> None:
    changed(terminal)
    line = shown(terminal, "acme", "--subject", "acme: settings")[0]
    assert line.endswith("price_list 2 -> 3; stock_buffer (default) -> 1")


def test_what_is_new_or_gone_is_said_in_its_own_words(terminal: Terminal) -> None:
    terminal.ok("maps", "set", "acme", "payment", "klarna", "card:1")
    terminal.ok("maps", "remove", "acme", "payment", "klarna")
    gone, new = shown(terminal, "acme", "--subject", "klarna")
    assert new.endswith("map payment, shop klarna, erp card:1")
    assert gone.endswith("removed map payment, shop klarna, erp card:1")


def test_each_integration_has_a_history_of_its_own(terminal: Terminal) -> None:
    first = terminal.file.read_text(encoding="utf-8")
    longer = first.replace("name: acme\n", "name: acme 2\n", 1)
    terminal.ok("apply", terminal.write(longer))
    terminal.ok("maps", "set", "acme 2", "payment", "klarna", "card:1")
    mine = terminal.json("audit", "acme")
    theirs = terminal.json("audit", "acme 2")
    assert {act["subject"].startswith("acme 2") for act in theirs} == {True}
    assert {act["subject"].startswith("acme 2") for act in mine} == {False}
    assert len(mine) + len(theirs) == len(terminal.json("audit", "--limit", "1000"))
    assert "There is no integration named acm." in terminal.fails("audit", "acm")


def test_a_connection_that_another_integration_has_changed_is_in_the_history_of_both(terminal: Terminal) -> None:
    text = terminal.file.read_text(encoding="utf-8").replace("name: acme\n", "name: second\n", 1)
    text = text.replace("fake_shop\n", "fake_shop\n  name: acme shop\n  blackout: [{from: 02:00, to: 03:00}]\n")
    terminal.ok("apply", terminal.write(text))
    line = shown(terminal, "acme")[0]
    assert line.endswith("second: connection acme shop (also that of acme)  blackout (none) -> 02:00 to 03:00")
    assert terminal.json("audit", "second", "--subject", "blackout") == terminal.json("audit", "acme", "--limit", "1")


def test_the_history_can_begin_at_a_time(terminal: Terminal) -> None:
    changed(terminal)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert terminal.json("audit", "--since", tomorrow) == []
    assert len(terminal.json("audit", "--since", "2020-01-01", "--limit", "2")) == 2


def test_no_secret_is_in_the_history(terminal: Terminal) -> None:
    terminal.environment["KEY"] = "another-secret"
    terminal.ok("apply", str(terminal.file))
    said = terminal.ok("audit", "acme", "--subject", "key")
    assert "key *** -> *** (changed)" in said
    assert "another-secret" not in said + terminal.ok("audit")
    assert "open-sesame" not in said + terminal.ok("audit")


def test_brackets_in_what_was_done_are_no_markup(terminal: Terminal) -> None:
    terminal.ok("apply", terminal.write(FILE))
    terminal.run("sync", "acme", "product", "--keys", "/x [/b] [#1]", "--dry-run")
    assert "[/b] [#1]" in terminal.ok("audit", "acme")
