"""Page sizes, marks and bulk files: the pure parts of reading."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import PlatformUnavailable
from hub.platforms.shopify.answers import UserError, cost
from hub.platforms.shopify.changes import Progress, Window, since, timestamp, whole
from hub.platforms.shopify.native import amount, exact, flatten, type_of
from hub.platforms.shopify.paging import PageSizes, next_size
from hub.platforms.shopify.search import any_of
from hub.platforms.shopify.spool import grouped, ungrouped

from .conftest import load, recorded

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WINDOW = Window(overlap=timedelta(seconds=120), lag=timedelta(seconds=60))


class TestPageSizes:
    @given(st.integers(1, 250), st.floats(0, 5000), st.floats(100, 1000))
    def test_the_next_page_costs_no_more_than_it_may_if_rows_cost_as_they_did(
        self, size: int, paid: float, ceiling: float
    ) -> None:
        following = next_size(size, paid, ceiling=ceiling, largest=250)
        assert 1 <= following <= min(250, size * 2)
        assert following == 1 or following * paid / size <= ceiling + 1e-6

    def test_a_short_last_page_does_not_shrink_the_next(self) -> None:
        sizes = PageSizes()
        sizes.learn("orders", 40, 400, 400, bucket=2000)
        assert sizes.size("orders", 5, 250) == 80
        sizes.learn("orders", 1, 30, 30, bucket=2000)
        assert sizes.size("orders", 5, 250) == 80

    def test_a_small_bucket_bounds_the_page(self) -> None:
        sizes = PageSizes()
        sizes.learn("orders", 10, 100, None, bucket=50)
        assert sizes.size("orders", 5, 250) == 5

    def test_a_size_that_was_let_through_is_kept(self) -> None:
        sizes = PageSizes()
        sizes.learn("levels", 250, 1000, 1000, bucket=2000)
        assert sizes.size("levels", 250, 250) == 250

    def test_what_was_asked_and_paid_is_what_is_expected(self) -> None:
        sizes = PageSizes()
        assert sizes.expected("orders", 10) == (100, 100)
        sizes.learn("orders", 10, 80, 30, bucket=2000)
        assert (sizes.expected("orders", 10), sizes.expected("orders", 20), sizes.expected("orders", 5)) == (
            (80, 30),
            (160, 60),
            (80, 30),
        )


def test_costs_are_read_from_recorded_answers(captures: Path) -> None:
    costs = [cost(one) for path in captures.glob("order/*.json") for one in recorded(load(path))]
    known = [one for one in costs if one is not None]
    assert len(known) > 100
    assert all(one.maximum == 2000 and one.restore_rate == 100 and one.requested >= 1 for one in known)


class TestMarks:
    def nodes(self, *seconds: int) -> list[dict[str, Any]]:
        return [{"updatedAt": (NOON + timedelta(seconds=one)).isoformat()} for one in seconds]

    def test_a_mark_never_passes_what_the_index_may_not_show_yet(self) -> None:
        progress = Progress(None, NOON, WINDOW)
        progress.see(self.nodes(-600, -90))
        assert progress.mark(last=True) == {"at": "2026-11-21T11:58:30+00:00"}
        progress.see(self.nodes(-5))
        assert progress.mark(last=True) == {"at": "2026-11-21T11:59:00+00:00"}

    def test_a_mark_never_goes_back(self) -> None:
        progress = Progress({"at": "2026-11-21T11:58:00+00:00"}, NOON, WINDOW)
        progress.see(self.nodes(-300))
        assert progress.mark(last=True) == {"at": "2026-11-21T11:58:00+00:00"}

    def test_rows_out_of_order_move_the_mark_only_at_the_end(self) -> None:
        progress = Progress(None, NOON, WINDOW)
        progress.see(self.nodes(-600, -500))
        assert progress.mark(last=False) == {"at": "2026-11-21T11:51:40+00:00"}
        progress.see(self.nodes(-700))
        assert progress.mark(last=False) is None
        assert progress.mark(last=True) == {"at": "2026-11-21T11:51:40+00:00"}

    def test_nothing_seen_moves_nothing(self) -> None:
        assert Progress(None, NOON, WINDOW).mark(last=True) is None

    def test_the_window_opens_earlier_than_the_mark_in_utc_and_whole_seconds(self) -> None:
        start = since({"at": "2026-11-21T13:00:30.900+01:00"}, WINDOW)
        assert timestamp(start) == "2026-11-21T11:58:30Z"

    def test_a_bulk_file_moves_the_mark_with_its_last_page(self) -> None:
        rows = [{"id": str(number)} | self.nodes(-1000 - number)[0] for number in range(600)]
        pages = list(whole(rows, None, WINDOW, started=NOON, entries=lambda nodes: [(one["id"], one) for one in nodes]))
        assert [len(page.entries) for page in pages] == [250, 250, 100]
        assert [page.mark for page in pages] == [None, None, {"at": "2026-11-21T11:43:20+00:00"}]

    def test_rows_that_a_search_found_too_many_of_are_left_out_of_a_bulk_file(self) -> None:
        mark = {"at": (NOON - timedelta(seconds=300)).isoformat()}
        rows = [{"id": str(number)} | self.nodes(-number)[0] for number in (500, 421, 420, 10)]
        (page,) = whole(rows, mark, WINDOW, started=NOON, entries=lambda nodes: [(one["id"], one) for one in nodes])
        assert [key for key, _ in page.entries] == ["420", "10"]
        assert page.mark == {"at": "2026-11-21T11:59:00+00:00"}


SHAPE = {
    "Order": {"lineItems": "LineItem", "fulfillmentOrders": "FulfillmentOrder"},
    "FulfillmentOrder": {"lineItems": "FulfillmentOrderLineItem"},
}


def gid(type_: str, number: int) -> str:
    return f"gid://shopify/{type_}/{number}"


def order_rows(number: int) -> list[dict[str, Any]]:
    order = gid("Order", number)
    shipment = gid("FulfillmentOrder", number)
    return [
        {"id": order, "name": f"#{number}"},
        {"id": gid("LineItem", number * 10), "__parentId": order},
        {"id": gid("LineItem", number * 10 + 1), "__parentId": order},
        {"id": shipment, "__parentId": order},
        {"id": gid("FulfillmentOrderLineItem", number), "__parentId": shipment},
    ]


def whole_order(number: int) -> dict[str, Any]:
    return {
        "id": gid("Order", number),
        "name": f"#{number}",
        "lineItems": [{"id": gid("LineItem", number * 10)}, {"id": gid("LineItem", number * 10 + 1)}],
        "fulfillmentOrders": [
            {"id": gid("FulfillmentOrder", number), "lineItems": [{"id": gid("FulfillmentOrderLineItem", number)}]}
        ],
    }


class TestBulkFiles:
    def test_a_grouped_file_is_joined_as_it_comes(self) -> None:
        lines = [orjson.dumps(row) for number in range(3) for row in order_rows(number)]
        assert list(grouped(iter(lines), SHAPE)) == [whole_order(number) for number in range(3)]

    def test_a_record_without_children_has_empty_lists(self) -> None:
        (order,) = grouped([b'{"id":"gid://shopify/Order/1"}'], SHAPE)
        assert order == {"id": "gid://shopify/Order/1", "lineItems": [], "fulfillmentOrders": []}

    def test_a_file_that_is_not_grouped_after_all_is_said(self) -> None:
        first, *children = order_rows(1)
        lines = [orjson.dumps(row) for row in (first, *order_rows(2), children[0])]
        with pytest.raises(PlatformUnavailable, match="not grouped"):
            list(grouped(lines, SHAPE))

    @pytest.mark.parametrize("seed", range(5))
    def test_an_ungrouped_file_is_joined_whatever_its_order(self, seed: int, tmp_path: Path) -> None:
        roots = [order_rows(number)[0] for number in range(40)]
        children = [row for number in range(40) for row in order_rows(number)[1:]]
        rows: list[dict[str, Any]] = list(roots)
        # Children keep their order among themselves, and may come before or after their parents.
        places = sorted(random.Random(seed).sample(range(len(roots) + len(children)), len(children)))
        for place, child in zip(places, children, strict=True):
            rows.insert(place, child)
        joined = list(ungrouped((orjson.dumps(row) for row in rows), SHAPE, str(tmp_path)))
        assert joined == [whole_order(number) for number in range(40)]
        assert list(tmp_path.iterdir()) == [], "the spool is thrown away"

    def test_a_child_that_nobody_asked_for_is_said(self) -> None:
        lines = [
            b'{"id":"gid://shopify/Order/1"}',
            b'{"id":"gid://shopify/Refund/2","__parentId":"gid://shopify/Order/1"}',
        ]
        with pytest.raises(PlatformUnavailable, match="Refund"):
            list(grouped(lines, SHAPE))


def test_connections_become_lists_and_nothing_else_changes() -> None:
    node = {
        "id": "1",
        "lines": {"nodes": [{"id": "2", "inner": {"nodes": [], "pageInfo": {}}}], "pageInfo": {"hasNextPage": False}},
        "address": {"city": "Köln"},
        "tags": ["a"],
    }
    assert flatten(node) == {"id": "1", "lines": [{"id": "2", "inner": []}], "address": {"city": "Köln"}, "tags": ["a"]}


def test_numbers_stay_as_they_were_meant() -> None:
    assert str(exact(0.19)) == "0.19"
    assert str(exact(None)) == "0"
    assert str(amount({"shopMoney": {"amount": "1.10"}})) == "1.10"
    assert amount(None) == 0
    assert type_of("gid://shopify/InventoryLevel/1?inventory_item_id=2") == "InventoryLevel"


def test_a_search_term_is_taken_literally() -> None:
    assert any_of([("sku", "A"), ("sku", "O'Neill \\ 5")]) == "sku:'A' OR sku:'O\\'Neill \\\\ 5'"


@pytest.mark.parametrize(
    ("field", "row"),
    [
        (("input", "quantities", "3", "locationId"), 3),
        (("input", "quantities", "12"), 12),
        (("input", "quantities"), None),
        (("input", "reason"), None),
        ((), None),
    ],
)
def test_an_error_names_its_row(field: tuple[str, ...], row: int | None) -> None:
    assert UserError(field, "No.").row("quantities") == row
