"""Several processes on one connection, against sandboxes that count; the control is the same without sharing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.sandbox.clock import SandboxClock
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.world.generate import generate
from hub.sandbox.world.model import World

from .conftest import Machines, counted

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)

Start = Callable[[str, str, dict[str, Any]], Machines]
PLACES = 5


@pytest.fixture(scope="module")
def world() -> World:
    return generate(40, seed=3)


@pytest.fixture
def machines(url: str, connection_id: int) -> Iterator[Start]:
    made: list[Machines] = []

    def make(platform: str, address: str, settings: dict[str, Any]) -> Machines:
        made.append(Machines(url, connection_id, platform, {"base_url": address, **settings}))
        return made[-1]

    yield make
    for one in made:
        one.end()


class Shop:
    """A shop with a bucket that was emptied just now."""

    def __init__(self, world: World, rate: float) -> None:
        clock = SandboxClock()
        self.application = ShopifyApplication(world, now=clock.now, restore_rate=rate, bucket=20 * rate)
        self.clock, self.rate = clock, rate
        self.bucket.empty()

    @property
    def bucket(self) -> Any:
        return self.application._engine.bucket

    def used(self, after: float, seconds: float) -> float:
        """The share of what is restored that is spent in some seconds that begin after some others."""
        time.sleep(after)
        begin = self.bucket.account()
        time.sleep(seconds)
        end = self.bucket.account()
        return float((end["spent"] - begin["spent"]) / ((end["at"] - begin["at"]) * self.rate))


def shop_settings() -> dict[str, Any]:
    return {"token": "shpat_sandbox", "concurrency": PLACES}


def erp(world: World) -> SapB1Application:
    return SapB1Application(world, now=SandboxClock().now)


def erp_settings() -> dict[str, Any]:
    return {"company": "SBODEMO", "user": "hub", "password": "sandbox"}


def test_three_processes_use_up_one_bucket_and_are_never_turned_away(world: World, machines: Start) -> None:
    shop = Shop(world, rate=200)
    with counted(shop.application, clock=shop.clock, latency_ms=20) as server:
        workers = machines("shopify", server.url, shop_settings())
        workers.start(3, rows=[5, 10, 20], seconds=6, threads=4)
        used = shop.used(after=2.5, seconds=3)
        told = workers.results()
    assert [one["trouble"] for one in told] == [[], [], []]
    assert shop.bucket.throttled == 0
    assert used >= 0.9
    assert server.busiest <= PLACES


def test_without_sharing_they_are_turned_away(world: World, machines: Start) -> None:
    shop = Shop(world, rate=200)
    with counted(shop.application, clock=shop.clock, latency_ms=20) as server:
        workers = machines("shopify", server.url, shop_settings())
        workers.start(3, rows=[5, 10, 20], seconds=3, threads=4, shared=False)
        shop.bucket.empty()
        workers.results()
    assert shop.bucket.throttled > 0
    assert server.busiest > PLACES


def test_three_processes_log_in_once_and_keep_to_four_calls_at_a_time(world: World, machines: Start) -> None:
    application = erp(world)
    with counted(application, latency_ms=20) as server:
        workers = machines("sap_b1", server.url, erp_settings())
        workers.start(3, rows=[5], seconds=2.5, threads=4)
        told = workers.results()
    assert [one["trouble"] for one in told] == [[], [], []]
    assert all(one["calls"] > 0 for one in told)
    sessions = application.sessions.to_json()
    assert (sessions["logins"], sessions["most_at_once"], sessions["logouts"]) == (1, 1, 0)
    assert server.busiest <= 4


def test_without_sharing_each_logs_in_and_calls_as_it_likes(world: World, machines: Start) -> None:
    application = erp(world)
    with counted(application, latency_ms=20) as server:
        workers = machines("sap_b1", server.url, erp_settings())
        workers.start(3, rows=[5], seconds=1, threads=4, shared=False)
        workers.results()
    assert application.sessions.to_json()["logins"] == 3
    assert server.busiest > 4


def test_a_process_that_is_killed_does_not_starve_the_others(world: World, machines: Start) -> None:
    shop = Shop(world, rate=200)
    with counted(shop.application, clock=shop.clock, latency_ms=20) as server:
        workers = machines("shopify", server.url, shop_settings())
        workers.start(1, rows=[5, 10, 20], seconds=30, threads=PLACES + 2)
        time.sleep(1)
        workers.start(1, rows=[5, 10, 20], seconds=9, threads=4)
        workers.processes[0].kill()
        # Its places are free five seconds later, and its slice of the bucket is missed by nobody.
        used = shop.used(after=6, seconds=2)
        (told,) = workers.results()
    assert told["trouble"] == []
    assert used >= 0.9
    assert shop.bucket.throttled == 0
