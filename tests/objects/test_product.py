from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from objects.product import Product
from objects.registry import OBJECTS, of_kind


def product(active: bool = True, **variant: Any) -> dict[str, Any]:
    given = {"code": "MUG", "price": "11.90", **variant}
    return OBJECTS["product"].schema.load({"title": "Mug", "active": active, "variants": [given]})


@pytest.mark.parametrize(
    ("record", "linked", "reason"),
    [
        (product(), False, None),
        (product(kind="batch"), False, "BATCH_OR_SERIAL"),
        (product(kind="serial"), True, "BATCH_OR_SERIAL"),
        (product(kind="kit"), True, "KIT_NOT_SUPPORTED"),
        (product(active=False), False, "INACTIVE"),
        (product(active=False), True, None),
        (product(price=None), False, "ZERO_PRICE"),
        (product(price="0"), False, "ZERO_PRICE"),
        (product(price="0"), True, None),
    ],
)
def test_what_is_created_and_what_is_left_alone(record: dict[str, Any], linked: bool, reason: str | None) -> None:
    skip = Product().decide(record, {}, linked=linked, backfill=False)
    assert (skip.reason if skip else None) == reason


def test_a_price_of_zero_can_be_allowed() -> None:
    assert Product().decide(product(price="0"), {"allow_zero_price": True}, linked=False, backfill=False) is None


def test_a_price_of_zero_or_none_is_never_sent() -> None:
    assert Product().values(product())["price"] == Decimal("11.90")
    assert "price" not in Product().values(product(price="0"))
    assert "price" not in Product().values(product(price=None))


def test_the_code_is_matched_letter_for_letter() -> None:
    assert Product().same("MUG", product(), product(), {})
    assert not Product().same("MUG", product(), product(code="mug"), {})
    assert Product().same("MUG", product(), product(code="mug"), {"erp_ignores_case": True})


@pytest.mark.parametrize(
    "fields", [{"code": ""}, {"code": "X" * 51}, {"price": "-1"}, {"price": "NaN"}, {"kind": "odd"}]
)
def test_what_no_shop_takes_is_not_valid(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        product(**fields)


def test_objects_stand_in_the_order_of_their_dependencies() -> None:
    assert list(OBJECTS) == ["customer", "product", "order", "inventory"]
    assert of_kind("variant").name == "product"


def test_personal_fields_are_named_with_those_inside_lists() -> None:
    assert {"email", "phone", "address1", "zip"} <= OBJECTS["customer"].personal
    assert {"email", "address1"} <= OBJECTS["order"].personal
    assert OBJECTS["product"].personal == frozenset()
