"""The platform against the sandbox, over HTTP."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from hub.platforms.exchanges import Exchange
from hub.platforms.platform import Wiring
from hub.platforms.shopify.platform import Shopify, ShopifyConnection
from hub.platforms.shopify.settings import ShopifySettings
from hub.sandbox.clock import SandboxClock
from hub.sandbox.server import running
from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.world.generate import generate
from hub.sandbox.world.model import World


@dataclass
class Shop:
    """A sandbox over HTTP, and the hub's connection to it. The hub's clock and sleep are the sandbox's."""

    application: ShopifyApplication
    url: str
    clock: SandboxClock
    seen: list[Exchange] = field(default_factory=list)
    connections: list[ShopifyConnection] = field(default_factory=list)

    def connect(self, **settings: Any) -> ShopifyConnection:
        """A connection with these settings on top of the usual ones."""
        given = {"base_url": self.url, "token": "shpat_sandbox", "read_timeout": 5, "attempts": 8} | settings
        wiring = Wiring(clock=self.clock.now, sleep=self.clock.advance, sink=self.seen.append, random=Random(5))
        loaded = ShopifySettings().load({name: value for name, value in given.items() if value != ""})
        connection = Shopify().connect("shop", loaded, wiring)
        self.connections.append(connection)
        return connection

    def run(self, text: str, **variables: Any) -> Any:
        """Ask or change something as another app would."""
        body = json.dumps({"query": text, "variables": variables}).encode()
        headers = {"X-Shopify-Access-Token": "shpat_sandbox", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/admin/api/2026-07/graphql.json", body, headers)
        with urllib.request.urlopen(request) as answered:
            return json.load(answered)["data"]

    def control(self, path: str, value: Any = None, method: str = "") -> Any:
        """The sandbox's control API."""
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(
            f"{self.url}/control/{path}", body, method=method or ("POST" if body else "GET")
        )
        with urllib.request.urlopen(request) as answered:
            text = answered.read()
        return json.loads(text) if text else None

    def faults(self, *rules: dict[str, Any]) -> None:
        """What goes wrong from now on."""
        self.control("faults", list(rules), "PUT")

    def counts(self) -> dict[str, int]:
        """Requests by operation since the last time this was asked."""
        counts: dict[str, int] = self.control("counts")
        self.control("counts", method="DELETE")
        return counts


@contextlib.contextmanager
def opened(world: World, **options: Any) -> Iterator[Shop]:
    """A sandbox with this world."""
    clock = SandboxClock()
    application = ShopifyApplication(world, now=clock.now, **options)
    with running(application, clock=clock) as server:
        shop = Shop(application, server.url, clock)
        try:
            yield shop
        finally:
            for connection in shop.connections:
                connection.close()


@pytest.fixture(scope="session")
def world() -> World:
    """The standing world."""
    return generate(40, seed=3)


@pytest.fixture(scope="module")
def quiet(world: World) -> Iterator[Shop]:
    """A sandbox that tests only read from."""
    with opened(world) as shop:
        yield shop


@pytest.fixture
def shop(world: World) -> Iterator[Shop]:
    """A fresh sandbox."""
    with opened(world) as shop:
        yield shop
