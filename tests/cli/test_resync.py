from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hub.store.failures import Failure
from hub.store.job import Request, Wanted
from hub.store.routes import Direction, Route
from hub.sync.resync import for_message, requests

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def route(identity: int, name: str, direction: Direction) -> Route:
    return Route(identity, 1, name, direction, True, "done", {}, {}, "", "all", [])


ORDERS, PRODUCTS = route(1, "order", "shop_to_erp"), route(2, "product", "erp_to_shop")
KLARNA = Failure(
    route_id=1,
    key="gid://1",
    label="#1001",
    cause="MISSING_MAPPING",
    detail="payment=klarna",
    fix="",
    text="",
    state="open",
    first_at=NOW,
    last_at=NOW,
    first_message=3,
    last_message=7,
    count=2,
    next_try=None,
    note="",
    expires=None,
    digest="",
    mapping_version="",
)
SKU = replace(KLARNA, key="gid://2", label="#1002", cause="UNKNOWN_SKU", detail="sku=X", last_message=9)
ITEM = replace(KLARNA, route_id=2, key="MUG", label="MUG", cause="INVALID_FIELD", detail="barcode", last_message=None)
KNOWN = replace(SKU, key="gid://3", label="#1003", state="acknowledged")
ALL = [KLARNA, SKU, ITEM, KNOWN]


def test_each_route_gets_one_request_and_products_come_before_orders() -> None:
    assert requests([KLARNA, SKU, ITEM], [ORDERS, PRODUCTS], "ann") == [
        Request(2, "keys", "re-sync", "ann", keys=[Wanted("MUG", None)]),
        Request(1, "keys", "re-sync", "ann", keys=[Wanted("gid://1", 7), Wanted("gid://2", 9)]),
    ]


def test_a_message_is_followed_by_way_of_the_newest_trouble_of_its_record() -> None:
    request = for_message(3, ORDERS, "gid://1", {"gid://1": KLARNA}, "ann")
    assert request == Request(1, "keys", "re-sync", "ann", keys=[Wanted("gid://1", 7)])


def test_a_message_without_open_trouble_is_followed_itself() -> None:
    assert for_message(3, ORDERS, "gid://1", {}, "ann").keys == [Wanted("gid://1", 3)]
