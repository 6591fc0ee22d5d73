"""Errors of a document in Shopify's words: parse errors, and what validation finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    print_ast,
)

#: Message, extensions, and a name that ends the path.
_Made = tuple[str, dict[str, Any], str]


def parse_error(error: GraphQLSyntaxError) -> dict[str, Any]:
    """A document that is none."""
    at = error.locations[0] if error.locations else None
    line, column = (at.line, at.column) if at else (1, 1)
    what = "unexpected end of file" if "<EOF>" in error.message else error.message.removeprefix("Syntax Error: ")
    return {
        "message": f"syntax error, {what} at [{line}, {column}]",
        "locations": [{"line": line, "column": column}],
        "extensions": {"code": "PARSE_ERROR"},
    }


def validation_error(document: DocumentNode, error: GraphQLError) -> dict[str, Any]:
    """One finding of the validation, with the path Shopify shows."""
    way = _way_to(document, error.nodes[0]) if error.nodes else []
    message, extensions, tail = _reworded(error.message, way)
    names = [name for node in way if (name := _name(node))]
    if tail and names[-1:] != [tail]:
        names.append(tail)
    at = error.locations[:1] if error.locations else []
    return {
        "message": message,
        "locations": [{"line": one.line, "column": one.column} for one in at],
        "path": names,
        "extensions": extensions,
    }


def _reworded(message: str, way: list[Node]) -> _Made:
    for pattern, make in _RULES:
        match = pattern.match(message)
        if match:
            return make(match, way)
    return message, {"code": "invalid"}, ""


def _undefined_field(match: re.Match[str], way: list[Node]) -> _Made:
    field, kind = match[1], match[2]
    extensions = {"code": "undefinedField", "typeName": kind, "fieldName": field}
    return f"Field '{field}' doesn't exist on type '{kind}'", extensions, ""


def _no_selection(match: re.Match[str], way: list[Node]) -> _Made:
    field, kind = match[1], match[2].strip("[]!")
    text = f"field '{field}' returns {kind} but has no selections. Did you mean '{field} {{ ... }}'?"
    extensions = {"code": "selectionMismatch", "nodeName": f"field '{field}'", "typeName": kind}
    return f"Field must have selections ({text})", extensions, ""


def _missing_argument(match: re.Match[str], way: list[Node]) -> _Made:
    field, argument = match[1], match[2]
    extensions = {"code": "missingRequiredArguments", "className": "Field", "name": field, "arguments": argument}
    return f"Field '{field}' is missing required arguments: {argument}", extensions, ""


def _unknown_argument(match: re.Match[str], way: list[Node]) -> _Made:
    argument, field = match[1], match[2]
    extensions = {"code": "argumentNotAccepted", "name": field, "typeName": "Field", "argumentName": argument}
    return f"Field '{field}' doesn't accept argument '{argument}'", extensions, argument


def _unknown_input(match: re.Match[str], way: list[Node]) -> _Made:
    kind, argument = match[1], match[2]
    extensions = {"code": "argumentNotAccepted", "name": kind, "typeName": "InputObject", "argumentName": argument}
    return f"InputObject '{kind}' doesn't accept argument '{argument}'", extensions, argument


def _missing_input(match: re.Match[str], way: list[Node]) -> _Made:
    kind, argument = match[1], match[2]
    extensions = {
        "code": "missingRequiredInputObjectAttribute",
        "argumentName": argument,
        "argumentType": "ID!" if argument == "id" else "",
        "inputObjectType": kind,
    }
    wanted = extensions["argumentType"]
    return f"Argument '{argument}' on InputObject '{kind}' is required. Expected type {wanted}", extensions, argument


def _bad_literal(match: re.Match[str], way: list[Node]) -> _Made:
    kind = match[1]
    holders = [node for node in way if isinstance(node, (ArgumentNode, ObjectFieldNode))]
    field = next((node.name.value for node in reversed(way) if isinstance(node, FieldNode)), "")
    if not holders:
        return match[0], {"code": "argumentLiteralsIncompatible", "typeName": "Field"}, ""
    holder = holders[-1]
    where = f"Field '{field}'" if isinstance(holder, ArgumentNode) else "InputObject"
    extensions = {
        "code": "argumentLiteralsIncompatible",
        "typeName": where.partition(" ")[0],
        "argumentName": holder.name.value,
    }
    text = f"Argument '{holder.name.value}' on {where} has an invalid value ({print_ast(holder.value)})."
    return f"{text} Expected type '{kind}'.", extensions, ""


_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str], list[Node]], _Made]]] = [
    (re.compile(r"Cannot query field '(\w+)' on type '(\w+)'"), _undefined_field),
    (re.compile(r"Field '(\w+)' of type '([^']+)' must have a selection of subfields"), _no_selection),
    (re.compile(r"Argument '\w+\.(\w+)\((\w+):\)' of type"), _missing_argument),
    (re.compile(r"Unknown argument '(\w+)' on field '\w+\.(\w+)'"), _unknown_argument),
    (re.compile(r"Expected value of type '(\w+)' not to include unknown field '(\w+)'"), _unknown_input),
    (re.compile(r"Expected value of type '(\w+)' to include required field '(\w+)'"), _missing_input),
    (re.compile(r"Expected value of non-null type '([^']+)' not to be"), _bad_literal),
    (re.compile(r"Value '[^']*' does not exist in '([^']+)' enum"), _bad_literal),
    (re.compile(r"(\w+) cannot represent"), _bad_literal),
]


def _way_to(document: DocumentNode, wanted: Node) -> list[Node]:
    """The nodes on the way from the document down to `wanted`."""

    def down(node: Node, way: list[Node]) -> list[Node]:
        way = [*way, node]
        if node is wanted:
            return way
        for key in node.keys:
            child = getattr(node, key, None)
            for one in child if isinstance(child, (list, tuple)) else [child]:
                found = down(one, way) if isinstance(one, Node) else []
                if found:
                    return found
        return []

    return down(document, [])


def _name(node: Node) -> str:
    if isinstance(node, OperationDefinitionNode):
        return f"{node.operation.value} {node.name.value}" if node.name else node.operation.value
    if isinstance(node, FieldNode):
        return (node.alias or node.name).value
    if isinstance(node, InlineFragmentNode):
        return f"... on {node.type_condition.name.value}" if node.type_condition else "..."
    if isinstance(node, (ArgumentNode, ObjectFieldNode)):
        return node.name.value
    return ""
