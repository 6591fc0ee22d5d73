"""Custom fields of items, read with their types."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.errors import InvalidRecord
from hub.platforms.sap_b1.item_custom import value, values
from objects.fields import CustomField, FieldType

from .items import CUSTOM


def field(kind: FieldType) -> CustomField:
    return CustomField("x", "product.a.b", "U_X", kind)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("text", " clay ", "clay"),
        ("text", 5, "5"),
        ("integer", 6, 6),
        ("integer", "6", 6),
        ("integer", Decimal("6.0"), 6),
        ("decimal", Decimal("12.50"), Decimal("12.50")),
        ("decimal", 12, Decimal(12)),
        ("decimal", "12.5", Decimal("12.5")),
        *(("boolean", yes, True) for yes in ("Y", "y", "tYES", "Yes", "true", 1, "1")),
        *(("boolean", no, False) for no in ("N", "tNO", "no", "false", 0, "0")),
    ],
)
def test_a_value_has_the_fields_type(kind: FieldType, raw: Any, expected: Any) -> None:
    found = value(field(kind), raw)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("kind", ["text", "integer", "decimal", "boolean"])
@pytest.mark.parametrize("raw", [None, "", "  "])
def test_nothing_entered_is_none(kind: FieldType, raw: Any) -> None:
    assert value(field(kind), raw) is None


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("integer", "many"), ("integer", Decimal("1.5")), ("decimal", "1,5"), ("decimal", "NaN"), ("boolean", "maybe")],
)
def test_a_value_of_another_type_names_its_field(kind: FieldType, raw: Any) -> None:
    with pytest.raises(InvalidRecord) as failure:
        value(field(kind), raw)
    assert failure.value.detail == "U_X"


def test_all_fields_are_read_by_their_names() -> None:
    native = {"U_Material": "clay", "U_Pieces": 6, "U_Organic": "N", "U_Other": "x"}
    assert values(native, CUSTOM) == {"material": "clay", "pieces": 6, "length": None, "organic": False}
