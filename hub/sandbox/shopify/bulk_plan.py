"""A bulk query taken apart: what each row shows by itself, and which connections hang below it.

Refused are the queries Shopify refuses, in the recorded words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    validate,
)
from graphql.execution.values import VariableValues

from hub.sandbox.shopify.access import scope_of
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields
from hub.sandbox.shopify.projection import Compiler, Run, denied
from hub.sandbox.shopify.refusal import Refused, UserError, refuse

MAX_CONNECTIONS, MAX_NESTING, MAX_TEXT = 5, 2, 65_535


@dataclass(slots=True)
class Level:
    """One connection of a bulk query."""

    key: str
    #: From the row above (or the root) to the page of this connection.
    read: Callable[[Any, Context], Any]
    #: A row's own fields.
    show: Run
    below: list[Level] = field(default_factory=list)


@dataclass(slots=True)
class BulkPlan:
    """The root connections, and the arguments their rows' fields need."""

    levels: list[Level]
    args: list[dict[str, Any]]


def plan_bulk(schema: GraphQLSchema, fields: Fields, text: str) -> BulkPlan:
    """Compile a bulk query; raises Refused."""
    if len(text.encode()) > MAX_TEXT:
        raise _invalid(f"Query is too long (maximum is {MAX_TEXT} bytes)")
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        what = "unexpected end of file" if "<EOF>" in error.message else error.message
        raise _invalid(f"Invalid bulk query: syntax error, {what}") from error
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if any(one.operation != OperationType.QUERY for one in operations):
        raise _invalid("Invalid operation type. Only `query` operations are supported.")
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    _check_shape(operations[0], fragments, schema)
    findings = validate(schema, document)
    if findings:
        raise _invalid(f"Invalid bulk query: {findings[0].message}")
    variables = VariableValues({}, {})
    planner = _Planner(schema, fields, fragments, Compiler(schema, fields, fragments, variables), variables)
    root = schema.query_type
    if root is None:
        raise ValueError("the schema has no query type")
    levels = planner.levels(root, [operations[0].selection_set])
    args = [get_argument_values(definition, node, variables) for definition, node in planner.compiler.with_args]
    return BulkPlan(levels, args)


def _invalid(message: str) -> Refused:
    return refuse(("query",), message, "INVALID")


# -------------------------------------------------------------------------------------------------------------- checks


@dataclass(slots=True)
class _Shape:
    connections: int = 0
    deepest: int = 0
    with_nodes: list[str] = field(default_factory=list)
    without_id: list[str] = field(default_factory=list)
    in_list: bool = False


def _check_shape(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema
) -> None:
    """The rules that need no valid document: they are looked at before the fields are."""
    errors = []
    roots = [one.name.value for one in operation.selection_set.selections if isinstance(one, FieldNode)]
    if "node" in roots or "nodes" in roots:
        name = "node" if "node" in roots else "nodes"
        errors.append(f"Bulk queries cannot contain a top level `{name}` field.")
    shape = _Shape()
    _look(operation.selection_set, fragments, shape, 0, "", False)
    if not shape.connections:
        errors.append("Bulk queries must contain at least one connection.")
    if shape.with_nodes:
        first, names = shape.with_nodes[0], ", ".join(f"'{name}'" for name in shape.with_nodes)
        errors.append(
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', "
            f"e.g: '{first} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: {names}."
        )
    if shape.connections > MAX_CONNECTIONS:
        errors.append(f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections.")
    if shape.deepest > MAX_NESTING + 1:
        errors.append(f"Bulk queries cannot contain connections with a nesting depth greater than {MAX_NESTING}.")
    if shape.without_id:
        errors.append(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be "
            f"of 'ID' return type. Connection fields without 'id': {', '.join(shape.without_id)}."
        )
    if not errors and _connection_in_list(operation, fragments, schema):
        errors.append("Queries that contain a connection field within a list field are not currently supported.")
    if errors:
        raise Refused(*(UserError(("query",), message, "INVALID") for message in errors))


def _children(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> list[FieldNode]:
    found = []
    for one in selections.selections:
        if isinstance(one, FieldNode):
            found.append(one)
        elif isinstance(one, InlineFragmentNode):
            found += _children(one.selection_set, fragments)
        elif isinstance(one, FragmentSpreadNode) and one.name.value in fragments:
            found += _children(fragments[one.name.value].selection_set, fragments)
    return found


def _look(
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    shape: _Shape,
    depth: int,
    parent: str,
    parent_has_id: bool,
) -> None:
    for one in _children(selections, fragments):
        if one.selection_set is None:
            continue
        inner = _children(one.selection_set, fragments)
        names = {child.name.value: child for child in inner}
        edges = names.get("edges")
        if "nodes" in names and edges is None:
            shape.connections += 1
            shape.with_nodes.append(one.name.value)
        if edges is None or edges.selection_set is None:
            _look(one.selection_set, fragments, shape, depth, parent, parent_has_id)
            continue
        shape.connections += 1
        shape.deepest = max(shape.deepest, depth + 1)
        if parent and not parent_has_id and parent not in shape.without_id:
            shape.without_id.append(parent)
        for node in _children(edges.selection_set, fragments):
            if node.name.value == "node" and node.selection_set is not None:
                has_id = any(
                    leaf.name.value == "id" and leaf.alias is None for leaf in _children(node.selection_set, fragments)
                )
                _look(node.selection_set, fragments, shape, depth + 1, (one.alias or one.name).value, has_id)


def _connection_in_list(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema
) -> bool:
    def within(kind: Any, selections: SelectionSetNode, listed: bool) -> bool:
        for one in _children(selections, fragments):
            definition = getattr(kind, "fields", {}).get(one.name.value)
            if definition is None and listed and _has_edges(one):
                return True
            if definition is None or one.selection_set is None:
                continue
            target = get_named_type(definition.type)
            bare = definition.type.of_type if is_non_null_type(definition.type) else definition.type
            connection = target.name.endswith("Connection")
            if connection and listed:
                return True
            edges = one.name.value == "edges"
            if within(target, one.selection_set, not connection and (listed or (is_list_type(bare) and not edges))):
                return True
        return False

    return within(schema.query_type, operation.selection_set, False)


# ---------------------------------------------------------------------------------------------------------- compilation


@dataclass(slots=True)
class _Planner:
    schema: GraphQLSchema
    fields: Fields
    fragments: Mapping[str, FragmentDefinitionNode]
    compiler: Compiler
    variables: VariableValues

    def levels(self, kind: GraphQLObjectType, sets: list[SelectionSetNode]) -> list[Level]:
        """The connections below an object, also those that lie in objects of it."""
        found = []
        for key, nodes in self.compiler.collect(kind, sets).items():
            definition = kind.fields.get(nodes[0].name.value)
            if definition is None or is_leaf_type(get_named_type(definition.type)):
                continue
            target = get_named_type(definition.type)
            step = self._step(kind.name, nodes[0], definition)
            inner = [node.selection_set for node in nodes if node.selection_set]
            if target.name.endswith("Connection"):
                found.append(self._level(key, step, target, inner))
            elif isinstance(target, GraphQLObjectType) and kind is not self.schema.query_type:
                found += [_after(step, level) for level in self.levels(target, inner)]
        return found

    def _step(self, kind: str, node: FieldNode, definition: Any) -> Callable[[Any, Context], Any]:
        name = node.name.value
        args = get_argument_values(definition, node, self.variables)
        plain, scope = self.fields.plain.get(kind, {}).get(name), scope_of(kind, name)

        def read(source: Any, context: Context) -> Any:
            if scope is not None and scope not in context.scopes:
                raise denied(name, scope)
            return plain(source) if plain is not None else self.fields.full[kind][name](source, args, context)

        return read

    def _level(
        self, key: str, read: Callable[[Any, Context], Any], connection: Any, sets: list[SelectionSetNode]
    ) -> Level:
        edges = self.compiler.collect(connection, sets)["edges"]
        edge = get_named_type(connection.fields["edges"].type)
        node_sets = [
            node.selection_set
            for nodes in self.compiler.collect(edge, [one.selection_set for one in edges if one.selection_set]).values()
            for node in nodes
            if node.name.value == "node" and node.selection_set
        ]
        row = get_named_type(edge.fields["node"].type)
        if not isinstance(row, GraphQLObjectType):
            raise _invalid(f"Bulk queries of {row.name} are not served by this sandbox.")
        grouped = {
            name: [self._own_part(node) for node in nodes]
            for name, nodes in self.compiler.collect(row, node_sets).items()
            if not self._is_connection(row, nodes[0])
        }
        show, _ = self.compiler.selection(row, grouped)
        return Level(key, read, show, self.levels(row, node_sets))

    def _is_connection(self, kind: GraphQLObjectType, node: FieldNode) -> bool:
        definition = kind.fields.get(node.name.value)
        return definition is not None and get_named_type(definition.type).name.endswith("Connection")

    def _own_part(self, node: FieldNode) -> FieldNode:
        """The field without the connections inside it: those become rows of their own."""
        if node.selection_set is None:
            return node
        kept = tuple(
            self._own_part(one) if isinstance(one, FieldNode) else one
            for one in node.selection_set.selections
            if not (isinstance(one, FieldNode) and _has_edges(one))
        )
        return FieldNode(
            name=node.name,
            alias=node.alias,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=SelectionSetNode(selections=kept),
            loc=node.loc,
        )


def _has_edges(node: FieldNode) -> bool:
    selections = node.selection_set.selections if node.selection_set else ()
    return any(isinstance(one, FieldNode) and one.name.value == "edges" for one in selections)


def _after(step: Callable[[Any, Context], Any], level: Level) -> Level:
    """A level that is reached over one object more."""
    read = level.read

    def through(source: Any, context: Context) -> Any:
        target = step(source, context)
        return None if target is None else read(target, context)

    return Level(level.key, through, level.show, level.below)
