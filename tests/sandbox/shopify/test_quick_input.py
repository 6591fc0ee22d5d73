"""The quick way to coerce variables and arguments gives what the long way gives, or leaves it to the long way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_argument_values
from hypothesis import example, given
from hypothesis import strategies as st

from hub.sandbox.shopify.documents import Document, Documents
from hub.sandbox.shopify.quick_input import InputTypes, Odd, QuickVariables, bind_all, quick_arguments
from hub.sandbox.shopify.resolvers import all_fields
from hub.sandbox.shopify.schema import served_schema
from hub.sandbox.shopify.variables import InvalidVariables, coerce_variables, oversized_input
from tests.sandbox.shopify import documents

SCHEMA = served_schema()
DOCUMENTS = Documents(SCHEMA, all_fields())
TYPES = InputTypes()

ID = "gid://shopify/Product/1"
RIGHT: dict[str, Any] = {
    "identifier": None,
    "input": {
        "title": "Mug",
        "handle": "mug",
        "tags": ["a"],
        "status": "ACTIVE",
        "giftCard": False,
        "productOptions": [{"name": "Title", "position": 1, "values": [{"name": "Default Title"}]}],
        "variants": [
            {
                "optionValues": [{"optionName": "Title", "name": "Default Title"}],
                "price": "11.90",
                "sku": "MUG",
                "taxable": True,
                "inventoryItem": {"tracked": True, "measurement": {"weight": {"unit": "KILOGRAMS", "value": 0.35}}},
            }
        ],
    },
    "synchronous": True,
}

#: Anything a client may send in the place of a value.
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.just(ID),
    st.just([]),
    st.just(["a", None]),
    st.just({}),
    st.just({"name": "x", "odd": 1}),
    st.just([{"name": "x"}] * 251),
)


def prepared(text: str) -> tuple[Document, OperationDefinitionNode]:
    document = DOCUMENTS.get(text)
    operation = document.operation(None)
    assert document.errors == []
    assert operation is not None
    return document, operation


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for name, inner in rows for one in places(inner, (*path, name)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value at a path; the place is left out where the new one is `...`."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if new is ... and len(path) == 1 and isinstance(copy, dict):
        del copy[path[0]]
    else:
        copy[path[0]] = changed(copy[path[0]], path[1:], None if new is ... else new)
    return copy


def long_way(operation: OperationDefinitionNode, given_ones: dict[str, Any]) -> Any:
    """The values, or None where they are refused."""
    try:
        values = coerce_variables(SCHEMA, operation, given_ones)
    except InvalidVariables:
        return None
    return values if oversized_input(SCHEMA, operation, given_ones) is None else None


def compare(text: str, right: dict[str, Any], given_ones: dict[str, Any]) -> bool:
    """Whether the quick way gave an answer; where it did, it is that of the long way."""
    document, operation = prepared(text)
    known = long_way(operation, right)
    assert known is not None
    quick = QuickVariables.of(operation, known, TYPES)
    expected = long_way(operation, given_ones)
    try:
        values = quick(given_ones)
    except Odd:
        return False
    assert expected is not None
    assert repr(values.coerced) == repr(expected.coerced)
    assert {name: one.value for name, one in values.sources.items()} == {
        name: one.value for name, one in expected.sources.items()
    }
    plan = DOCUMENTS.plan(document, operation, expected)
    bound = [get_argument_values(definition, node, known) for definition, node in plan.with_args]
    ways = [quick_arguments(*pair, args) for pair, args in zip(plan.with_args, bound, strict=True)]
    by_hand = [get_argument_values(definition, node, expected) for definition, node in plan.with_args]
    assert repr(bind_all(ways, values, by_hand.__getitem__)) == repr(by_hand)
    return True


@given(st.sampled_from([one for one in places(RIGHT) if one]), st.one_of(ODD, st.just(...)))
@example(("input", "variants", 0, "price"), "twelve")
@example(("input", "status"), "GONE")
@example(("input", "title"), ...)
@example(("synchronous",), ...)
@example(("input", "variants"), [{"optionValues": []}] * 251)
def test_any_productset_is_coerced_the_same_way(path: tuple[Any, ...], value: Any) -> None:
    compare(documents.PRODUCT_SET, RIGHT, changed(RIGHT, path, value))


def test_a_right_productset_takes_the_quick_way() -> None:
    assert compare(documents.PRODUCT_SET, RIGHT, RIGHT)


@given(st.fixed_dictionaries({}, optional={"first": ODD, "after": ODD, "query": ODD}))
def test_any_variables_of_a_page_are_coerced_the_same_way(variables: dict[str, Any]) -> None:
    compare(documents.ORDERS, {"first": 5, "after": None, "query": "tag:x"}, variables)


def test_left_out_variables_with_a_default_take_the_long_way() -> None:
    text = "query Q($first: Int = 3) { products(first: $first) { nodes { id } } }"
    assert compare(text, {"first": 2}, {"first": 5})
    assert not compare(text, {"first": 2}, {})


def test_money_is_read_as_decimal_by_both() -> None:
    _, operation = prepared(documents.PRODUCT_SET)
    known = long_way(operation, RIGHT)
    values = QuickVariables.of(operation, known, TYPES)(RIGHT)
    assert values.coerced["input"]["variants"][0]["price"] == Decimal("11.90")


@pytest.mark.parametrize("kind", ["CustomerIdentifierInput", "ProductIdentifierInput"])
def test_inputs_of_which_one_field_is_to_be_given_take_the_long_way(kind: str) -> None:
    with pytest.raises(Odd):
        TYPES.coerce(SCHEMA.type_map[kind])({"id": ID})
