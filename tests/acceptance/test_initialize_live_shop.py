"""A first load of products into a shop that is live: what the preview lists is what is made, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hub.sandbox.world.model import Item, World
from hub.store.job import Request
from hub.store.plans import Plan
from hub.working import see_through
from tests.acceptance import company
from tests.acceptance.stage import Stage, between

#: Items of the ERP by what the shop has of them.
SHARED = [f"SHARED-{number:03}" for number in range(690)]
CASED = [f"CASED-{number:02}" for number in range(10)]
PAIRED = [f"PAIRED-{number:02}" for number in range(10)]
REST = [f"REST-{number:03}" for number in range(290)]
BATCHES, KITS, FREE = REST[:3], REST[3:5], REST[5]
FRESH = REST[6:]
UNKNOWN = [f"ELSEWHERE-{number:02}" for number in range(80)]


def world() -> World:
    """1,000 items in the ERP and, but for the second one of each pair, 800 products in the shop."""
    plain = [_item(code, in_shop=code in {*SHARED, *PAIRED}) for code in [*SHARED, *CASED, *PAIRED, *FRESH]]
    odd = [
        *(replace(_item(code), managed="batch") for code in BATCHES),
        *(replace(_item(code), tree="iSalesTree") for code in KITS),
        replace(_item(FREE), price=Decimal(0)),
    ]
    elsewhere = [_item(sku, in_erp=False, in_shop=True) for sku in [*(code.lower() for code in CASED), *UNKNOWN]]
    return replace(company.world(), items=[*plain, *odd, *elsewhere])


def _item(sku: str, **sides: bool) -> Item:
    return Item(sku, f"Thing {sku}", Decimal("10.00"), tax_rate=company.VAT, **sides)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with between(tmp_path / "home", world()) as made:
        for sku in PAIRED:
            made.shop.do("products", title=f"Second {sku}", variants=[{"sku": sku, "price": "10.00"}])
        made.configure()
        made.set_up_erp()
        assert (len(made.erp.ask("state/items")), len(made.shop.ask("state/products"))) == (1000, 800)
        yield made


def previewed(stage: Stage) -> Plan:
    route = stage.route("product")
    request = Request(route.id, "initialize", "preview", "ann", mode="preview")
    run = see_through(stage.hub, stage.hub.jobs.put(request, stage.hub.clock()))
    assert run.state == "done", run.error
    return stage.hub.plans.newest([route.id], kind="preview", limit=1)[0]


def lists(stage: Stage, plan: Plan) -> dict[tuple[str, str], list[str]]:
    """Codes by action and cause."""
    found: dict[tuple[str, str], list[str]] = {}
    for step in stage.hub.plans.steps(plan.id):
        found.setdefault((step.action, step.cause), []).append(step.key)
    return {name: sorted(codes) for name, codes in found.items()}


def skus(stage: Stage) -> Counter[str]:
    return Counter(row["sku"] for row in stage.shop.ask("state/variants"))


def test_the_previews_lists_are_exact_and_the_load_makes_exactly_these(stage: Stage) -> None:
    before, writes = skus(stage), stage.writes()
    plan = previewed(stage)
    assert lists(stage, plan) == {
        ("link", ""): SHARED,
        ("create", ""): FRESH,
        ("refuse", "AMBIGUOUS_MATCH"): sorted([*CASED, *PAIRED]),
        ("skip", "BATCH_OR_SERIAL"): BATCHES,
        ("skip", "KIT_NOT_SUPPORTED"): KITS,
        ("skip", "ZERO_PRICE"): [FREE],
    }
    assert (stage.writes(), skus(stage)) == (writes, before)
    run = stage.run("product", "initialize")
    assert (run.counts["created"], run.counts["failed"], run.counts["skipped"]) == (len(FRESH), 20, 6)
    assert skus(stage) == before + Counter(FRESH)
    assert stage.writes() - writes == Counter({"productSet": len(FRESH)})
    linked = {row.erp_id for row in stage.links("variant")}
    assert {*SHARED, *FRESH} <= linked
    assert linked.isdisjoint([*CASED, *PAIRED, *BATCHES, *KITS, FREE])
    again = stage.writes()
    stage.run("product", "initialize")
    assert (stage.writes(), skus(stage)) == (again, before + Counter(FRESH))
