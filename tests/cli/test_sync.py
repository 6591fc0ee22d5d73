"""Putting jobs in from the command line, and what it says of them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from hub.errors import InvalidRecord
from hub.store.exclusive import worker_lock
from hub.store.job import Request
from hub.working import see_through
from tests.cli.conftest import Terminal
from tests.fakes.side import unavailable


def test_a_first_load_prints_its_counts_and_a_second_run_reads_only_what_changed(terminal: Terminal) -> None:
    terminal.world.erp.add_item("TEE")
    first = terminal.json("initialize", "acme", "product")
    assert first["state"] == "done"
    assert first["read"] == first["created"] + first["unchanged"] + first["skipped"] + first["failed"] > 0
    assert terminal.json("sync", "acme", "product")["read"] == 0
    assert terminal.json("sync", "acme", "product", "--full")["unchanged"] == first["read"]


def test_a_run_in_words_names_the_causes(terminal: Terminal) -> None:
    terminal.world.erp.add_item("FREE", price="0")
    told = terminal.ok("initialize", "acme", "product")
    assert "product erp to shop:" in told
    assert "ZERO_PRICE" in told


def test_some_records_failed_is_status_one(terminal: Terminal) -> None:
    terminal.world.erp.add_item("BAD")
    terminal.world.shop.refuses["BAD"] = InvalidRecord("no", detail="no")
    assert terminal.json("initialize", "acme", "product", status=1)["causes"] == {"INVALID_FIELD": 1}


def test_a_run_that_does_not_come_to_its_end_is_status_two(terminal: Terminal) -> None:
    terminal.world.erp.add_item("TEE")
    terminal.world.shop.down = unavailable()
    told = terminal.run("initialize", "acme", "product")
    assert told.exit_code == 2
    assert "PLATFORM_UNAVAILABLE" in told.stderr


def test_sync_before_the_first_load_is_refused_with_what_comes_first(terminal: Terminal) -> None:
    assert "hub initialize acme product" in terminal.fails("sync", "acme", "product")
    assert "order_cut_over" in terminal.fails("initialize", "acme", "order")


def test_certain_records_are_read_by_their_keys(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    terminal.world.erp.add_item("TEE")
    terminal.world.erp.add_item("CAP")
    assert terminal.json("sync", "acme", "product", "--keys", "TEE, CAP")["created"] == 2
    assert terminal.acts()[-1]["after"] == {"scope": "keys", "keys": ["TEE", "CAP"]}


def test_a_backfill_imports_what_the_cut_over_kept_out(terminal: Terminal) -> None:
    shop = terminal.world.shop
    terminal.world.erp.add_item("TEE")
    shop.place_order(7, [("TEE", 1, "5.00")], placed_at=datetime(2026, 9, 1, tzinfo=UTC).isoformat())
    assert terminal.json("sync", "acme", "order")["causes"] == {"BEFORE_CUT_OVER": 1}
    assert terminal.json("backfill", "acme", "--numbers", "1-6")["read"] == 0
    assert terminal.json("backfill", "acme", "--numbers", "7-7")["created"] == 1
    period = ("--from", "2026-09-01T00:00+00:00", "--to", "2026-09-02T00:00+00:00")
    assert terminal.json("backfill", "acme", *period)["unchanged"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "needs a period or a range"),
        (("--numbers", "9-1"), "is no range"),
        (("--numbers", "1-9", "--from", "2026-01-01T00:00+00:00"), "is no range"),
        (("--from", "yesterday"), "is no time"),
        (("--from", "2026-01-01T00:00"), "lacks its zone"),
        (("--from", "2026-01-02T00:00+00:00", "--to", "2026-01-01T00:00+00:00"), "lies before"),
    ],
)
def test_a_range_that_is_none_is_refused(terminal: Terminal, words: tuple[str, ...], said: str) -> None:
    assert said in terminal.fails("backfill", "acme", *words)


def test_a_second_process_follows_and_takes_over_when_the_first_one_ends(terminal: Terminal) -> None:
    terminal.ok("initialize", "acme", "product")
    told: list[str] = []
    with terminal.hub() as hub:
        integration = hub.integrations.named("acme")
        route = hub.routes.find(integration.id, "product")
        job = hub.jobs.put(Request(route.id, "changes", "sync now", "ann"), hub.clock())
        waited = threading.Event()
        hub.sleep = lambda seconds: waited.set()
        with worker_lock(hub.config.home / "worker.lock") as alone:
            assert alone
            follower = threading.Thread(target=lambda: told.append(see_through(hub, job, told.append).state))
            follower.start()
            assert waited.wait(10)
        follower.join(20)
    assert told == ["Another process is at work here; following it.", "done"]
