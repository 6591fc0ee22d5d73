"""The schema that is served, built once, with its scalars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema, ValueNode, build_schema, value_from_ast_untyped

from hub.sandbox.shopify.money import plain


@cache
def served_schema() -> GraphQLSchema:
    """The schema of `schema.graphql`."""
    text = resources.files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    for name, (parse, serialize) in _SCALARS.items():
        scalar = schema.type_map[name]
        if not isinstance(scalar, GraphQLScalarType):
            raise TypeError(f"{name} is not a scalar of the schema")
        scalar.coerce_input_value = parse
        scalar.coerce_input_literal = _literal(parse)
        scalar.coerce_output_value = serialize
    return schema


def serializer(name: str) -> Callable[[Any], Any] | None:
    """How values of a scalar are written; None: as they are."""
    own = _SCALARS.get(name)
    if own:
        return None if own[1] is _as_is else own[1]
    return float if name == "Float" else None


def _literal(parse: Callable[[Any], Any]) -> Callable[..., Any]:
    def coerce(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        return parse(value_from_ast_untyped(node, variables))

    return coerce


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise GraphQLError(f'Could not coerce value "{value}" to a decimal')
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise GraphQLError(f"invalid decimal value: {value}") from error
    if not number.is_finite():
        raise GraphQLError(f"invalid decimal value: {value}")
    return number


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise GraphQLError(f"invalid DateTime value: {value}") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=65536)
def write_moment(moment: datetime) -> str:
    """A time as answers show it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_is(value: Any) -> Any:
    return value


_SCALARS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "DateTime": (_moment, write_moment),
    "Decimal": (_decimal, plain),
    "Money": (_decimal, _as_is),
    "UnsignedInt64": (int, str),
    "URL": (_as_is, _as_is),
    "HTML": (_as_is, _as_is),
    "JSON": (_as_is, _as_is),
}
