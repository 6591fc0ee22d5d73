from __future__ import annotations

import json

import pytest

from hub.errors import PlatformUnavailable
from tests.cli.conftest import Terminal


def keys(rows: list[dict[str, object]]) -> set[object]:
    return {row["label"] for row in rows}


def test_failures_are_listed_with_what_to_do(looking: Terminal) -> None:
    rows = looking.json("failures", "list", "acme")
    assert keys(rows) == {"#1002", "#1003", "#1004"}
    assert {row["object"] for row in rows} == {"order"}
    assert "hub maps set" in rows[-1]["fix"] or "hub maps set" in rows[0]["fix"]
    assert "MISSING_MAPPING" in looking.ok("failures", "list", "acme")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--cause", "UNKNOWN_SKU"), {"#1004"}),
        (("--detail", "payment=klarna"), {"#1002", "#1003"}),
        (("--object", "product"), set()),
        (("--direction", "shop_to_erp", "--object", "order"), {"#1002", "#1003", "#1004"}),
        (("--state", "parked"), set()),
        (("--state", "parked", "--state", "open"), {"#1002", "#1003", "#1004"}),
    ],
)
def test_the_list_can_be_narrowed(looking: Terminal, options: tuple[str, ...], expected: set[str]) -> None:
    assert keys(looking.json("failures", "list", "acme", *options)) == expected


def test_a_long_list_says_how_much_more_there_is(looking: Terminal) -> None:
    assert looking.ok("failures", "list", "acme", "--limit", "1").endswith(
        "2 more: add --limit or narrow the choice.\n"
    )


def test_groups_show_what_one_act_cures(looking: Terminal) -> None:
    rows = looking.json("failures", "groups", "acme")
    assert [(row["count"], row["cause"], row["detail"]) for row in rows] == [
        (2, "MISSING_MAPPING", "payment=klarna"),
        (1, "UNKNOWN_SKU", "sku=NOPE"),
    ]


def test_an_integration_without_failures_says_so(terminal: Terminal) -> None:
    assert terminal.ok("failures", "list", "acme") == "No failures.\n"
    assert terminal.json("failures", "groups", "acme") == []


def test_acknowledged_failures_are_set_aside_with_a_note(failing: Terminal) -> None:
    assert failing.json("failures", "acknowledge", "acme", "--cause", "UNKNOWN_SKU", "--note", "known") == {
        "acknowledged": 1
    }
    assert keys(failing.json("failures", "list", "acme")) == {"#1002", "#1003"}
    (row,) = failing.json("failures", "list", "acme", "--state", "acknowledged")
    assert (row["label"], row["note"]) == ("#1004", "known")
    act = failing.acts()[-1]
    assert (act["action"], act["after"]["cause"], act["after"]["failures"]) == (
        "failures acknowledged",
        "UNKNOWN_SKU",
        1,
    )


def test_ignored_failures_come_back_after_their_time(failing: Terminal) -> None:
    said = failing.ok("failures", "ignore", "acme", "--key", "#1004", "--until", "2099-01-01T00:00:00+00:00")
    assert said == "1 failures ignored.\n"
    (row,) = failing.json("failures", "list", "acme", "--state", "ignored")
    assert row["expires"] == "2099-01-01T00:00:00+00:00"


@pytest.mark.parametrize("command", [("failures", "acknowledge"), ("resync",)])
def test_which_failures_must_be_said(looking: Terminal, command: tuple[str, ...]) -> None:
    assert "Which failures?" in looking.fails(*command, "acme")


@pytest.mark.parametrize("choice", [("--cause", "TYPO"), ("--key", "#9"), ("--cause", "UNKNOWN_SKU", "--detail", "x")])
def test_a_choice_that_fits_nothing_is_refused(looking: Terminal, choice: tuple[str, ...]) -> None:
    assert "No open failure answers to" in looking.fails("resync", "acme", *choice)


def test_a_re_sync_reads_the_source_afresh(failing: Terminal) -> None:
    """What arrives is the value that was corrected in the shop after the failure."""
    shop, erp = failing.world.shop, failing.world.erp
    order = shop.table("orders")["gid://shop/Order/1004"]
    line = {**order["lines"][0], "sku": "MUG", "title": "MUG"}
    shop.edit("orders", order["id"], lines=[line], total="5.00")
    told = failing.json("resync", "acme", "--key", "#1004")
    assert (told["read"], told["created"], told["failed"]) == (1, 1, 0)
    assert [row["lines"][0]["item"] for row in erp.table("orders").values() if row["number"] == "#1004"] == ["MUG"]


def test_a_group_is_cured_by_one_act(failing: Terminal) -> None:
    failing.ok("maps", "set", "acme", "payment", "klarna", "card:1")
    result = failing.run("resync", "acme", "order", "--cause", "MISSING_MAPPING", "--detail", "payment=klarna")
    assert (result.exit_code, result.stderr) == (0, "2 records are read afresh.\n")
    assert "2 read: 2 created" in result.stdout
    assert keys(failing.json("failures", "list", "acme")) == {"#1004"}


def test_the_new_message_follows_the_old_which_then_reads_resolved(failing: Terminal) -> None:
    failing.ok("maps", "set", "acme", "payment", "klarna", "card:1")
    (old,) = failing.json("messages", "list", "--ident", "#1002")["messages"]
    failing.ok("resync", "acme", "--message", str(old["id"]))
    new, old = failing.json("messages", "list", "--ident", "#1002")["messages"]
    assert (new["follows"], new["reason"], new["verdict"]) == (old["id"], "re-sync", "created")
    assert old["resolved_by"] == new["id"]


def test_what_fails_again_ends_with_status_1_and_stays(failing: Terminal) -> None:
    assert failing.json("resync", "acme", "--all", status=1)["failed"] == 3
    assert {row["count"] for row in failing.json("failures", "list", "acme")} == {2}


def test_everything_is_taken_up_route_by_route(failing: Terminal) -> None:
    erp, shop = failing.world.erp, failing.world.shop
    erp.add_item("NOPE", "5.00", barcode="x" * 21)
    failing.ok("sync", "acme", "product", status=1)
    erp.edit("items", "NOPE", barcode="x")
    failing.ok("maps", "set", "acme", "payment", "klarna", "card:1")
    lines = [json.loads(line) for line in failing.ok("resync", "acme", "--all", "--json").splitlines()]
    assert [(line["object"], line["created"]) for line in lines] == [("product", 1), ("order", 3)]
    assert len(shop.table("variants")) == 2


def test_re_sync_is_in_the_trail(failing: Terminal) -> None:
    failing.ok("resync", "acme", "--cause", "UNKNOWN_SKU", status=1)
    act = failing.acts()[-1]
    assert (act["action"], act["subject"], act["after"]) == ("re-sync", "acme", {"cause": "UNKNOWN_SKU", "records": 1})


def test_a_message_of_another_integration_is_not_taken_up(failing: Terminal) -> None:
    assert "acme has no message 999." in failing.fails("resync", "acme", "--message", "999")


def test_failures_that_were_set_aside_are_taken_up_only_by_their_name(failing: Terminal) -> None:
    failing.ok("failures", "acknowledge", "acme", "--key", "#1004")
    assert failing.json("resync", "acme", "--all", status=1)["read"] == 2
    assert failing.json("resync", "acme", "--key", "#1004", status=1)["read"] == 1


def test_a_re_sync_while_the_erp_is_down_is_aborted_and_tells(failing: Terminal) -> None:
    failing.world.erp.down = PlatformUnavailable("It sleeps.")
    told = failing.json("resync", "acme", "--all", status=2)
    assert (told["state"], "It sleeps." in told["error"]) == ("aborted", True)


def test_an_object_without_a_route_is_named(looking: Terminal) -> None:
    said = looking.fails("failures", "list", "acme", "--object", "product", "--direction", "shop_to_erp")
    assert "No route of acme carries product shop_to_erp." in said
