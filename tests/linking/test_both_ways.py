"""The same links come about whichever side is the source."""

from __future__ import annotations

import pytest

from hub.linking.accepting import Chosen
from tests.linking.conftest import Scene


@pytest.fixture
def from_shop(scene: Scene) -> Scene:
    """Products go from the shop to the ERP as well; that is the route in question."""
    stage = scene.stage
    stage.hub.routes.save(stage.integration_id, "product", "shop_to_erp", enabled=True)
    scene.direction = "shop_to_erp"
    return scene


def test_a_variant_is_proposed_to_an_item_and_hangs_on_its_product(from_shop: Scene) -> None:
    erp, shop = from_shop.stage.erp, from_shop.stage.shop
    erp.add_item("MUG", barcode="40")
    variant = shop.add_product("MUG", barcode="40")
    from_shop.propose()
    (row,) = from_shop.proposals()
    assert (row.source_key, row.target_id, row.score, row.reason) == (variant, "MUG", 100, "sku+barcode")
    assert from_shop.accept(Chosen()).linked == 1
    (link,) = from_shop.links().values()
    assert (link.shop_id, link.erp_id, link.state) == (variant, "MUG", "linked")
    (product,) = from_shop.links("product").values()
    assert (product.shop_id, product.erp_id, link.parent_id) == (shop.variant("MUG")["product"], None, product.id)


def test_what_one_direction_has_linked_the_other_does_not_propose(from_shop: Scene) -> None:
    stage = from_shop.stage
    stage.erp.add_item("MUG")
    stage.shop.add_product("MUG")
    from_shop.propose()
    from_shop.accept(Chosen())
    from_shop.direction = "erp_to_shop"
    done = from_shop.propose()
    assert (done.linked, done.states["unique"]) == (1, 0)


def test_another_sku_than_the_items_code_is_worth_a_look(from_shop: Scene) -> None:
    stage = from_shop.stage
    stage.erp.add_item("MUG", barcode="40")
    variant = stage.shop.add_product("CUP", barcode="40")
    from_shop.propose()
    from_shop.accept(Chosen())
    standing = from_shop.coverage()[variant].standing
    assert (standing.name, standing.reason, standing.detail) == ("warning", "SKU_CHANGED", "CUP / MUG")


@pytest.mark.parametrize(("ignores_case", "name"), [(True, "connected"), (False, "warning")])
def test_letter_case_counts_where_the_erp_tells_it_apart(from_shop: Scene, ignores_case: bool, name: str) -> None:
    stage = from_shop.stage
    stage.settings(erp_ignores_case=ignores_case)
    stage.erp.add_item("MUG")
    variant = stage.shop.add_product("mug")
    from_shop.propose()
    assert from_shop.accept(Chosen(least=80)).linked == 1
    assert from_shop.coverage()[variant].standing.name == name


def test_a_variant_without_a_sku_is_told_as_an_error(from_shop: Scene) -> None:
    variant = from_shop.stage.shop.add_product("")
    assert from_shop.propose().faulty == 1
    standing = from_shop.coverage()[variant].standing
    assert (standing.name, standing.reason) == ("error", "INVALID_FIELD")
