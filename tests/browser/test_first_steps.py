"""From the door to a record that was synchronised."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Scene


def test_sync_now_brings_an_item_from_the_erp_to_the_shop(scene: Scene) -> None:
    operator = scene.visitor("operator")
    page = operator.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    scene.stage.erp.do("prices", item="MUG", price="77.70")
    page.get_by_role("article").filter(has=page.get_by_role("heading", name="product")).get_by_role(
        "button", name="Sync Now"
    ).click()
    counts = page.get_by_label("Records of run")
    expect(counts.locator(".updated dd")).to_have_text("1")
    prices = [str(row["price"]) for row in scene.stage.shop.ask("state/variants") if row["sku"] == "MUG"]
    assert prices == ["77.7"]
