"""The message log, the timeline of a record, and the dashboard's chart, as people use them."""

from __future__ import annotations

import csv
import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Scene


def test_a_search_stays_in_the_address_and_is_taken_away_as_a_file(scene: Scene) -> None:
    viewer = scene.visitor("viewer")
    page = viewer.go("/messages/")
    page.get_by_label("Id or number, exactly").fill("MUG")
    page.get_by_label("Object").select_option("product")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(re.compile("ident=MUG"))
    assert "object=product" in viewer.path
    rows = page.get_by_role("table").get_by_role("row")
    # A head, and the one message in which the item was created or linked.
    expect(rows).to_have_count(2)
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert re.fullmatch(r"messages-all-\d{4}-\d\d-\d\d\.csv", taken.value.suggested_filename)
    with taken.value.path().open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["key"], row["object"]) == ("MUG", "product")
    page.get_by_role("link", name="How many match?").click()
    expect(page.locator("#count")).to_have_text("1 match")
    act = next(iter(scene.stage.hub.audit.newest(1)))
    assert (act.actor, act.action, act.after["rows"]) == ("a-viewer", "export messages", 1)


def test_from_a_message_to_the_timeline_and_to_the_record_itself(scene: Scene) -> None:
    viewer = scene.visitor("viewer")
    page = viewer.go("/messages/?ident=MUG&object=product")
    page.get_by_role("rowheader").get_by_role("link", name="MUG").click()
    page.get_by_role("link", name="Timeline of this record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Product MUG")
    expect(page.get_by_role("heading", name="What happened, newest first")).to_be_visible()
    for link in page.get_by_role("link", name="another system").all():
        assert "noopener" in (link.get_attribute("rel") or "")
    links = [link.get_attribute("href") or "" for link in page.get_by_role("link", name="another system").all()]
    sandboxes = {urlsplit(scene.stage.shop.url).netloc, urlsplit(scene.stage.erp.url).netloc}
    assert {urlsplit(link).netloc for link in links} == sandboxes
    for link in links:
        answer = page.request.get(link)
        assert answer.status == 200, link
        assert "MUG" in answer.text()


def test_a_record_is_found_by_its_number_on_a_phone(scene: Scene) -> None:
    viewer = scene.visitor("viewer", viewport=PHONE)
    page = viewer.go("/timeline/")
    page.get_by_label("Id or number of either side").fill("MUG")
    page.get_by_label("Id or number of either side").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Product MUG")
    for path in (viewer.path, "/messages/", "/runs/", "/"):
        viewer.go(path)
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, path


def test_personal_data_is_masked_until_one_who_may_presses_for_it(scene: Scene) -> None:
    scene.stage.shop.do("customers", first_name="Ada", last_name="Byron", email="ada@shop.example")
    scene.stage.run("customer")
    message = scene.stage.messages("customer")[-1].id
    viewer = scene.visitor("viewer")
    page = viewer.go(f"/messages/{message}")
    page.get_by_text("As the source gave it").click()
    expect(page.locator("pre").first).to_contain_text("***")
    expect(page.locator("main")).not_to_contain_text("ada@shop.example")
    expect(page.get_by_role("button", name="Show personal data")).to_have_count(0)
    administrator = scene.visitor("administrator")
    page = administrator.go(f"/messages/{message}")
    page.get_by_role("button", name="Show personal data").click()
    expect(page.get_by_text("Personal data is shown; that was noted.")).to_be_visible()
    page.get_by_text("As the source gave it").click()
    expect(page.locator("pre").first).to_contain_text("ada@shop.example")
    viewed = [act for act in scene.stage.hub.audit.newest(5) if act.action == "show personal data"]
    assert [(act.actor, act.subject) for act in viewed] == [("a-administrator", f"message {message}")]


def test_the_chart_is_drawn_in_light_and_dark(scene: Scene) -> None:
    for scheme in ("light", "dark"):
        viewer = scene.visitor("viewer", color_scheme=scheme)
        page = viewer.go("/")
        picture = page.get_by_role("img", name="Records per day")
        expect(picture).to_be_visible()
        assert f"theme={scheme}" in picture.evaluate("image => image.currentSrc")
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    page.get_by_text("The figures").click()
    page.get_by_role("table", name="Records by day and verdict").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Message log")
    expect(page.get_by_role("rowheader").first).to_be_visible()
