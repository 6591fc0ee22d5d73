"""Scenario 4: nothing is counted twice, whatever the order of events."""

from __future__ import annotations

import pytest

from tests.sync.conftest import Stage, counts


@pytest.fixture
def mug(stage: Stage) -> Stage:
    stage.erp.add_item("MUG", "11.90")
    stage.erp.set_stock("MUG", "01", "100", "10")
    stage.all_routes()
    return stage


def available(stage: Stage, code: str = "MUG", location: str = "L1") -> int:
    return int(stage.shop.level(stage.shop.variant(code)["id"], location)["available"])


def sell(stage: Stage, number: int, units: int, **fields: str) -> str:
    """An order of the shop: the units are committed and no longer available."""
    stage.shop.set_level("MUG", "L1", available(stage) - units)
    return stage.shop.place_order(number, [("MUG", units, "11.90")], **fields)


def test_the_first_load_sets_what_the_erp_can_spare(mug: Stage) -> None:
    assert available(mug) == 90


def test_an_order_that_is_not_in_the_erp_yet_is_not_sold_twice(mug: Stage) -> None:
    order = sell(mug, 1009, 5, gateway="klarna")
    assert mug.work("order").causes == {"MISSING_MAPPING": 1}
    assert counts(mug.work("inventory")) == {"read": 1, "unchanged": 1}
    mug.erp.set_stock("MUG", "01", "120", "10")
    assert counts(mug.work("inventory")) == {"read": 1, "updated": 1}
    assert available(mug) == 105
    mug.map("payment", "klarna", "card:3")
    assert counts(mug.work("order", "keys", order)) == {"read": 1, "created": 1}
    assert mug.erp.table("stock")["MUG@01"]["committed"] == "15"
    assert counts(mug.work("inventory")) == {"read": 1, "unchanged": 1}


def test_a_level_set_by_hand_gives_way(mug: Stage) -> None:
    mug.shop.set_level("MUG", "L1", 300)
    assert counts(mug.work("inventory")) == {"read": 1, "updated": 1}
    assert available(mug) == 90


def test_a_buffer_is_kept_back(mug: Stage) -> None:
    mug.settings(stock_buffer=3)
    mug.work("inventory")
    assert available(mug) == 87


def test_a_fulfilled_order_leaves_the_book(mug: Stage) -> None:
    order = sell(mug, 1010, 5)
    mug.work("order")
    mug.work("inventory")
    assert available(mug) == 85
    # The shop ships: its commitment ends, and the ERP's delivery takes the units out of its stock.
    variant = mug.shop.variant("MUG")["id"]
    mug.shop.put("levels", f"{variant}@L1", {**mug.shop.level(variant, "L1"), "committed": 0})
    lines = mug.shop.table("orders")[order]["lines"]
    mug.shop.edit("orders", order, lines=[{**lines[0], "open_quantity": 0}], shipped=True)
    mug.erp.set_stock("MUG", "01", "95", "10")
    mug.work("order")
    assert counts(mug.work("inventory")) == {"read": 1, "unchanged": 1}
    assert available(mug) == 85


def test_parts_of_a_unit_are_not_sold(stage: Stage) -> None:
    stage.erp.add_item("CABLE", "3.00")
    stage.erp.set_stock("CABLE", "01", "7.5")
    stage.all_routes()
    assert available(stage, "CABLE") == 7


def test_what_is_not_in_the_shop_or_not_counted_is_skipped_with_its_reason(stage: Stage) -> None:
    stage.erp.add_item("FREE", price="0")
    stage.erp.add_item("FLOUR", kind="batch")
    stage.erp.add_item("MUG")
    for code in ("FREE", "FLOUR", "MUG"):
        stage.erp.set_stock(code, "01", "5")
    stage.work("product", "initialize")
    stage.shop.edit("variants", stage.shop.variant("MUG")["id"], tracked=False)
    run = stage.work("inventory", "initialize")
    assert run.causes == {"NOT_LINKED": 1, "BATCH_OR_SERIAL": 1, "NOT_TRACKED": 1}


def test_a_location_that_is_gone_pauses_its_own_pair_only(mug: Stage) -> None:
    mug.erp.set_stock("MUG", "02", "40")
    mug.erp.set_stock("MUG", "01", "50", "0")
    mug.shop.locations["L2"]["active"] = False
    run = mug.work("inventory")
    assert counts(run) == {"read": 2, "updated": 1, "skipped": 1}
    assert run.causes == {"LOCATION_GONE": 1}
    assert available(mug) == 50


def test_a_variant_that_is_gone_fails_its_own_record_only(mug: Stage) -> None:
    mug.erp.add_item("TEE")
    mug.erp.set_stock("TEE", "01", "7")
    mug.work("product")
    mug.shop.table("variants").pop(mug.shop.variant("MUG")["id"])
    mug.erp.set_stock("MUG", "01", "50")
    run = mug.work("inventory")
    assert run.state == "done"
    assert available(mug, "TEE") == 7
