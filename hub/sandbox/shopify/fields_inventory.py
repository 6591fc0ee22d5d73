"""Resolvers of inventory items, levels, locations, and of what a call changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, own, text
from hub.sandbox.shopify.fields_common import Count, Money, connection, id_of
from hub.sandbox.shopify.ids import gid, level_gid, number_of
from hub.sandbox.shopify.paging import Page, page_of_list
from hub.sandbox.shopify.quantities import AdjustmentGroup
from hub.sandbox.shopify.records import InventoryItem, Level, Location
from hub.sandbox.shopify.search_match import SearchField, compile_search
from hub.sandbox.shopify.search_syntax import parse_search
from hub.sandbox.shopify.searching import note_search
from hub.sandbox.shopify.stock import QUANTITY_NAMES
from hub.sandbox.shopify.store import Store


class Quantity(NamedTuple):
    """The units of a level in one state."""

    level: Level
    name: str


class Weight(NamedTuple):
    """What an item weighs."""

    item: InventoryItem


def add_inventory(fields: Fields) -> None:
    """Take in the resolvers of this module."""
    _item(fields)
    _level(fields)
    _location(fields)


def _nothing(source: Any) -> None:
    return None


# --------------------------------------------------------------------------------------------------------------- items


def _item(fields: Fields) -> None:
    fields.add(
        "InventoryItem",
        own("tracked", createdAt="created_at", updatedAt="updated_at", requiresShipping="requires_shipping")
        | own(legacyResourceId="id")
        | text(sku="sku", countryCodeOfOrigin="country_of_origin", provinceCodeOfOrigin="province_of_origin")
        | text(harmonizedSystemCode="harmonized_code")
        | {
            "id": id_of("InventoryItem"),
            "locationsCount": lambda one: Count(sum(level.active for level in one.levels.values())),
            "measurement": Weight,
        },
        {
            "duplicateSkuCount": _same_sku,
            "inventoryLevel": _one_level,
            "inventoryLevels": _levels_of_item,
            "unitCost": _unit_cost,
            "variant": lambda one, args, context: context.shop.store.variants[one.variant_id],
            "variants": connection(lambda one, context: [context.shop.store.variants[one.variant_id]], _number),
        },
        source=InventoryItem,
    )
    fields.add(
        "InventoryItemMeasurement",
        {"id": lambda one: gid("InventoryItemMeasurement", one.item.id), "weight": lambda one: one},
    )
    fields.add("Weight", {"value": lambda one: one.item.weight, "unit": lambda one: one.item.weight_unit})


def _number(record: Any) -> int:
    number: int = record.id
    return number


def _same_sku(item: InventoryItem, args: Mapping[str, Any], context: Context) -> int:
    return max(0, len(context.shop.store.by_sku.get(item.sku, ())) - 1)


def _unit_cost(item: InventoryItem, args: Mapping[str, Any], context: Context) -> Money | None:
    return None if item.cost is None else Money(item.cost, context.shop.store.facts.currency)


def _one_level(item: InventoryItem, args: Mapping[str, Any], context: Context) -> Level | None:
    level = item.levels.get(number_of(args["locationId"], "Location") or 0)
    return level if level is not None and (level.active or args.get("includeInactive")) else None


_LEVEL_FIELDS = {
    "inventory_item_id": SearchField("id", lambda level: level.item_id),
    "created_at": SearchField("time", lambda level: level.created_at),
    "updated_at": SearchField("time", lambda level: level.updated_at),
}


def _levels_of_item(item: InventoryItem, args: Mapping[str, Any], context: Context) -> Page:
    return _levels(list(item.levels.values()), args, context, lambda level: level.location_id)


def _levels_at_location(location: Location, args: Mapping[str, Any], context: Context) -> Page:
    return _levels(_levels_at(context.shop.store, location), args, context, lambda level: level.item_id)


def _levels(levels: list[Level], args: Mapping[str, Any], context: Context, number: Callable[[Level], int]) -> Page:
    test, unknown = compile_search(parse_search(args.get("query")), _LEVEL_FIELDS, (), context.times)
    note_search(context, args.get("query"), unknown)
    rows = [
        level for level in levels if (level.active or args.get("includeInactive")) and (test is None or test(level))
    ]
    return page_of_list(rows, args, number, limited=context.limited)


# -------------------------------------------------------------------------------------------------- levels, locations


def _level(fields: Fields) -> None:
    fields.add(
        "InventoryLevel",
        own(createdAt="created_at", updatedAt="updated_at", isActive="active")
        | {
            "id": lambda one: level_gid(one.location_id, one.item_id),
        },
        {
            "canDeactivate": _can_deactivate,
            "item": lambda one, args, context: context.shop.store.items[one.item_id],
            "location": lambda one, args, context: context.shop.store.locations[one.location_id],
            "quantities": lambda one, args, context: [
                Quantity(one, name) for name in args["names"] if name in QUANTITY_NAMES
            ],
        },
        source=Level,
    )
    fields.add(
        "InventoryQuantity",
        {
            "id": lambda one: (
                f"gid://shopify/InventoryQuantity/{one.level.location_id}?inventory_item_id="
                f"{one.level.item_id}&name={one.name}"
            ),
            "name": lambda one: one.name,
            "quantity": lambda one: getattr(one.level, one.name),
            # Only `available` is known to carry a time; recorded answers have null for the others.
            "updatedAt": lambda one: one.level.updated_at if one.name == "available" else None,
        },
    )
    fields.add(
        "InventoryAdjustmentGroup",
        own("reason", createdAt="created_at")
        | text(referenceDocumentUri="reference")
        | {"id": id_of("InventoryAdjustmentGroup")},
        {"changes": _changes},
        source=AdjustmentGroup,
    )
    fields.add(
        "InventoryChange",
        own("name", "delta", "item") | {"quantityAfterChange": _nothing, "ledgerDocumentUri": _nothing},
        {"location": lambda one, args, context: context.shop.store.locations.get(one.location_id)},
    )


def _can_deactivate(level: Level, args: Mapping[str, Any], context: Context) -> bool:
    item = context.shop.store.items[level.item_id]
    return level.active and sum(one.active for one in item.levels.values()) > 1


def _changes(group: AdjustmentGroup, args: Mapping[str, Any], context: Context) -> list[Any]:
    names, items, places = args.get("quantityNames"), args.get("inventoryItemIds"), args.get("locationIds")
    return [
        change
        for change in group.changes
        if (names is None or change.name in names)
        and (items is None or gid("InventoryItem", change.item.id) in items)
        and (places is None or gid("Location", change.location_id) in places)
    ]


def _location(fields: Fields) -> None:
    fields.add(
        "Location",
        own("name", createdAt="created_at", updatedAt="updated_at", isActive="active", legacyResourceId="id")
        | {
            "id": id_of("Location"),
            "fulfillsOnlineOrders": lambda one: one.active,
            "isFulfillmentService": lambda one: False,
            "shipsInventory": lambda one: one.active,
        },
        {
            "hasActiveInventory": lambda one, args, context: any(_levels_at(context.shop.store, one)),
            "inventoryLevel": _level_of_item,
            "inventoryLevels": _levels_at_location,
        },
        source=Location,
    )


def _levels_at(store: Store, location: Location) -> list[Level]:
    return [item.levels[location.id] for item in store.items.values() if location.id in item.levels]


def _level_of_item(location: Location, args: Mapping[str, Any], context: Context) -> Level | None:
    item = context.shop.store.items.get(number_of(args["inventoryItemId"], "InventoryItem") or 0)
    return _one_level(item, {**args, "locationId": gid("Location", location.id)}, context) if item else None
