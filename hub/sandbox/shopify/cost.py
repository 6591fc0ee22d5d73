"""What a document costs in points, calibrated on recorded pairs of query and requestedQueryCost.

Scalars, enums and money cost nothing, an object or a list of objects one point, a mutation ten (its payload's own
objects nothing), a count ten. A connection costs two points and its nodes times a factor that grows with the logarithm
of the page size: recorded are 1, 3, 4, 5 and 7 for 1, 5, 10, 20 and 50 rows, and one for two rows in actual costs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

#: One query may not ask for more.
MAX_COST = 1000
MUTATION, COUNT, CONNECTION = 10, 10, 2
#: Mutations with a base of their own.
_BASES = {"refundCreate": 20}
_FREE = frozenset({"MoneyBag", "MoneyV2", "PageInfo"})
#: Parts of a customer that cost nothing.
_FREE_IN_CUSTOMER = frozenset({"defaultAddress", "emailMarketingConsent", "smsMarketingConsent"})


def factor(rows: int) -> int:
    """By how much the cost of one node is multiplied for a page of so many rows."""
    return max(1, math.floor(1.12 * math.log2(rows) + 0.75)) if rows > 0 else 0


@dataclass(slots=True)
class Part:
    """One field's share in the cost."""

    key: str
    own: int
    parts: list[Part] = field(default_factory=list)
    #: A connection multiplies the cost of its nodes; its parts are then `nodes` and `node`, whichever are asked for.
    connection: bool = False
    #: The page size: a number, or the name of a variable.
    size: int | str | None = None
    #: The cost before the run, where no variable has a say in it; only the root knows it.
    fixed: int | None = None

    def requested(self, variables: Mapping[str, Any]) -> int:
        """The cost before the run."""
        if self.fixed is not None:
            return self.fixed
        inner = sum(part.requested(variables) for part in self.parts)
        if not self.connection:
            return self.own + inner
        size = variables.get(self.size) if isinstance(self.size, str) else self.size
        return CONNECTION + factor(size or 0) * inner

    def actual(self, data: Any) -> float:
        """The cost of what came back."""
        if self.connection:
            return CONNECTION + sum(_of_rows(part, _rows(part, data)) for part in self.parts if data)
        if data is None or not self.parts:
            return self.own
        if isinstance(data, list):
            many = [_of_children(self, one) for one in data if one]
            return self.own + (sum(many) / len(many) if many else 0)
        return self.own + _of_children(self, data)


def _of_children(part: Part, data: Any) -> float:
    cost: float = 0
    for child in part.parts:
        cost += child.actual(data.get(child.key)) if child.parts or child.connection else child.own
    return cost


def _rows(part: Part, data: Any) -> Sequence[Any]:
    """The nodes of a connection's answer, by either way."""
    rows: Sequence[Any] = data.get(part.key, ())
    # The nodes of some connections are texts.
    return [row.get("node", row) if isinstance(row, dict) else row for row in rows]


def _of_rows(part: Part, rows: Sequence[Any]) -> float:
    if not rows:
        return 0
    inner = sum(_of_children(part, row) for row in rows) / len(rows) if part.parts else 0
    return factor(len(rows)) * (part.own + inner)


def operation_cost(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Part:
    """The cost of an operation as a tree; its own part is nothing."""
    walker = _Walker(schema, fragments)
    root = schema.get_root_type(operation.operation)
    parts = list(walker.parts(root, operation.selection_set))
    if operation.operation == OperationType.MUTATION:
        for part in parts:
            part.own = _BASES.get(walker.names[id(part)], MUTATION)
            for inner in part.parts:
                inner.own = 0
    whole = Part("", 0, parts)
    if not _depends_on_variables(whole):
        whole.fixed = whole.requested({})
    return whole


def _depends_on_variables(part: Part) -> bool:
    return isinstance(part.size, str) or any(map(_depends_on_variables, part.parts))


class _Walker:
    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        #: The field name of each part, which its key hides where there is an alias.
        self.names: dict[int, str] = {}

    def parts(self, kind: Any, wanted: SelectionSetNode | None) -> Iterator[Part]:
        for node in wanted.selections if wanted else ():
            if isinstance(node, FieldNode):
                yield from self._field(kind, node)
            elif isinstance(node, InlineFragmentNode):
                inner = self._schema.type_map[node.type_condition.name.value] if node.type_condition else kind
                yield from self.parts(inner, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                yield from self.parts(self._schema.type_map[fragment.type_condition.name.value], fragment.selection_set)

    def _field(self, kind: Any, node: FieldNode) -> Iterator[Part]:
        name, key = node.name.value, _key(node)
        definition = getattr(kind, "fields", {}).get(name)
        if definition is None or is_leaf_type(get_named_type(definition.type)):
            return
        target = get_named_type(definition.type)
        if target.name in _FREE or (kind.name.endswith("Payload") and name.endswith("serErrors")):
            return
        free = kind.name == "Customer" and name in _FREE_IN_CUSTOMER
        part = Part(key, COUNT if target.name == "Count" else 0 if free else 1)
        self.names[id(part)] = name
        if target.name.endswith("Connection"):
            self._connection(part, target, node)
        else:
            part.parts = list(self.parts(target, node.selection_set))
        yield part

    def _connection(self, part: Part, kind: Any, node: FieldNode) -> None:
        part.connection = True
        for argument in node.arguments or ():
            if argument.name.value in {"first", "last"}:
                value = argument.value
                if isinstance(value, IntValueNode):
                    part.size = int(value.value)
                elif isinstance(value, VariableNode):
                    part.size = value.name.value
        for inner in node.selection_set.selections if node.selection_set else ():
            if not isinstance(inner, FieldNode):
                continue
            name = inner.name.value
            if name == "nodes":
                target = get_named_type(kind.fields["nodes"].type)
                part.parts.append(Part(_key(inner), 1, list(self.parts(target, inner.selection_set))))
            elif name == "edges":
                edge = get_named_type(kind.fields["edges"].type)
                for one in inner.selection_set.selections if inner.selection_set else ():
                    if isinstance(one, FieldNode) and one.name.value == "node":
                        target = get_named_type(edge.fields["node"].type)
                        part.parts.append(Part(_key(inner), 1, list(self.parts(target, one.selection_set))))


def _key(node: FieldNode) -> str:
    return (node.alias or node.name).value
