"""The served schema is a true part of the published one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    parse,
    print_ast,
    validate,
)

from hub.sandbox.shopify.resolvers import missing_resolvers
from hub.sandbox.shopify.schema import served_schema
from tests.sandbox.shopify import documents
from tests.sandbox.shopify.published import published_schema

DOCUMENTS = {name: text for name, text in vars(documents).items() if name.isupper() and "{" in text and name != "MONEY"}


@pytest.fixture
def published(reference: Path) -> GraphQLSchema:
    return published_schema(reference)


def _default(one: Any) -> str | None:
    node = one.ast_node.default_value if one.ast_node else None
    return print_ast(node) if node else None


def _named(one: Any) -> tuple[str, str | None, bool]:
    return str(one.type), _default(one), bool(one.deprecation_reason)


def _own_types() -> list[str]:
    scalars = {"Int", "Float", "String", "Boolean", "ID"}
    return [name for name in served_schema().type_map if not name.startswith("__") and name not in scalars]


def test_every_served_type_is_published_as_the_same_kind(published: GraphQLSchema) -> None:
    served = served_schema().type_map
    assert [name for name in _own_types() if type(served[name]) is not type(published.type_map.get(name))] == []


def test_every_served_field_and_argument_is_published_alike(published: GraphQLSchema) -> None:
    differences = []
    for name in _own_types():
        kind, original = served_schema().type_map[name], published.type_map[name]
        if not isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            continue
        for key, one in kind.fields.items():
            other: Any = getattr(original, "fields")[key]  # noqa: B009 - the type is known only at run time
            if isinstance(kind, GraphQLInputObjectType):
                same = _named(one) == _named(other)
            else:
                same = str(one.type) == str(other.type) and bool(one.deprecation_reason) == bool(
                    other.deprecation_reason
                )
                same = same and all(_named(arg) == _named(other.args[at]) for at, arg in one.args.items())
            if not same:
                differences.append(f"{name}.{key}")
    assert differences == []


def test_no_required_argument_or_input_field_is_left_out(published: GraphQLSchema) -> None:
    missing = []
    for name in _own_types():
        kind, original = served_schema().type_map[name], published.type_map[name]
        if isinstance(kind, GraphQLInputObjectType) and isinstance(original, GraphQLInputObjectType):
            missing += [
                f"{name}.{key}" for key, one in original.fields.items() if _required(one) and key not in kind.fields
            ]
        elif isinstance(kind, GraphQLObjectType) and isinstance(original, GraphQLObjectType):
            for key, field in kind.fields.items():
                asked = original.fields[key].args.items()
                missing += [f"{name}.{key}({arg})" for arg, one in asked if _required(one) and arg not in field.args]
    assert missing == []


def _required(one: Any) -> bool:
    return isinstance(one.type, GraphQLNonNull) and _default(one) is None


def test_enums_unions_and_interfaces_are_parts_of_the_published_ones(published: GraphQLSchema) -> None:
    for name in _own_types():
        kind, original = served_schema().type_map[name], published.type_map[name]
        if isinstance(kind, GraphQLEnumType) and isinstance(original, GraphQLEnumType):
            assert set(kind.values) <= set(original.values), name
        elif isinstance(kind, GraphQLUnionType) and isinstance(original, GraphQLUnionType):
            assert {one.name for one in kind.types} <= {one.name for one in original.types}, name
        elif isinstance(kind, GraphQLObjectType) and isinstance(original, GraphQLObjectType):
            assert {one.name for one in kind.interfaces} <= {one.name for one in original.interfaces}, name


def test_the_idempotent_directive_is_the_published_one(published: GraphQLSchema) -> None:
    mine, original = served_schema().get_directive("idempotent"), published.get_directive("idempotent")
    assert mine is not None
    assert original is not None
    assert mine.locations == original.locations
    assert {name: str(one.type) for name, one in mine.args.items()} == {"key": "String!"}


def test_the_schema_carries_no_descriptions() -> None:
    for kind in served_schema().type_map.values():
        if not kind.name.startswith("__") and kind.name in _own_types():
            assert kind.description is None
            assert not any(getattr(one, "description", None) for one in getattr(kind, "fields", {}).values())


def test_every_served_field_has_a_resolver() -> None:
    assert missing_resolvers() == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_connectors_document_is_valid_against_both_schemas(name: str, published: GraphQLSchema) -> None:
    document = parse(DOCUMENTS[name])
    assert validate(served_schema(), document) == []
    assert validate(published, document) == []
