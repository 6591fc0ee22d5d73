"""Records on both sides that tests of the console and of the API begin with."""

from __future__ import annotations

from tests.sync.conftest import Stage


def pairs(stage: Stage) -> None:
    """Two pairs of items, one item of which the shop has two, and a customer of both sides; nothing is linked."""
    shop, erp = stage.shop, stage.erp
    for code in ("MUG", "TEE"):
        erp.add_item(code)
        shop.add_product(code)
    erp.add_item("CUP", barcode="4012345678901")
    for code in ("OLD-1", "OLD-2"):
        shop.add_product(code, barcode="4012345678901")
    shop.add_customer(1, "ann@example.com")
    erp.add_partner("C1", "ann@example.com")


def mug(stage: Stage) -> None:
    """One mug on both sides, in step; nobody owns its description and weight, the ERP owns its price and barcode."""
    stage.both_ways(title="shop", price="erp", barcode="erp", description="none", weight="none")
    stage.erp.add_item("MUG", title="Mug", barcode="1", description="white", weight="1")
    stage.work("product", "initialize")
    stage.work("product back", "initialize")
