"""Takes the pictures of README and docs, docs/screenshots/*.png: python -m docs.shots ADDRESS [NAME...].

ADDRESS is what the demo has printed as the console's; let it run for some minutes first, so that there is something to
see.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from hub.demo.staying import PASSPHRASE, PEOPLE
from tests.browser import chromium

FOLDER = Path(__file__).with_name("screenshots")
SIZE: Any = {"width": 1280, "height": 800}


def first(pattern: str, where: str) -> Callable[[Page], str]:
    """The first address on a page that looks like this."""

    def find(page: Page) -> str:
        page.goto(where)
        found = re.search(f'href="({pattern})"', page.content())
        return found[1].replace("&amp;", "&") if found else where

    return find


#: Name of the picture -> its page; a page that is of a later release is left out and told.
PAGES: dict[str, str | Callable[[Page], str]] = {
    "dashboard": "/",
    "failures": "/failures/",
    "messages": "/messages/",
    "message": first(r"/messages/\d+", "/messages/?object=order&verdict=created"),
    "set-items": "/set-items/?search=1&codes_from=C",
    "wizard": "/integrations/demo/scenarios",
}


def main() -> None:
    """Sign in and take them."""
    address, *wanted = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(chromium.OPTIONS))
        context = browser.new_context(viewport=SIZE, base_url=address, color_scheme="light", reduced_motion="reduce")
        page = context.new_page()
        page.goto("/login")
        page.get_by_label("Name").fill(PEOPLE[0][0])
        page.get_by_label("Password").fill(PASSPHRASE)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        for name, where in PAGES.items():
            if not wanted or name in wanted:
                take(page, name, where)
        browser.close()


def take(page: Page, name: str, where: str | Callable[[Page], str]) -> None:
    """One picture."""
    answer = page.goto(where if isinstance(where, str) else where(page))
    if answer is None or answer.status != 200:
        sys.stderr.write(f"{name}: {page.url} answers {answer.status if answer else 'nothing'}; left out\n")
        return
    page.wait_for_load_state("networkidle")
    picture = FOLDER / f"{name}.png"
    page.screenshot(path=picture)
    sys.stdout.write(f"{picture} {picture.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    main()
