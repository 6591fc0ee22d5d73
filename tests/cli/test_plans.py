"""Saved previews from the command line: shown, carried out to the letter, and given up."""

from __future__ import annotations

import pytest

from tests.cli.conftest import FILE, Terminal


@pytest.fixture
def shelf(terminal: Terminal) -> Terminal:
    """Four items are in the shop, and then all prices change."""
    erp = terminal.world.erp
    for code in ("A", "B", "C"):
        erp.add_item(code)
    terminal.ok("initialize", "acme", "product")
    for code in ("A", "B", "C", "MUG"):
        erp.edit("items", code, price="13.00")
    return terminal


def saved(terminal: Terminal, *words: str) -> str:
    """Make a plan; answers its number."""
    return str(terminal.json(*(words or ("sync", "acme", "product")), "--dry-run", "--save")["id"])


def prices(terminal: Terminal) -> dict[str, str]:
    return {code: terminal.world.shop.variant(code)["price"] for code in ("A", "B", "C", "MUG")}


def test_plans_are_listed_by_route_state_and_kind(shelf: Terminal) -> None:
    first, second = saved(shelf), saved(shelf)
    assert [row["id"] for row in shelf.json("plans", "list", "acme")] == [int(second), int(first)]
    shelf.ok("plans", "drop", first)
    (row,) = shelf.json("plans", "list", "acme", "--state", "open", "--kind", "preview", "--object", "product")
    assert (row["id"], row["route"], row["scope"], row["counts"]) == (
        int(second),
        "product erp_to_shop",
        "changes",
        {"update": 4},
    )
    assert shelf.json("plans", "list", "acme", "--kind", "held") == []
    assert shelf.ok("plans", "list", "acme", "--object", "customer") == "No plans.\n"


def test_a_plan_is_carried_out_to_the_letter_and_what_changed_since_is_said(shelf: Terminal) -> None:
    plan = saved(shelf)
    shelf.world.erp.edit("items", "A", price="14.00")
    writes = shelf.world.shop.writes()
    said = shelf.ok("plans", "apply", plan)
    assert said.splitlines()[:3] == [
        "product erp to shop: 4 read: 3 updated, 1 skipped",
        "       1  PLAN_STALE",
        f"Plan {plan}: 3 done, 1 stale.",
    ]
    run = shelf.json("runs", "acme")[0]
    assert (run["kind"], run["counts"]["updated"]) == (f"plan {plan}", 3)
    command = said.rpartition("What would be done now: hub ")[2].split()
    (stale,) = shelf.json(*command)["messages"]
    assert (stale["key"], stale["detail"]) == ("A", "now: update (price)")
    assert prices(shelf) == {"A": "10.00", "B": "13.00", "C": "13.00", "MUG": "13.00"}
    assert shelf.world.shop.writes() - writes == 3


def test_what_became_of_each_step_is_shown(shelf: Terminal) -> None:
    plan = saved(shelf)
    shelf.world.erp.edit("items", "A", price="14.00")
    shelf.ok("plans", "apply", plan)
    told = shelf.json("plans", "show", plan)
    assert {step["key"]: step["outcome"] for step in told["steps"]} == {
        "A": "stale",
        "B": "done",
        "C": "done",
        "MUG": "done",
    }
    assert told["state"] == "applied"
    assert [step["key"] for step in shelf.json("plans", "show", plan, "--outcome", "stale")["steps"]] == ["A"]
    said = shelf.ok("plans", "show", plan, "--action", "update", "--limit", "1")
    assert f"Plan {plan} of acme product erp_to_shop, preview of " in said
    assert "applied: 4 records: 4 update." in said
    assert "What became of it: 3 done, 1 stale." in said
    assert "3 more records: add --limit" in said
    assert shelf.json("plans", "show", plan, "--action", "create")["steps"] == []


def test_an_applied_preview_of_a_first_load_is_the_first_load(terminal: Terminal) -> None:
    plan = saved(terminal, "initialize", "acme", "product")
    assert "is not initialised yet" in terminal.fails("sync", "acme", "product")
    told = terminal.json("plans", "apply", plan)
    assert (told["created"], told["outcomes"]) == (1, {"done": 1, "stale": 0, "failed": 0, "waiting": 0})
    assert terminal.json("sync", "acme", "product")["unchanged"] == 1


def test_a_preview_of_a_sync_is_not_carried_out_before_the_first_load(terminal: Terminal) -> None:
    plan = saved(terminal)
    assert "is not initialised yet" in terminal.fails("plans", "apply", plan)
    assert terminal.world.shop.writes() == 0


def test_a_plan_that_is_dropped_or_done_is_not_carried_out(shelf: Terminal) -> None:
    plan, other = saved(shelf), saved(shelf)
    shelf.ok("plans", "apply", plan)
    assert f"Plan {plan} was applied" in shelf.fails("plans", "apply", plan)
    assert f"Plan {plan} was applied" in shelf.fails("plans", "drop", plan)
    assert shelf.ok("plans", "drop", other) == f"Plan {other} is dropped: nothing was written.\n"
    assert f"Plan {other} was dropped by" in shelf.fails("plans", "apply", other)
    assert "There is no plan 99" in shelf.fails("plans", "show", "99")


def test_a_plan_of_a_route_that_is_switched_off_waits(shelf: Terminal) -> None:
    plan = saved(shelf)
    off = FILE.replace("policy: all}", "policy: all, enabled: false}")
    shelf.ok("apply", shelf.write(off))
    assert "The route product erp_to_shop is switched off." in shelf.fails("plans", "apply", plan)
    shelf.ok("apply", shelf.write(FILE.replace("policy: all}", "policy: all, enabled: true}")))
    assert shelf.json("plans", "apply", plan)["updated"] == 4


def test_a_plan_goes_on_where_the_stop_switch_has_ended_it(shelf: Terminal) -> None:
    plan = saved(shelf)
    shelf.ok("stop", "acme", "shop")
    told = shelf.json("plans", "apply", plan, status=2)
    assert (told["state"], told["outcomes"]["waiting"]) == ("aborted", 4)
    assert shelf.json("plans", "show", plan)["state"] == "open"
    shelf.ok("resume", "acme", "shop")
    assert shelf.json("plans", "apply", plan)["updated"] == 4


def test_applying_and_dropping_are_noted(shelf: Terminal) -> None:
    plan, other = saved(shelf), saved(shelf)
    shelf.ok("plans", "apply", plan)
    shelf.json("plans", "drop", other)
    acts = [(act["action"], act["subject"], act["after"]["plan"]) for act in shelf.acts()[-2:]]
    subject = "acme product erp_to_shop"
    assert acts == [("plans apply", subject, int(plan)), ("plans drop", subject, int(other))]
