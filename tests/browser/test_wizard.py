"""A first integration, set up by somebody who has nothing but the two addresses and their secrets."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.bootstrap import Hub
from hub.sandbox.world.model import Item, World
from tests.acceptance import company
from tests.acceptance.stage import between
from tests.browser.conftest import PHONE, Scene, Visitor, console_of, eventually

TOKEN, PASSWORD = "shpat_sandbox", "sandbox"


def empty_world() -> World:
    """Master data of a company, two items that the shop does not have, and nothing else."""
    items = [
        Item(sku, sku.title(), Decimal(price), stock={"01": Decimal(5)}, tax_rate=company.VAT)
        for sku, price in (("MUG", "11.90"), ("TEE", "35.70"))
    ]
    return World(
        currency="EUR",
        zone="Europe/Berlin",
        taxes_included=True,
        items=items,
        customers=[],
        orders=[],
        warehouses={"01": "Main", "02": "Second"},
        locations={"L1": "Main"},
        tax_codes={"A2": company.VAT, "A0": Decimal(0)},
    )


@pytest.fixture
def first(tmp_path: Path, browser: Browser) -> Iterator[Scene]:
    """Two sandboxes, and a hub that knows nothing of them."""
    with between(tmp_path / "home", empty_world()) as stage, console_of(stage, browser) as scene:
        yield scene


def save(page: Page) -> None:
    page.get_by_role("button", name="Save and go on").click()


def is_loaded(hub: Hub, route: int) -> bool:
    return hub.routes.get(route).initialization == "done"


def expect_refused(visitor: Visitor, words: str) -> None:
    """The form is shown again with these words; a browser notes the status of such an answer."""
    expect(visitor.page.get_by_text(words)).to_be_visible()
    visitor.forgive("400 (BAD REQUEST)")


def connect(page: Page, scene: Scene) -> None:
    shop, erp = (page.get_by_role("region", name=name) for name in ("Shop: Shopify", "ERP: SAP Business One"))
    shop.get_by_label("Base address").fill(scene.stage.shop.url)
    shop.get_by_label("Access token").fill(TOKEN)
    shop.get_by_role("button", name="Save and test").click()
    expect(page.get_by_role("status").first).to_contain_text("The connection to the shop works")
    erp.get_by_label("Service Layer").fill(scene.stage.erp.url)
    erp.get_by_label("Company").fill("SBODEMO")
    erp.get_by_label("User").fill("hub")
    erp.get_by_label("Password needed").fill(PASSWORD)
    erp.get_by_role("button", name="Save and test").click()
    expect(page.get_by_role("status").first).to_contain_text("does not work yet")
    expect(erp).to_contain_text("ORDR.U_HubRef")
    erp.get_by_role("button", name="Create the fields").click()
    expect(page.get_by_role("status").first).to_contain_text("Created:")
    scene.stage.erp.do("restart")
    erp.get_by_role("button", name="Test again").click()
    expect(page.get_by_role("status").first).to_contain_text("The connection to the ERP works")


def test_a_first_integration_is_set_up_between_two_systems_and_loaded(first: Scene) -> None:
    boss = first.visitor("administrator")
    page = boss.go("/integrations/")
    page.get_by_role("link", name="Set up the first one").click()
    page.get_by_label("Name").fill("acme")
    page.get_by_role("button", name="Begin").click()
    connect(page, first)
    assert TOKEN not in page.content() and f'"{PASSWORD}"' not in page.content()
    page.get_by_role("link", name="Go on: scenarios").click()
    page.get_by_role("checkbox", name="Product").first.check()
    page.get_by_role("row").filter(has_text="Product").filter(has_text="ERP → shop").get_by_role("checkbox").check()
    page.get_by_role("row").filter(has_text="Product").filter(has_text="shop → ERP").get_by_role("checkbox").uncheck()
    for row in ("Customer", "Order", "Inventory"):
        page.get_by_role("checkbox", name=row).check()
    page.get_by_label("Which records of product ERP → shop").select_option("all")
    page.get_by_label("When inventory ERP → shop runs by itself").select_option("every 15 minutes")
    save(page)
    expect_refused(boss, "Orders need a cut-over")
    page.get_by_label("Import orders created from").fill("2026-11-01T00:00")
    save(page)
    page.get_by_role("checkbox", name="barcode").uncheck()
    save(page)
    page.get_by_label("Exempt tax code").select_option("A0")
    page.get_by_label("Default warehouse").select_option("01")
    page.get_by_label("Customer for guests").fill("C-GUEST")
    page.get_by_label("Freight for shipping").select_option("1")
    page.get_by_label("Freight for rounding").select_option("3")
    save(page)
    locations = page.get_by_role("region", name="Locations")
    locations.get_by_label("Warehouse of the ERP, row 1").select_option("01")
    page.get_by_label("Gateway of the shop, row 1").fill("shopify_payments")
    page.get_by_label("Booked to, row 1").fill("card:1")
    page.get_by_label("Rate of the shop, row 1").fill("0.19")
    page.get_by_label("Tax code of the ERP, row 1").select_option("A2")
    save(page)
    page.get_by_role("button", name="Run the pre-checks").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing stands in the way.")
    page.get_by_role("link", name="Go on: summary and deploy").click()
    page.get_by_role("button", name="Deploy now").click()
    expect(page.get_by_role("status").first).to_contain_text("Deployed:")
    hub = first.stage.hub
    for name in ("customer", "product", "inventory"):
        expect(page.get_by_role("button", name=f"Preview the first load of {name}")).to_be_visible()
        route = hub.routes.find(hub.integrations.named("acme").id, name)
        page.locator(f"#initialize-{name}-{route.direction}").click()
        eventually(page, partial(is_loaded, hub, route.id), f"the first load of {name}")
        boss.go("/integrations/acme/start")
    expect(page.get_by_role("heading", name="Inventory ERP → shop").locator("..")).to_contain_text("done")
    assert {row["sku"] for row in first.stage.shop.ask("state/variants")} == {"MUG", "TEE"}
    expect(page.get_by_text("every 15 minutes")).to_be_visible()
    phone = first.visitor("administrator", viewport=PHONE)
    for step in ("connectivity", "scenarios", "fields", "settings", "maps", "checks", "summary", "start"):
        small = phone.go(f"/integrations/acme/{step}")
        assert small.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), step


def test_a_second_integration_uses_the_connections_of_the_first(scene: Scene) -> None:
    boss = scene.visitor("administrator")
    page = boss.go("/integrations/new")
    page.get_by_label("Name").fill("second")
    page.get_by_role("button", name="Begin").click()
    for side, region in (("shop", "Shop: Shopify"), ("ERP", "ERP: SAP Business One")):
        part = page.get_by_role("region", name=region)
        chosen = part.get_by_label(f"Connection to the {side}")
        expect(chosen.locator("option").first).to_have_text("A new one")
        chosen.select_option(label=chosen.locator("optgroup option").first.inner_text())
        part.get_by_role("button", name="Use this connection").click()
        expect(part).to_contain_text("This connection is used as it is. Change its settings in acceptance.")
        expect(part.locator("input[type=password]")).to_have_count(0)
        part.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text(f"The connection to the {side} works")
    assert TOKEN not in page.content() and f'"{PASSWORD}"' not in page.content()
    phone = scene.visitor("administrator", viewport=PHONE).go("/integrations/second/connectivity")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_faulty_file_is_mended_where_its_line_says_and_becomes_a_draft(scene: Scene) -> None:
    boss = scene.visitor("administrator")
    page = boss.go("/integrations/acceptance/summary")
    page.get_by_text("The file as it is applied").click()
    text = page.locator("pre").inner_text()
    page = boss.go("/integrations/import")
    page.get_by_label("Or paste its text").fill(text.replace("guest_customer: C-GUEST", "guest_custommer: C-2"))
    page.get_by_role("button", name="Make it a draft").click()
    line = text[: text.index("guest_customer")].count("\n") + 1
    expect(page.get_by_role("rowheader", name=f"line {line}, column 3")).to_be_visible()
    expect_refused(boss, "Did you mean `guest_customer`?")
    box = page.get_by_label("Or paste its text")
    box.fill(box.input_value().replace("guest_custommer", "guest_customer"))
    page.get_by_role("button", name="Make it a draft").click()
    page.get_by_role("link", name="Summary and deploy").click()
    change = page.get_by_role("row").filter(has_text="Customer for guests")
    expect(change.locator(".old")).to_have_text("C-GUEST")
    expect(change.locator(".new")).to_have_text("C-2")
    page.get_by_role("button", name="Drop this draft").click()
    page.get_by_role("button", name="Drop it").click()
    boss.go("/integrations/acceptance/summary")
    expect(page.get_by_text("Nothing: the integration is as this configuration says.")).to_be_visible()
    assert scene.stage.integration.settings["guest_customer"] == "C-GUEST"


def test_an_operator_looks_at_every_step_and_finds_nothing_to_press(scene: Scene) -> None:
    operator = scene.visitor("operator", viewport=PHONE)
    for step in ("connectivity", "scenarios", "fields", "settings", "maps", "checks", "summary"):
        page = operator.go(f"/integrations/acceptance/{step}")
        main = page.get_by_role("main")
        expect(main.get_by_text("Changing it takes an administrator")).to_be_visible()
        expect(main.get_by_role("button")).to_have_count(0)
        assert main.locator("input:not([type=hidden]):enabled, select:enabled, textarea:enabled").count() == 0
