"""The console as people see it: a real browser before the real hub, which works between two sandboxes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from admin.app import create_app
from hub.store.users import RoleName
from scheduler import serving
from scheduler.worker import Pool
from tests.acceptance.stage import Stage, opened
from tests.browser import chromium
from tests.console.populated import populated
from tests.people import HASH, PASSWORD
from tests.services import missing

#: Milliseconds that anything on a page may take.
PATIENCE = 15_000
PHONE = {"width": 390, "height": 844}


@dataclass
class Visitor:
    """Somebody with a browser. Whatever goes wrong in it, or leaves this machine, is noted."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"{self.page.url} asked for {request.url}")

    def go(self, path: str) -> Page:
        """Open a page of the console."""
        self.page.goto(self.address + path)
        return self.page

    @property
    def path(self) -> str:
        """Where the visitor is, with what stands behind the question mark."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def forgive(self, status: str) -> None:
        """Take the browser's note of an answer that had to come: it complains of each that is an error."""
        (noted,) = [line for line in self.complaints if status in line]
        self.complaints.remove(noted)

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        self.go("/login")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/login"))


@dataclass
class Scene:
    """The hub between its sandboxes, its console at an address, and a worker that works off what is pressed."""

    stage: Stage
    address: str
    browser: Browser
    app: Flask
    _contexts: list[BrowserContext] = field(default_factory=list)
    _visitors: list[Visitor] = field(default_factory=list)

    def stranger(self, **context: Any) -> Visitor:
        """Somebody who has not signed in; `context`: options of Playwright's browser context."""
        made = self.browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        made.set_default_timeout(PATIENCE)
        self._contexts.append(made)
        visitor = Visitor(made.new_page(), self.address)
        self._visitors.append(visitor)
        return visitor

    def visitor(self, role: RoleName = "operator", **context: Any) -> Visitor:
        """Somebody of this role, signed in; all of one role are the same user."""
        users = self.stage.hub.users
        name = f"a-{role}"
        if users.find(name) is None:
            personal = role == "administrator"
            users.add(name, HASH, role, self.stage.hub.clock(), must_change=False, sees_personal=personal)
        visitor = self.stranger(**context)
        visitor.sign_in(name)
        return visitor

    def leave(self) -> list[str]:
        """Close all browsers; answers what went wrong in them."""
        for context in self._contexts:
            context.close()
        return [line for visitor in self._visitors for line in visitor.complaints]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium of the machine. It ends with this folder: its event loop would be in the way of other tests."""
    path = chromium.find()
    if path is None:
        missing("A browser test finds no Chromium and", chromium.SETTING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(chromium.OPTIONS))
        yield started
        started.close()


@contextmanager
def console_of(stage: Stage, browser: Browser, *, working: bool = True) -> Iterator[Scene]:
    """A stage's console in front of people; what their browsers complain of fails the test."""
    told = threading.Event()
    with ExitStack() as stack:
        pool = Pool(stage.hub, 1, told)
        if working:
            pool.start()
            stack.callback(pool.stop)
        app = create_app(stage.hub)
        address = stack.enter_context(serving.web(app, "127.0.0.1", 0))
        scene = Scene(stage, address.rstrip("/"), browser, app)
        try:
            yield scene
        finally:
            complaints = scene.leave()
        assert complaints == []


@pytest.fixture
def scene(tmp_path: Path, browser: Browser) -> Iterator[Scene]:
    """A scene of one test: everything is loaded and in step, and no order has come yet."""
    with opened(tmp_path / "home") as stage, console_of(stage, browser) as made:
        yield made


@pytest.fixture(scope="package")
def everything(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Scene]:
    """One scene for all who only look: everything has happened, and nothing works; whoever comes leaves it as it is."""
    home = tmp_path_factory.mktemp("everything") / "home"
    with populated(home, HASH) as stage, console_of(stage, browser, working=False) as made:
        yield made


def eventually(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds that no page shows."""
    for _ in range(PATIENCE // 50):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"in vain: {what}")
