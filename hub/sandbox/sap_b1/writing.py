"""What a client sent, made into what the sandbox keeps: names and values checked, computed properties left out,
rows of collections merged into those that are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.sandbox.sap_b1.catalogue import TYPES, Catalogue
from hub.sandbox.sap_b1.errors import bad_request, bad_value, unknown_property
from hub.sandbox.sap_b1.presenting import rows_of
from hub.sandbox.sap_b1.schema import Record, Type
from hub.sandbox.sap_b1.values import accept


def accepted(catalogue: Catalogue, type_name: str, body: Any) -> Record:
    """The body as a record; raises ServiceError for an unknown name or a value its property cannot take.

    Computed properties and annotations (`@odata.etag`) are dropped without a word, as the platform does.
    """
    if not isinstance(body, Mapping):
        raise bad_request(f"Invalid value for '{type_name}'")
    properties = catalogue.of(type_name)
    record: Record = {}
    for name, value in body.items():
        if "odata." in name:
            continue
        one = properties.get(name)
        if one is None:
            raise unknown_property(name, type_name)
        if one.computed:
            continue
        if one.row_type:
            record[name] = _accepted_rows(catalogue, one.row_type, name, value)
        elif one.kind in TYPES:
            record[name] = None if value is None else accepted(catalogue, one.kind, value)
        else:
            record[name] = accept(one, value, type_name)
    return record


def _accepted_rows(catalogue: Catalogue, row_type: str, name: str, value: Any) -> list[Record]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_value(f"'{name}' must be a collection")
    return [accepted(catalogue, row_type, row) for row in value]


def merged(catalogue: Catalogue, type_name: str, old: Record, sent: Record, *, replace: bool) -> Record:
    """The record after a PATCH: a new one, the old is left as it was.

    Scalars sent take the place of the old ones. Rows sent are merged with those that are there; with `replace` the rows
    that were not sent go.
    """
    properties = catalogue.of(type_name)
    new = dict(old)
    for name, value in sent.items():
        one = properties[name]
        if one.row_type:
            new[name] = merged_rows(TYPES[one.row_type], rows_of(old.get(name)), value, replace=replace)
        elif one.kind in TYPES and value is not None:
            new[name] = {**(old.get(name) or {}), **value}
        else:
            new[name] = value
    return new


def merged_rows(row_type: Type, old: list[Record], sent: list[Record], *, replace: bool) -> list[Record]:
    """The rows after a PATCH. A row sent without a key is added, even if one like it is there."""
    rows = [dict(row) for row in old]
    named: list[int] = []
    for row in sent:
        position = _position(row_type, rows, row)
        if position is None:
            position = len(rows)
            rows.append({})
        rows[position].update(row)
        named.append(position)
    return [rows[position] for position in sorted(set(named))] if replace else rows


def _position(row_type: Type, rows: list[Record], sent: Record) -> int | None:
    for names in (row_type.key, *row_type.other_keys):
        if any(sent.get(name) is None for name in names):
            continue
        for position, row in enumerate(rows):
            if all(_of(row_type, row, name) == sent[name] for name in names):
                return position
    return None


def _of(row_type: Type, row: Record, name: str) -> Any:
    return row.get(name, row_type.properties[name].default)
