"""From a failure to its cure, as people walk it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Scene


def test_an_order_fails_for_a_missing_map_and_is_cured_from_the_page_of_failures(scene: Scene) -> None:
    stage = scene.stage
    for number in (1, 2):
        lines = [{"sku": "MUG", "quantity": number}]
        stage.shop.order(f"#100{number}", email="kim@example.com", lines=lines, gateway="klarna")
    assert stage.run("order").causes == {"MISSING_MAPPING": 2}
    page = scene.visitor("operator").go("/failures/")
    page.get_by_role("link", name="Add klarna to the map").click()
    form = page.get_by_role("region", name="Add an entry")
    expect(form.get_by_label("Gateway of the shop")).to_have_value("klarna")
    # The ERP is asked for its credit cards once the page is there.
    expect(page.locator("#offer-erp option[value='card:1']")).to_be_attached()
    form.get_by_label("Booked to").fill("card:1")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("table", name="Entries of the map")).to_contain_text("klarna")
    page.get_by_role("button", name="Re-sync these 2 records").click()
    cured = page.get_by_role("status").filter(has_text="2 records that failed for want of klarna are well again")
    cured.get_by_role("link", name="Look at them").click()
    expect(page.get_by_role("cell", name="resolved")).to_have_count(2)
    assert stage.failures("order") == []
    assert sorted(document["NumAtCard"] for document in stage.erp.documents()) == ["#1001", "#1002"]


def test_a_value_that_no_map_knows_is_found_before_a_record_fails(scene: Scene) -> None:
    scene.stage.shop.order("#1001", lines=[{"sku": "MUG", "quantity": 1}], gateway="klarna")
    page = scene.visitor("operator").go("/maps/acceptance/payment")
    row = page.get_by_role("row").filter(has_text="klarna")
    row.get_by_label("Booked to for klarna").fill("card:2")
    row.get_by_role("button", name="Add").click()
    expect(page.get_by_text("The map knows all values in use")).to_be_visible()
    entries = scene.stage.hub.maps.entries(scene.stage.integration.id, "payment")
    assert ("klarna", "card:2") in [(one.shop_value, one.erp_value) for one in entries]
    page = scene.visitor("viewer").go("/maps/acceptance/payment")
    expect(page.get_by_role("table", name="Entries of the map")).to_contain_text("klarna")
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
