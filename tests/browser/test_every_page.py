"""All pages of the console, as each role, on a hub that has seen everything: in order for the eye, on a phone, by
keyboard and for a screen reader. What a browser complains of, or asks elsewhere for, fails as it does in every test."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from hub.store.users import RoleName
from tests.browser.conftest import PHONE, Scene
from tests.browser.looking import Looker
from tests.console import places
from tests.console.populated import MARK, ROLES

WIDE = {"width": 1280, "height": 900}
#: What a page is about; header and menu around it are the same on all pages of one role.
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
#: What tells one person's page from another's that shows the same.
OF_NOW = re.compile(r'name="csrf_token" value="[^"]+"|<time.*?</time>')
#: So many pages are like no other's, at least: a role that has none was led to the door.
LEAST = {"administrator": 50, "operator": 8, "viewer": 15}


def contents(scene: Scene, role: RoleName) -> dict[str, str]:
    """Address -> what stands in the midst of the page, of all pages that a role may open.

    Parts of pages, downloads and closed doors are left out.
    """
    visitor, found = scene.visitor(role), {}
    for path in places.pages(scene.app, scene.stage.hub):
        answer = visitor.page.context.request.get(visitor.address + path, max_redirects=0)
        assert answer.status in (200, 302, 403), (path, answer.status)
        if answer.status == 200 and "text/html" in answer.headers["content-type"]:
            main = MAIN.search(answer.text())
            if main:
                found[path] = OF_NOW.sub("", main[0])
    visitor.page.close()
    return found


@pytest.fixture(scope="module")
def seen() -> dict[RoleName, dict[str, str]]:
    """What each role was shown, as far as a test has asked for it."""
    return {}


@pytest.mark.parametrize("role", ROLES[::-1])
def test_every_page_is_in_order(everything: Scene, seen: dict[RoleName, dict[str, str]], role: RoleName) -> None:
    more = ROLES[ROLES.index(role) :]
    for one in more:
        seen[one] = seen.get(one) or contents(everything, one)
    # What a role that may more is shown just so is looked at there; the first page also for what stands around it.
    elsewhere = {main for one in more if one != role for main in seen[one].values()}
    paths = [path for path, main in seen[role].items() if path == "/" or main not in elsewhere]
    assert len(paths) >= LEAST[role], paths
    visitor, wrong = everything.visitor(role, reduced_motion="reduce"), list[str]()
    page, look = visitor.page, Looker.at(visitor.page)
    page.on("dialog", lambda dialog: wrong.append(f"{page.url} asked: {dialog.message}"))
    for path in paths:
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        visitor.go(path)
        found = [*look.axe(), *look.sideways(), *look.by_keyboard("body" if path == "/" else "main")]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        found += look.sideways()
        found += [f"{count} elements from a record's text" for count in [look.count(MARK)] if count]
        wrong += [f"{path}: {one}" for one in found]
    page.close()
    assert wrong == [], "\n".join(wrong)


def test_questions_before_a_press_are_in_order(everything: Scene) -> None:
    visitor = everything.visitor("operator", reduced_motion="reduce")
    page, look = visitor.page, Looker.at(visitor.page)
    link = next(path for path in places.pages(everything.app, everything.stage.hub) if path.startswith("/links/acc"))
    questions = {
        "/failures/": ("Ignore…", "Ignore 1 failure?"),
        link: ("Unlink…", "Unlink 01"),
        "/set-items/?search=1": ("Mark…", "Mark"),
    }
    for path, (press, words) in questions.items():
        visitor.go(path)
        if path.startswith("/set-items"):
            page.get_by_role("checkbox", name="Tick NEW").check()
        page.get_by_role("button", name=press).first.click()
        expect(page.get_by_role("heading", name=words).first).to_be_visible()
        assert [*look.axe(), *look.sideways(), *look.by_keyboard("main")] == [], path


def test_a_page_that_is_not_there_is_in_order(everything: Scene) -> None:
    visitor = everything.visitor("viewer", reduced_motion="reduce")
    visitor.go("/nowhere")
    visitor.forgive("404 (NOT FOUND)")
    assert Looker.at(visitor.page).axe() == []


def test_the_door_is_in_order(everything: Scene) -> None:
    stranger = everything.stranger(reduced_motion="reduce")
    stranger.go("/login")
    look = Looker.at(stranger.page)
    assert [*look.axe(), *look.by_keyboard(), *look.sideways()] == []
    stranger.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert [*look.axe(), *look.sideways()] == []


def test_the_first_tab_offers_to_skip_the_menu(everything: Scene) -> None:
    visitor = everything.visitor("viewer")
    page = visitor.go("/failures/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_on_a_phone_the_menu_opens_and_leads_on_by_keyboard(everything: Scene) -> None:
    visitor = everything.visitor("viewer", viewport=PHONE, reduced_motion="reduce")
    page = visitor.go("/")
    menu = page.get_by_role("navigation", name="Pages")
    expect(menu).to_be_hidden()
    button = page.get_by_role("button", name="Menu")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    assert Looker.at(page).axe() == []
    link = menu.get_by_role("link", name="Messages")
    expect(link).to_be_visible()
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Message log")
    assert visitor.path == "/messages/"


def test_colours_stay_as_chosen(everything: Scene) -> None:
    visitor = everything.visitor("viewer", color_scheme="light", reduced_motion="reduce")
    page = visitor.page
    page.get_by_role("button", name=re.compile("^Colours: auto")).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    visitor.go("/failures/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert Looker.at(page).axe() == []
