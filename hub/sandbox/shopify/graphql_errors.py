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
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Lexer,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    Source,
    TokenKind,
    get_named_type,
    print_ast,
)

#: Message, extensions, and a name that ends the path.
_Made = tuple[str, dict[str, Any], str]


def parse_error(error: GraphQLSyntaxError) -> dict[str, Any]:
    """A document that is none. Where it ends too early the place is that of its last word."""
    at = error.locations[0] if error.locations else None
    line, column = (at.line, at.column) if at else (1, 1)
    what = error.message.removeprefix("Syntax Error: ")
    if "<EOF>" in what and error.source is not None:
        what = "unexpected end of file"
        line, column = _last_word(error.source)
    return {
        "message": f"syntax error, {what} at [{line}, {column}]",
        "locations": [{"line": line, "column": column}],
        "extensions": {"code": "PARSE_ERROR"},
    }


def _last_word(source: Source) -> tuple[int, int]:
    lexer = Lexer(source)
    last = lexer.token
    while (token := lexer.advance()).kind != TokenKind.EOF:
        last = token
    return max(last.line, 1), max(last.column, 1)


def validation_error(schema: GraphQLSchema, document: DocumentNode, error: GraphQLError) -> dict[str, Any]:
    """One finding of the validation, with the path Shopify shows."""
    way = _way_to(document, error.nodes[0]) if error.nodes else []
    message, extensions, tail = _reworded(schema, error.message, way)
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


def _reworded(schema: GraphQLSchema, message: str, way: list[Node]) -> _Made:
    for pattern, make in _RULES:
        match = pattern.match(message)
        if match:
            return make(match)
    for pattern in _LITERALS:
        match = pattern.match(message)
        if match:
            return _bad_literal(schema, match[1], way)
    return message, {"code": "invalid"}, ""


def _undefined_field(match: re.Match[str]) -> _Made:
    field, kind = match[1], match[2]
    extensions = {"code": "undefinedField", "typeName": kind, "fieldName": field}
    return f"Field '{field}' doesn't exist on type '{kind}'", extensions, ""


def _no_selection(match: re.Match[str]) -> _Made:
    field, kind = match[1], match[2].strip("[]!")
    text = f"field '{field}' returns {kind} but has no selections. Did you mean '{field} {{ ... }}'?"
    extensions = {"code": "selectionMismatch", "nodeName": f"field '{field}'", "typeName": kind}
    return f"Field must have selections ({text})", extensions, ""


def _missing_argument(match: re.Match[str]) -> _Made:
    field, argument = match[1], match[2]
    extensions = {"code": "missingRequiredArguments", "className": "Field", "name": field, "arguments": argument}
    return f"Field '{field}' is missing required arguments: {argument}", extensions, ""


def _unknown_argument(match: re.Match[str]) -> _Made:
    argument, field = match[1], match[2]
    extensions = {"code": "argumentNotAccepted", "name": field, "typeName": "Field", "argumentName": argument}
    return f"Field '{field}' doesn't accept argument '{argument}'", extensions, argument


def _unknown_input(match: re.Match[str]) -> _Made:
    kind, argument = match[1], match[2]
    extensions = {"code": "argumentNotAccepted", "name": kind, "typeName": "InputObject", "argumentName": argument}
    return f"InputObject '{kind}' doesn't accept argument '{argument}'", extensions, argument


def _missing_input(match: re.Match[str]) -> _Made:
    kind, argument = match[1], match[2]
    wanted = "ID!" if argument == "id" else "a value"
    extensions = {
        "code": "missingRequiredInputObjectAttribute",
        "argumentName": argument,
        "argumentType": wanted,
        "inputObjectType": kind,
    }
    return f"Argument '{argument}' on InputObject '{kind}' is required. Expected type {wanted}", extensions, argument


_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], _Made]]] = [
    (re.compile(r"Cannot query field '(\w+)' on type '(\w+)'"), _undefined_field),
    (re.compile(r"Field '(\w+)' of type '([^']+)' must have a selection of subfields"), _no_selection),
    (re.compile(r"Argument '\w+\.(\w+)\((\w+):\)' of type"), _missing_argument),
    (re.compile(r"Unknown argument '(\w+)' on field '\w+\.(\w+)'"), _unknown_argument),
    (re.compile(r"Expected value of type '(\w+)' not to include unknown field '(\w+)'"), _unknown_input),
    (re.compile(r"Expected value of type '(\w+)' to include required field '(\w+)'"), _missing_input),
]
_LITERALS = [
    re.compile(r"Expected value of non-null type '([^']+)' not to be"),
    re.compile(r"Value '[^']*' does not exist in '([^']+)' enum"),
    re.compile(r"(\w+) cannot represent"),
]


def _bad_literal(schema: GraphQLSchema, kind: str, way: list[Node]) -> _Made:
    """A literal that does not fit the argument, or the field of an input object, that it is given for."""
    holders = [node for node in way if isinstance(node, (ArgumentNode, ObjectFieldNode))]
    if not holders:
        return f"Expected type '{kind}'.", {"code": "argumentLiteralsIncompatible", "typeName": "Field"}, ""
    holder = holders[-1]
    where, owner = "Field", next(node.name.value for node in reversed(way) if isinstance(node, FieldNode))
    if isinstance(holder, ObjectFieldNode):
        where, owner = "InputObject", _input_type(schema, way)
    name = holder.name.value
    extensions = {"code": "argumentLiteralsIncompatible", "typeName": where, "argumentName": name}
    text = f"Argument '{name}' on {where} '{owner}' has an invalid value ({print_ast(holder.value)})."
    return f"{text} Expected type '{kind}'.", extensions, ""


def _input_type(schema: GraphQLSchema, way: list[Node]) -> str:
    """The input object whose field is the last one on the way."""
    kind: Any = None
    owner = ""
    arguments: dict[str, Any] = {}
    for node in way:
        if isinstance(node, OperationDefinitionNode):
            kind = schema.get_root_type(node.operation)
        elif isinstance(node, FieldNode):
            definition = kind.fields[node.name.value]
            arguments, kind = definition.args, get_named_type(definition.type)
        elif isinstance(node, ArgumentNode):
            kind = get_named_type(arguments[node.name.value].type)
        elif isinstance(node, ObjectFieldNode):
            owner = kind.name
            kind = get_named_type(kind.fields[node.name.value].type)
    return owner


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
