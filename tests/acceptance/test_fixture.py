"""The scenarios begin with the figures that their description names."""

from __future__ import annotations

from tests.acceptance.stage import Stage


def test_both_sides_begin_with_the_stock_that_the_scenarios_name(stage: Stage) -> None:
    stock, levels = stage.erp.stock(), stage.shop.levels()
    assert {name: stock[name] for name in ("MUG 01", "MUG 02", "TEE-M 01")} == {
        "MUG 01": "100/10",
        "MUG 02": "40/0",
        "TEE-M 01": "20/0",
    }
    assert {name: levels[name] for name in ("MUG L1", "MUG L2", "TEE-M L1")} == {
        "MUG L1": "90/0/90",
        "MUG L2": "40/0/40",
        "TEE-M L1": "20/0/20",
    }
    assert stage.erp.documents() == []
    assert [stage.failures(name) for name in ("customer", "product", "order", "inventory")] == [[], [], [], []]
