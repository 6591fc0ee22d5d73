"""Items in ranges of codes: each is in exactly one of them, and the mark lies before everything that is read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

CODES = ["MUG", "mug", "Mug", "ÄRMEL", "Ärmel", "zebra", "Über-50 %", "O'Brien's", "''", "A B", "a,b(c)"]
CODES += ["x/y?z=1&w", "%41"]


@pytest.fixture
def stocked(erp: Any) -> Any:
    """The company with items whose codes are hard to quote and to order."""
    for code in CODES:
        if code != "MUG":
            erp.control("POST", "items", {"ItemCode": code, "ItemName": code, "ItemsGroupCode": 100})
    return erp


def keys(pages: Any) -> list[str]:
    return [key for page in pages for key, _ in page.entries]


def natives(pages: Any) -> dict[str, Any]:
    return {key: native for page in pages for key, native in page.entries}


def whole(endpoint: Any) -> dict[str, Any]:
    """What a reading in one piece brings."""
    return natives(endpoint.changes(endpoint.sources[0], None))


@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("name", ["product", "inventory"])
def test_every_item_is_in_exactly_one_range_and_ranges_are_of_about_the_same_size(
    stocked: Any, name: str, count: int
) -> None:
    endpoint = stocked.endpoint(name)
    limits = endpoint.ranges(count, 1).limits
    parts = [keys(endpoint.within(one)) for one in limits]
    everything = [key for part in parts for key in part]
    assert len(limits) == count
    assert sorted(everything) == sorted(whole(endpoint))
    assert max(map(len, parts)) - min(map(len, parts)) <= (1 if name == "product" else 2)


@pytest.mark.parametrize("name", ["product", "inventory"])
def test_a_record_in_a_range_is_the_same_as_in_a_reading_in_one_piece(stocked: Any, name: str) -> None:
    endpoint = stocked.endpoint(name)
    found = {}
    for limits in endpoint.ranges(4, 1).limits:
        found |= natives(endpoint.within(limits))
    assert found == whole(endpoint)


def test_fewer_items_than_parts_make_a_part_of_each(erp: Any) -> None:
    endpoint = erp.endpoint("product")
    parts = [keys(endpoint.within(limits)) for limits in endpoint.ranges(50, 1).limits]
    assert sorted(parts) == sorted([key] for key in whole(endpoint))


def test_a_part_is_no_smaller_than_asked_and_too_few_items_make_none(stocked: Any) -> None:
    endpoint = stocked.endpoint("product")
    total = len(whole(endpoint))
    assert len(endpoint.ranges(8, total // 3).limits) == 3
    assert endpoint.ranges(8, total // 2 + 1).limits == []
    assert endpoint.ranges(8, total + 1).limits == []


def test_of_stock_a_part_holds_an_item_at_each_warehouse(stocked: Any) -> None:
    items = len(whole(stocked.endpoint("product")))
    assert len(stocked.endpoint("inventory").ranges(8, 2 * (items // 3)).limits) == 3
    assert stocked.endpoint("inventory", locations={}).ranges(8, 1).limits == ()


def test_ranges_cost_a_small_request_for_each_boundary_and_two_more(stocked: Any) -> None:
    stocked.endpoint("product").read(["MUG"])
    before = stocked.counts()
    stocked.endpoint("product").ranges(4, 1)
    after = stocked.counts()
    asked = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert asked == {"GET Items/$count": 1, "GET Items": 4}
    sent = [exchange for exchange in stocked.exchanges if exchange.path.endswith("/Items")]
    assert all("$top=1" in one.query for one in sent[-4:])


def test_items_that_come_and_go_while_ranges_are_read_are_missed_by_no_range(stocked: Any) -> None:
    endpoint = stocked.endpoint("product")
    there = set(whole(endpoint))
    limits = endpoint.ranges(3, 1).limits
    new = [f"{code}+" for code in CODES]
    for code in new:
        stocked.control("POST", "items", {"ItemCode": code, "ItemName": code, "ItemsGroupCode": 100})
    found = [key for one in limits for key in keys(endpoint.within(one))]
    assert sorted(found) == sorted({*there, *new})


def test_the_mark_lies_before_what_changes_while_the_ranges_are_read(stocked: Any) -> None:
    stocked.clock.shift += timedelta(minutes=30)
    endpoint = stocked.endpoint("product", overlap_seconds=0)
    found = endpoint.ranges(2, 1)
    stocked.clock.shift += timedelta(minutes=30)
    stocked.control("POST", "items", {"ItemCode": "MUG", "ItemName": "Cup"})
    later = endpoint.ranges(2, 1)
    mark = found.marks["items"]
    assert later.marks["items"]["at"] > mark["at"]
    assert "MUG" in keys(endpoint.changes(endpoint.sources[0], mark))


def test_the_mark_is_that_of_a_reading_in_one_piece(stocked: Any) -> None:
    stocked.clock.shift += timedelta(minutes=30)
    endpoint = stocked.endpoint("product")
    *_, last = endpoint.changes(endpoint.sources[0], None)
    assert endpoint.ranges(2, 1).marks == {"items": last.mark}


def test_a_mark_is_never_later_than_shortly_before_the_ranges_were_looked_for(stocked: Any) -> None:
    """Stamps of the last minute are not trusted to be whole."""
    endpoint = stocked.endpoint("product")
    stocked.control("POST", "items", {"ItemCode": "MUG", "ItemName": "Cup"})
    at = endpoint.ranges(2, 1).marks["items"]["at"]
    assert at <= f"{stocked.clock.now() + timedelta(hours=1, seconds=-60):%Y-%m-%dT%H:%M:%S}"
