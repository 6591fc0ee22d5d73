from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal


@pytest.fixture
def shelf(terminal: Terminal) -> Terminal:
    """MUG is in both systems and linked; two items of a group of their own are not."""
    terminal.ok("initialize", "acme", "product")
    for code in ("PLATE-1", "PLATE-2"):
        terminal.world.erp.add_item(code, title=f"Plate {code[-1]}", product_type="20")
    return terminal


def keys(rows: list[dict[str, object]]) -> list[object]:
    return [row["key"] for row in rows]


@pytest.mark.parametrize("words", ["acme", "list acme", "acme product", "list acme product"])
def test_records_of_the_source_are_listed_however_it_is_typed(shelf: Terminal, words: str) -> None:
    assert keys(shelf.json("select", *words.split())) == ["MUG", "PLATE-1", "PLATE-2"]


def test_the_short_form_takes_its_options_in_any_place(shelf: Terminal) -> None:
    assert keys(shelf.json("select", "--items", "P-", "acme")) == ["PLATE-1", "PLATE-2"]
    assert keys(shelf.json("select", "acme", "--items", "PLATE-2..", "--groups", "20-20")) == ["PLATE-2"]
    assert keys(shelf.json("select", "acme", "--text", "plate 1")) == ["PLATE-1"]
    assert "list" in shelf.ok("select", "--help")


def test_a_list_tells_what_is_marked_and_what_is_linked(shelf: Terminal) -> None:
    shelf.ok("select", "mark", "acme", "--keys", "PLATE-1")
    head, mug, plate, _ = shelf.ok("select", "acme").splitlines()
    assert head.split() == ["key", "label", "name", "group", "price", "stock", "marked", "target", "id"]
    assert mug.split() == ["MUG", "MUG", "Item", "MUG", "11.90", "100", "gid://shop/Variant/1"]
    assert plate.split() == ["PLATE-1", "PLATE-1", "Plate", "1", "20", "10.00", "0", "yes"]
    assert keys(shelf.json("select", "acme", "--marked")) == ["PLATE-1"]
    assert keys(shelf.json("select", "acme", "--unmarked", "--items", "P-")) == ["PLATE-2"]
    assert keys(shelf.json("select", "acme", "--new")) == ["PLATE-1", "PLATE-2"]
    assert shelf.ok("select", "acme", "--text", "nothing like this") == "No records.\n"


def test_a_list_goes_on_behind_the_last_one(shelf: Terminal) -> None:
    said = shelf.ok("select", "acme", "--limit", "2")
    assert said.endswith("More: add --after PLATE-1\n")
    assert keys(shelf.json("select", "acme", "--after", "PLATE-1")) == ["PLATE-2"]
    assert shelf.json("select", "acme", "--after", "PLATE-2") == []


def test_marking_queues_what_the_next_run_does(shelf: Terminal) -> None:
    said = shelf.ok("select", "mark", "acme", "--items", "PLATE-1..PLATE-2")
    assert said == (
        "2 marked.\nQueued; the next run does it, or at once: hub sync acme product --direction erp_to_shop\n"
    )
    assert len(shelf.world.shop.table("variants")) == 1
    act = shelf.acts()[-1]
    assert (act["action"], act["subject"]) == ("select mark", "acme product erp_to_shop")
    assert (act["after"]["items"], act["after"]["records"]) == ("PLATE-1..PLATE-2", 2)
    assert shelf.json("sync", "acme", "product")["created"] == 2
    again = shelf.ok("select", "mark", "acme", "--items", "P-")
    assert again == "0 marked, 2 were so already.\nNothing is newly marked, so nothing was queued.\n"


def test_marking_and_synchronising_at_once(shelf: Terminal) -> None:
    said = shelf.ok("select", "mark", "acme", "--keys", "PLATE-2", "--sync")
    assert said == "1 marked.\nproduct erp to shop: 1 read: 1 created\n"
    assert shelf.world.shop.variant("PLATE-2")["title"] == "Plate 2"


def test_before_the_first_load_marking_says_what_comes_first(terminal: Terminal) -> None:
    said = terminal.ok("select", "mark", "acme", "--all")
    assert said == "1 marked.\nThe first load takes all that is marked: hub initialize acme product\n"
    assert "is not initialised yet" in terminal.fails("select", "mark", "acme", "--all", "--sync")


@pytest.mark.parametrize("act", ["mark", "unmark"])
def test_nobody_marks_everything_by_leaving_something_out(shelf: Terminal, act: str) -> None:
    assert "Which records?" in shelf.fails("select", act, "acme")
    assert "--keys says all by itself." in shelf.fails("select", act, "acme", "--keys", "A", "--text", "B")
    assert shelf.json("select", "acme", "--marked") == []


@pytest.mark.parametrize("words", [("select", "acme"), ("select", "mark", "acme", "--all")])
def test_a_preview_says_what_marking_would_do_and_writes_nothing(shelf: Terminal, words: tuple[str, ...]) -> None:
    shelf.ok("select", "mark", "acme", "--keys", "PLATE-1")
    acts = len(shelf.acts())
    said = shelf.ok(*words, "--preview", "--limit", "2")
    assert "3 records: 1 marked already, 1 new on the other side, 1 updated from now on. Nothing was written." in said
    assert said.endswith("1 more: add --limit.\n")
    shown = shelf.json(*words, "--preview")
    assert {row["key"]: row["becomes"] for row in shown["records"]} == {
        "MUG": "updated from now on",
        "PLATE-1": "marked already",
        "PLATE-2": "new on the other side",
    }
    assert sum(shown["counts"].values()) == 3
    assert (keys(shelf.json("select", "acme", "--marked")), len(shelf.acts())) == (["PLATE-1"], acts)


def test_unmarking_stops_updates_and_removes_nothing(shelf: Terminal) -> None:
    shelf.ok("select", "mark", "acme", "--all", "--sync")
    assert keys(shelf.json("select", "unmark", "acme", "--items", "P-", "--preview")) == ["PLATE-1", "PLATE-2"]
    assert len(shelf.json("select", "acme", "--marked")) == 3
    assert shelf.ok("select", "unmark", "acme", "--items", "P-") == "2 unmarked.\n"
    assert keys(shelf.json("select", "acme", "--marked")) == ["MUG"]
    assert shelf.json("select", "unmark", "acme", "--all") == {
        "chosen": 1,
        "unmarked": 1,
        "jobs": [],
        "refused": [],
    }
    assert len(shelf.world.shop.table("variants")) == 3
    assert [act["action"] for act in shelf.acts()][-2:] == ["select unmark", "select unmark"]


def test_names_of_customers_are_shown_only_to_whoever_asks_and_that_is_noted(terminal: Terminal) -> None:
    customer = terminal.world.shop.add_customer(1, "ada@shop.example", first_name="Ada", last_name="Byron")
    (masked,) = terminal.json("select", "acme", "customer", "--text", "ada")
    assert (masked["key"], masked["label"], masked["name"]) == (customer, customer, "***")
    (shown,) = terminal.json("select", "acme", "customer", "--personal")
    assert (shown["label"], shown["name"]) == ("ada@shop.example", "Ada Byron")
    assert terminal.acts()[-1]["action"] == "show personal data"
    terminal.ok("select", "mark", "acme", "customer", "--text", "ada@shop.example")
    assert "ada" not in str(terminal.acts()[-1]["after"])
    assert terminal.json("select", "acme", "customer", "--marked")[0]["key"] == customer


def test_what_cannot_be_meant_is_refused(shelf: Terminal) -> None:
    assert "can be read in several ways" in shelf.fails("select", "acme", "--items", "PLATE-1-PLATE-2")
    assert "No enabled route carries product shop_to_erp" in shelf.fails("select", "acme", "--direction", "shop_to_erp")
    assert "There is no integration named nobody" in shelf.fails("select", "nobody")
    assert "The source has no record NOPE" in shelf.fails("select", "mark", "acme", "--keys", "NOPE")
