"""Previews from the command line: what would be done, to each record and field, and nothing written."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.cli.conftest import Terminal
from tests.fakes.side import unavailable


@pytest.fixture
def shelf(terminal: Terminal) -> Terminal:
    """One of each: to be created, changed, linked, skipped, refused."""
    erp, shop = terminal.world.erp, terminal.world.shop
    for code, price in (("FREE", "0"), ("BAD", "1"), ("THERE", "12"), ("SAME", "10")):
        erp.add_item(code, price=price)
    erp.edit("items", "BAD", code="X" * 60)
    for code in ("THERE", "SAME"):
        shop.add_product(code, "10.00")
    return terminal


def state_of(terminal: Terminal) -> tuple[int, int, int, str]:
    """What a preview must not touch: writes on both sides, links, and whether the route is initialised."""
    with terminal.hub() as hub:
        route = hub.routes.find(hub.integrations.named("acme").id, "product")
    links = len(terminal.json("links", "list", "acme"))
    return terminal.world.shop.writes(), terminal.world.erp.writes(), links, route.initialization


def test_a_preview_shows_each_record_and_field_and_writes_nothing(shelf: Terminal) -> None:
    before = state_of(shelf)
    said = shelf.ok("initialize", "acme", "product", "--dry-run").splitlines()
    assert said[:3] == [
        "Preview of product erp to shop: 5 records: 1 create, 1 update, 1 link, 1 skip, 1 refuse.",
        "       1  INVALID_FIELD",
        "       1  ZERO_PRICE",
    ]
    assert [line.split() for line in said[3:-1]] == [
        ["action", "record", "field", "old", "new", "why"],
        ["refuse", "BAD", "INVALID_FIELD:", "variants"],
        ["skip", "FREE", "ZERO_PRICE"],
        ["create", "MUG", "code", "MUG"],
        ["title", "Item", "MUG"],
        ["tracked", "true"],
        ["price", "11.90"],
        ["update", "THERE", "price", "10.00", "12"],
        ["link", "SAME"],
    ]
    assert said[-1] == "Nothing was written. To keep a preview and do exactly what it says: add --save."
    assert state_of(shelf) == before
    assert shelf.json("plans", "list", "acme") == []


def test_a_table_is_limited_and_says_how_many_records_it_leaves_out(shelf: Terminal) -> None:
    said = shelf.ok("initialize", "acme", "product", "--dry-run", "--limit", "3")
    assert "2 more records: add --limit, or --format csv for all of them." in said
    assert "SAME" not in said


def test_the_same_in_json(shelf: Terminal) -> None:
    told = shelf.json("initialize", "acme", "product", "--dry-run")
    assert (told["object"], told["direction"], told["kind"]) == ("product", "erp_to_shop", "preview")
    assert told["counts"] == {"create": 1, "update": 1, "link": 1, "skip": 1, "refuse": 1}
    steps = {step["label"]: step for step in told["steps"]}
    assert steps["THERE"]["diff"] == {"price": {"old": "10.00", "new": "12"}}
    assert (steps["FREE"]["action"], steps["FREE"]["cause"]) == ("skip", "ZERO_PRICE")
    assert shelf.ok("initialize", "acme", "product", "--dry-run", "--format", "json").startswith('{"id":')


def test_the_same_for_a_spreadsheet_which_takes_no_text_for_a_formula(shelf: Terminal) -> None:
    shelf.world.erp.add_item("PLUS", title="=1+1", barcode="=2+2")
    result = shelf.run("initialize", "acme", "product", "--dry-run", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {(row["key"], row["action"], row["field"], row["old"], row["new"]) for row in rows} >= {
        ("THERE", "update", "price", "10.00", "12"),
        ("FREE", "skip", "", "", ""),
        ("PLUS", "create", "barcode", "", "'=2+2"),
    }
    assert "6 records: 2 create" in result.stderr


def test_a_preview_before_the_first_load_needs_none_but_orders_need_their_cut_over(terminal: Terminal) -> None:
    assert terminal.json("sync", "acme", "product", "--dry-run")["counts"] == {"create": 1}
    assert "is not initialised yet" in terminal.fails("sync", "acme", "product")


def test_certain_records_and_a_backfill_can_be_previewed(terminal: Terminal) -> None:
    terminal.world.erp.add_item("TEE")
    told = terminal.json("sync", "acme", "product", "--dry-run", "--keys", "TEE")
    assert [step["key"] for step in told["steps"]] == ["TEE"]
    terminal.world.shop.place_order(7, [("TEE", 1, "5.00")], placed_at="2026-09-01T00:00:00+00:00")
    assert terminal.json("sync", "acme", "order", "--dry-run")["causes"] == {"BEFORE_CUT_OVER": 1}
    told = terminal.json("backfill", "acme", "--numbers", "7-7", "--dry-run", "--save")
    assert [(step["label"], step["action"]) for step in told["steps"]] == [("#7", "create")]
    assert terminal.world.erp.table("orders") == {}
    assert terminal.json("plans", "apply", str(told["id"]))["created"] == 1


def test_what_was_skipped_or_parked_before_is_shown_again(shelf: Terminal) -> None:
    shelf.ok("initialize", "acme", "product", status=1)
    shelf.world.erp.add_item("NEW")
    for _ in range(2):
        told = shelf.json("sync", "acme", "product", "--full", "--dry-run")
        assert told["counts"] == {"create": 1, "skip": 1, "refuse": 1, "unchanged": 3}
        assert told["causes"] == {"ZERO_PRICE": 1, "INVALID_FIELD": 1}
    for _ in range(5):
        shelf.run("sync", "acme", "product", "--full")
    (parked,) = shelf.json("failures", "list", "acme", "--state", "parked")
    told = shelf.json("sync", "acme", "product", "--full", "--dry-run")
    refused = next(step for step in told["steps"] if step["action"] == "refuse")
    assert (refused["label"], refused["cause"], refused["detail"]) == ("BAD", parked["cause"], parked["detail"])


def test_what_is_not_marked_is_counted_and_not_listed(terminal: Terminal) -> None:
    text = terminal.file.read_text(encoding="utf-8").replace("policy: all", "policy: marked")
    terminal.ok("apply", terminal.write(text))
    for code in ("A", "B"):
        terminal.world.erp.add_item(code)
    terminal.ok("select", "mark", "acme", "--keys", "A")
    told = terminal.json("initialize", "acme", "product", "--dry-run")
    assert ([step["key"] for step in told["steps"]], told["counts"]) == (["A"], {"create": 1, "not_marked": 2})
    assert "3 records: 1 create, 2 not marked." in terminal.ok("initialize", "acme", "product", "--dry-run")


def test_values_of_customers_are_hidden_unless_somebody_asks_and_that_is_noted(terminal: Terminal) -> None:
    terminal.world.shop.add_customer(1, "ada@shop.example", last_name="Byron")
    for form in ("table", "json", "csv"):
        said = terminal.run("initialize", "acme", "customer", "--dry-run", "--format", form).output
        assert "***" in said
        assert "ada@" not in said
        assert "Byron" not in said
    assert "show personal data" not in [act["action"] for act in terminal.acts()]
    said = terminal.ok("initialize", "acme", "customer", "--dry-run", "--personal")
    assert "ada@shop.example" in said
    assert "Byron" in said
    act = next(act for act in terminal.acts() if act["action"] == "show personal data")
    assert act["subject"].startswith("acme plan ")


def test_a_preview_is_noted_in_the_trail(terminal: Terminal) -> None:
    terminal.ok("sync", "acme", "product", "--dry-run", "--save")
    acts = [(act["action"], act["subject"], act["after"]) for act in terminal.acts()][-2:]
    assert acts == [
        ("preview sync now", "acme product erp_to_shop", {"scope": "changes", "keys": [], "saved": True}),
        ("plans save", "acme product erp_to_shop", {"plan": 1, "create": 1}),
    ]
    assert [row["kind"] for row in terminal.json("runs", "acme")] == ["preview"]


def test_a_preview_that_does_not_come_to_its_end_leaves_no_plan(terminal: Terminal) -> None:
    terminal.world.shop.down = unavailable()
    said = terminal.run("initialize", "acme", "product", "--dry-run", "--save")
    assert said.exit_code == 2
    assert "PLATFORM_UNAVAILABLE" in said.stderr
    told = terminal.run("initialize", "acme", "product", "--dry-run", "--json")
    assert (told.exit_code, json.loads(told.stdout)["state"]) == (2, "aborted")
    assert terminal.json("plans", "list", "acme") == []


@pytest.mark.parametrize("option", ["--save", "--personal", "--format=csv"])
def test_what_belongs_to_a_preview_is_refused_without_one(terminal: Terminal, option: str) -> None:
    assert "belongs to a preview" in terminal.fails("initialize", "acme", "product", option)
    assert terminal.world.shop.writes() == 0
