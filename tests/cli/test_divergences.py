"""Conflicts and drift from the command line: both versions side by side, and what a person decides about them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import FILE, Terminal

BOTH_WAYS = (
    FILE
    + """\
  - {object: product, direction: shop_to_erp}
fields:
  product:
    title: none
    description: none
    barcode: none
    price: none
    weight: none
    custom:
      - {name: material, shop: product.custom.material, erp: U_Material, type: text, owner: none}
"""
)


@pytest.fixture
def mug(terminal: Terminal) -> Terminal:
    """One mug on both sides, in step; nobody owns most of its fields."""
    terminal.ok("apply", terminal.write(BOTH_WAYS))
    terminal.world.erp.edit("items", "MUG", title="Mug", barcode="1", description="white", material="clay", weight="1")
    for direction in ("erp_to_shop", "shop_to_erp"):
        terminal.ok("initialize", "acme", "product", "--direction", direction)
    return terminal


def sides(terminal: Terminal, *names: str) -> tuple[list[Any], list[Any]]:
    """What the shop holds, and what the ERP holds."""
    shop, erp = terminal.world.shop.variant("MUG"), terminal.world.erp.table("items")["MUG"]
    return [shop[name] for name in names], [erp[name] for name in names]


def clash(terminal: Terminal, **both: tuple[Any, Any]) -> None:
    """Somebody edits fields on both sides (shop, ERP), and the routes find out."""
    variant = terminal.world.shop.variant("MUG")["id"]
    terminal.world.shop.edit("variants", variant, **{name: values[0] for name, values in both.items()})
    terminal.world.erp.edit("items", "MUG", **{name: values[1] for name, values in both.items()})
    synced(terminal, status=1)


def synced(terminal: Terminal, status: int = 0) -> None:
    for direction in ("erp_to_shop", "shop_to_erp"):
        terminal.ok("sync", "acme", "product", "--direction", direction, status=status)


def settled(terminal: Terminal) -> None:
    """Nothing is in conflict or failed any more, and one more run of both routes writes nothing."""
    assert terminal.json("conflicts", "list", "acme") == []
    assert terminal.json("failures", "list", "acme") == []
    writes = (terminal.world.shop.writes(), terminal.world.erp.writes())
    for direction in ("erp_to_shop", "shop_to_erp"):
        terminal.ok("sync", "acme", "product", "--direction", direction, "--full")
    assert (terminal.world.shop.writes(), terminal.world.erp.writes()) == writes


def test_a_conflict_is_shown_with_both_versions_side_by_side(mug: Terminal) -> None:
    clash(mug, description=("blue", "red"), title=("Cup", "Beaker"))
    rows = {row["field"]: row for row in mug.json("conflicts", "list", "acme")}
    assert {name: (row["shop"], row["erp"]) for name, row in rows.items()} == {
        "description": ("blue", "red"),
        "title": ("Cup", "Beaker"),
    }
    row = rows["title"]
    assert (row["object"], row["item"], row["erp_id"], row["shop_id"]) == (
        "product",
        "MUG",
        "MUG",
        mug.world.shop.variant("MUG")["id"],
    )
    head, *lines = mug.ok("conflicts", "list", "acme", "--object", "product").splitlines()
    assert head.split()[1:6] == ["object", "item", "field", "shop", "erp"]
    assert {tuple(line.split()[1:6]) for line in lines} == {
        ("product", "MUG", "description", "blue", "red"),
        ("product", "MUG", "title", "Cup", "Beaker"),
    }
    assert mug.ok("conflicts", "list", "acme", "--object", "customer") == "Nothing is in conflict.\n"
    assert "More: add --after" in mug.ok("conflicts", "list", "acme", "--limit", "1")


@pytest.mark.parametrize(("winner", "held"), [("shop", "blue"), ("erp", "red"), ("source", "red"), ("target", "blue")])
def test_the_version_of_one_side_is_taken(mug: Terminal, winner: str, held: str) -> None:
    """The route from the ERP has found the conflict: its source is the ERP."""
    clash(mug, description=("blue", "red"))
    said = mug.ok("conflicts", "take", "acme", "MUG", winner)
    whose = {"blue": "the shop's", "red": "the ERP's"}[held]
    assert said.endswith(f"MUG: the conflict is gone: description is {whose} version.\n")
    assert sides(mug, "description") == ([held], [held])
    settled(mug)


def test_each_field_has_its_own_choice_in_a_merge(mug: Terminal) -> None:
    clash(mug, title=("Cup", "Beaker"), barcode=("11", "22"), description=("blue", "red"))
    choices = ("--field", "title=shop", "--field", "barcode=erp", "--set", "description=blue & red")
    told = mug.json("conflicts", "take", "acme", "MUG", "merge", *choices)
    assert (told["decided"], told["left"]) == ({"title": "shop", "barcode": "erp", "description": "value"}, [])
    assert [run["state"] for run in told["runs"]] == ["done", "done"]
    merged = ["Cup", "22", "blue & red"]
    assert sides(mug, "title", "barcode", "description") == (merged, merged)
    settled(mug)


def test_a_value_of_ones_own_has_the_type_of_its_field(mug: Terminal) -> None:
    clash(mug, price=("20.00", "30.00"), weight=("2", "3"), material=("wood", "steel"))
    own = ("--set", "price=24.90", "--set", "weight=2.50", "--set", "custom.material=glass")
    mug.ok("conflicts", "take", "acme", "MUG", "merge", *own)
    shop, erp = sides(mug, "price", "weight", "material")
    assert shop == erp
    assert (Decimal(shop[0]), Decimal(shop[1]), shop[2]) == (Decimal("24.90"), Decimal("2.50"), "glass")
    settled(mug)


def test_only_some_fields_are_taken_and_the_others_stay_in_conflict(mug: Terminal) -> None:
    clash(mug, title=("Cup", "Beaker"), description=("blue", "red"))
    said = mug.ok("conflicts", "take", "acme", "MUG", "erp", "--field", "title", status=1)
    assert "MUG: the conflict is gone: title is the ERP's version." in said
    assert sides(mug, "title", "description") == (["Beaker", "blue"], ["Beaker", "red"])
    assert [row["field"] for row in mug.json("conflicts", "list", "acme")] == ["description"]


@pytest.mark.parametrize("by", ["shop_id", "erp_id", "item"])
def test_a_record_is_named_by_what_it_is_called_or_by_its_id_on_either_side(mug: Terminal, by: str) -> None:
    clash(mug, description=("blue", "red"))
    (row,) = mug.json("conflicts", "list", "acme")
    mug.ok("conflicts", "take", "acme", row[by], "shop", "--object", "product")
    settled(mug)


def test_a_decision_counts_only_for_the_versions_that_it_was_made_from(mug: Terminal) -> None:
    clash(mug, description=("blue", "red"))
    mug.world.erp.edit("items", "MUG", description="green")
    said = mug.ok("conflicts", "take", "acme", "MUG", "shop", status=1)
    assert "MUG is still in conflict:" in said
    assert "The versions have changed meanwhile: decide anew." in said
    assert sides(mug, "description") == (["blue"], ["green"])
    (row,) = mug.json("conflicts", "list", "acme")
    assert (row["shop"], row["erp"], row["choice"]) == ("blue", "green", "")
    mug.ok("conflicts", "take", "acme", "MUG", "erp")
    assert sides(mug, "description") == (["green"], ["green"])


@pytest.mark.parametrize(
    ("wish", "held"), [(["shop"], "blue"), (["merge", "--set", "description=green"], "green")], ids=["shop", "own"]
)
def test_a_decision_waits_where_a_side_is_stopped_and_is_carried_out_afterwards(
    mug: Terminal, wish: list[str], held: str
) -> None:
    clash(mug, description=("blue", "red"))
    mug.ok("stop", "acme", "erp")
    said = mug.ok("conflicts", "take", "acme", "MUG", *wish, status=2)
    assert "What was decided is kept, and the next run that comes to its end carries it out." in said
    assert mug.json("conflicts", "list", "acme")[0]["choice"] == ("shop" if held == "blue" else "value")
    mug.ok("resume", "acme", "erp")
    synced(mug)
    assert sides(mug, "description") == ([held], [held])
    settled(mug)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["NOPE", "shop"], "Nothing of NOPE is in conflict."),
        (["MUG", "shop", "--object", "customer"], "Nothing of MUG is in conflict."),
        (["MUG", "shop", "--field", "price"], "price: not in conflict."),
        (["MUG", "shop", "--field", "title=erp"], "that is a merge"),
        (["MUG", "shop", "--set", "title=Pot"], "that is a merge"),
        (["MUG", "merge"], "Nothing is decided about title, weight."),
        (["MUG", "merge", "--field", "title=shop"], "Nothing is decided about weight."),
        (["MUG", "merge", "--field", "title"], "has no value"),
        (["MUG", "merge", "--field", "title=me"], "names no side"),
        (["MUG", "merge", "--field", "title=shop", "--set", "title=Pot"], "title is decided twice."),
        (["MUG", "merge", "--field", "title=shop", "--set", "weight=heavy"], "weight cannot be 'heavy'"),
        (["MUG", "merge", "--field", "weight=shop", "--set", f"title={'x' * 201}"], "Longer than 200 characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(mug: Terminal, words: list[str], said: str) -> None:
    clash(mug, title=("Cup", "Beaker"), weight=("2", "3"))
    acts = len(mug.acts())
    assert said in mug.fails("conflicts", "take", "acme", *words)
    assert {row["choice"] for row in mug.json("conflicts", "list", "acme")} == {""}
    assert len(mug.acts()) == acts


def test_a_version_that_no_route_would_carry_is_not_taken(mug: Terminal) -> None:
    clash(mug, description=("blue", "red"))
    one_way = BOTH_WAYS.replace("direction: shop_to_erp}\nfields", "direction: shop_to_erp, enabled: false}\nfields")
    mug.ok("apply", mug.write(one_way))
    assert "No enabled route carries product shop_to_erp" in mug.fails("conflicts", "take", "acme", "MUG", "shop")
    own = ("merge", "--set", "description=green")
    assert "No enabled route carries product shop_to_erp" in mug.fails("conflicts", "take", "acme", "MUG", *own)
    mug.ok("conflicts", "take", "acme", "MUG", "erp")
    assert sides(mug, "description") == (["red"], ["red"])


def test_who_decided_what_is_noted(mug: Terminal) -> None:
    clash(mug, title=("Cup", "Beaker"), description=("blue", "red"))
    mug.ok("conflicts", "take", "acme", "MUG", "merge", "--field", "title=shop", "--set", "description=green")
    act = next(act for act in mug.acts() if act["action"] == "conflicts take")
    assert act["subject"] == "acme product MUG"
    assert act["before"] == {"title": {"shop": "Cup", "erp": "Beaker"}, "description": {"shop": "blue", "erp": "red"}}
    assert act["after"] == {"title": "shop", "description": {"value": "green"}}


def test_drift_is_listed_with_both_versions_and_the_owner(mug: Terminal) -> None:
    owned = BOTH_WAYS.replace("price: none", "price: erp").replace("title: none", "title: shop")
    mug.ok("apply", mug.write(owned))
    synced(mug)
    assert mug.ok("drift", "list", "acme") == "Nothing has drifted.\n"
    mug.world.shop.edit("variants", mug.world.shop.variant("MUG")["id"], price="99.00", code="MUG-2")
    mug.world.erp.edit("items", "MUG", title="By hand")
    synced(mug)
    rows = {row["field"]: row for row in mug.json("drift", "list", "acme", "--object", "product")}
    assert {name: (row["what"], row["shop"], row["erp"], row["owner"]) for name, row in rows.items()} == {
        "price": ("DRIFT", "99", "11.9", "erp"),
        "title": ("DRIFT", "Mug", "By hand", "shop"),
        "code": ("SKU_CHANGED", "MUG-2", "MUG", "erp"),
    }
    assert "SKU_CHANGED" in mug.ok("drift", "list", "acme")


def test_what_has_drifted_of_customers_is_hidden_unless_somebody_asks(mug: Terminal) -> None:
    mug.world.shop.add_customer(1, "ada@shop.example", last_name="Byron")
    mug.ok("initialize", "acme", "customer")
    mug.world.erp.edit("partners", "C1", last_name="Lovelace")
    mug.ok("sync", "acme", "customer", "--full")
    mug.ok("sync", "acme", "customer", "--keys", "gid://shop/Customer/1")
    (row,) = mug.json("drift", "list", "acme", "--object", "customer")
    assert (row["item"], row["field"], row["shop"], row["erp"]) == ("gid://shop/Customer/1", "last_name", "***", "***")
    (shown,) = mug.json("drift", "list", "acme", "--personal", "--object", "customer")
    assert (shown["shop"], shown["erp"]) == ("Byron", "Lovelace")
    assert mug.acts()[-1]["action"] == "show personal data"


def test_what_belongs_to_a_product_with_several_variants_is_not_taken_from_one_item(mug: Terminal) -> None:
    product = mug.world.shop.variant("MUG")["product"]
    same = {"title": "Mug L", "barcode": "2", "description": "white", "material": "clay"}
    mug.world.erp.add_item("MUG-L")
    mug.world.erp.edit("items", "MUG-L", weight="1", **same)
    mug.world.shop.add_product("MUG-L", product=product, weight=Decimal(1), **same)
    synced(mug)
    clash(mug, title=("Cup", "Beaker"), barcode=("11", "22"))
    refused = mug.fails("conflicts", "take", "acme", "MUG", "erp", "--field", "title")
    assert "title belongs to the whole product, which has 2 variants" in refused
    assert "title belongs to the whole product" in mug.fails(
        "conflicts", "take", "acme", "MUG", "merge", "--set", "title=Bowl", "--field", "barcode=erp"
    )
    said = mug.ok("conflicts", "take", "acme", "MUG", "erp", "--field", "barcode", status=1)
    assert "Still to be decided: title" in said
    mug.ok("conflicts", "take", "acme", "MUG", "shop")
    assert mug.json("conflicts", "list", "acme") == []
