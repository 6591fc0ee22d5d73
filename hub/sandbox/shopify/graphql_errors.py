"""Errors of a document in Shopify's words: parse errors, and what validation finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    print_ast,
)

Made = tuple[str, dict[str, Any], str]
_Maker = Callable[[re.Match[str], Node | None], Made]


def parse_error(error: GraphQLSyntaxError) -> dict[str, Any]:
    """A document that is none."""
    line, column = (error.locations or [(1, 1)])[0]
    what = "unexpected end of file" if "<EOF>" in error.message else error.message.removeprefix("Syntax Error: ")
    return {
        "message": f"syntax error, {what} at [{line}, {column}]",
        "locations": [{"line": line, "column": column}],
        "extensions": {"code": "PARSE_ERROR"},
    }


def validation_error(document: DocumentNode, error: GraphQLError) -> dict[str, Any]:
    """One finding of the validation, with the path Shopify shows."""
    node = error.nodes[0] if error.nodes else None
    message, extensions, tail = error.message, {"code": "invalid"}, ""
    for pattern, make in _RULES:
        match = pattern.match(error.message)
        if match:
            message, extensions, tail = make(match, node)
            break
    answer: dict[str, Any] = {"message": message}
    if error.locations:
        answer["locations"] = [{"line": one.line, "column": one.column} for one in error.locations[:1]]
    path = _path_of(document, node) if node is not None else []
    answer["path"] = [*path, tail] if tail and (not path or path[-1] != tail) else path
    answer["extensions"] = extensions
    return answer


def _undefined_field(match: re.Match[str], node: Node | None) -> Made:
    field, kind = match[1], match[2]
    return (
        f"Field '{field}' doesn't exist on type '{kind}'",
        {"code": "undefinedField", "typeName": kind, "fieldName": field},
        "",
    )


def _no_selection(match: re.Match[str], node: Node | None) -> Made:
    field, kind = match[1], match[2].strip("[]!")
    return (
        f"Field must have selections (field '{field}' returns {kind} but has no selections."
        f" Did you mean '{field} {{ ... }}'?)",
        {"code": "selectionMismatch", "nodeName": f"field '{field}'", "typeName": kind},
        "",
    )


def _missing_argument(match: re.Match[str], node: Node | None) -> Made:
    field, argument = match[2], match[1]
    return (
        f"Field '{field}' is missing required arguments: {argument}",
        {"code": "missingRequiredArguments", "className": "Field", "name": field, "arguments": argument},
        "",
    )


def _unknown_argument(match: re.Match[str], node: Node | None) -> Made:
    argument, field = match[1], match[3]
    return (
        f"Field '{field}' doesn't accept argument '{argument}'",
        {"code": "argumentNotAccepted", "name": field, "typeName": "Field", "argumentName": argument},
        argument,
    )


def _unknown_input(match: re.Match[str], node: Node | None) -> Made:
    argument, kind = match[1], match[2]
    return (
        f"InputObject '{kind}' doesn't accept argument '{argument}'",
        {"code": "argumentNotAccepted", "name": kind, "typeName": "InputObject", "argumentName": argument},
        "",
    )


def _missing_input(match: re.Match[str], node: Node | None) -> Made:
    kind, argument, wanted = match[1], match[2], match[3]
    return (
        f"Argument '{argument}' on InputObject '{kind}' is required. Expected type {wanted}",
        {
            "code": "missingRequiredInputObjectAttribute",
            "argumentName": argument,
            "argumentType": wanted,
            "inputObjectType": kind,
        },
        argument,
    )


def _bad_literal(match: re.Match[str], node: Node | None) -> Made:
    value = print_ast(node) if node is not None else match[1]
    return (
        f"Argument has an invalid value ({value}). Expected type '{match[1]}'.",
        {"code": "argumentLiteralsIncompatible", "typeName": "Field"},
        "",
    )


_RULES: list[tuple[re.Pattern[str], _Maker]] = [
    (re.compile(r"Cannot query field '(\w+)' on type '(\w+)'"), _undefined_field),
    (re.compile(r"Field '(\w+)' of type '([^']+)' must have a selection of subfields"), _no_selection),
    (re.compile(r"Argument '\w+\.(?:(\w+))\((\w+):\)' of type"), lambda m, n: _missing_argument_in_sdl(m)),
    (re.compile(r"Field '(\w+)' argument '(\w+)' of type"), lambda m, n: _missing_argument_of_field(m)),
    (re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'"), _unknown_argument),
    (re.compile(r"Field '(\w+)' is not defined by type '(\w+)'"), _unknown_input),
    (re.compile(r"Expected value of type '(\w+)' to include required field '(\w+)' of type '([^']+)'"), _missing_input),
    (re.compile(r"Field '(\w+)\.(\w+)' of required type '([^']+)' was not provided"), _missing_input),
    (re.compile(r"(?:Value '[^']*' does not exist in|Expected value of type|Enum) '?([^',]+)'?"), _bad_literal),
]


def _missing_argument_in_sdl(match: re.Match[str]) -> Made:
    return _missing(match[1], match[2])


def _missing_argument_of_field(match: re.Match[str]) -> Made:
    return _missing(match[1], match[2])


def _missing(field: str, argument: str) -> Made:
    return (
        f"Field '{field}' is missing required arguments: {argument}",
        {"code": "missingRequiredArguments", "className": "Field", "name": field, "arguments": argument},
        "",
    )


def _path_of(document: DocumentNode, wanted: Node) -> list[str]:
    """The names on the way from the operation down to the node."""

    def down(node: Node, path: list[str]) -> list[str] | None:
        path = path + _name(node)
        if node is wanted:
            return path
        for key in node.keys:
            child = getattr(node, key, None)
            for one in child if isinstance(child, (list, tuple)) else [child]:
                found = down(one, path) if isinstance(one, Node) else None
                if found is not None:
                    return found
        return None

    for definition in document.definitions:
        found = down(definition, [])
        if found is not None:
            return found
    return []


def _name(node: Node) -> list[str]:
    if isinstance(node, OperationDefinitionNode):
        name = f" {node.name.value}" if node.name else ""
        return [f"{node.operation.value}{name}"]
    if isinstance(node, FieldNode):
        return [(node.alias or node.name).value]
    if isinstance(node, ObjectFieldNode):
        return [node.name.value]
    if isinstance(node, FragmentDefinitionNode):
        return [f"fragment {node.name.value}"]
    if isinstance(node, InlineFragmentNode):
        return [f"... on {node.type_condition.name.value}"] if node.type_condition else ["..."]
    return [node.name.value] if node.kind == "argument" else []
