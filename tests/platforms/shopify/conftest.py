"""What the tests of the Shopify platform share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from graphql import GraphQLSchema, build_ast_schema, parse

from hub.platforms.platform import Wiring
from hub.platforms.shopify.client import ShopifyClient
from hub.platforms.shopify.settings import ShopifySettings
from hub.platforms.transport import Transport

from ..transport.conftest import Scripted, Time, answer


@pytest.fixture(scope="session")
def published(reference: Path) -> GraphQLSchema:
    """Shopify's published schema. Parsing it takes seconds, so it happens once."""
    text = (reference / "reference" / "shopify-admin-schema.graphql").read_text()
    return build_ast_schema(parse(text, no_location=True), assume_valid=True)


@pytest.fixture(scope="session")
def captures(reference: Path) -> Path:
    """The folder of recorded exchanges."""
    return reference / "reference" / "shopify-captures"


def recorded(value: Any) -> Iterator[dict[str, Any]]:
    """All answers in a capture: objects with `data` or `errors`."""
    if isinstance(value, dict):
        if isinstance(value.get("data"), dict) or isinstance(value.get("errors"), list):
            yield value
        for inner in value.values():
            yield from recorded(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from recorded(inner)


def load(path: Path) -> Any:
    """A capture."""
    return json.loads(path.read_text())


def said(
    data: Any = None,
    *,
    errors: Any = None,
    requested: float = 10,
    available: float = 1990,
    extensions: dict[str, Any] | None = None,
    status: int = 200,
    **headers: str,
) -> bytes:
    """An answer of the Admin API."""
    throttle = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": 100}
    cost = {"requestedQueryCost": requested, "actualQueryCost": requested, "throttleStatus": throttle}
    body: dict[str, Any] = {"extensions": {"cost": cost} | (extensions or {})}
    if data is not None:
        body["data"] = data
    if errors is not None:
        body["errors"] = errors
    return answer(status, orjson.dumps(body), X_Shopify_API_Version=headers.get("version", "2026-07"))


def failing(code: str, message: str = "No.", **more: Any) -> bytes:
    return said(errors=[{"message": message, "path": ["nodes"], "extensions": {"code": code} | more}])


def sent(server: Scripted, index: int = -1) -> Any:
    return orjson.loads(server.requests[index].split(b"\r\n\r\n", 1)[1])


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted.running() as scripted:
        yield scripted


@pytest.fixture
def make(server: Scripted, time: Time) -> Iterator[Callable[..., ShopifyClient]]:
    transports = []

    def build(**settings: Any) -> ShopifyClient:
        given = {"base_url": server.url, "token": "shpat_x"} | settings
        loaded = ShopifySettings().load({name: value for name, value in given.items() if value})
        wiring = Wiring(clock=time.clock, sleep=time.sleep, random=Random(3))
        transport = Transport("shop", loaded["base_url"], wiring=wiring, read_timeout=2)
        transports.append(transport)
        return ShopifyClient(transport, loaded, wiring)

    yield build
    for transport in transports:
        transport.close()


@pytest.fixture
def client(make: Callable[..., ShopifyClient]) -> ShopifyClient:
    return make()
