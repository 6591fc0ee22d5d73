from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.errors import PlatformUnavailable
from hub.platforms.endpoint import Page
from tests.cli.conftest import Terminal
from tests.fakes import shop


def test_maps_are_listed_whole_or_one_by_one(terminal: Terminal) -> None:
    rows = terminal.json("maps", "list", "acme")
    assert [row["map"] for row in rows] == ["location", "location", "payment", "tax"]
    assert terminal.json("maps", "list", "acme", "payment") == [
        {"map": "payment", "shop": "shopify_payments", "erp": "card:1", "valid_from": None, "default": "", "rank": None}
    ]


def test_a_map_entry_is_set_changed_and_removed_with_a_trace(terminal: Terminal) -> None:
    terminal.ok("maps", "set", "acme", "payment", "klarna", "card:1")
    terminal.ok("maps", "set", "acme", "payment", "klarna", "card:2")
    terminal.ok("maps", "remove", "acme", "payment", "klarna")
    acts = [act for act in terminal.acts() if act["action"].startswith("maps")]
    assert [act["subject"] for act in acts] == ["acme payment"] * 3
    assert acts[0]["before"] is None
    assert (acts[1]["before"]["erp"], acts[1]["after"]["erp"]) == ("card:1", "card:2")
    assert acts[2]["before"][0]["erp"] == "card:2"
    assert len(terminal.json("maps", "list", "acme", "payment")) == 1


def test_a_tax_code_may_count_from_a_day_on(terminal: Terminal) -> None:
    terminal.ok("maps", "set", "acme", "tax", "0.19", "A3", "--valid-from", "2027-01-01")
    rows = terminal.json("maps", "list", "acme", "tax")
    assert [(row["erp"], row["valid_from"]) for row in rows] == [("A2", None), ("A3", "2027-01-01")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("payment", "klarna", "gold"), "erp: Not a place to book to"),
        (("tax", "much", "A2"), "shop: Not a rate"),
        (("payment", "klarna", "card:1", "--default"), "default: Unknown field."),
        (("payment", "klarna", "card:1", "--rank", "2"), "rank: Unknown field."),
        (("item_group", "Shirts", "Clothing"), "erp: Not the number of a group"),
        (("item_group", "Shirts", "101", "--valid-from", "2027-01-01"), "Groups count always"),
        (("location", "L3", "01"), "The location map names 01 twice."),
        (("location", "L2", "02", "--default"), "two defaults"),
        (("payment", "klarna", "card:99"), "The ERP has no credit card 99; it has: card:1 (Card), card:2 (Gift card)."),
    ],
)
def test_an_entry_that_would_be_wrong_is_refused(terminal: Terminal, words: tuple[str, ...], said: str) -> None:
    before = terminal.acts()
    assert said in terminal.fails("maps", "set", "acme", *words)
    assert terminal.acts() == before


def test_groups_have_ranks_and_a_value_once_in_whatever_letter_case(terminal: Terminal) -> None:
    terminal.world.erp.facts["customer_groups"] = {102: "VIP", 103: "Wholesale"}
    terminal.ok("maps", "set", "acme", "customer_group", "vip", "102", "--rank", "2")
    terminal.ok("maps", "set", "acme", "customer_group", "wholesale", "103", "--rank", "1")
    rows = terminal.json("maps", "list", "acme", "customer_group")
    assert [(row["shop"], row["erp"], row["rank"]) for row in rows] == [("wholesale", "103", 1), ("vip", "102", 2)]
    assert "already, written vip" in terminal.fails("maps", "set", "acme", "customer_group", "VIP", "103")


def test_product_types_without_a_group_are_listed_where_products_of_the_shop_become_items(terminal: Terminal) -> None:
    terminal.world.shop.facts["product_types"] = ["Hats", "Items", "Shirts"]
    terminal.ok("maps", "set", "acme", "item_group", "shirts", "100")
    assert terminal.json("maps", "unmapped", "acme") == []
    terminal.file.write_text(
        terminal.file.read_text() + "  - {object: product, direction: shop_to_erp}\n", encoding="utf-8"
    )
    terminal.ok("apply", str(terminal.file))
    (row,) = terminal.json("maps", "unmapped", "acme")
    assert (row["map"], row["side"], row["value"]) == ("item_group", "shop", "Hats")
    assert row["command"] == 'hub maps set acme item_group "Hats" NUMBER'


def test_what_becomes_of_an_order_is_told_by_its_financial_status(terminal: Terminal) -> None:
    told = {(row["status"], row["case"]): row["outcome"] for row in terminal.json("maps", "statuses", "acme")}
    assert (told["PAID", ""], told["AUTHORIZED", ""], told["VOIDED", ""]) == ("import", "wait", "skip")


def test_removing_what_is_not_there_is_refused(terminal: Terminal) -> None:
    assert "The map payment has no entry for klarna." in terminal.fails("maps", "remove", "acme", "payment", "klarna")


def test_values_in_use_that_no_map_knows_come_with_their_commands(terminal: Terminal) -> None:
    there = terminal.world.shop
    there.add_product("MUG")
    for number in (1001, 1002):
        there.place_order(number, [("MUG", 1, "11.90")], gateway="klarna")
    there.locations["L3"] = {"name": "Store", "active": True}
    there.locations["L4"] = {"name": "Closed", "active": False}
    terminal.world.erp.warehouses["03"] = {"name": "Outlet", "active": True, "branch": None}
    assert terminal.json("maps", "unmapped", "acme") == [
        {
            "map": "location",
            "side": "shop",
            "value": "L3",
            "label": "Store",
            "orders": 0,
            "command": 'hub maps set acme location "L3" WAREHOUSE',
        },
        {
            "map": "location",
            "side": "erp",
            "value": "03",
            "label": "Outlet",
            "orders": 0,
            "command": 'hub maps set acme location LOCATION "03"',
        },
        {
            "map": "payment",
            "side": "shop",
            "value": "klarna",
            "label": "",
            "orders": 2,
            "command": 'hub maps set acme payment "klarna" card:N',
        },
    ]
    assert 'hub maps set acme payment "klarna" card:N' in terminal.ok("maps", "unmapped", "acme")


def test_a_value_that_was_mapped_is_no_longer_listed(terminal: Terminal) -> None:
    terminal.world.shop.place_order(1001, [("MUG", 1, "11.90")], gateway="klarna")
    assert len(terminal.json("maps", "unmapped", "acme")) == 1
    terminal.ok("maps", "set", "acme", "payment", "klarna", "card:1")
    assert terminal.ok("maps", "unmapped", "acme") == "The maps know all values in use.\n"


def test_a_side_that_does_not_answer_is_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asleep(shop.ShopOrders):
        """Shows no orders today."""

        def between(self, *_: object) -> Iterator[Page]:
            raise PlatformUnavailable("The shop sleeps.")

    monkeypatch.setitem(shop.ENDPOINTS, "order", Asleep)
    refused = terminal.run("maps", "unmapped", "acme")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "The shop sleeps." in refused.stderr
