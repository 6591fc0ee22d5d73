"""Every screen as each role: what it is for is shown to all who may look, each finds just the presses that are not
refused to him, and to whom the integration is not open nothing of it shows. What the presses do: `test_using.py` and
the files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from admin.access import allowed
from hub.store.users import RoleName
from tests.acceptance import company
from tests.browser.conftest import Scene, Visitor
from tests.console import places
from tests.console.populated import MARK, ROLES
from tests.console.test_rights import PAGES, PRESSES


@dataclass(frozen=True)
class Screen:
    """What a page shows, and which presses it offers to those who may."""

    words: tuple[str, ...]
    presses: frozenset[str] = frozenset()
    #: What stands behind the question mark.
    query: str = ""


def screen(*words: str, presses: str = "", query: str = "") -> Screen:
    return Screen(words, frozenset(presses.split()), query)


SCREENS = {
    "admin.index": screen(
        "Alerts", "AMBIGUOUS_MATCH", "Running and waiting", presses="routes.sync routes.pause routes.resume"
    ),
    "auth.account": screen("What you may do", presses="auth.account auth.logout"),
    "audit.index": screen("Audit trail", "apply"),
    "conflicts.index": screen("title", "Shop", "ERP", presses="conflicts.take"),
    "conflicts.drift": screen("edited on the side that does not own them"),
    "coverage.index": screen("Connected", "Syncable", "not yet"),
    "coverage.one": screen("linked to a record of the other side", presses="coverage.look"),
    "failures.index": screen("AMBIGUOUS_MATCH", "What to do", presses="failures.act"),
    "failures.listed": screen("UNKNOWN_SKU", "What to do", presses="failures.act"),
    "held.index": screen("waits for you", "5 change"),
    "held.one": screen("5 prices would move by more than 30 %", "1.00", presses="held.release held.drop"),
    "integrations.index": screen("acceptance", "deployed"),
    "integrations.connectivity": screen(
        "Access token", presses="integrations.connect integrations.test integrations.set_up integrations.use"
    ),
    "integrations.scenarios": screen("Inventory", presses="integrations.choose"),
    "integrations.fields": screen("barcode", presses="integrations.map_fields"),
    "integrations.settings": screen("Money and prices", presses="integrations.keep_settings"),
    "integrations.maps": screen("Payments", presses="integrations.keep_maps integrations.look_at_orders"),
    "integrations.checks": screen("Both sides are asked", presses="integrations.check"),
    "integrations.summary": screen("Configuration summary"),
    "integrations.start": screen("First load", presses="routes.initialize routes.preview"),
    "integrations.import_form": screen("Import", presses="integrations.import_file"),
    "integrations.new": screen("New integration", presses="integrations.begin"),
    "jobs.index": screen("the route was paused by", presses="jobs.cancel"),
    "jobs.one": screen("What it is about", presses="jobs.cancel jobs.prioritize"),
    "links.index": screen("ProductVariant", "linked"),
    "links.one": screen("What is linked", "Last agreed", presses="links.unlink links.relink"),
    "maps.index": screen("Payments 4"),
    "maps.one": screen("Booked to", "card:1", presses="maps.save maps.remove"),
    "maps.statuses": screen("Orders by their financial status"),
    "matching.index": screen("Product", "Ambiguous"),
    "matching.one": screen("Proposals", presses="matching.propose matching.sheet matching.upload"),
    "messages.index": screen("ZERO_PRICE", presses="messages.export"),
    "messages.one": screen("UNKNOWN_SKU", "The record", presses="messages.resync messages.personal"),
    "plans.index": screen("full compare", "5 change"),
    "plans.one": screen("Preview of a full compare", "1.00", presses="plans.apply plans.drop"),
    "plans.new": screen("What changed since the last run is read", presses="routes.preview"),
    "routes.index": screen("inventory", "held"),
    "routes.one": screen(
        "How far it is", "Newest runs", presses="routes.sync routes.compare routes.preview routes.pause"
    ),
    "runs.index": screen("held", "ZERO_PRICE"),
    "runs.one": screen("What it was", "Causes of failures and skips"),
    "schedules.index": screen("every 1 hour"),
    "schedules.one": screen("Every 1 hour as it is saved", presses="schedules.save"),
    "set_customers.index": screen("linked", presses="set_customers.update", query="search=1"),
    "set_customers.these": screen("No record was named"),
    "set_items.index": screen("NEW", "linked", presses="set_items.update", query="search=1"),
    "set_items.these": screen("No record was named"),
    "stopping.index": screen("Written by", presses="stopping.stop"),
    "timeline.index": screen(
        "What happened, newest first", presses="messages.resync", query="ident=NEW&integration=acceptance"
    ),
    "users.index": screen("a-viewer", "Add somebody", presses="users.add"),
    "users.one": screen("Password and account", presses="users.access users.password users.close"),
}
#: Addresses that are no page of their own: parts, pictures, files, ways on, and the door.
NO_SCREENS = places.OF_ONE_PERSON | {
    *("admin.chart", "admin.live", "admin.picture", "auth.login", "coverage.live", "integrations.file"),
    *("integrations.one", "jobs.live", "jobs.of_one", "maps.cured", "maps.entries", "maps.unmapped", "matching.live"),
    *("messages.count", "messages.download", "messages.export", "routes.live", "runs.live", "schedules.following"),
    *("set_customers.count", "set_customers.live", "set_items.count", "set_items.live", "timeline.named"),
}
#: What a browser would send, and where the links lead.
OFFERS = """() => ({
  presses: [...document.querySelectorAll("main button, main input[type=submit]")]
    .filter((one) => one.form && one.form.method === "post" && one.type === "submit" && !one.disabled)
    .map((one) => one.getAttribute("formaction") ? one.formAction : one.form.action),
  links: [...document.querySelectorAll("main a[href]")].map((one) => one.href),
})"""


def may(role: RoleName, need: str) -> bool:
    """Whether a role may do something, somewhere; in these scenes administrators see personal data."""
    if need in ("open", "own"):
        return True
    needed = {"all": "administer", "personal": "administer"}.get(need, need)
    return allowed(role, needed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def people(everything: Scene) -> Iterator[dict[str, Visitor]]:
    """Somebody of each role, and somebody who is kept to another integration."""
    found: dict[str, Visitor] = {role: everything.visitor(role) for role in ROLES}
    found["kept"] = everything.stranger()
    found["kept"].sign_in("kept-operator")
    yield found
    for visitor in found.values():
        visitor.page.close()


def address(scene: Scene, endpoint: str) -> str:
    """The address of a screen, with a record that is there."""
    (rule,) = (one for one in places.rules(scene.app, "GET") if one.endpoint == endpoint)
    path, query = places.address(rule, scene.stage.hub), SCREENS[endpoint].query
    return f"{path}?{query}" if query else path


def offered(scene: Scene, visitor: Visitor) -> tuple[set[str], set[str]]:
    """Endpoints of what can be pressed on the page that is open, and of where its links lead."""
    adapter, found = scene.app.url_map.bind("hub"), visitor.page.evaluate(OFFERS)
    presses = {adapter.match(urlsplit(one).path, method="POST")[0] for one in found["presses"]}
    inside = [one for one in found["links"] if one.startswith(scene.address)]
    return presses, {adapter.match(urlsplit(one).path, method="GET")[0] for one in inside}


def test_every_page_is_a_screen_here(everything: Scene) -> None:
    there = {rule.endpoint for rule in places.rules(everything.app, "GET")}
    assert there - NO_SCREENS == SCREENS.keys(), "say in SCREENS what it shows, or in NO_SCREENS that it is no page"


@pytest.mark.parametrize("endpoint", SCREENS)
def test_each_role_finds_what_it_may(everything: Scene, people: dict[str, Visitor], endpoint: str) -> None:
    path, asked = address(everything, endpoint), SCREENS[endpoint]
    needed = PAGES.get(endpoint, "look")
    for role in ROLES:
        visitor = people[role]
        if not may(role, needed):
            assert visitor.page.request.get(visitor.address + path, max_redirects=0).status == 403, role
            continue
        main = visitor.go(path).get_by_role("main")
        for words in asked.words:
            expect(main, role).to_contain_text(words)
        presses, links = offered(everything, visitor)
        assert presses == {one for one in asked.presses if may(role, PRESSES[one])}, role
        refused = {one for one in links if not may(role, PAGES.get(one, "look"))}
        assert refused == set(), role
    kept = people["kept"]
    answer = kept.page.request.get(kept.address + path)
    assert answer.status in (200, 403, 404)
    assert company.NAME not in answer.text()
    # His own integration reads the same ERP.
    assert MARK not in answer.text() or endpoint == "set_items.index"
