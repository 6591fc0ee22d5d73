"""What a person decides: when routes run, whose version of a conflict counts, and what becomes of a held run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml
from playwright.sync_api import expect

from hub.configuration import applying
from hub.configuration.file import read
from hub.schedule import every
from hub.store.job import Request, Scope
from hub.working import see_through
from tests.acceptance import company
from tests.acceptance.stage import Stage
from tests.browser.conftest import Scene, eventually


def test_a_schedule_shows_its_next_runs_while_one_types_and_is_kept(scene: Scene) -> None:
    route = scene.stage.route("product").id
    page = scene.visitor("operator").go(f"/routes/{route}")
    page.get_by_role("link", name="Edit schedule").click()
    shown = page.get_by_role("region", name="Next runs")
    expect(shown).to_contain_text("only when somebody presses Sync Now")
    page.get_by_role("radio", name="Daily").check()
    page.get_by_label("Daily at").fill("02:30")
    # The scene plays in November; the clocks go forward in March.
    expect(shown).to_contain_text("02:30 is skipped, so it runs at 03:00")
    expect(shown.locator("ol").get_by_role("listitem")).to_have_count(5)
    page.get_by_role("radio", name="Every so often").check()
    page.get_by_label("every", exact=True).fill("0")
    expect(shown).to_contain_text("at least 1 minute")
    page.get_by_label("every", exact=True).fill("20")
    expect(shown).to_contain_text("not saved yet")
    page.get_by_role("button", name="Save").click()
    expect(shown).to_contain_text("Every 20 minutes as it is saved")
    assert scene.stage.hub.schedules.of(scene.stage.integration.id)[route].schedule == every("20m")
    viewer = scene.visitor("viewer").go(f"/schedules/{route}")
    expect(viewer.get_by_role("region", name="It runs", exact=True)).to_contain_text("every 20 minutes")
    expect(viewer.get_by_role("main").get_by_role("button")).to_have_count(0)


def both_ways(stage: Stage) -> None:
    """Carry products from the shop to the ERP, too; nobody owns their price."""
    file: dict[str, Any] = yaml.safe_load(company.file())
    file["routes"].append({"object": "product", "direction": "shop_to_erp"})
    file["fields"] = {"product": {"price": "none"}}
    environment = {"SHOP": stage.shop.url, "SHOP_TOKEN": "shpat_sandbox", "ERP": stage.erp.url}
    environment |= {"ERP_PASSWORD": "sandbox", **stage.shop.locations()}
    applying.apply(read(yaml.safe_dump(file), environment), stage.hub)
    synced(stage, "initialize")


def synced(stage: Stage, scope: Scope = "changes") -> None:
    """Synchronise products both ways."""
    for direction in ("shop_to_erp", "erp_to_shop"):
        route = stage.hub.routes.find(stage.integration.id, "product", direction)
        run = see_through(stage.hub, stage.hub.jobs.put(Request(route.id, scope, "sync now", "ann"), stage.hub.clock()))
        assert run.state == "done", run.error
    stage.later()


def prices(stage: Stage) -> tuple[Decimal, Decimal]:
    """The mug's price in the shop and in the ERP."""
    (variant,) = (row for row in stage.shop.ask("state/variants") if row["sku"] == "MUG")
    (item,) = (row for row in stage.erp.ask("state/items") if row["ItemCode"] == "MUG")
    (listed,) = (row["Price"] for row in item["ItemPrices"] if row["PriceList"] == 1)
    return Decimal(str(variant["price"])), Decimal(str(listed))


def test_both_versions_of_a_conflict_stand_side_by_side_and_one_is_taken(scene: Scene) -> None:
    stage = scene.stage
    both_ways(stage)
    (variant,) = (row["id"] for row in stage.shop.ask("state/variants") if row["sku"] == "MUG")
    stage.shop.do("edit", id=variant, fields={"price": "12.50"})
    stage.erp.do("prices", item="MUG", price="13.00")
    synced(stage)
    viewer = scene.visitor("viewer").go("/conflicts/")
    expect(viewer.get_by_role("main").get_by_role("button")).to_have_count(0)
    page = scene.visitor("operator").go("/failures/")
    page.get_by_role("link", name="Decide the conflicts").first.click()
    record = page.get_by_role("article", name="MUG")
    cells = record.get_by_role("row").filter(has_text="price").get_by_role("cell")
    expect(cells.nth(0)).to_contain_text("12.5")
    expect(cells.nth(1)).to_contain_text("13")
    record.get_by_role("radio", name="price: the shop's").check()
    record.get_by_role("button", name="Take what is chosen").click()
    expect(page.get_by_text("done", exact=True).first).to_be_visible()
    eventually(page, lambda: prices(stage) == (Decimal("12.50"), Decimal("12.50")), "both have the shop's price")
    routes = [route.id for route in stage.hub.routes.of(stage.integration.id)]
    eventually(page, lambda: not stage.hub.failures.select(routes), "nothing has failed any more")
    page = scene.visitor("operator").go("/conflicts/")
    expect(page.get_by_text("Nothing is in conflict")).to_be_visible()


def test_the_stop_switch_keeps_a_run_from_writing_until_it_goes_on(scene: Scene) -> None:
    stage = scene.stage
    page = scene.visitor("operator").go("/stopping/")
    page.get_by_role("article", name="shop shop of").get_by_role("button", name="Stop writes").click()
    page.get_by_role("button", name="Stop writes now").click()
    expect(page.get_by_role("article", name="shop shop of")).to_contain_text("by a-operator")
    stage.erp.do("prices", item="MUG", price="77.70")
    writes = stage.shop.writes()
    page.goto(f"{scene.address}/routes/{stage.route('product').id}")
    page.get_by_role("button", name="Sync Now").click()
    expect(page.get_by_text("aborted").or_(page.get_by_text("has stopped writes")).first).to_be_visible()
    assert stage.shop.writes() == writes
    page.goto(f"{scene.address}/stopping/")
    page.get_by_role("button", name="Let writes go on").click()
    expect(page.get_by_text("Writes over shop go on.")).to_be_visible()
    page.goto(f"{scene.address}/routes/{stage.route('product').id}")
    page.get_by_role("button", name="Sync Now").click()
    eventually(page, lambda: stage.shop.writes() != writes, "the new price is written")
