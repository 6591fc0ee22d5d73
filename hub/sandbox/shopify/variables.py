"""Variables of a request: checked in Shopify's words, then coerced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    get_variable_values,
    type_from_ast,
)
from graphql.execution.values import VariableValues

Problem = tuple[list[str | int], str]

NOT_NULL = "Expected value to not be null"
#: Inputs of which exactly one field is to be given.
ONE_OF = frozenset({"CustomerIdentifierInput", "ProductIdentifierInput"})


class InvalidVariables(Exception):
    """At least one variable does not fit; `errors` are ready for the answer."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


def coerce_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> VariableValues:
    """The variables as values; raises InvalidVariables."""
    definitions = operation.variable_definitions or ()
    errors = [error for one in definitions if (error := _check(schema, one, given)) is not None]
    if errors:
        raise InvalidVariables(errors)
    values = get_variable_values(schema, definitions, dict(given))
    if isinstance(values, list):
        raise InvalidVariables([{"message": e.message, "extensions": {"code": "INVALID_VARIABLE"}} for e in values])
    return values


def _check(
    schema: GraphQLSchema, definition: VariableDefinitionNode, given: Mapping[str, Any]
) -> dict[str, Any] | None:
    name = definition.variable.name.value
    kind = type_from_ast(schema, definition.type)
    value = given.get(name, Undefined)
    if value is Undefined and (definition.default_value is not None or not isinstance(kind, GraphQLNonNull)):
        return None
    value = None if value is Undefined else value
    problems = list(_problems(kind, value, []))
    if not problems:
        return None
    path, explanation = problems[0]
    where = "" if not path else f" for {'.'.join(map(str, path))} ({explanation})"
    location = definition.loc.start_token if definition.loc else None
    return {
        "message": f"Variable ${name} of type {kind} was provided invalid value{where}",
        "locations": [{"line": location.line, "column": location.column}] if location else [],
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": value,
            "problems": [{"path": list(path), "explanation": text} for path, text in problems],
        },
    }


def _problems(kind: Any, value: Any, path: list[str | int]) -> Iterator[Problem]:
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            yield path, NOT_NULL
            return
        kind = kind.of_type
    if value is None:
        return
    if isinstance(kind, GraphQLList):
        for place, one in enumerate(value if isinstance(value, list) else [value]):
            yield from _problems(kind.of_type, one, [*path, place])
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _object_problems(kind, value, path)
    elif isinstance(kind, GraphQLEnumType):
        if not isinstance(value, str) or value not in kind.values:
            yield path, f'Expected "{value}" to be one of: {", ".join(kind.values)}'
    elif isinstance(kind, GraphQLScalarType):
        yield from _scalar_problems(kind, value, path)


def _object_problems(kind: GraphQLInputObjectType, value: Any, path: list[str | int]) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield path, f"Expected {value!r} to be a key-value object."
        return
    for name in value:
        if name not in kind.fields:
            yield [*path, name], f"Field is not defined on {kind.name}"
    if kind.name in ONE_OF and len(value) != 1:
        yield path, f"'{kind.name}' requires exactly one argument, but {len(value)} were provided."
    for name, field in kind.fields.items():
        if name in value or (isinstance(field.type, GraphQLNonNull) and field.default is None):
            yield from _problems(field.type, value.get(name), [*path, name])


def _scalar_problems(kind: GraphQLScalarType, value: Any, path: list[str | int]) -> Iterator[Problem]:
    if kind.name == "ID" and isinstance(value, str) and not value.startswith("gid://shopify/"):
        yield path, f"Invalid global id '{value}'"
        return
    try:
        kind.coerce_input_value(value)
    except (GraphQLError, ValueError, TypeError) as error:
        known = {"Int", "Float", "String", "Boolean", "ID"}
        plain = f"Could not coerce value {value!r} to {kind.name}".replace("'", '"')
        yield path, plain if kind.name in known else str(error)


MAX_INPUT = 250
#: Lists that may be longer: up to 2,048 variants.
LONG_LISTS = frozenset({"ProductVariantSetInput", "ProductVariantsBulkInput", "VariantOptionValueInput"})


def oversized_input(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The error for the first array of more than 250 entries; None where there is none."""
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind = type_from_ast(schema, definition.type)
        for path, size in _long_lists(kind, given.get(name), [name]):
            return {
                "message": f"The input array size of {size} is greater than the maximum allowed of {MAX_INPUT}.",
                "path": path,
                "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"},
            }
    return None


def _long_lists(kind: Any, value: Any, path: list[str]) -> Iterator[tuple[list[str], int]]:
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        inner = kind.of_type.of_type if isinstance(kind.of_type, GraphQLNonNull) else kind.of_type
        if len(value) > MAX_INPUT and getattr(inner, "name", "") not in LONG_LISTS:
            yield path, len(value)
        for one in value:
            yield from _long_lists(kind.of_type, one, path)
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        for name, one in value.items():
            if name in kind.fields:
                yield from _long_lists(kind.fields[name].type, one, [*path, name])
