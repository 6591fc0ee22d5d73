"""Resolvers of the mutations on metafields, whatever record they hang on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields
from hub.sandbox.shopify.ids import gid, parse_gid
from hub.sandbox.shopify.metafields import set_metafields
from hub.sandbox.shopify.refusal import refuse

Payload = dict[str, Any]


class Deleted(NamedTuple):
    """What named a metafield that is gone."""

    owner: str
    namespace: str
    key: str


def add_metafields(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    fields.add(
        "MetafieldIdentifier",
        {
            "key": lambda one: one.key,
            "namespace": lambda one: one.namespace,
            "ownerId": lambda one: one.owner,
        },
    )


def _owner(text: str, context: Context) -> tuple[str, Any]:
    """The kind and the record that a global id names; None where it can have no metafields."""
    parsed = parse_gid(text)
    owner = context.shop.tables.get(parsed.kind, {}).get(parsed.number) if parsed else None
    return (parsed.kind, owner) if parsed is not None and hasattr(owner, "metafields") else ("", None)


def metafields_set(args: Mapping[str, Any], context: Context) -> Payload:
    """metafieldsSet: all or none."""
    made, now = [], context.shop.now()
    owners = []
    for place, one in enumerate(args["metafields"]):
        kind, owner = _owner(one["ownerId"], context)
        if owner is None:
            raise refuse(("metafields", str(place), "ownerId"), "Owner does not exist.", "INVALID")
        owners.append((kind, owner, one))
    for kind, owner, one in owners:
        made += set_metafields(context.shop.store, owner.metafields, [one], kind.upper(), now)
        context.shop.store.touch(kind, owner, now)
    return {"metafields": made}


def metafields_delete(args: Mapping[str, Any], context: Context) -> Payload:
    """metafieldsDelete: what was not there is null in the answer, and no error."""
    deleted: list[Deleted | None] = []
    for one in args["metafields"]:
        kind, owner = _owner(one["ownerId"], context)
        found = owner.metafields.pop((one["namespace"], one["key"]), None) if owner is not None else None
        if found is None:
            deleted.append(None)
            continue
        context.shop.store.touch(kind, owner, context.shop.now())
        deleted.append(Deleted(gid(kind, owner.id), found.namespace, found.key))
    return {"deletedMetafields": deleted}
