"""Screens as they are used by those who may, on a hub that has seen everything: each test does what the screen is for,
and looks for it in the hub or in the shop and the ERP; then somebody who only looks finds it, and nothing to press.

The tests share one scene, so each has records of its own: see `tests/console/populated.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from hub.store.coverage import CoverageBook
from hub.store.link_list import LinkEntry
from hub.store.users import RoleName
from tests.acceptance.stage import Stage
from tests.browser.conftest import Scene, Visitor, console_of, eventually
from tests.console.populated import CODES, ELSEWHERE, NASTY, populated
from tests.people import HASH, PASSWORD


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Scene]:
    """Everything has happened, and a worker works off what is pressed."""
    with populated(tmp_path_factory.mktemp("using") / "home", HASH) as stage, console_of(stage, browser) as made:
        yield made


@pytest.fixture(scope="module")
def people(scene: Scene) -> dict[RoleName, Visitor]:
    """Somebody of each role, signed in once."""
    return {role: scene.visitor(role) for role in ("viewer", "operator", "administrator")}


@pytest.fixture
def operator(people: dict[RoleName, Visitor]) -> Visitor:
    return people["operator"]


@pytest.fixture
def viewer(people: dict[RoleName, Visitor]) -> Visitor:
    return people["viewer"]


def only_looks(viewer: Visitor, path: str, words: str) -> Page:
    """A page as somebody finds it who may change nothing."""
    page = viewer.go(path)
    main = page.get_by_role("main")
    expect(main).to_contain_text(words)
    expect(main.locator("form[method=post] button:enabled")).to_have_count(0)
    return page


def variant(stage: Stage, code: str) -> LinkEntry | None:
    """The link of an item."""
    return next((one for one in stage.links("variant") if one.erp_id == code), None)


def in_the_shop(stage: Stage, code: str) -> dict[str, str]:
    """What the shop sells under a code."""
    (found,) = (row for row in stage.shop.ask("state/variants") if row["sku"] == code)
    return {key: str(value) for key, value in found.items()}


def product(stage: Stage) -> int:
    return stage.hub.routes.find(stage.integration.id, "product", "erp_to_shop").id


def test_a_link_is_found_put_right_and_taken_apart(scene: Scene, operator: Visitor, viewer: Visitor) -> None:
    stage = scene.stage
    page = operator.go("/links/")
    page.get_by_label("Id or number of either side, exactly").fill(CODES[0])
    page.get_by_role("button", name="Find").click()
    page.get_by_role("rowheader").get_by_role("link").first.click()
    link = variant(stage, CODES[0])
    assert link is not None and link.shop_id is not None
    expect(page.get_by_role("region", name="What is linked")).to_contain_text(link.shop_id)
    # An id that nothing bears is refused, with what was typed.
    page.get_by_label("Link it to this id instead").fill("NOWHERE")
    page.get_by_role("button", name="Look it up, and link").click()
    expect(page.get_by_role("alert")).to_contain_text("NOWHERE")
    operator.forgive("400 (BAD REQUEST)")
    page.get_by_label("Link it to this id instead").fill(f"FREE{NASTY}")
    page.get_by_role("button", name="Look it up, and link").click()
    expect(page.get_by_role("status")).to_contain_text("are linked now")
    assert [one.erp_id for one in stage.links("variant") if one.shop_id == link.shop_id] == [f"FREE{NASTY}"]
    here = operator.path
    only_looks(viewer, here, f"FREE{NASTY}"[:12])
    page.get_by_role("rowheader").get_by_role("link").first.click()
    page.get_by_role("button", name="Unlink…").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("Nothing is deleted on either side")
    page.get_by_role("alertdialog").get_by_role("button", name="Unlink").click()
    expect(page.get_by_role("status")).to_contain_text("are no longer linked")
    assert link.shop_id not in {one.shop_id for one in stage.links("variant")}
    only_looks(viewer, here, "No such link")
    acts = [act for act in stage.hub.audit.newest(20) if act.actor == "a-operator"]
    assert {"links relink", "links unlink"} <= {act.action for act in acts}


def test_coverage_tells_how_each_record_stands(scene: Scene, operator: Visitor, viewer: Visitor) -> None:
    route = product(scene.stage)
    page = operator.go("/coverage/")
    page.get_by_role("row").filter(has_text="acceptance").get_by_role("link", name="product").first.click()
    page.get_by_role("button", name="Look again").click()
    book = CoverageBook(scene.stage.hub.database)

    def is_done() -> bool:
        look = book.of_route(route).report
        return look is not None and look.by == "a-operator"

    eventually(page, is_done, "the source is looked through")
    page = only_looks(viewer, f"/coverage/{route}", "asked for by a-operator")
    look = book.of_route(route).report
    assert look is not None and look.read == len(scene.stage.erp.ask("state/items"))
    page.get_by_role("link", name="Error", exact=True).click()
    expect(page.get_by_role("table", name="Records that are error")).to_contain_text("CONFLICT")
    page.get_by_role("link", name="Failure").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Failures")


def prices(stage: Stage) -> list[Decimal]:
    """What the shop asks for the items of the wrong price list."""
    return [Decimal(in_the_shop(stage, code)["price"]) for code in CODES[3:]]


def test_a_held_run_is_looked_at_and_released_and_another_one_dropped(
    scene: Scene, operator: Visitor, viewer: Visitor
) -> None:
    stage, page = scene.stage, operator.go("/held/")
    page.get_by_role("link", name="Look at it, and decide").click()
    record = page.get_by_role("row").filter(has_text=CODES[3])
    expect(record).to_contain_text("11.90")
    expect(record.locator("ins")).to_have_text("1.00")
    page.get_by_role("button", name="Release: do exactly this").click()
    expect(page.get_by_label("Records of run").locator(".updated dd")).to_have_text("5")
    assert prices(stage) == [Decimal("1.00")] * 5
    only_looks(viewer, "/held/", "carried out")
    for code in CODES[3:]:
        stage.erp.do("prices", item=code, price="900")
    stage.later()
    page = operator.go(f"/routes/{product(stage)}")
    page.get_by_role("button", name="Read and compare everything").click()
    expect(page.get_by_role("main")).to_contain_text("5 prices would move")
    (held,) = stage.hub.plans.newest([product(stage)], kind="held", states=["open"])
    only_looks(viewer, f"/held/{held.id}", "900")
    page = operator.go(f"/held/{held.id}")
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_role("status")).to_contain_text("Dropped: nothing of it was written")
    assert prices(stage) == [Decimal("1.00")] * 5
    only_looks(viewer, "/held/", "dropped")
    decided = [act.action for act in stage.hub.audit.newest(20) if act.actor == "a-operator"]
    assert {"held release", "held drop"} <= set(decided)


def test_a_person_is_let_in_given_more_and_shut_out_and_the_trail_tells(
    scene: Scene, people: dict[RoleName, Visitor]
) -> None:
    hub, boss = scene.stage.hub, people["administrator"]
    page = boss.go("/users/")
    page.get_by_label("Name").fill("mallory")
    page.get_by_label("only these:").check()
    page.get_by_role("checkbox", name=ELSEWHERE).check()
    page.get_by_role("button", name="Add").click()
    once = page.get_by_role("status").locator("code").inner_text()
    mallory = scene.stranger()
    mallory.sign_in("mallory", once)
    # Nothing else is open before the password is changed.
    mallory.go("/failures/")
    expect(mallory.page.get_by_role("heading", level=1)).to_have_text("Choose a password of your own")
    mallory.page.get_by_label("Password of now").fill(once)
    for label in ("New password", "New password again"):
        mallory.page.get_by_label(label, exact=True).fill(PASSWORD)
    mallory.page.get_by_role("button", name="Change the password").click()
    theirs = f"/routes/{product(scene.stage)}"
    expect(mallory.go("/routes/").get_by_role("main")).not_to_contain_text("acceptance")
    assert mallory.page.request.get(mallory.address + theirs).status == 404
    made = hub.users.named("mallory")
    assert (made.role, made.integrations, made.must_change) == ("viewer", [ELSEWHERE], False)

    page = boss.go("/users/")
    page.get_by_role("link", name="mallory", exact=True).click()
    page.get_by_label("Role").select_option("operator")
    page.get_by_role("radio", name="all").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("mallory: changed")
    # Whoever may more signs in anew for it.
    mallory.go("/")
    expect(mallory.page.get_by_role("button", name="Sign in")).to_be_visible()
    mallory.sign_in("mallory")
    expect(mallory.go(theirs).get_by_role("button", name="Sync Now")).to_be_visible()
    mallory.go("/account")
    assert mallory.page.request.get(f"{mallory.address}/users/").status == 403
    expect(mallory.page.get_by_role("navigation", name="Pages")).not_to_contain_text("Users")

    page = boss.go(f"/users/{made.id}")
    page.get_by_role("button", name="New one-time password").click()
    again = page.get_by_role("status").locator("code").inner_text()
    page.get_by_role("button", name="Close the account").click()
    expect(page.get_by_role("row").filter(has_text="mallory")).to_contain_text("closed")
    mallory.go("/login")
    mallory.page.get_by_label("Name").fill("mallory")
    mallory.page.get_by_label("Password").fill(again)
    mallory.page.get_by_role("button", name="Sign in").click()
    expect(mallory.page.get_by_role("alert")).to_be_visible()
    mallory.forgive("40")

    page = boss.go("/audit/")
    for act in ("users add", "users role", "users password", "users disable"):
        expect(page.get_by_role("row").filter(has_text=act).filter(has_text="mallory").first).to_contain_text(
            "a-administrator"
        )
    expect(page.get_by_role("row").filter(has_text="users role").first).to_contain_text("operator")
    assert again not in page.content() and once not in page.content()
    for role in ("operator", "viewer"):
        assert people[role].page.request.get(f"{scene.address}/audit/").status == 403


def test_a_route_is_paused_and_resumed_on_the_dashboard_and_its_run_is_looked_at(
    scene: Scene, operator: Visitor, viewer: Visitor
) -> None:
    stage, route = scene.stage, scene.stage.route("inventory")

    def card(page: Page) -> Locator:
        return page.get_by_role("article").filter(has=page.locator(f"#route-{route.id}"))

    page = operator.go("/")
    card(page).get_by_role("button", name="Pause").click()
    expect(card(page)).to_contain_text("paused")
    assert stage.hub.routes.get(route.id).paused_at is not None
    expect(card(only_looks(viewer, "/", "Routes"))).to_contain_text("a-operator")
    card(page).get_by_role("button", name="Resume").click()
    expect(card(page)).not_to_contain_text("paused")
    assert stage.hub.routes.get(route.id).paused_at is None
    stage.erp.receive(CODES[5], "4")
    stage.later()
    page = operator.go("/")
    card(page).get_by_role("button", name="Sync Now").click()
    expect(page.get_by_label("Records of run").locator(".updated dd")).to_have_text("1")
    run = stage.hub.runs.newest([route.id], 1)[0]
    page = only_looks(viewer, f"/runs/?route={route.id}&state=done", "inventory")
    page.get_by_role("rowheader").get_by_role("link", name=str(run.id), exact=True).click()
    expect(page.get_by_label("Records of run").locator(".updated dd")).to_have_text("1")
    page.get_by_role("link", name="Messages of this run").click()
    expect(page.get_by_role("rowheader").first).to_contain_text(CODES[5][:8])
    assert stage.shop.levels()[f"{CODES[5]} L1"].startswith("13/")


def test_a_job_that_waits_says_why_and_is_cancelled(scene: Scene, operator: Visitor, viewer: Visitor) -> None:
    customers = scene.stage.route("customer")
    (job,) = (one for one in scene.stage.hub.jobs.unfinished([customers.id]) if one.scope == "full")
    only_looks(viewer, f"/jobs/{job.id}", "the route was paused by")
    page = operator.go("/jobs/")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=str(job.id), exact=True))
    expect(row).to_contain_text("the route was paused by")
    row.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status").first).to_be_visible()
    assert scene.stage.hub.jobs.get(job.id).state == "cancelled"
    only_looks(viewer, f"/jobs/{job.id}", "It was cancelled before it began.")
    act = next(act for act in scene.stage.hub.audit.newest(20) if act.action == "cancel")
    assert act.actor == "a-operator" and f"job {job.id}" in act.subject


def test_a_record_is_taken_up_again_from_its_timeline(scene: Scene, operator: Visitor, viewer: Visitor) -> None:
    stage = scene.stage
    stage.erp.do("items", ItemCode="NEW", ItemName="A better name")
    stage.later()
    path = "/timeline/?ident=NEW&object=product&integration=acceptance"
    page = operator.go(path)
    page.get_by_role("button", name="Re-sync this record").click()
    expect(page.get_by_label("Records of run").locator(".updated dd")).to_have_text("1")
    titles = {row["title"] for row in stage.shop.ask("state/products")}
    assert "A better name" in titles
    only_looks(viewer, path, "re-sync by a-operator")


def test_a_preview_is_dropped(scene: Scene, operator: Visitor, viewer: Visitor) -> None:
    (plan,) = scene.stage.hub.plans.newest([product(scene.stage)], kind="preview", states=["open"])
    page = operator.go("/plans/")
    page.get_by_role("rowheader").get_by_role("link", name=str(plan.id), exact=True).click()
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_role("status")).to_contain_text(f"Plan {plan.id} is dropped")
    assert scene.stage.hub.plans.get(plan.id).state == "dropped"
    only_looks(viewer, f"/plans/{plan.id}", "dropped by a-operator")


def test_a_group_of_failures_is_acknowledged_with_a_note(scene: Scene, operator: Visitor, viewer: Visitor) -> None:
    customers = scene.stage.route("customer").id
    page = operator.go("/failures/?cause=AMBIGUOUS_MATCH")
    page.get_by_role("button", name="Acknowledge…").click()
    page.get_by_label("Note: why").fill("Sales are asked which of the two it is.")
    page.get_by_role("button", name="Acknowledge 1").click()
    (failure,) = scene.stage.hub.failures.select([customers], states=["acknowledged"])
    assert (failure.cause, failure.note) == ("AMBIGUOUS_MATCH", "Sales are asked which of the two it is.")
    only_looks(viewer, "/failures/list?state=acknowledged&cause=AMBIGUOUS_MATCH", "Sales are asked which")


def test_a_failed_order_is_taken_up_again_from_its_message(scene: Scene, operator: Visitor, viewer: Visitor) -> None:
    stage = scene.stage
    message = next(one for one in stage.messages("order") if one.cause == "UNKNOWN_SKU")
    only_looks(viewer, f"/messages/{message.id}", "UNKNOWN_SKU")
    stage.erp.do("items", "POST", {"ItemCode": f"NONE{NASTY}", "ItemName": "Found", "SalesVATGroup": "A2"})
    before = len(stage.erp.documents())
    page = operator.go(f"/messages/{message.id}")
    page.get_by_role("button", name="Re-sync this record").click()
    expect(page.get_by_label("Records of run").locator(".created dd")).to_have_text("1")
    assert len(stage.erp.documents()) == before + 1
    page = only_looks(viewer, f"/messages/{message.id}", "Resolved by")
    page.get_by_role("link", name="message").first.click()
    expect(page.get_by_role("main")).to_contain_text("created")
