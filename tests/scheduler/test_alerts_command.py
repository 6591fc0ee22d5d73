from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.store.alerts import Alerts, Wrong
from hub.store.channels import Channels
from tests.cli.conftest import Terminal, _apply, _terminal
from tests.fakes.platform import World
from tests.scheduler.listening import Hook, serving


@pytest.fixture
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    for made in _terminal(tmp_path_factory.mktemp("alerts"), World()):
        _apply(made)
        yield made


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serving(Hook()) as server:
        yield server


def address(terminal: Terminal, name: str = "ops") -> str:
    with terminal.hub() as hub:
        return Channels(hub.database, hub.vault).named(name).url


def raise_one(terminal: Terminal, *, over: bool = False) -> None:
    with terminal.hub() as hub:
        now = hub.clock()
        Alerts(hub.database).settle([Wrong("platform_down", "acme shop", "It is [down].", "Wait.")], now)
        if over:
            Alerts(hub.database).settle([], now + timedelta(minutes=1))


def test_what_is_wrong_is_listed_until_it_is_over(terminal: Terminal) -> None:
    assert terminal.ok("alerts", "list") == "Nothing is wrong.\n"
    raise_one(terminal)
    assert "It is [down]." in terminal.ok("alerts", "list")
    (row,) = terminal.json("alerts", "list")
    assert (row["kind"], row["subject"], row["cleared_at"]) == ("platform_down", "acme shop", None)
    raise_one(terminal, over=True)
    assert terminal.json("alerts", "list") == []
    (row,) = terminal.json("alerts", "list", "--all")
    assert row["cleared_at"] is not None


def test_a_channel_is_added_tried_changed_and_removed(terminal: Terminal, hook: Hook) -> None:
    assert "nobody is told" in terminal.ok("alerts", "channels")
    said = terminal.ok("alerts", "add", "ops", hook.url, "--kinds", "held, silence", "--integrations", "acme")
    assert said == "Alerts go to ops (json://127.0.0.1). Try it: hub alerts test ops\n"
    assert address(terminal) == hook.url
    (row,) = terminal.json("alerts", "channels")
    assert (row["address"], row["kinds"], row["integrations"]) == ("json://127.0.0.1", ["held", "silence"], ["acme"])
    assert "Sent." in terminal.ok("alerts", "test", "ops")
    assert hook.titles == ["Integration hub: a test"]
    terminal.ok("alerts", "add", "ops", hook.url)
    assert terminal.json("alerts", "channels")[0]["kinds"] == []
    assert terminal.ok("alerts", "remove", "ops") == "Alerts go to ops no more.\n"
    assert terminal.json("alerts", "channels") == []


def test_every_act_is_in_the_trail_without_the_address(terminal: Terminal, hook: Hook) -> None:
    terminal.ok("alerts", "add", "ops", hook.url)
    terminal.ok("alerts", "add", "ops", hook.url, "--kinds", "held")
    terminal.ok("alerts", "test", "ops")
    terminal.ok("alerts", "remove", "ops")
    acts = [act for act in terminal.acts() if act["action"].startswith("alerts")]
    assert [act["action"] for act in acts] == ["alerts add", "alerts add", "alerts test", "alerts remove"]
    assert acts[1]["before"]["kinds"] == []
    assert acts[1]["after"] == {"address": "json://127.0.0.1", "kinds": ["held"], "integrations": []}
    assert "open-sesame" not in str(acts)


def test_an_address_may_come_from_stdin_or_a_variable(terminal: Terminal, hook: Hook) -> None:
    assert terminal.run("alerts", "add", "one", "-", typed=f"{hook.url}\n").exit_code == 0
    assert address(terminal, "one") == hook.url
    terminal.environment["HOOK_SECRET"] = "open-sesame"
    typed = hook.url.replace("open-sesame", "${HOOK_SECRET}")
    terminal.ok("alerts", "add", "two", typed)
    assert address(terminal, "two") == hook.url
    assert "The variable MISSING is not set." in terminal.fails("alerts", "add", "three", "json://${MISSING}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ops", "slack://hunter2"), "no address that alerts can go to"),
        (("ops", "json://h", "--kinds", "held,hold"), "--kinds hold: unknown."),
        (("ops", "json://h", "--integrations", "bolt"), "Known: acme."),
        (("op/s", "json://h"), "'op/s' is no name for a channel."),
    ],
)
def test_what_cannot_be_is_refused_and_not_repeated(terminal: Terminal, words: tuple[str, ...], told: str) -> None:
    refusal = terminal.fails("alerts", "add", *words)
    assert told in refusal
    assert "hunter2" not in refusal
    assert terminal.json("alerts", "channels") == []


def test_a_channel_that_cannot_be_told_anything_is_shown(terminal: Terminal, hook: Hook) -> None:
    hook.status = 403
    terminal.ok("alerts", "add", "ops", hook.url)
    result = terminal.run("alerts", "test", "ops")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "403" in result.stderr
    raise_one(terminal)
    with terminal.hub() as hub:
        alerts, (channel,) = Alerts(hub.database), Channels(hub.database, hub.vault).all()
        alerts.note(channel, [one.id for one in alerts.claim(channel, [1], hub.clock())], hub.clock(), "error 403")
    (row,) = terminal.json("alerts", "channels")
    assert row["trouble"] == "error 403 (tries: 1)"


def test_no_command_knows_a_channel_that_is_not_there(terminal: Terminal) -> None:
    for word in ("test", "remove"):
        assert "There is no channel named chat." in terminal.fails("alerts", word, "chat")


def test_a_channel_can_be_used_after_the_key_was_changed(terminal: Terminal, hook: Hook) -> None:
    terminal.ok("alerts", "add", "ops", hook.url)
    terminal.ok("secrets", "rotate", "--yes")
    assert address(terminal) == hook.url
