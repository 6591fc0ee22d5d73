"""Documents: parsed and validated once per text, compiled once, costed per request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.execution.values import VariableValues

from hub.sandbox.shopify.cost import Part, operation_cost
from hub.sandbox.shopify.fields import Fields
from hub.sandbox.shopify.graphql_errors import parse_error, validation_error
from hub.sandbox.shopify.projection import Compiler, Plan
from hub.sandbox.shopify.quick_input import QuickVariables

#: So many documents are remembered.
REMEMBERED = 512
INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(slots=True)
class Document:
    """One query text."""

    node: DocumentNode | None
    errors: list[dict[str, Any]]
    operations: dict[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    costs: dict[str, Part] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    #: How the variables of each operation are coerced, once they have been right.
    variables: dict[str, QuickVariables] = field(default_factory=dict)
    introspects: bool = False

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation to run; None where the name does not say which."""
        if name:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


class Documents:
    """Remembers what it prepared, the least recently used first to go."""

    def __init__(self, schema: GraphQLSchema, fields: Fields) -> None:
        self._schema = schema
        self._fields = fields
        self._known: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """The prepared document of a text."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._prepare(text)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(text)
        return known

    def _prepare(self, text: str) -> Document:
        try:
            node = parse(text)
        except GraphQLSyntaxError as error:
            return Document(None, [parse_error(error)])
        findings = validate(self._schema, node)
        document = Document(node, [validation_error(self._schema, node, finding) for finding in findings])
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                document.operations[definition.name.value if definition.name else ""] = definition
            elif isinstance(definition, FragmentDefinitionNode):
                document.fragments[definition.name.value] = definition
        document.introspects = _introspects(node)
        return document

    def cost(self, document: Document, operation: OperationDefinitionNode) -> Part:
        """The cost tree of an operation."""
        name = operation.name.value if operation.name else ""
        known = document.costs.get(name)
        if known is None:
            known = document.costs[name] = operation_cost(self._schema, operation, document.fragments)
        return known

    def plan(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> Plan:
        """The compiled operation; compiled anew where @skip or @include make it depend on the variables."""
        name = operation.name.value if operation.name else ""
        known = document.plans.get(name)
        if known is None:
            known = Compiler(self._schema, self._fields, document.fragments, variables).compile(operation)
            if known.steady:
                document.plans[name] = known
        return known


def root_fields(document: Document, operation: OperationDefinitionNode) -> list[str]:
    """The names of the root fields, without those that come by fragments."""
    return [one.name.value for one in operation.selection_set.selections if isinstance(one, FieldNode)]


def writes(operation: OperationDefinitionNode) -> bool:
    """Whether it is a mutation."""
    return operation.operation == OperationType.MUTATION


def _introspects(node: DocumentNode) -> bool:
    found: list[str] = []

    class Finder(Visitor):
        def enter_field(self, field_node: FieldNode, *_: Any) -> None:
            if field_node.name.value in INTROSPECTION:
                found.append(field_node.name.value)

    visit(node, Finder())
    return bool(found)


def variables_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The variables of a request's body; nothing where there are none."""
    given = body.get("variables")
    return given if isinstance(given, dict) else {}
