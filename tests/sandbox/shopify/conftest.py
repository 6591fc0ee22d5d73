"""What every test of the Shopify sandbox may ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.world.model import World
from tests.sandbox.shopify.client import Clock, Shop, mug_shop


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Shop:
    return Shop(ShopifyApplication(mug_shop(), now=clock), clock)


@pytest.fixture
def make_shop(clock: Clock) -> Callable[..., Shop]:
    def make(world: World | None = None, *, version: str = "2026-07", **options: Any) -> Shop:
        return Shop(ShopifyApplication(world or mug_shop(), now=clock, **options), clock, version)

    return make
