"""Scenario 4: a unit is sold once, whatever the ERP knows of it yet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.acceptance.stage import Stage

SET = "inventorySetQuantities"


def level(stage: Stage) -> int:
    """Available mugs at the first location."""
    return int(stage.shop.levels()["MUG L1"].split("/")[0])


def set_by_run(stage: Stage) -> tuple[int, int]:
    """Run inventory; answers the level and how many writes it took."""
    stage.later()
    before = stage.shop.stock_writes()
    stage.run("inventory")
    return level(stage), stage.shop.stock_writes() - before


def test_no_unit_is_counted_twice_while_an_order_waits_is_imported_or_comes_in_between(stage: Stage) -> None:
    # An order by a gateway that nobody has mapped: it waits, and the shop alone knows of its units.
    stage.shop.order("#1009", lines=[{"sku": "MUG", "quantity": 5}], email="kim@example.com", gateway="klarna")
    assert stage.run("order").causes == {"MISSING_MAPPING": 1}
    (failure,) = stage.failures("order")
    assert (failure.label, failure.detail) == ("#1009", "payment=klarna")
    assert stage.erp.documents() == []
    assert stage.shop.levels()["MUG L1"] == "85/5/90"
    assert set_by_run(stage) == (85, 0)

    # Goods receipt: the five units must not be sold a second time.
    stage.erp.receive("MUG", "20")
    assert stage.erp.stock()["MUG 01"] == "120/10"
    assert set_by_run(stage) == (105, 1)

    # The entry is added and the group re-synced: from now on the ERP holds the units.
    stage.map("payment", "klarna", "card:3")
    run = stage.resync("order", "MISSING_MAPPING", "payment=klarna")
    assert (run.counts["created"], stage.failures("order")) == (1, [])
    assert stage.erp.stock()["MUG 01"] == "120/15"
    assert set_by_run(stage) == (105, 0)

    # A level set by hand gives way to the ERP, which is the primary store.
    stage.shop.do("stock", sku="MUG", location="L1", available=300)
    assert set_by_run(stage) == (105, 1)

    # Goods receipt, and an order that comes between the read and the write of the level.
    stage.erp.receive("MUG", "10")
    stage.shop.hold(SET)
    with ThreadPoolExecutor(1) as hub:
        running = hub.submit(set_by_run, stage)
        held = stage.shop.held()
        stage.shop.order("#1012", lines=[{"sku": "MUG", "quantity": 2}], email="lou@example.com")
        assert stage.shop.held()["n"] == held["n"]
        assert stage.shop.levels()["MUG L1"] == "103/7/110"
        stage.shop.let_go()
        # The first write is refused as stale, the second one is made of what was read afresh on both sides.
        assert running.result(60) == (113, 2)
    assert stage.erp.stock()["MUG 01"] == "130/15"

    assert stage.run("order").counts["created"] == 1
    assert stage.erp.stock()["MUG 01"] == "130/17"
    assert set_by_run(stage) == (113, 0)

    stage.configure(stock_buffer=3)
    assert set_by_run(stage)[0] == 110
    assert stage.shop.levels()["MUG L2"] == "37/0/37"
    stage.configure(stock_buffer=0)
    assert set_by_run(stage)[0] == 113

    # Sold by the whole metre, kept with decimals.
    stage.erp.receive("CABLE", "7.5")
    assert set_by_run(stage) == (113, 1)
    assert stage.shop.levels()["CABLE L1"] == "7/0/7"


def test_after_a_stale_write_the_erp_is_read_afresh_too(stage: Stage) -> None:
    stage.shop.do("stock", sku="MUG", location="L1", available=300)
    stage.shop.hold(SET)
    with ThreadPoolExecutor(1) as hub:
        running = hub.submit(set_by_run, stage)
        stage.shop.held()
        # Both come between the read and the write: 90 was computed, 100 - 2 is right.
        stage.erp.receive("MUG", "10")
        stage.shop.order("#1012", lines=[{"sku": "MUG", "quantity": 2}], email="lou@example.com")
        stage.shop.held()
        stage.shop.let_go()
        assert running.result(60) == (98, 2)
    assert stage.shop.levels()["MUG L1"] == "98/2/100"
    message = stage.messages("inventory", ident="MUG@01")[-1]
    assert (message.verdict, message.cause) == ("updated", None)
    assert [(one.verdict, one.cause) for one in stage.detail(message.id).attempts] == [
        ("failed", "CHANGED_MEANWHILE"),
        ("updated", None),
    ]

    stage.run("order")
    assert set_by_run(stage) == (98, 0)
