"""The console in front of a staged hub, and browsers of people who use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin.app import create_app
from hub.store.audit import Act
from hub.store.users import RoleName
from tests.acceptance.stage import Stage as Scenario
from tests.console.populated import populated
from tests.people import HASH, PASSWORD
from tests.sync.conftest import Stage, staged

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass
class Browser:
    """Somebody with a browser, who presses what a page offers."""

    client: FlaskClient
    seen: list[int] = field(default_factory=list)

    def get(self, address: str, **more: Any) -> TestResponse:
        answer = self.client.get(address, **more)
        self.seen.append(answer.status_code)
        return answer

    def text(self, address: str) -> str:
        """A page that is there."""
        answer = self.get(address)
        assert answer.status_code == 200, (address, answer.status_code, answer.headers.get("Location"))
        text = answer.text
        # What is written while it is read comes to its end with this.
        answer.close()
        return text

    def token(self) -> str:
        found = _TOKEN.search(self.client.get("/login", follow_redirects=True).text)
        assert found is not None
        return found[1]

    def press(self, address: str, **values: Any) -> TestResponse:
        """Post a form of the console, with its token."""
        return self.client.post(address, data={"csrf_token": self.token(), **values})

    def sign_in(self, name: str, password: str = PASSWORD, **more: Any) -> TestResponse:
        return self.client.post("/login", data={"csrf_token": self.token(), "name": name, "password": password}, **more)


@dataclass
class Console:
    """The console, and who may come to it."""

    stage: Stage
    app: Flask

    def user(self, name: str, role: RoleName, **more: Any) -> int:
        more = {"must_change": False, **more}
        return self.stage.hub.users.add(name, HASH, role, self.stage.clock(), **more)

    def stranger(self) -> Browser:
        return Browser(self.app.test_client())

    def signed_in(self, role: RoleName, name: str = "", **more: Any) -> Browser:
        """A new person of this role, signed in."""
        self.user(name or f"a-{role}", role, **more)
        browser = self.stranger()
        answer = browser.sign_in(name or f"a-{role}")
        assert answer.status_code == 302, answer.text
        return browser

    def acts(self) -> list[Act]:
        """The audit trail, newest first."""
        return list(self.stage.hub.audit.newest(50))

    def other_integration(self, name: str = "zeta") -> int:
        """A second integration with one route; answers the route's id."""
        hub = self.stage.hub
        known = hub.integrations.get(self.stage.integration_id)
        other = hub.integrations.save(name, known.shop_id, known.erp_id, known.settings)
        return hub.routes.save(other, "customer", "shop_to_erp", enabled=True)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with staged(tmp_path) as stage:
        app = create_app(stage.hub)
        app.testing = True
        yield Console(stage, app)


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """A hub that has seen everything; whoever uses it leaves it as it is."""
    with populated(tmp_path_factory.mktemp("everything") / "home", HASH) as made:
        yield made


@pytest.fixture(scope="session")
def everything_shown(everything: Scenario) -> Flask:
    """Its console."""
    return create_app(everything.hub)
