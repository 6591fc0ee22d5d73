"""Products in both directions: nobody's edit is lost by accident, and what comes back is recognised."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import InvalidRecord
from hub.platforms.endpoint import Native
from tests.fakes.shop import ShopProducts
from tests.sync.conftest import Stage, counts


@pytest.fixture
def both(stage: Stage) -> Stage:
    """One mug on both sides, in step."""
    stage.both_ways(title="shop", price="erp", barcode="erp", description="none")
    stage.erp.add_item("MUG", title="Mug", barcode="1", description="white")
    stage.work("product", "initialize")
    stage.work("product back", "initialize")
    return stage


def shop_edit(stage: Stage, **changes: Any) -> None:
    stage.shop.edit("variants", stage.shop.variant("MUG")["id"], **changes)


def erp_edit(stage: Stage, **changes: Any) -> None:
    stage.erp.edit("items", "MUG", **changes)


def mug(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    return stage.shop.variant("MUG"), stage.erp.table("items")["MUG"]


def round_trip(stage: Stage) -> None:
    stage.work("product")
    stage.work("product back")


def test_a_product_of_the_shop_becomes_an_item_for_each_variant(stage: Stage) -> None:
    stage.both_ways()
    for size in ("S", "M"):
        stage.shop.add_product(f"TEE-{size}", "35.70", title="Tee", option=size, product="gid://shop/Product/1")
    stage.shop.add_product("MUG", "11.90", title="Mug")
    assert counts(stage.work("product back", "initialize")) == {"read": 3, "created": 3}
    items = stage.erp.table("items")
    assert {code: (row["title"], row["price"]) for code, row in items.items()} == {
        "TEE-S": ("Tee - S", "35.70"),
        "TEE-M": ("Tee - M", "35.70"),
        "MUG": ("Mug", "11.90"),
    }


def test_what_the_hub_has_written_comes_back_as_no_news(both: Stage) -> None:
    for _ in range(2):
        writes = (both.shop.writes(), both.erp.writes())
        assert counts(both.work("product", "full")) == {"read": 1, "unchanged": 1}
        assert counts(both.work("product back", "full")) == {"read": 1, "unchanged": 1}
        assert (both.shop.writes(), both.erp.writes()) == writes


def test_an_echo_of_our_own_write_costs_not_even_a_read_of_the_other_side(both: Stage) -> None:
    erp_edit(both, price="12.00")
    both.work("product")
    reads = both.erp.calls["read items"]
    assert counts(both.work("product back")) == {"read": 1, "unchanged": 1}
    assert both.erp.calls["read items"] == reads


def test_each_field_follows_its_owner(both: Stage) -> None:
    shop_edit(both, title="Lovely mug")
    erp_edit(both, price="12.00")
    round_trip(both)
    shop, erp = mug(both)
    assert (shop["title"], shop["price"]) == ("Lovely mug", "12.00") == (erp["title"], erp["price"])


def test_an_edit_of_both_sides_on_different_fields_loses_neither(both: Stage) -> None:
    shop_edit(both, title="Lovely mug", description="blue")
    erp_edit(both, price="12.00")
    both.work("product")
    assert counts(both.work("product back")) == {"read": 1, "updated": 1}
    shop, erp = mug(both)
    assert (erp["title"], erp["description"], erp["price"]) == ("Lovely mug", "blue", "12.00")
    assert (shop["title"], shop["description"], shop["price"]) == ("Lovely mug", "blue", "12.00")


def test_an_edit_of_a_field_that_the_other_side_owns_is_left_alone_and_listed(both: Stage) -> None:
    shop_edit(both, price="99.00")
    round_trip(both)
    assert (mug(both)[0]["price"], mug(both)[1]["price"]) == ("99.00", "10.00")
    assert both.divergences("drift") == {("MUG", "price"): ("99", "10")}
    erp_edit(both, price="12.00")
    round_trip(both)
    assert (mug(both)[0]["price"], both.divergences("drift")) == ("12.00", {})


def test_a_drift_that_somebody_takes_back_is_no_longer_listed(both: Stage) -> None:
    shop_edit(both, price="99.00")
    round_trip(both)
    shop_edit(both, price="10.00")
    round_trip(both)
    assert both.divergences("drift") == {}


def test_with_drift_revert_such_an_edit_is_undone_on_either_side(both: Stage) -> None:
    both.settings(drift="revert")
    shop_edit(both, price="99.00")
    erp_edit(both, title="MUG WHITE")
    for _ in range(2):
        round_trip(both)
    shop, erp = mug(both)
    assert (shop["price"], erp["title"], both.divergences("drift")) == ("10.00", "Mug", {})


def test_where_both_have_changed_a_field_that_nobody_owns_both_versions_are_kept(both: Stage) -> None:
    shop_edit(both, description="blue")
    erp_edit(both, description="red", price="12.00")
    run = both.work("product")
    assert (counts(run), run.causes) == ({"read": 1, "failed": 1}, {"CONFLICT": 1})
    shop, erp = mug(both)
    assert (shop["description"], erp["description"], shop["price"]) == ("blue", "red", "12.00")
    assert both.divergences("conflict") == {("MUG", "description"): ("blue", "red")}
    assert both.failures("product")["MUG"].detail == "description"


@pytest.mark.parametrize("later", [{"description": "white"}, {"description": "red"}])
def test_a_conflict_that_a_hand_takes_back_is_over_in_both_directions(both: Stage, later: dict[str, str]) -> None:
    shop_edit(both, description="blue")
    erp_edit(both, description="red")
    for _ in range(2):
        round_trip(both)
    shop_edit(both, **later)
    for _ in range(2):
        round_trip(both)
    shop, erp = mug(both)
    assert (shop["description"], erp["description"], both.divergences("conflict")) == ("red", "red", {})
    assert (both.failures("product"), both.failures("product back")) == ({}, {})


def test_a_price_that_is_emptied_in_the_shop_is_an_edit_like_any_other(both: Stage) -> None:
    shop_edit(both, price="0.00")
    round_trip(both)
    assert both.divergences("drift") == {("MUG", "price"): ("", "10")}
    both.settings(drift="revert")
    round_trip(both)
    assert (mug(both)[0]["price"], both.divergences("drift")) == ("10.00", {})


def test_a_price_that_both_have_emptied_is_carried_when_it_comes_back(both: Stage) -> None:
    shop_edit(both, price="0.00")
    erp_edit(both, price="0.00")
    both.work("product")
    erp_edit(both, price="10.00")
    round_trip(both)
    assert mug(both)[0]["price"] == "10.00"


def test_an_edit_of_a_price_that_the_erp_has_none_for_is_listed_and_stays_so_when_the_old_one_is_back(
    both: Stage,
) -> None:
    erp_edit(both, price="0.00")
    shop_edit(both, price="99.00")
    round_trip(both)
    assert both.divergences("drift") == {("MUG", "price"): ("99", "")}
    erp_edit(both, price="10.00")
    round_trip(both)
    assert (mug(both)[0]["price"], both.divergences("drift")) == ("99.00", {("MUG", "price"): ("99", "10")})


def test_a_sku_that_is_changed_in_the_shop_keeps_its_link_and_is_listed(both: Stage) -> None:
    shop_edit(both, code="MUG-2")
    erp_edit(both, price="12.00")
    round_trip(both)
    assert both.shop.variant("MUG-2")["price"] == "12.00"
    assert both.divergences("drift") == {("MUG", "code"): ("MUG-2", "MUG")}
    both.settings(drift="revert")
    round_trip(both)
    assert both.shop.variant("MUG-2")["price"] == "12.00"


def test_a_second_variant_of_the_same_code_is_refused_and_the_first_goes_on(stage: Stage) -> None:
    stage.both_ways()
    for _ in range(2):
        stage.shop.add_product("MUG")
    run = stage.work("product back", "initialize")
    assert (counts(run), run.causes) == ({"read": 2, "created": 1, "failed": 1}, {"AMBIGUOUS_MATCH": 1})
    assert stage.erp.calls["create items"] == 2
    assert counts(stage.work("product back", "full")) == {"read": 2, "unchanged": 1, "failed": 1}
    assert list(stage.erp.table("items")) == ["MUG"]


@pytest.mark.parametrize("code", ["", " MUG", "M\x07UG", "X" * 51])
def test_a_code_that_no_item_can_have_is_refused_and_never_mended(stage: Stage, code: str) -> None:
    stage.both_ways()
    stage.shop.add_product(code)
    run = stage.work("product back", "initialize")
    assert run.causes == {"INVALID_FIELD": 1}
    assert stage.erp.table("items") == {}


def test_an_item_that_became_a_batch_item_is_left_alone_from_either_side(both: Stage) -> None:
    erp_edit(both, kind="batch", price="12.00")
    shop_edit(both, title="Lovely mug")
    assert both.work("product").causes == {"BATCH_OR_SERIAL": 1}
    assert both.work("product back").causes == {"BATCH_OR_SERIAL": 1}
    assert (mug(both)[0]["price"], mug(both)[1]["title"]) == ("10.00", "Mug")


def test_a_field_that_is_not_ticked_stays_as_it_is(stage: Stage) -> None:
    stage.both_ways(barcode=False)
    stage.erp.add_item("MUG", barcode="1")
    stage.work("product", "initialize")
    assert stage.shop.variant("MUG")["barcode"] == ""
    stage.work("product back", "initialize")
    stage.erp.edit("items", "MUG", barcode="2")
    assert counts(stage.work("product")) == {"read": 1, "unchanged": 1}


def test_a_changed_mapping_makes_the_next_run_of_both_directions_a_full_compare(both: Stage) -> None:
    erp_edit(both, material="steel")
    round_trip(both)
    own = {"name": "material", "shop": "product.custom.material", "erp": "U_Material", "owner": "erp"}
    both.both_ways(title="shop", description="none", custom=[own])
    assert counts(both.work("product")) == {"read": 1, "updated": 1}
    assert mug(both)[0]["material"] == "steel"
    assert counts(both.work("product back")) == {"read": 1, "unchanged": 1}
    shop_edit(both, material="wood")
    round_trip(both)
    assert both.divergences("drift") == {("MUG", "custom.material"): ("wood", "steel")}


def test_at_the_moment_of_linking_an_empty_value_of_the_owner_empties_nothing(stage: Stage) -> None:
    stage.both_ways(barcode="erp", description="shop")
    stage.erp.add_item("MUG", title="MUG", barcode="", description="from the ERP")
    stage.shop.add_product("MUG", title="Mug", barcode="77", description="")
    for _ in range(2):
        stage.work("product", "initialize")
        stage.work("product back", "initialize")
    shop, erp = mug(stage)
    assert (shop["barcode"], erp["description"], erp["title"]) == ("77", "from the ERP", "Mug")
    assert stage.divergences("drift") == {}


def test_a_write_that_is_answered_with_a_record_nobody_can_read_is_a_write_all_the_same(
    both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ShopProducts.to_canonical

    def to_canonical(self: ShopProducts, native: Native) -> dict[str, Any]:
        if native["price"] == "12.00":
            raise InvalidRecord("The weight has no unit.", detail="weight")
        return read(self, native)

    monkeypatch.setattr(ShopProducts, "to_canonical", to_canonical)
    erp_edit(both, price="12.00")
    assert counts(both.work("product")) == {"read": 1, "updated": 1}
    assert mug(both)[0]["price"] == "12.00"
    # The other direction, for which it is news, tells what is wrong with it.
    assert counts(both.work("product back")) == {"read": 1, "failed": 1}
    monkeypatch.setattr(ShopProducts, "to_canonical", read)
    assert counts(both.work("product back", "full")) == {"read": 1, "unchanged": 1}


def test_a_preview_refuses_what_a_run_would_refuse_as_a_conflict(both: Stage) -> None:
    shop_edit(both, description="blue")
    erp_edit(both, description="red")
    run = both.work("product", mode="preview")
    plan = both.hub.plans.of_run(run.id)
    assert plan is not None
    told = [(step.action, step.cause, step.detail) for step in both.hub.plans.steps(plan.id)]
    assert told == [("refuse", "CONFLICT", "description")]
    assert plan.counts == {"refuse": 1}
