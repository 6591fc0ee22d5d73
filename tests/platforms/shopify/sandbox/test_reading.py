"""Customers and orders read from the sandbox, in every way there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hub.platforms.endpoint import Endpoint, Mark, Native, Page, Source
from hub.sandbox.world.generate import generate
from hub.sandbox.world.model import Line, World
from objects.customer import CustomerSchema
from objects.order import OrderSchema

from .conftest import Shop, opened

PAGES = {"bulk_from": 1_000_000}


def natives(pages: Iterator[Page]) -> dict[str, Native]:
    """All records in the pages, each read by its key where the page has only that."""
    found: dict[str, Native] = {}
    for page in pages:
        for key, native in page.entries:
            assert native is not None
            found[key] = native
    return found


def everything(endpoint: Endpoint) -> dict[str, Native]:
    return natives(endpoint.changes(endpoint.sources[0], None))


def last_mark(pages: Iterator[Page]) -> Mark | None:
    marks = [page.mark for page in pages if page.mark is not None]
    return marks[-1] if marks else None


@pytest.mark.parametrize("object_name", ["customer", "order"])
class TestWays:
    def test_pages_bulk_files_and_reads_by_id_give_the_same_records(self, quiet: Shop, object_name: str) -> None:
        paged = everything(quiet.connect().endpoint(object_name, PAGES))
        grouped = everything(quiet.connect().endpoint(object_name, {}))
        ungrouped = everything(quiet.connect(bulk_grouped=False).endpoint(object_name, {}))
        by_id = quiet.connect().endpoint(object_name, {}).read(list(paged))
        assert len(paged) >= 20
        assert paged == grouped == ungrouped == by_id

    def test_a_full_read_sets_a_mark_that_the_lag_bounds(self, quiet: Shop, object_name: str) -> None:
        endpoint = quiet.connect().endpoint(object_name, {})
        mark = last_mark(endpoint.changes(endpoint.sources[0], None))
        assert mark is not None
        assert datetime.fromisoformat(mark["at"]) <= quiet.clock.now() - timedelta(seconds=60)

    def test_a_record_that_is_gone_is_missing_from_the_answer(self, quiet: Shop, object_name: str) -> None:
        endpoint = quiet.connect().endpoint(object_name, PAGES)
        key = next(iter(everything(endpoint)))
        gone = f"gid://shopify/{object_name.capitalize()}/999999999999"
        assert list(endpoint.read([gone, key])) == [key]

    def test_reading_survives_what_goes_wrong(self, world: World, object_name: str) -> None:
        with opened(world) as shop:
            expected = everything(shop.connect().endpoint(object_name, PAGES))
            kinds = ("throttled", "error_500", "html_502", "dropped")
            shop.faults(*({"kind": kind, "share": 0.1} for kind in kinds))
            assert everything(shop.connect().endpoint(object_name, PAGES)) == expected
            assert everything(shop.connect().endpoint(object_name, {})) == expected


class TestCustomers:
    def test_all_of_them_are_valid_and_known_by_their_own_id(self, quiet: Shop) -> None:
        endpoint = quiet.connect().endpoint("customer", {})
        for key, native in everything(endpoint).items():
            record = CustomerSchema().load(endpoint.to_canonical(native))
            assert record["cross_reference"] == key == endpoint.key(native)
            assert not record["default_address"] or record["default_address"] in {
                one["id"] for one in record["addresses"]
            }
            assert endpoint.label(native)

    def test_only_what_changed_since_the_mark_comes_although_the_search_takes_whole_days(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("customer", PAGES)
        mark = last_mark(endpoint.changes(endpoint.sources[0], None))
        shop.clock.advance(3600)
        changed = list(everything(endpoint))[3]
        touch(shop, changed, "moved")
        shop.clock.advance(120)
        found = natives(endpoint.changes(endpoint.sources[0], mark))
        assert found[changed]["note"] == "moved"
        mark = last_mark(endpoint.changes(endpoint.sources[0], mark))
        shop.clock.advance(3600)
        other = next(iter(everything(endpoint)))
        touch(shop, other, "too")
        shop.clock.advance(120)
        assert set(natives(endpoint.changes(endpoint.sources[0], mark))) == {changed, other}

    def test_tags_are_read_as_they_are_now(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("customer", PAGES)
        key = next(iter(everything(endpoint)))
        text = (
            "mutation tagsAdd($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { userErrors { message } } }"
        )
        assert shop.run(text, id=key, tags=["hub-no-update"])["tagsAdd"]["userErrors"] == []
        native = endpoint.read([key])[key]
        assert "hub-no-update" in CustomerSchema().load(endpoint.to_canonical(native))["tags"]

    def test_a_change_that_the_index_shows_late_is_not_lost(self, world: World) -> None:
        with opened(world, index_lag=timedelta(seconds=40)) as shop:
            shop.clock.advance(3600)
            endpoint = shop.connect().endpoint("customer", PAGES)
            mark = last_mark(endpoint.changes(endpoint.sources[0], None))
            first, second = list(everything(endpoint))[:2]
            touch(shop, first, "early")
            shop.clock.advance(41)
            touch(shop, second, "late")
            pages = list(endpoint.changes(endpoint.sources[0], mark))
            seen = natives(iter(pages))
            assert seen[first]["note"] == "early"
            mark = last_mark(iter(pages)) or mark
            shop.clock.advance(41)
            assert natives(endpoint.changes(endpoint.sources[0], mark))[second]["note"] == "late"


def touch(shop: Shop, customer: str, note: str) -> None:
    text = (
        "mutation customerUpdate($input: CustomerInput!) { customerUpdate(input: $input) { userErrors { message } } }"
    )
    assert shop.run(text, input={"id": customer, "note": note})["customerUpdate"]["userErrors"] == []


def summed(record: dict[str, Any]) -> Decimal:
    parts = sum((part["total"] for part in (*record["lines"], *record["charges"])), Decimal(0))
    return parts if record["taxes_included"] else parts + record["total_tax"]


class TestOrders:
    @pytest.mark.parametrize(("size", "seed"), [(30, 1), (60, 2), (60, 7), (90, 11)])
    def test_lines_and_charges_sum_up_to_the_total_of_every_order(self, size: int, seed: int) -> None:
        with opened(generate(size, seed=seed)) as shop:
            endpoint = shop.connect().endpoint("order", {})
            records = [OrderSchema().load(endpoint.to_canonical(native)) for native in everything(endpoint).values()]
        assert len(records) >= size // 2
        wrong = [(one["number"], one["total"], summed(one)) for one in records if summed(one) != one["total"]]
        assert wrong == []

    def test_net_prices_sum_up_too(self, world: World) -> None:
        with opened(replace(world, taxes_included=False)) as shop:
            endpoint = shop.connect().endpoint("order", {})
            records = [OrderSchema().load(endpoint.to_canonical(native)) for native in everything(endpoint).values()]
        assert [one["number"] for one in records if summed(one) != one["total"]] == []

    def test_payments_of_a_paid_order_sum_up_to_its_total(self, quiet: Shop) -> None:
        endpoint = quiet.connect().endpoint("order", {})
        records = [OrderSchema().load(endpoint.to_canonical(native)) for native in everything(endpoint).values()]
        paid = [one for one in records if one["financial_status"] == "PAID" and not one["refunds"]]
        assert len(paid) >= 5
        for record in paid:
            assert sum(payment["amount"] for payment in record["payments"]) == record["total"], record["number"]

    def test_an_order_of_more_lines_than_a_page_holds_is_whole(self, world: World) -> None:
        sold = next(order for order in world.orders if not order.refunds and not order.cancelled_at)
        long = replace(sold, name="#9001", lines=tuple(Line(f"Line {n}", 1, Decimal("1.00")) for n in range(1114)))
        with opened(replace(world, orders=[long])) as shop:
            for settings in (PAGES, {}):
                endpoint = shop.connect().endpoint("order", settings)
                ((key, native),) = everything(endpoint).items()
                record = OrderSchema().load(endpoint.to_canonical(native))
                assert [line["title"] for line in record["lines"]] == [f"Line {n}" for n in range(1114)]
                assert all(line["location"] and line["open_quantity"] == 1 for line in record["lines"])
                assert endpoint.read([key])[key] == native

    def test_no_query_costs_more_than_it_may(self, quiet: Shop) -> None:
        connection = quiet.connect()
        quiet.counts()
        quiet.seen.clear()
        everything(connection.endpoint("order", PAGES))
        assert quiet.seen
        assert all(b"MAX_COST" not in exchange.response for exchange in quiet.seen)
        assert quiet.counts()["orders"] <= 12

    def test_a_fulfilment_order_that_changes_leads_to_its_order(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("order", PAGES)
        source = Source("fulfillmentOrders", "time")
        (first,) = endpoint.changes(source, None)
        assert first.entries == [] and first.mark is not None
        shop.clock.advance(3600)
        # From before everything: how old the made-up orders are depends on the day.
        mark = {"at": (shop.clock.now() - timedelta(days=4000)).isoformat()}
        pages = list(endpoint.changes(source, mark))
        keys = [key for page in pages for key, native in page.entries if native is None]
        assert keys and all(key.startswith("gid://shopify/Order/") for key in keys)
        assert set(endpoint.read(keys)) == set(keys)

    def test_a_range_of_numbers_or_of_days_is_cut_out(self, quiet: Shop) -> None:
        endpoint = quiet.connect().endpoint("order", PAGES)
        orders = sorted(everything(endpoint).values(), key=lambda native: native["number"])
        middle = orders[3:9]
        by_number = natives(endpoint.between(None, None, (middle[0]["name"], str(middle[-1]["number"]))))
        assert set(by_number) == {native["id"] for native in middle}
        stamps = sorted(datetime.fromisoformat(native["createdAt"]) for native in orders)
        start, end = stamps[2], stamps[-3]
        by_time = natives(endpoint.between(start, end, None))
        expected = {one["id"] for one in orders if start <= datetime.fromisoformat(one["createdAt"]) <= end}
        assert set(by_time) == expected
        assert by_time[middle[0]["id"]] == endpoint.read([middle[0]["id"]])[middle[0]["id"]]
