"""Every link of every page leads to a page, and no address, whatever stands in it, breaks one."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urldefrag, urljoin

from flask import Flask

from tests.acceptance import company
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
                for link in _LINK.findall(answer.get_data(as_text=True)):
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


#: Ids that nothing has: larger than a column, than any integer of a database, and than Python reads; and none at all.
NUMBERS = ("2147483648", "9" * 30, "9" * 5_000, "٣", "-1")
ENDS_OF_TIME = ("0001-01-01T00:00", "9999-12-31T23:59")
#: Names that stand behind the question mark of some page -> what nobody has meant.
QUERIES = {
    **dict.fromkeys(("before", "route", "run", "score", "days"), NUMBERS[1:3]),
    **dict.fromkeys(("since", "until"), ENDS_OF_TIME),
    "day": ("0001-01-01", "9999-12-31"),
    "after": (*NUMBERS[1:3], *(f"{at}|{NUMBERS[2]}|x" for at in ENDS_OF_TIME), "0001-01-01T00:00+14:00|1|x"),
}


def test_no_address_breaks_a_page_whatever_stands_in_it(everything: Stage, everything_shown: Flask) -> None:
    browser, broken = administrator(everything_shown), []
    asked: list[tuple[str, dict[str, str]]] = []
    for rule in places.rules(everything_shown, "GET"):
        for value in NUMBERS if "<int:" in rule.rule else ():
            asked.append((places.filled(rule.rule, {"integration": company.NAME, "identity": value, "job": value}), {}))
        address = places.address(rule, everything.hub).partition("?")[0]
        asked += [(address, {name: value}) for name, values in QUERIES.items() for value in values]
    for address, query in asked:
        with browser.get(address, query_string=query) as answer:
            if answer.status_code >= 500:
                broken.append(f"{answer.status_code}: {address[:60]} {str(query)[:60]}")
    assert broken == []
