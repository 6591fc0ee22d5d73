"""Every address of the console is tried by those for whom it is not: by strangers, without its token, as the role
below, and for another's integration. The addresses come from the application, so none can be forgotten: a new one has
to be written into these tables, or a test fails and names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from flask import Flask
from sqlalchemy import select

from admin.api.blueprint import NEEDS
from hub.store.database import StoreBase
from tests.acceptance import company
from tests.acceptance.stage import Stage
from tests.console import places
from tests.console.conftest import Browser
from tests.console.populated import MARK

Need = Literal["open", "own", "look", "act", "administer", "all", "personal"]

#: Pages: what they take, where it is more than looking.
PAGES: dict[str, Need] = {
    "auth.login": "open",
    "users.index": "all",
    "users.one": "all",
    "audit.index": "all",
    "integrations.new": "administer",
    "integrations.import_form": "administer",
}
#: Everything that can be pressed, and what it takes.
PRESSES: dict[str, Need] = {
    "auth.login": "open",
    "auth.theme": "open",
    "auth.logout": "own",
    "auth.account": "own",
    "conflicts.personal": "personal",
    "conflicts.take": "act",
    "failures.act": "act",
    "integrations.begin": "administer",
    "integrations.check": "administer",
    "integrations.choose": "administer",
    "integrations.connect": "administer",
    "integrations.deploy": "administer",
    "integrations.drop": "administer",
    "integrations.import_file": "administer",
    "integrations.keep_maps": "administer",
    "integrations.keep_settings": "administer",
    "integrations.look_at_orders": "administer",
    "integrations.map_fields": "administer",
    "integrations.set_up": "administer",
    "integrations.test": "administer",
    "integrations.use": "administer",
    "jobs.cancel": "act",
    "jobs.prioritize": "act",
    "maps.remove": "act",
    "maps.save": "act",
    "matching.accept": "act",
    "matching.link": "act",
    "matching.names": "personal",
    "matching.propose": "act",
    "matching.sheet": "act",
    "matching.upload": "act",
    "messages.download": "personal",
    "messages.export": "personal",
    "messages.personal": "personal",
    "messages.resync": "act",
    "plans.apply": "act",
    "plans.drop": "act",
    "plans.personal": "personal",
    "routes.backfill": "act",
    "routes.compare": "act",
    "routes.initialize": "act",
    "routes.pause": "act",
    "routes.preview": "act",
    "routes.resume": "act",
    "routes.sync": "act",
    "schedules.save": "act",
    "coverage.look": "act",
    "held.drop": "act",
    "held.personal": "personal",
    "held.release": "act",
    "links.relink": "act",
    "links.unlink": "act",
    "set_customers.apply": "act",
    "set_customers.sync": "act",
    "set_customers.update": "act",
    "set_items.apply": "act",
    "set_items.sync": "act",
    "set_items.update": "act",
    "stopping.resume": "act",
    "stopping.stop": "act",
    "users.access": "all",
    "users.add": "all",
    "users.close": "all",
    "users.password": "all",
}
#: Need -> who just has not enough, of whom every integration is the business.
BELOW: dict[Need, str] = {"act": "a-viewer", "administer": "a-operator", "all": "a-operator", "personal": "plain"}
#: Presses that name no record in their address. What they name in their form is tried in the tests of their page.
UNBOUND = {
    "set_customers.apply",
    "set_customers.sync",
    "set_customers.update",
    "set_items.apply",
    "set_items.sync",
    "set_items.update",
    "conflicts.personal",
    "conflicts.take",
    "failures.act",
    "messages.export",
    "integrations.begin",
    "integrations.import_file",
}
#: A form that would do something, wherever it is sent.
FORM = {
    "act": "resync",
    "all": "1",
    "confirmed": "1",
    "expected": "9",
    "role": "administrator",
    "reach": "all",
    "name": "eve",
}
#: What moves while people just look is left out: when somebody was seen last, and that it was noted.
STEADY = {
    "user_account": {"name", "password", "role", "integrations", "sees_personal", "epoch", "disabled_at"},
    "audit": {""},
    "audit_about": {""},
}
LOOKING = {"sign in", "export messages", "show personal data"}


class Rights:
    """The console of a hub that has seen everything, and people who try it."""

    def __init__(self, stage: Stage, app: Flask) -> None:
        self.stage, self.app = stage, app
        self._people: dict[str, tuple[Browser, str]] = {}

    def person(self, name: str) -> tuple[Browser, str]:
        """Somebody who is signed in (nobody for an empty name), and the token of his forms."""
        if name not in self._people:
            browser = Browser(self.app.test_client())
            if name:
                assert browser.sign_in(name).status_code == 302, name
            self._people[name] = browser, browser.token()
        return self._people[name]

    def pages(self) -> Iterator[tuple[str, str]]:
        """Endpoint and address of everything that is looked at."""
        for rule in places.rules(self.app, "GET"):
            yield rule.endpoint, places.address(rule, self.stage.hub)

    def presses(self) -> Iterator[tuple[str, str]]:
        """Endpoint and address of everything that is pressed."""
        for rule in places.rules(self.app, "POST"):
            yield rule.endpoint, places.address(rule, self.stage.hub)

    def press(self, name: str, address: str, **headers: str) -> tuple[int, str]:
        """What comes of it: status and where it leads."""
        browser, token = self.person(name)
        with browser.client.post(address, data={**FORM, "csrf_token": token}, headers=headers) as answer:
            return answer.status_code, answer.headers.get("Location", "")

    @contextmanager
    def nothing_done(self) -> Iterator[None]:
        """Nothing that the hub keeps is another one afterwards, and nobody is said to have done anything."""
        before, acts = self._kept(), self._acts()
        yield
        assert self._acts() == acts
        assert self._kept() == before

    def _acts(self) -> list[str]:
        return [act.action for act in self.stage.hub.audit.newest(500) if act.action not in LOOKING]

    def _kept(self) -> dict[str, list[str]]:
        with self.stage.hub.database.read() as connection:
            return {
                name: sorted(str(tuple(row)) for row in connection.execute(select(*columns)))
                for name, table in StoreBase.metadata.tables.items()
                if (columns := [one for one in table.c if one.name in STEADY.get(name, {one.name})])
            }


@pytest.fixture(scope="module")
def rights(everything: Stage, everything_shown: Flask) -> Rights:
    return Rights(everything, everything_shown)


def test_every_press_has_its_rule(rights: Rights) -> None:
    there = {endpoint for endpoint, _ in rights.presses()}
    assert there - PRESSES.keys() == set(), "say in PRESSES what these take"
    assert PRESSES.keys() - there == set(), "there is nothing of the kind"
    assert PAGES.keys() <= {endpoint for endpoint, _ in rights.pages()}


def test_a_stranger_is_led_to_the_door_from_everywhere(rights: Rights) -> None:
    stranger, _ = rights.person("")
    with rights.nothing_done():
        for endpoint, address in rights.pages():
            answer = stranger.get(address)
            if PAGES.get(endpoint) != "open":
                assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login"), address
                assert stranger.get(address, headers={"X-Poll": "1"}).status_code == 401, address
        for endpoint, address in rights.presses():
            if PRESSES[endpoint] != "open":
                status, where = rights.press("", address)
                assert (status, where.partition("?")[0]) == (302, "/login"), address


def test_without_its_token_nothing_is_done(rights: Rights) -> None:
    administrator, _ = rights.person("a-administrator")
    other = Browser(rights.app.test_client()).token()
    with rights.nothing_done():
        for _, address in rights.presses():
            for token in ({}, {"csrf_token": "made-up"}, {"csrf_token": other}):
                answer = administrator.client.post(address, data={**FORM, **token})
                assert answer.status_code == 400, (address, token)


def test_the_role_below_is_refused(rights: Rights) -> None:
    tried = 0
    with rights.nothing_done():
        for endpoint, address in rights.presses():
            name = BELOW.get(PRESSES[endpoint])
            if name is not None:
                tried += 1
                assert rights.press(name, address)[0] == 403, (endpoint, name)
        for endpoint, address in rights.pages():
            name = BELOW.get(PAGES.get(endpoint, "look"))
            if name is not None:
                tried += 1
                assert rights.person(name)[0].get(address).status_code == 403, (endpoint, name)
    assert tried > 25


def test_who_is_kept_to_some_integrations_says_not_who_may_do_what(rights: Rights) -> None:
    with rights.nothing_done():
        for endpoint, address in rights.presses():
            if PRESSES[endpoint] == "all":
                assert rights.press("kept-administrator", address)[0] == 403, endpoint
        for endpoint, address in rights.pages():
            if PAGES.get(endpoint) == "all":
                assert rights.person("kept-administrator")[0].get(address).status_code == 403, endpoint


def test_what_belongs_to_another_integration_is_not_there(rights: Rights) -> None:
    kept, _ = rights.person("kept-administrator")
    with rights.nothing_done():
        for rule in places.rules(rights.app, "GET"):
            about_one = bool(rule.arguments) or rule.endpoint in places.QUERIES
            if PAGES.get(rule.endpoint) == "all" or rule.endpoint == "auth.login":
                continue
            with kept.get(places.address(rule, rights.stage.hub), follow_redirects=True) as answer:
                assert answer.status_code == (404 if about_one else 200), rule
                page = answer.get_data(as_text=True)
                assert company.NAME not in page and MARK not in page, rule
        for rule in places.rules(rights.app, "POST"):
            need = PRESSES[rule.endpoint]
            if need in ("act", "administer", "personal") and rule.endpoint not in UNBOUND:
                assert rule.arguments, f"{rule.endpoint} names no record: say in UNBOUND where it is tried"
                assert rights.press("kept-administrator", places.address(rule, rights.stage.hub))[0] == 404, rule


def test_a_press_about_no_record_reaches_nothing_of_anothers(rights: Rights) -> None:
    with rights.nothing_done():
        for rule in places.rules(rights.app, "POST"):
            if rule.endpoint in UNBOUND:
                browser, token = rights.person("kept-administrator")
                address = places.address(rule, rights.stage.hub)
                with browser.client.post(address, data={**FORM, "csrf_token": token}) as answer:
                    assert answer.status_code in (200, 302, 400, 403, 404, 409), rule
                    page = answer.get_data(as_text=True)
                    assert company.NAME not in page and MARK not in page, rule


@pytest.mark.parametrize("role", ["viewer", "operator", "administrator"])
def test_whoever_may_is_let_in(rights: Rights, role: str) -> None:
    """So that the tests above are refused for their reason, and not because nothing works."""
    browser, _ = rights.person(f"a-{role}")
    for endpoint, address in rights.pages():
        need = PAGES.get(endpoint, "look")
        if endpoint in places.OF_ONE_PERSON:
            continue
        if need == "look" or role == "administrator":
            with browser.get(address) as answer:
                assert answer.status_code in (200, 302), (endpoint, address)


def test_a_session_of_the_console_opens_nothing_of_the_api(rights: Rights) -> None:
    browser, token = rights.person("a-administrator")
    tried = 0
    with rights.nothing_done():
        for rule in rights.app.url_map.iter_rules():
            if not rule.rule.startswith(places.API):
                continue
            needs = NEEDS[rule.endpoint]
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                path = rule.rule.replace("<name>", company.NAME)
                values = {"map_name": "payment", "object_name": "product", "direction": "erp_to_shop", "side": "erp"}
                path = places.filled(path, values)
                answer = browser.client.open(path, method=method, json={}, headers={"X-CSRFToken": token})
                assert answer.status_code == (200 if needs is None else 401), (method, path)
                tried += 1
    assert tried == len(NEEDS)
