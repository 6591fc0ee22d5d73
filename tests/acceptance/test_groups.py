"""Groups by map, between the two sandboxes: item groups by product type, both ways, and customer groups by tag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.mapping import unmapped_of
from hub.store.job import Request, Scope
from hub.store.maps import Entry
from hub.store.runs import Run
from hub.sync import resync
from hub.working import see_through
from tests.acceptance import company
from tests.acceptance.stage import Stage, between

TO_ERP, TO_SHOP = "shop_to_erp", "erp_to_shop"
#: The group that every company has, and the one that a clerk has added.
ITEMS, CLOTHING = 100, 101


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Products go both ways; the ERP has a group Clothing, the shop a shirt, trousers and a hat that the ERP lacks."""
    with between(tmp_path / "home", company.world()) as made:
        assert made.erp.do("item_groups", name="Clothing")["Number"] == CLOTHING
        for sku, kind in (("TEE", "Shirts"), ("JEANS", "Trousers"), ("HAT", "Hats")):
            made.shop.do("products", title=sku.title(), sku=sku, price="10.00", group=kind)
        configure(made)
        made.set_up_erp()
        made.hub.maps.put(
            made.integration.id,
            [
                Entry("item_group", "shirts", str(CLOTHING), rank=2),
                Entry("item_group", "Trousers", str(CLOTHING), rank=1),
            ],
        )
        yield made


def configure(stage: Stage, owner: str = "erp", **settings: Any) -> None:
    content = yaml.safe_load(company.file(**{"default_item_group": ITEMS, **settings}))
    content["routes"].append({"object": "product", "direction": TO_ERP})
    content["fields"] = {"product": {"product_type": owner}}
    stage.apply(yaml.safe_dump(content))


def run(stage: Stage, direction: str, scope: Scope = "changes", name: str = "product") -> Run:
    stage.later()
    route = stage.hub.routes.find(stage.integration.id, name, direction)
    done = see_through(stage.hub, stage.hub.jobs.put(Request(route.id, scope, "sync now", "ann"), stage.hub.clock()))
    assert done.state == "done", done.error
    return done


def loaded(stage: Stage) -> None:
    for direction in (TO_ERP, TO_SHOP):
        run(stage, direction, "initialize")


def groups(stage: Stage) -> dict[str, int]:
    return {row["ItemCode"]: row["ItemsGroupCode"] for row in stage.erp.ask("state/items")}


def types(stage: Stage) -> dict[str, str]:
    return {
        variant["sku"]: product["product_type"]
        for product in stage.shop.ask("state/products")
        for variant in product["variants"]
    }


def unmapped(stage: Stage) -> list[str]:
    return [one.value for one in unmapped_of(stage.hub, stage.integration) if one.map == "item_group"]


def test_the_product_type_chooses_the_group_of_a_new_item_and_the_default_group_takes_the_rest(stage: Stage) -> None:
    assert unmapped(stage) == ["Hats"]
    run(stage, TO_ERP, "initialize")
    found = groups(stage)
    assert (found["TEE"], found["JEANS"], found["HAT"]) == (CLOTHING, CLOTHING, ITEMS)
    (hat,) = [one for one in stage.messages("product") if one.label == "HAT"]
    assert hat.detail == "The ERP has no item group Hats: the default group was taken."


def test_several_product_types_of_one_group_stay_what_they_are_in_the_shop(stage: Stage) -> None:
    loaded(stage)
    before = stage.writes()
    for direction in (TO_SHOP, TO_ERP, TO_SHOP):
        assert run(stage, direction, "full").counts["failed"] == 0
    assert stage.writes() - before == Counter()
    assert (types(stage)["TEE"], types(stage)["JEANS"], types(stage)["HAT"]) == ("Shirts", "Trousers", "Hats")


def test_the_shop_is_told_the_type_of_the_lowest_rank_or_the_name_of_a_group_that_no_map_has(stage: Stage) -> None:
    loaded(stage)
    prices = [{"PriceList": 1, "Price": 9, "Currency": "EUR"}]
    for code, group in (("DRESS", CLOTHING), ("BOX", ITEMS)):
        stage.erp.do("items", ItemCode=code, ItemName=code, ItemsGroupCode=group, ItemPrices=prices)
    stage.erp.do("items", ItemCode="HAT", ItemsGroupCode=CLOTHING)
    run(stage, TO_SHOP)
    assert (types(stage)["DRESS"], types(stage)["BOX"], types(stage)["HAT"]) == ("Trousers", "Items", "Trousers")


def test_a_changed_map_makes_the_next_run_a_full_compare_that_tells_the_shop(stage: Stage) -> None:
    loaded(stage)
    stage.hub.maps.put(stage.integration.id, [Entry("item_group", "Goods", str(ITEMS))])
    before = types(stage)
    done = run(stage, TO_SHOP)
    found, after = groups(stage), types(stage)
    assert done.counts["read"] == len(found)
    changed = {sku for sku in after if before[sku] != after[sku]}
    assert changed == {sku for sku in after if found[sku] == ITEMS}
    assert {after[sku] for sku in changed} == {"Goods"}
    assert run(stage, TO_SHOP).counts["updated"] == 0


def test_where_the_shop_owns_the_type_a_changed_map_moves_the_items(stage: Stage) -> None:
    configure(stage, owner="shop")
    loaded(stage)
    stage.erp.do("item_groups", name="Headgear")
    stage.hub.maps.put(stage.integration.id, [Entry("item_group", "Hats", "102")])
    run(stage, TO_ERP)
    found = groups(stage)
    assert (found["HAT"], found["TEE"], found["JEANS"]) == (102, CLOTHING, CLOTHING)
    before = stage.writes()
    for direction in (TO_SHOP, TO_ERP):
        run(stage, direction, "full")
    assert stage.writes() - before == Counter()
    assert types(stage)["HAT"] == "Hats"


def test_without_a_default_group_a_type_that_no_map_knows_fails_until_it_has_its_entry(stage: Stage) -> None:
    configure(stage, default_item_group=None)
    done = run(stage, TO_ERP, "initialize")
    assert done.causes == {"MISSING_MAPPING": 1} and "HAT" not in groups(stage)
    route = stage.hub.routes.find(stage.integration.id, "product", TO_ERP)
    (failure,) = stage.hub.failures.select([route.id])
    assert (failure.cause, failure.detail) == ("MISSING_MAPPING", "item_group=Hats")
    stage.hub.maps.put(stage.integration.id, [Entry("item_group", "Hats", str(CLOTHING))])
    (request,) = resync.requests([failure], [route], "ann")
    see_through(stage.hub, stage.hub.jobs.put(request, stage.hub.clock()))
    assert groups(stage)["HAT"] == CLOTHING
    assert stage.hub.failures.select([route.id]) == []


def test_a_new_partners_group_is_that_of_its_tag_of_the_lowest_rank(stage: Stage) -> None:
    configure(stage, customer_group=ITEMS)
    stage.hub.maps.put(
        stage.integration.id,
        [Entry("customer_group", "VIP", "102", rank=1), Entry("customer_group", "a-first", str(ITEMS), rank=2)],
    )
    for name, tags in (("anna", ["a-first", "vip"]), ("bert", ["newsletter"])):
        stage.shop.do("customers", first_name=name, last_name="Berg", email=f"{name}@example.com", tags=tags)
    run(stage, TO_ERP, "initialize", "customer")
    partners = {row.get("EmailAddress"): row["GroupCode"] for row in stage.erp.ask("state/business_partners")}
    assert (partners["anna@example.com"], partners["bert@example.com"]) == (102, ITEMS)
