"""Variables and arguments by closures made once per document: what is plainly right needs no walk over the schema.

graphql-core checks and coerces; with our own checks in Shopify's words that is more than half of what a write costs.
Whatever is not plainly right (a wrong type, an unknown field, a list of more than 250 entries, a variable left out that
has a default) is `Odd` and goes the long way, which alone decides and words what is wrong. A test compares both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_required_input_field,
)
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

from hub.sandbox.shopify.variables import MAX_INPUT, ONE_OF

Coerce = Callable[[Any], Any]


class Odd(Exception):
    """Not plainly right; the long way decides."""


class InputTypes:
    """A closure per input type of a schema, made when it is first needed."""

    def __init__(self) -> None:
        self._known: dict[str, Coerce] = {}

    def coerce(self, kind: Any) -> Coerce:
        """The closure of a type, with its list and non-null wrappers."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self._nullable(kind.of_type))
        inner = self._nullable(kind)
        return lambda value: None if value is None else inner(value)

    def _nullable(self, kind: Any) -> Coerce:
        """The closure for values that are not null."""
        if isinstance(kind, GraphQLList):
            return _list(self.coerce(kind.of_type))
        known = self._known.get(kind.name)
        if known is None:
            if isinstance(kind, GraphQLInputObjectType):
                known = self._object(kind)
            elif isinstance(kind, GraphQLEnumType):
                known = _enum(kind)
            else:
                known = _PLAIN.get(kind.name) or _scalar(kind.coerce_input_value)
            self._known[kind.name] = known
        return known

    def _object(self, kind: GraphQLInputObjectType) -> Coerce:
        if kind.name in ONE_OF or kind.is_one_of:
            return _odd
        fields: list[tuple[str, str, Coerce, bool, Any]] = []

        def run(value: Any) -> Any:
            if type(value) is not dict:
                raise Odd
            coerced, found = {}, 0
            for name, out, coerce, required, default in fields:
                if name in value:
                    found += 1
                    coerced[out] = coerce(value[name])
                elif required:
                    raise Odd
                elif default is not Undefined:
                    coerced[out] = default
            if found != len(value):
                raise Odd
            return coerced

        # Before its fields: a type may hold itself.
        self._known[kind.name] = run
        for name, field in kind.fields.items():
            default = coerce_default_value(field)
            if isinstance(default, (list, dict)):
                # It would be shared by all requests.
                self._known[kind.name] = _odd
                return _odd
            required = is_required_input_field(field)
            fields.append((name, field.out_name or name, self.coerce(field.type), required, default))
        return run


def _odd(value: Any) -> Any:
    raise Odd


def _required(inner: Coerce) -> Coerce:
    def run(value: Any) -> Any:
        if value is None:
            raise Odd
        return inner(value)

    return run


def _list(inner: Coerce) -> Coerce:
    def run(value: Any) -> Any:
        if type(value) is not list or len(value) > MAX_INPUT:
            raise Odd
        return [inner(one) for one in value]

    return run


def _enum(kind: GraphQLEnumType) -> Coerce:
    values = {name: one.value for name, one in kind.values.items()}

    def run(value: Any) -> Any:
        if type(value) is not str or value not in values:
            raise Odd
        return values[value]

    return run


def _scalar(coerce: Coerce) -> Coerce:
    def run(value: Any) -> Any:
        try:
            return coerce(value)
        except Exception as error:
            raise Odd from error

    return run


def _text(value: Any) -> Any:
    if type(value) is not str:
        raise Odd
    return value


def _flag(value: Any) -> Any:
    if type(value) is not bool:
        raise Odd
    return value


def _whole(value: Any) -> Any:
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise Odd
    return value


def _id(value: Any) -> Any:
    if type(value) is not str or not value.startswith("gid://shopify/"):
        raise Odd
    return value


_PLAIN: Mapping[str, Coerce] = {"String": _text, "Boolean": _flag, "Int": _whole, "ID": _id}


# ------------------------------------------------------------------------------------------------- variables, arguments


@dataclass(frozen=True, slots=True)
class QuickVariables:
    """The variables of one operation. Made after the long way has gone well once, whose signatures it takes over."""

    #: (name, signature, closure, may be left out)
    rows: tuple[tuple[str, Any, Coerce, bool], ...]

    @classmethod
    def of(cls, operation: OperationDefinitionNode, known: VariableValues, types: InputTypes) -> QuickVariables:
        """The closures for an operation's variables."""
        rows = []
        for one in operation.variable_definitions or ():
            name = one.variable.name.value
            signature = known.sources[name].signature
            optional = one.default_value is None and not isinstance(signature.type, GraphQLNonNull)
            rows.append((name, signature, types.coerce(signature.type), optional))
        return cls(tuple(rows))

    def __call__(self, given: Mapping[str, Any]) -> VariableValues:
        """The values; raises Odd."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, coerce, optional in self.rows:
            if name in given:
                value = given[name]
                sources[name] = VariableValueSource(signature, value)
                coerced[name] = coerce(value)
            elif optional:
                sources[name] = VariableValueSource(signature)
            else:
                raise Odd
        return VariableValues(sources, coerced)


@dataclass(frozen=True, slots=True)
class QuickArguments:
    """The arguments of one field: what does not change, and what is a variable's value."""

    fixed: Mapping[str, Any]
    #: (argument, variable, must not be null)
    variables: tuple[tuple[str, str, bool], ...]

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments; raises Odd."""
        args = dict(self.fixed)
        for name, variable, required in self.variables:
            if variable not in values:
                raise Odd
            value = values[variable]
            if value is None and required:
                raise Odd
            args[name] = value
        return args


def quick_arguments(definition: Any, node: FieldNode, bound: Mapping[str, Any]) -> QuickArguments | None:
    """How to bind a field's arguments, learned from how they were bound once; None: always the long way."""
    if node.directives:
        return None
    fixed = dict(bound)
    variables = []
    for argument in node.arguments or ():
        one = definition.args[argument.name.value]
        name = one.out_name or argument.name.value
        if isinstance(argument.value, VariableNode):
            variables.append((name, argument.value.name.value, isinstance(one.type, GraphQLNonNull)))
            if name in fixed:
                # It keeps its place in the order, not the value of the first request.
                fixed[name] = None
        elif not _is_constant(argument.value):
            return None
    if any(isinstance(value, dict) for value in fixed.values()):
        return None
    return QuickArguments(fixed, tuple(variables))


def _is_constant(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return all(map(_is_constant, node.values))
    return not isinstance(node, VariableNode | ObjectValueNode)


def bind_all(
    quick: Sequence[QuickArguments | None], values: VariableValues, slow: Callable[[int], Any]
) -> list[dict[str, Any]]:
    """The arguments of every field; `slow` binds the one at a place the long way."""
    bound = []
    for place, one in enumerate(quick):
        try:
            bound.append(one(values.coerced) if one is not None else slow(place))
        except Odd:
            bound.append(slow(place))
    return bound
