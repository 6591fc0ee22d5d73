from __future__ import annotations

from typing import Any

import pytest

from objects.base import Mapped, Ref
from objects.inventory import Inventory, available, pending
from objects.registry import OBJECTS

SETTINGS = {"stock_buffer": 0}


def stock(**fields: Any) -> dict[str, Any]:
    given = {"code": "MUG", "warehouse": "01", "in_stock": "100", "committed": "10"}
    refs = {"variant": Ref("variant", "MUG", "MUG", absent="skip"), "location": Mapped("location", "01")}
    return OBJECTS["inventory"].schema.load({**given, **refs, **fields})


def level(**fields: Any) -> dict[str, Any]:
    return {"available": 90, "committed": 0, "active": True, "tracked": True, "location_active": True, **fields}


def figure(record: dict[str, Any], waiting: int = 0, withheld: int = 0, buffer: int = 0) -> int:
    return available(record, pending=waiting, withheld=withheld, buffer=buffer)


def test_what_is_sold_elsewhere_and_what_waits_is_not_sold_again() -> None:
    assert figure(stock()) == 90
    assert figure(stock(in_stock="120"), waiting=5) == 105
    assert figure(stock(), waiting=5, withheld=1, buffer=3) == 81


def test_units_are_whole_and_never_below_zero() -> None:
    assert figure(stock(in_stock="7.5", committed="0")) == 7
    assert figure(stock(in_stock="7", committed="0", units="2")) == 3
    assert figure(stock(in_stock="5", committed="9")) == 0
    assert figure(stock(in_stock="-0.5", committed="0")) == 0


def test_an_inactive_item_has_no_stock_in_the_shop() -> None:
    assert figure(stock(active=False)) == 0


def test_pending_are_the_units_the_erp_does_not_know_of() -> None:
    assert pending(5, 0) == 5
    assert pending(5, 5) == 0
    assert pending(2, 5) == 0


def test_the_book_and_the_level_are_read_together() -> None:
    record = stock(in_stock="120") | {"variant": "v1", "location": "L1"}
    assert Inventory().prepare(record, level(committed=5), {("v1", "L1"): 2, ("v1", "L2"): 9}, SETTINGS) is None
    assert record["available"] == 107


@pytest.mark.parametrize(
    ("fields", "reason"), [({"tracked": False}, "NOT_TRACKED"), ({"location_active": False}, "LOCATION_GONE")]
)
def test_a_level_that_cannot_be_set_is_skipped_with_its_reason(fields: dict[str, Any], reason: str) -> None:
    skip = Inventory().prepare(stock() | {"variant": "v", "location": "L"}, level(**fields), {}, SETTINGS)
    assert skip is not None
    assert skip.reason == reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "batch"}, "BATCH_OR_SERIAL"),
        ({"kind": "serial"}, "BATCH_OR_SERIAL"),
        ({"kind": "kit"}, "KIT_NOT_SUPPORTED"),
        ({"tracked": False}, "NOT_TRACKED"),
    ],
)
def test_items_without_a_plain_stock_figure_are_skipped(fields: dict[str, Any], reason: str) -> None:
    skip = Inventory().decide(stock(**fields), SETTINGS, linked=True, backfill=False)
    assert skip is not None
    assert skip.reason == reason
