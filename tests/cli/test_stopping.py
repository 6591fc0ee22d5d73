from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from hub.store.job import Request
from tests.cli.conftest import FILE, Terminal


def test_stop_says_what_it_means_and_what_writes_over_the_connection(terminal: Terminal) -> None:
    said = terminal.ok("stop", "acme", "erp").splitlines()
    assert said == [
        "Writes over acme erp are stopped. Reading goes on.",
        "To let them go on: hub resume acme erp",
        "Routes that write over it: acme customer shop_to_erp, acme order shop_to_erp.",
        "No job is waiting.",
    ]
    with terminal.hub() as hub:
        assert hub.connections.named("acme erp").stopped_at is not None
        assert hub.connections.named("acme shop").stopped_at is None


def test_what_waits_is_named(terminal: Terminal) -> None:
    with terminal.hub() as hub:
        route = hub.routes.find(hub.integrations.named("acme").id, "product")
        hub.jobs.put(Request(route.id, "full", "sync now", "bob"), datetime(2026, 11, 21, tzinfo=UTC))
    assert "No job is waiting." in terminal.ok("stop", "acme", "erp")
    said = terminal.ok("stop", "acme", "shop")
    assert "Waiting: acme product erp_to_shop, job 1 (full), waiting, asked by bob\n" in said
    assert "Waiting: acme product erp_to_shop, job 1" in terminal.ok("resume", "acme", "shop")


def test_a_second_stop_keeps_the_first_and_names_it(terminal: Terminal) -> None:
    first = terminal.json("stop", "acme", "shop")
    acts = terminal.acts()
    assert terminal.json("stop", "acme", "shop") == first
    assert f"are stopped since {first['stopped_at'][:4]}" in terminal.ok("stop", "acme", "shop")
    assert terminal.acts() == acts


def test_resume_lets_writes_go_on(terminal: Terminal) -> None:
    terminal.ok("stop", "acme", "shop")
    assert terminal.ok("resume", "acme", "shop").startswith("Writes over acme shop go on.\n")
    told = terminal.json("resume", "acme", "shop")
    assert (told["stopped_at"], told["stopped_by"]) == (None, "")
    assert terminal.ok("resume", "acme", "shop").startswith("Writes over acme shop go on; they were not stopped.\n")


def test_both_acts_are_in_the_trail_with_their_times(terminal: Terminal) -> None:
    stopped = terminal.json("stop", "acme", "shop")
    terminal.ok("resume", "acme", "shop")
    terminal.ok("resume", "acme", "shop")
    acts = [act for act in terminal.acts() if act["action"] in ("stop", "resume")]
    assert [(act["action"], act["subject"]) for act in acts] == [
        ("stop", "acme: connection acme shop"),
        ("resume", "acme: connection acme shop"),
    ]
    assert acts[0]["actor"] == stopped["stopped_by"]
    assert (acts[0]["before"], acts[1]["after"]) == ({"stopped": None}, {"stopped": None})
    assert acts[0]["after"] == acts[1]["before"]


def test_check_finds_a_stopped_connection(terminal: Terminal) -> None:
    terminal.ok("stop", "acme", "shop")
    said = terminal.ok("check", "acme", status=3)
    assert "WRONG  Writes over acme shop have been stopped by " in said
    assert "When the reason is gone, run: hub resume acme shop\n1 things to mend." in said
    terminal.ok("resume", "acme", "shop")
    assert terminal.ok("check", "acme").endswith("Nothing stands in the way.\n")


def test_nothing_is_set_up_in_a_stopped_erp(terminal: Terminal) -> None:
    terminal.ok("stop", "acme", "erp")
    refused = terminal.run("setup-erp", "acme")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "WRITES_STOPPED: Writes over acme erp have been stopped by" in refused.stderr
    assert terminal.world.erp.table("fields") == {}


def test_all_that_shares_the_connection_is_named(terminal: Terminal) -> None:
    second = FILE.replace("name: acme\n", "name: second\n", 1)
    second = second.replace("fake_shop\n", "fake_shop\n  name: acme shop\n")
    terminal.ok("apply", terminal.write(second))
    told = terminal.json("stop", "second", "shop")
    assert told["connection"] == "acme shop"
    assert told["routes"] == [
        "acme product erp_to_shop",
        "acme inventory erp_to_shop",
        "second product erp_to_shop",
        "second inventory erp_to_shop",
    ]


def test_a_sync_over_a_stopped_connection_is_refused_and_goes_on_from_the_same_mark(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    terminal.world.erp.edit("items", "MUG", price="12.90")
    terminal.ok("stop", "acme", "shop")
    refused = terminal.run("sync", "acme", "product")
    assert (refused.exit_code, refused.stdout) == (2, "product erp to shop: 0 read\n")
    assert "The run was aborted: WRITES_STOPPED: " in refused.stderr
    assert " has stopped writes over acme shop since " in refused.stderr
    assert "What to do: Nothing is lost: the next run after the stop goes on from here." in refused.stderr
    told = terminal.json("sync", "acme", "product", "--dry-run")
    assert [(step["key"], step["action"]) for step in told["steps"]] == [("MUG", "update")]
    assert terminal.json("runs", "acme")[1]["state"] == "aborted"
    terminal.ok("resume", "acme", "shop")
    assert terminal.json("sync", "acme", "product")["updated"] == 1
    assert terminal.world.shop.variant("MUG")["price"] == "12.90"


def test_what_was_marked_before_the_stop_is_carried_after_it(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    for code in ("A", "B"):
        terminal.world.erp.add_item(code)
    terminal.ok("sync", "acme", "product")
    terminal.ok("links", "unlink", "acme", str(terminal.json("links", "list", "acme", "--id", "A")[0]["id"]), "--yes")
    terminal.ok("select", "mark", "acme", "--keys", "A")
    terminal.ok("stop", "acme", "shop")
    terminal.ok("sync", "acme", "product", status=2)
    assert "Waiting: acme product erp_to_shop" in terminal.ok("resume", "acme", "shop")
    assert terminal.json("sync", "acme", "product")["read"] == 1
    assert len(terminal.json("links", "list", "acme", "--id", "A")) == 1


def test_a_stop_in_the_middle_of_a_sync_loses_and_doubles_nothing(terminal: Terminal) -> None:
    shop = terminal.world.shop
    codes = sorted(f"ITEM-{place:03}" for place in range(150))
    for code in codes:
        terminal.world.erp.add_item(code)
    writes = iter(range(10_000))
    at = threading.Event()

    def pause() -> None:
        if next(writes) == 60:
            with terminal.hub() as hub:
                hub.connections.stop("acme shop", hub.clock(), "bob")
            at.set()
        if at.is_set():
            # As long as it takes a run to look at the switch again.
            time.sleep(1.1)

    shop.pause = pause
    result = terminal.run("initialize", "acme", "product")
    assert (result.exit_code, "WRITES_STOPPED" in result.stderr) == (2, True)
    made = len(shop.table("variants"))
    assert 0 < made < 151
    shop.pause = None
    terminal.ok("resume", "acme", "shop")
    assert terminal.json("initialize", "acme", "product")["created"] == 151 - made
    assert sorted(row["code"] for row in shop.table("variants").values()) == [*codes, "MUG"]
    assert shop.calls["create variants"] == 151


def test_a_frozen_route_says_until_when(terminal: Terminal) -> None:
    window = "{from: 2020-01-01T00:00+01:00, to: 2199-12-31T00:00+01:00}"
    terminal.ok("apply", terminal.write(FILE.replace("policy: all}", f"policy: all, freeze: [{window}]}}")))
    refused = terminal.run("initialize", "acme", "product")
    assert refused.exit_code == 2
    assert "WRITES_STOPPED: product erp_to_shop is frozen until 2199-12-31 00:00. What to do:" in refused.stderr
    assert terminal.json("initialize", "acme", "product", "--dry-run")["counts"] == {"create": 1}
    terminal.ok("apply", terminal.write(FILE.replace("policy: all}", "policy: all, freeze: []}")))
    assert terminal.json("initialize", "acme", "product")["created"] == 1
