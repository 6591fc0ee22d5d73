"""How many calls much work takes; polls are calls too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hub.errors import RejectedByTarget
from hub.platforms.endpoint import Endpoint, Mark, Native, Probe, Step
from hub.sandbox.world.model import Line, World

from .conftest import Shop, opened

#: The settings that an integration has if it says nothing.
USUAL = {"bulk_from": 1000, "page_size": 100}


def long_ago(shop: Shop) -> Mark:
    return {"at": (shop.clock.now() - timedelta(days=900)).isoformat()}


def changes(endpoint: Endpoint, mark: Mark) -> dict[str, Native | None]:
    """Everything that the sources of an object have to say since a mark."""
    found: dict[str, Native | None] = {}
    for source in endpoint.sources:
        for page in endpoint.changes(source, mark):
            found = {**dict(page.entries), **found}
    return found


class TestOrders:
    def test_hundreds_of_long_orders_take_no_more_than_twenty_calls(self, world: World) -> None:
        sold = next(order for order in world.orders if not order.refunds and not order.cancelled_at)
        orders = [
            replace(
                sold,
                name=f"#{20_000 + number}",
                lines=tuple(Line(f"Line {line}", 1, Decimal("1.00")) for line in range(number % 50 + 1)),
            )
            for number in range(300)
        ]
        with opened(replace(world, orders=orders)) as shop:
            endpoint = shop.connect().endpoint("order", USUAL)
            shop.counts()
            found = changes(endpoint, long_ago(shop))
            counted = shop.counts()
        assert len(found) == 300
        assert all(native is not None for native in found.values())
        assert sum(len(native["lineItems"]) for native in found.values() if native) == 300 * 51 // 2
        assert counted["bulkOperationRunQuery"] == 1
        assert sum(counted.values()) <= 20, counted

    def test_each_refunded_order_adds_no_more_than_a_tenth_of_a_call(self, world: World) -> None:
        refunded = [order for order in world.orders if order.refunds]
        orders = [replace(one, name=f"#{20_000 + n}") for n, one in enumerate(refunded * (300 // len(refunded)))]
        with opened(replace(world, orders=orders)) as shop:
            endpoint = shop.connect().endpoint("order", USUAL)
            shop.counts()
            found = changes(endpoint, long_ago(shop))
            counted = shop.counts()
        assert len(found) == sum(bool(native["refunds"]) for native in found.values() if native) >= 250
        assert sum(counted.values()) <= 20 + 0.1 * len(found), counted

    def test_changes_read_in_bulk_are_the_same_as_in_pages(self, quiet: Shop) -> None:
        mark = long_ago(quiet)
        source = quiet.connect().endpoint("order", USUAL).sources[0]
        quiet.counts()
        ways = []
        for settings in ({"bulk_from": 8}, {"bulk_from": 1_000_000}):
            pages = list(quiet.connect().endpoint("order", settings).changes(source, mark))
            ways.append((dict(entry for page in pages for entry in page.entries), pages[-1].mark))
            assert all(page.mark is None for page in pages[:-1]) or settings["bulk_from"] > 8
        assert quiet.counts()["bulkOperationRunQuery"] == 1
        assert ways[0] == ways[1]
        assert len(ways[0][0]) >= 20


class TestStock:
    @pytest.fixture
    def natives(self, shop: Shop, endpoint: Endpoint) -> list[Native]:
        """Active levels of 1,000 variants."""
        natives = []
        places = shop.run("{ locations(first: 9) { nodes { id name } } }")["locations"]["nodes"]
        here = next(place["id"] for place in places if place["name"] == "Hauptlager")
        for part in range(4):
            variants = [{"sku": f"S-{part}-{n}", "price": 1, "option": f"{n}", "stock": {"L1": 5}} for n in range(250)]
            made = shop.control("products", {"title": f"P{part}", "variants": variants})["variants"]
            shop.counts()
            found = endpoint.find([Probe(key, {"variant": key, "location": here}) for key in made])
            assert shop.counts() == {"nodes": 1}
            natives += [found[key][0] for key in made]
        return natives

    @pytest.fixture
    def endpoint(self, shop: Shop) -> Endpoint:
        return shop.connect().endpoint("inventory", {})

    def step(self, endpoint: Endpoint, native: Native, available: int) -> Step:
        key = endpoint.key(native)
        return Step("update", key, {"available": available}, target_id=key, target=native)

    def test_a_thousand_changed_rows_are_read_and_written_in_eight_calls(
        self, shop: Shop, endpoint: Endpoint, natives: list[Native]
    ) -> None:
        shop.counts()
        keys = [endpoint.key(native) for native in natives]
        read = endpoint.read(keys)
        steps = [self.step(endpoint, read[key], number + 10) for number, key in enumerate(keys)]
        outcomes = [
            outcome
            for start in range(0, len(steps), endpoint.batch_size)
            for outcome in endpoint.write(steps[start : start + endpoint.batch_size])
        ]
        assert [outcome.error for outcome in outcomes] == [None] * 1000
        assert shop.counts() == {"nodes": 4, "inventorySetQuantities": 4}
        after = endpoint.read(keys)
        assert [after[key]["available"] for key in keys] == list(range(10, 1010))

    def test_rows_that_are_as_they_should_be_are_not_written(
        self, shop: Shop, endpoint: Endpoint, natives: list[Native]
    ) -> None:
        shop.counts()
        outcomes: list[Any] = endpoint.write([self.step(endpoint, native, 5) for native in natives[:250]])
        assert [outcome.error for outcome in outcomes] == [None] * 250
        assert shop.counts() == {}

    def test_of_a_full_batch_with_one_bad_row_all_others_land(
        self, shop: Shop, endpoint: Endpoint, natives: list[Native]
    ) -> None:
        steps = [self.step(endpoint, native, 8) for native in natives[:250]]
        steps[77] = self.step(endpoint, natives[77], 2_000_000_000)
        shop.counts()
        outcomes = endpoint.write(steps)
        assert [place for place, outcome in enumerate(outcomes) if outcome.error] == [77]
        assert isinstance(outcomes[77].error, RejectedByTarget)
        assert shop.counts() == {"inventorySetQuantities": 2}
        after = endpoint.read([endpoint.key(native) for native in natives[:250]])
        landed = [native["available"] for native in after.values()]
        assert (landed.count(8), landed.count(5)) == (249, 1)
