"""Choosing what is carried, and previews, as a person does it between two sandboxes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from hub.store.selection import Selection
from tests.browser.conftest import PHONE, Scene


def codes_in_the_shop(scene: Scene) -> dict[str, str]:
    """SKU -> price of what the shop sells."""
    return {row["sku"]: str(row["price"]) for row in scene.stage.shop.ask("state/variants")}


def only_marked(scene: Scene, name: str) -> None:
    """From now on a route carries only what is marked."""
    route = scene.stage.route(name)
    scene.stage.hub.routes.save(route.integration_id, route.object, route.direction, enabled=True, policy="marked")


def test_an_item_that_is_marked_and_updated_comes_to_the_shop_by_sync_now(scene: Scene) -> None:
    only_marked(scene, "product")
    prices = {"ItemPrices": [{"PriceList": 1, "Price": "39.90", "Currency": "EUR"}]}
    scene.stage.erp.do("items", "POST", {"ItemCode": "LAMP-9", "ItemName": "Lamp", "SalesVATGroup": "A2", **prices})
    page = scene.visitor("operator").go("/")
    page.get_by_role("link", name="Set items").click()
    page.get_by_label("Item code from").fill("LAMP-9")
    page.get_by_label("Item code to").fill("LAMP-9")
    page.get_by_role("button", name="Show").click()
    row = page.get_by_role("row", name="LAMP-9")
    expect(row).to_contain_text("39.90")
    expect(row).to_contain_text("new on the other side")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Mark…").click()
    # The dry run says what would become of it before anything is written.
    expect(page.get_by_role("row", name="create")).to_contain_text("LAMP-9")
    assert "LAMP-9" not in codes_in_the_shop(scene)
    page.get_by_role("button", name="Update: mark").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exactly these 1 item")
    page.get_by_role("button", name="Sync Now").click()
    expect(page.get_by_label("Records of run")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("row", name="LAMP-9")).to_contain_text("linked")
    assert codes_in_the_shop(scene)["LAMP-9"] == "39.9"


def test_a_group_that_is_not_there_is_said_with_those_that_are(scene: Scene) -> None:
    page = scene.visitor("viewer").go("/set-items/")
    for end in ("from", "to"):
        page.get_by_label(f"Item group {end}").fill("abc")
    page.get_by_role("button", name="Show").click()
    said = page.get_by_role("alert")
    expect(said).to_contain_text("There is no item group abc; there are: ")
    expect(said).to_contain_text("Items (100)")
    assert "No record is like that." not in page.content()


def test_all_that_match_are_counted_marked_by_a_job_and_shown_as_marked(scene: Scene) -> None:
    only_marked(scene, "product")
    page = scene.visitor("operator").go("/set-items/?search=1")
    page.get_by_role("link", name="How many?").click()
    expect(page.locator("#count")).to_have_text(re.compile(r"^\d+ match$"))
    page.get_by_label("all that match").check()
    page.get_by_role("button", name="Mark…").click()
    page.get_by_role("button", name="Update: mark").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Job")
    expect(page.get_by_text("done", exact=True).first).to_be_visible()
    route = scene.stage.route("product")
    marked = Selection(scene.stage.hub.database, route.integration_id).count("product")
    assert marked == len(scene.stage.erp.ask("state/items"))
    page = scene.visitor("viewer").go("/set-items/?search=1&shown=marked")
    expect(page.get_by_role("link", name=f"{marked} marked")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(min(marked, 50))
    expect(page.get_by_role("button", name="Mark…")).to_have_count(0)


def test_a_preview_is_carried_out_to_the_letter(scene: Scene) -> None:
    scene.stage.erp.do("prices", item="MUG", price="66.60")
    page = scene.visitor("operator").go(f"/routes/{scene.stage.route('product').id}")
    page.get_by_role("button", name="Preview of everything").click()
    # The page of the job leads on to the plan by itself.
    page.wait_for_url("**/plans/*")
    row = page.get_by_role("row", name="MUG")
    expect(row).to_contain_text("change")
    expect(row.locator("ins")).to_have_text("66.60")
    assert codes_in_the_shop(scene)["MUG"] != "66.6"
    page.get_by_role("button", name="Carry out exactly this").click()
    expect(page.get_by_label("Records of run").locator(".updated dd")).to_have_text("1")
    assert codes_in_the_shop(scene)["MUG"] == "66.6"


def test_customers_are_marked_from_a_phone(scene: Scene) -> None:
    only_marked(scene, "customer")
    scene.stage.shop.do("customers", email="ada@example.com", first_name="Ada", last_name="Lovelace")
    page = scene.visitor("administrator", viewport=PHONE).go("/set-customers/")
    page.get_by_label("Show names and e-mail addresses").check()
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("checkbox", name="Tick ada@example.com").check()
    page.get_by_role("button", name="Mark…").click()
    page.get_by_role("button", name="Update: mark").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exactly these 1 customer")
    expect(page.locator("tbody")).to_contain_text("linked")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
