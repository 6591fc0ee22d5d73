"""Every link of every page leads to a page, and no address, whatever stands in it, breaks one."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urldefrag, urljoin

from flask import Flask

from tests.acceptance.stage import Stage
from tests.console import places
from tests.console.conftest import Browser

_LINK = re.compile(r'<a\s[^>]*?href="([^"]+)')


def administrator(app: Flask) -> Browser:
    browser = Browser(app.test_client())
    assert browser.sign_in("a-administrator").status_code == 302
    return browser


def test_every_link_of_every_page_leads_to_a_page(everything: Stage, everything_shown: Flask) -> None:
    browser = administrator(everything_shown)
    found: dict[str, str] = {}
    for page in places.pages(everything_shown, everything.hub):
        with browser.get(page) as answer:
            if "text/html" in answer.content_type:
                for link in _LINK.findall(answer.text):
                    address = urldefrag(urljoin(page, unescape(link))).url
                    if address.startswith("/"):
                        found.setdefault(address, page)
    broken = []
    for address, page in found.items():
        with browser.get(address) as answer:
            if answer.status_code == 404 or answer.status_code >= 500:
                broken.append(f"{answer.status_code}: {address} of {page}")
    assert broken == []
    assert len(found) > 100
