"""An integration's own fields as metafields of the shop."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema
from graphql.utilities import coerce_input_value
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ConfigurationError, InvalidRecord
from hub.platforms.shopify.metafields import Metafield, chosen, inputs
from objects.fields import CustomField, FieldType


def field(type_: FieldType, shop: str = "variant.specs.depth", name: str = "depth") -> Metafield:
    return Metafield.of(CustomField(name, shop, "U_Depth", type_), 0)


def read(metafield: Metafield, value: str | None) -> Any:
    held = None if value is None else {"value": value}
    native: dict[str, Any] = {"product": {}}
    (native if metafield.owner == "variant" else native["product"])[metafield.alias] = held
    return metafield.value(native)


VALUES: list[tuple[FieldType, st.SearchStrategy[Any]]] = [
    ("text", st.text(min_size=1)),
    ("integer", st.integers()),
    ("decimal", st.decimals(allow_nan=False, allow_infinity=False)),
    ("boolean", st.booleans()),
]


@pytest.mark.parametrize(("type_", "values"), VALUES)
@pytest.mark.parametrize("shop", ["variant.specs.depth", "product.specs.depth"])
def test_what_is_written_is_read_back(type_: FieldType, values: st.SearchStrategy[Any], shop: str) -> None:
    metafield = field(type_, shop)

    @given(values)
    def both_ways(value: Any) -> None:
        got = read(metafield, metafield.input(value)["value"])
        assert (got, type(got)) == (value, type(value))

    both_ways()


@pytest.mark.parametrize("type_", ["text", "integer", "decimal", "boolean"])
def test_an_input_is_one_that_the_shop_takes(type_: FieldType, published: GraphQLSchema) -> None:
    wanted = published.type_map["MetafieldInput"]
    assert isinstance(wanted, GraphQLInputObjectType)
    coerce_input_value(field(type_).input(True if type_ == "boolean" else 5), wanted)


def test_nothing_there_is_no_value() -> None:
    assert read(field("integer"), None) is None


@pytest.mark.parametrize(
    ("type_", "value"), [("integer", "5.5"), ("decimal", "much"), ("decimal", "NaN"), ("boolean", "yes")]
)
def test_a_value_of_another_type_is_said(type_: FieldType, value: str) -> None:
    with pytest.raises(InvalidRecord, match=r"variant\.specs\.depth") as raised:
        read(field(type_), value)
    assert raised.value.detail == "custom.depth"


@pytest.mark.parametrize("shop", ["specs.depth", "order.specs.depth", "variant.sp.depth", "variant.specs.d", "variant"])
def test_what_is_no_metafield_is_a_mistake_to_mend(shop: str) -> None:
    with pytest.raises(ConfigurationError, match="no metafield"):
        field("text", shop)


def test_only_the_chosen_fields_of_an_owner_are_written_and_empty_ones_are_not() -> None:
    fields = [
        field("text", "product.custom.material", "material"),
        field("integer", "variant.specs.pack", "pack"),
        field("text", "variant.specs.note", "note"),
    ]
    values = {"material": "Wool", "pack": None, "note": " "}
    assert [one.field.name for one, _ in chosen(fields, "variant", values, None)] == ["pack", "note"]
    assert inputs(chosen(fields, "variant", values, None)) == []
    assert chosen(fields, "product", values, frozenset({"custom.pack"})) == []
    (written,) = inputs(chosen(fields, "product", values, frozenset({"custom.material"})))
    assert written == {"namespace": "custom", "key": "material", "type": "single_line_text_field", "value": "Wool"}
