"""Held runs from the command line: told, looked at, released, dropped."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal

CODES = [f"ITEM-{place:02}" for place in range(60)]


@pytest.fixture
def cheap(terminal: Terminal) -> Terminal:
    """60 items are in the shop, and then somebody feeds it a price list with a tenth of each price."""
    for code in CODES:
        terminal.world.erp.add_item(code)
    terminal.ok("initialize", "acme", "product")
    for code in CODES:
        terminal.world.erp.edit("items", code, price="1.00")
    return terminal


def prices(terminal: Terminal) -> set[str]:
    return {terminal.world.shop.variant(code)["price"] for code in CODES}


def test_a_held_run_says_why_and_what_to_do(cheap: Terminal) -> None:
    writes = cheap.world.shop.writes()
    result = cheap.run("sync", "acme", "product")
    assert (result.exit_code, cheap.world.shop.writes()) == (2, writes)
    assert result.stdout.splitlines() == ["product erp to shop: 60 read: 60 skipped", "      60  HELD"]
    assert result.stderr.splitlines() == [
        "The run is held as plan 1: nothing was written.",
        "  60 of 61 linked records would be changed.",
        "  60 prices would move by more than 30 %; 61 records are linked.",
        "What to do: Look at it: `hub held show 1`. Then `hub held release 1` does it, `hub held drop 1` gives it up.",
    ]
    told = cheap.json("sync", "acme", "product", status=2)
    assert (told["state"], told["plan"], len(told["reasons"])) == ("held", 2, 2)
    assert cheap.json("runs", "acme")[0]["state"] == "held"


def test_held_runs_are_listed_and_shown_to_the_field(cheap: Terminal) -> None:
    assert cheap.ok("held", "list", "acme") == "No run is held.\n"
    for _ in range(2):
        cheap.run("sync", "acme", "product")
    (row,) = cheap.json("held", "list", "acme")
    assert (row["id"], row["route"], row["counts"], len(row["reasons"])) == (
        2,
        "product erp_to_shop",
        {"update": 60},
        2,
    )
    told = cheap.json("held", "show", "2")
    assert {step["label"]: step["diff"] for step in told["steps"]} == {
        code: {"price": {"old": "10.00", "new": "1.00"}} for code in CODES
    }
    said = cheap.ok("held", "show", "2", "--limit", "5")
    assert "60 prices would move by more than 30 %" in said
    assert "55 more records" in said


def test_released_it_does_exactly_what_it_showed(cheap: Terminal) -> None:
    cheap.run("sync", "acme", "product")
    writes = cheap.world.shop.writes()
    said = cheap.ok("held", "release", "1")
    assert said == "product erp to shop: 60 read: 60 updated\nPlan 1: 60 done.\n"
    assert (prices(cheap), cheap.world.shop.writes() - writes) == ({"1.00"}, 60)
    assert cheap.json("held", "list", "acme") == []
    assert cheap.json("sync", "acme", "product")["unchanged"] == 60
    act = next(act for act in cheap.acts() if act["action"] == "held release")
    assert (act["subject"], act["after"]["plan"]) == ("acme product erp_to_shop", 1)
    assert "Plan 1 was applied" in cheap.fails("held", "release", "1")


def test_dropped_it_writes_nothing_and_the_next_run_judges_anew(cheap: Terminal) -> None:
    cheap.run("sync", "acme", "product")
    assert cheap.ok("held", "drop", "1") == "Plan 1 is dropped: nothing was written.\n"
    assert prices(cheap) == {"10.00"}
    assert "Plan 1 was dropped by" in cheap.fails("held", "release", "1")
    assert cheap.acts()[-1]["action"] == "held drop"
    assert cheap.json("sync", "acme", "product", status=2)["state"] == "held"
    for code in CODES:
        cheap.world.erp.edit("items", code, price="11.00")
    cheap.ok("held", "drop", "2")
    assert "60 of 61 linked records would be changed." in cheap.run("sync", "acme", "product").stderr


def test_a_released_run_that_was_stopped_is_released_again_and_does_the_rest(cheap: Terminal) -> None:
    cheap.run("sync", "acme", "product")
    cheap.ok("stop", "acme", "shop")
    cheap.ok("held", "release", "1", status=2)
    assert prices(cheap) == {"10.00"}
    assert [(row["id"], row["state"]) for row in cheap.json("held", "list", "acme")] == [(1, "released")]
    cheap.ok("resume", "acme", "shop")
    assert cheap.json("held", "release", "1")["updated"] == 60
    assert prices(cheap) == {"1.00"}


def test_what_a_person_lets_a_paused_route_do_is_refused_held_or_previewed(cheap: Terminal) -> None:
    cheap.run("sync", "acme", "product")
    plan = str(cheap.json("sync", "acme", "product", "--dry-run", "--save")["id"])
    cheap.ok("pause", "acme", "product")
    for command in (("held", "release", "1"), ("plans", "apply", plan)):
        said = cheap.fails(*command)
        assert "product erp_to_shop was paused by" in said and "hub resume acme product" in said
    assert cheap.json("held", "list", "acme")[0]["state"] == "open" and prices(cheap) == {"10.00"}
    cheap.ok("resume", "acme", "product")
    assert cheap.json("held", "release", "1")["updated"] == 60


def test_a_preview_is_no_held_run_and_a_held_run_is_no_preview(cheap: Terminal) -> None:
    cheap.run("sync", "acme", "product")
    assert "hub held release 1" in cheap.fails("plans", "apply", "1")
    plan = str(cheap.json("sync", "acme", "product", "--dry-run", "--save")["id"])
    assert "is a preview, no held run" in cheap.fails("held", "release", plan)
    assert cheap.json("plans", "apply", plan)["updated"] == 60


def test_what_was_queued_by_key_is_not_lost_with_a_held_run_that_is_dropped(cheap: Terminal) -> None:
    """Marking queues keys that no mark of the source brings back."""
    cheap.json("sync", "acme", "product", "--keys", ",".join(CODES), status=2)
    cheap.ok("held", "drop", "1")
    with cheap.hub() as hub:
        route = hub.routes.find(hub.integrations.named("acme").id, "product")
        (job,) = hub.jobs.unfinished([route.id])
        assert {key.key for key in hub.jobs.keys(job.id)} == set(CODES)


def test_a_run_that_is_only_remarkable_is_carried_out_and_says_so(terminal: Terminal) -> None:
    for code in CODES[:5]:
        terminal.world.erp.add_item(code)
    terminal.ok("initialize", "acme", "product")
    for code in CODES[:5]:
        terminal.world.erp.edit("items", code, price="1.00")
    result = terminal.run("sync", "acme", "product")
    assert result.exit_code == 0
    warning = "5 prices would move by more than 30 %; 6 records are linked."
    assert result.stderr == f"Warning: {warning}\n"
    assert terminal.json("runs", "acme")[0]["warnings"] == [warning]
    assert warning in " ".join(terminal.ok("runs", "acme").split())
