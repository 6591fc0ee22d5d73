"""Whatever stands in a field of a record, or was typed into the hub, is shown as text on every page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask import Flask

from tests.acceptance.stage import Stage
from tests.console import places
from tests.console.conftest import Browser
from tests.console.populated import MARK, NASTY, ROLES, SCRIPT


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        own = given.get("src", "").startswith("/")
        if tag == MARK or (tag in ("script", "img") and not own):
            self.wrong.append(f"<{tag} {given}>")
        self.wrong += [f"{name} of <{tag}>" for name in given if name.startswith("on") or name == "style"]
        for name in ("href", "action", "src", "formaction"):
            where = given.get(name, "")
            # Or to the record in a sandbox.
            if where and not where.startswith(("/", "?", "#", "http://127.0.0.1:")):
                self.wrong.append(f"{name} of <{tag}> leads to {where}")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("role", ROLES)
def test_markup_in_any_field_stays_text_on_every_page(everything: Stage, everything_shown: Flask, role: str) -> None:
    browser = Browser(everything_shown.test_client())
    assert browser.sign_in(f"a-{role}").status_code == 302
    shown, wrong = 0, []
    addresses = [*places.pages(everything_shown, everything.hub), "/nowhere", f"/integrations/{NASTY}/", f"/{SCRIPT}"]
    for address in addresses:
        with browser.get(address) as answer:
            if "text/html" not in answer.content_type:
                assert answer.headers["X-Content-Type-Options"] == "nosniff", address
                continue
            page = Page(answer.get_data(as_text=True))
        wrong += [f"{address}: {one}" for one in page.wrong]
        shown += f"<{MARK} onfocus" in "".join(page.text)
    assert wrong == []
    assert shown >= 8


def test_what_was_asked_for_stays_text_where_it_is_repeated(everything: Stage, everything_shown: Flask) -> None:
    browser = Browser(everything_shown.test_client())
    browser.sign_in("a-administrator")
    names = (
        "integration",
        "object",
        "cause",
        "detail",
        "ident",
        "text",
        "person",
        "since",
        "run",
        "state",
        "route",
        "q",
    )
    tried = 0
    for rule in places.rules(everything_shown, "GET"):
        address = places.address(rule, everything.hub).partition("?")[0]
        # Most pages refuse what they do not know, so each is asked for all at once, and for each by itself.
        for query in (dict.fromkeys(names, SCRIPT), *({name: SCRIPT} for name in names if "<" not in rule.rule)):
            with browser.get(address, query_string=query) as answer:
                assert answer.status_code < 500, (address, query)
                if "text/html" in answer.content_type:
                    tried += 1
                    assert Page(answer.get_data(as_text=True)).wrong == [], (address, query)
    assert tried > 100
