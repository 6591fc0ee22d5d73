"""The whole table of resolvers, and the schema with the same resolvers for graphql-core's own executor."""

from __future__ import annotations

from functools import cache
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
)

from hub.sandbox.shopify.access import scope_of
from hub.sandbox.shopify.bulk import add_bulk
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, type_name
from hub.sandbox.shopify.fields_common import add_common
from hub.sandbox.shopify.fields_customer import add_customer
from hub.sandbox.shopify.fields_fulfilment import add_fulfilment
from hub.sandbox.shopify.fields_inventory import add_inventory
from hub.sandbox.shopify.fields_metafields import add_metafields
from hub.sandbox.shopify.fields_mutation import add_mutation
from hub.sandbox.shopify.fields_order import add_order
from hub.sandbox.shopify.fields_order_parts import add_order_parts
from hub.sandbox.shopify.fields_product import add_product
from hub.sandbox.shopify.fields_query import add_query
from hub.sandbox.shopify.projection import denied, idempotency
from hub.sandbox.shopify.schema import served_schema


@cache
def all_fields() -> Fields:
    """Every resolver of the served schema."""
    fields = Fields()
    adders = (
        *(add_common, add_customer, add_product, add_inventory, add_order, add_order_parts, add_fulfilment),
        *(add_query, add_mutation, add_metafields, add_bulk),
    )
    for add in adders:
        add(fields)
    kinds = served_schema().type_map
    fields.connection(name.removesuffix("Connection") for name in kinds if name.endswith("Connection"))
    return fields


def missing_resolvers() -> list[str]:
    """Fields of the schema that nobody resolves; an empty list, or the sandbox is wrong."""
    fields, missing = all_fields(), []
    for kind in served_schema().type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            known = fields.plain.get(kind.name, {}).keys() | fields.full.get(kind.name, {}).keys()
            missing += [f"{kind.name}.{name}" for name in kind.fields if name not in known]
    return missing


def attach(schema: GraphQLSchema) -> GraphQLSchema:
    """Give the schema's fields our resolvers, so that graphql-core can execute documents against it.

    It answers introspection, and is what the projection is compared with.
    """
    fields = all_fields()
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, definition in kind.fields.items():
                definition.resolve = _adapter(fields, kind.name, name)
        elif isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
            kind.resolve_type = lambda source, info, abstract: type_name(source)
    return schema


def _adapter(fields: Fields, kind: str, name: str) -> Any:
    plain, full = fields.plain.get(kind, {}).get(name), fields.full.get(kind, {}).get(name)
    scope = scope_of(kind, name)

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
        context: Context = info.context
        context.path[:] = info.path.as_list()
        if scope is not None and scope not in context.scopes:
            raise denied(name, scope)
        if plain is not None:
            return plain(source)
        if full is None:
            raise LookupError(f"{kind}.{name} has no resolver")
        return full(source, args | _directive(info), context)

    return resolve


def _directive(info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    node = info.field_nodes[0]
    if not node.directives or info.parent_type.name != "Mutation":
        return {}
    return idempotency(info.schema, node, info.variable_values)
