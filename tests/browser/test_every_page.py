"""All pages of the console, as each role, on a hub that has seen everything: in order for the eye, on a phone, by
keyboard and for a screen reader. What a browser complains of, or asks elsewhere for, fails as it does in every test."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from hub.store.users import RoleName
from tests.browser.conftest import PHONE, Scene, Visitor, console_of
from tests.browser.looking import Looker
from tests.console import places
from tests.console.populated import MARK, ROLES, populated
from tests.people import HASH

WIDE = {"width": 1280, "height": 900}
#: What tells one person's page from another's that shows the same.
ROLE_OR_TOKEN = re.compile(
    r'content="[^"]+"|name="csrf_token" value="[^"]+"|a-\w+ <span class="role">\w+</span>|<time.*?</time>'
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Scene]:
    """One scene for all of them, as nothing is pressed."""
    with (
        populated(tmp_path_factory.mktemp("every") / "home", HASH) as stage,
        console_of(stage, browser, working=False) as made,
    ):
        yield made


def shown(visitor: Visitor, scene: Scene, known: set[str]) -> Iterator[str]:
    """Addresses that show this person a page of its own kind.

    Parts of pages, downloads and closed doors are left out, and so is what another role has seen just so.
    """
    for path in places.pages(scene.app, scene.stage.hub):
        answer = visitor.page.context.request.get(visitor.address + path, max_redirects=0)
        assert answer.status in (200, 302, 403), (path, answer.status)
        if answer.status != 200 or "text/html" not in answer.headers["content-type"] or "<html" not in answer.text():
            continue
        bare = ROLE_OR_TOKEN.sub("", answer.text())
        if bare not in known:
            known.add(bare)
            yield path


def test_every_page_is_in_order_for_every_role(scene: Scene) -> None:
    wrong: list[str] = []
    known: set[str] = set()
    counts = {role: look_at_all(scene, role, known, wrong) for role in reversed(ROLES)}
    assert wrong == [], "\n".join(wrong)
    # Each role sees pages that are like no other's.
    assert counts["administrator"] >= 15
    assert min(counts.values()) >= 2, counts


def look_at_all(scene: Scene, role: RoleName, known: set[str], wrong: list[str]) -> int:
    """Look at what a role sees; answers how many pages that were."""
    visitor = scene.visitor(role, reduced_motion="reduce")
    page, look, seen = visitor.page, Looker.at(visitor.page), 0
    page.on("dialog", lambda dialog: wrong.append(f"{page.url} asked: {dialog.message}"))
    for path in shown(visitor, scene, known):
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light")
        visitor.go(path)
        found = [*look.axe(), *look.sideways()]
        if role == "administrator":
            # Who sees everything; the colours and controls of the others are among his.
            page.emulate_media(color_scheme="dark")
            found += [f"dark: {one}" for one in look.axe(only_colours=True)]
            found += look.by_keyboard()
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        found += look.sideways()
        found += [f"{count} elements from a record's text" for count in [page.locator(MARK).count()] if count]
        wrong += [f"{role} at {path}: {one}" for one in found]
        seen += 1
    return seen


def test_the_door_is_in_order(scene: Scene) -> None:
    stranger = scene.stranger(reduced_motion="reduce")
    stranger.go("/login")
    look = Looker.at(stranger.page)
    assert [*look.axe(), *look.by_keyboard(), *look.sideways()] == []
    stranger.page.emulate_media(color_scheme="dark")
    stranger.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert [*look.axe(), *look.sideways()] == []


def test_the_first_tab_offers_to_skip_the_menu(scene: Scene) -> None:
    visitor = scene.visitor("viewer")
    page = visitor.go("/failures/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_on_a_phone_the_menu_opens_and_leads_on_by_keyboard(scene: Scene) -> None:
    visitor = scene.visitor("viewer", viewport=PHONE)
    page = visitor.go("/")
    menu = page.get_by_role("navigation", name="Pages")
    expect(menu).to_be_hidden()
    button = page.get_by_role("button", name="Menu")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    link = menu.get_by_role("link", name="Messages")
    expect(link).to_be_visible()
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Message log")
    assert visitor.path == "/messages/"


def test_colours_stay_as_chosen(scene: Scene) -> None:
    visitor = scene.visitor("viewer", color_scheme="light", reduced_motion="reduce")
    page = visitor.page
    page.get_by_role("button", name=re.compile("^Colours: auto")).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    visitor.go("/failures/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert Looker.at(page).axe(only_colours=True) == []
