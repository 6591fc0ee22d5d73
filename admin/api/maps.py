"""The maps: what a value of the shop is called in the ERP, and which values nobody has named yet."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.problems import missing
from admin.api.reach import integration
from hub.mapping import checked, remove_value, row, set_entry, statuses_of, unmapped_of
from hub.store.maps import MAPS, Entry

PATH = "/integrations/<name>/maps"
MAP = f"{PATH}/<any({','.join(sorted(MAPS))}):map_name>"


class EntrySchema(Schema):
    """What a value of the shop is called in the ERP."""

    map = fields.String(required=True)
    shop = fields.String(required=True)
    erp = fields.String(required=True)
    valid_from = fields.String(
        required=True, allow_none=True, metadata={"description": "It counts from this day on; null = always."}
    )
    default = fields.Boolean(required=True)
    rank = fields.Integer(required=True, metadata={"description": "Of several groups that fit, the lowest counts."})


class EntriesSchema(Schema):
    """Entries."""

    items = fields.List(fields.Nested(EntrySchema), required=True)


class MapsQuerySchema(Schema):
    """Which map is wanted."""

    map = fields.String(validate=validate.OneOf(sorted(MAPS)))


class PutSchema(Schema):
    """An entry."""

    shop = fields.String(required=True, validate=validate.Length(1, 255))
    erp = fields.String(required=True, validate=validate.Length(1, 255))
    valid_from = fields.Date(metadata={"description": "It counts from this day on; left out, always."})
    default = fields.Boolean(load_default=False, metadata={"description": "The default pair (location map)."})
    rank = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 9999),
        metadata={"description": "Of several that fit, the lowest counts (maps of groups)."},
    )


class ValueQuerySchema(Schema):
    """Which value is removed."""

    shop = fields.String(required=True, validate=validate.Length(1, 255))


class RemovedSchema(Schema):
    """What was removed."""

    removed = fields.Integer(required=True)


class UnmappedSchema(Schema):
    """A value of one side that its map does not know."""

    map = fields.String(required=True)
    side = fields.String(required=True)
    value = fields.String(required=True)
    label = fields.String(required=True)
    orders = fields.Integer(required=True, metadata={"description": "How many of the recent orders have it."})


class UnmappedListSchema(Schema):
    """All of them."""

    items = fields.List(fields.Nested(UnmappedSchema), required=True)


class StatusSchema(Schema):
    """What becomes of orders of a financial status."""

    status = fields.String(required=True)
    case = fields.String(required=True, metadata={"description": "Which of its orders are meant; empty = all."})
    outcome = fields.String(required=True, validate=validate.OneOf(["import", "wait", "skip"]))
    reason = fields.String(required=True, metadata={"description": "As the message log gives it; empty = imported."})


class StatusesSchema(Schema):
    """All of them."""

    items = fields.List(fields.Nested(StatusSchema), required=True)


@endpoint(f"GET {PATH}", "read", tag="maps", query=MapsQuerySchema, answer=EntriesSchema)
def list_maps(asked: dict[str, Any], name: str) -> Any:
    """The entries of one map, or of all."""
    return {"items": [_told(entry) for entry in the_hub().maps.entries(integration(name).id, asked.get("map"))]}


@endpoint(f"PUT {MAP}", "act", tag="maps", body=PutSchema, answer=EntrySchema)
def put_entry(asked: dict[str, Any], name: str, map_name: str) -> Any:
    """Say what a value of the shop is called in the ERP, in the place of what was said before."""
    one = integration(name)
    given = {"valid_from": asked.get("valid_from"), "is_default": asked["default"], "rank": asked["rank"]}
    entry = checked(map_name, asked["shop"], asked["erp"], **given)
    set_entry(the_hub(), one, entry)
    return _told(entry)


@endpoint(f"DELETE {MAP}", "act", tag="maps", query=ValueQuerySchema, answer=RemovedSchema)
def remove_entry(asked: dict[str, Any], name: str, map_name: str) -> Any:
    """Remove a value of the shop from a map, for all days."""
    one = integration(name)
    entries = the_hub().maps.entries(one.id, map_name)
    count = sum(entry.shop_value == asked["shop"] for entry in entries)
    if not count:
        raise missing(f"entry for this value in the map {map_name} of {name}")
    remove_value(the_hub(), one, map_name, asked["shop"])
    return {"removed": count}


@endpoint("GET /integrations/<name>/unmapped", "read", tag="maps", answer=UnmappedListSchema)
def list_unmapped(name: str) -> Any:
    """What recent orders, the shop's locations and product types, and the ERP's warehouses have that no map knows yet.

    Both platforms are asked, without patience: where one of them is slow, or not to be disturbed, that is the answer.
    """
    return {"items": unmapped_of(the_hub(), integration(name), hurried=True)}


@endpoint("GET /integrations/<name>/statuses", "read", tag="maps", answer=StatusesSchema)
def list_statuses(name: str) -> Any:
    """What becomes of an order by its financial status. The settings decide it: order_statuses and cod_gateways."""
    return {"items": statuses_of(integration(name))}


def _told(entry: Entry) -> dict[str, Any]:
    return {**row(entry), "default": entry.is_default, "rank": entry.rank}
