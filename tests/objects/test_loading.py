"""The loader made from a schema gives what the schema gives, for every object, whatever comes in."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from objects.base import Mapped, RecordSchema, Ref, decimal
from objects.loading import compiled
from objects.registry import OBJECTS

SCHEMAS = {
    f"{entry.name} {type(schema).__name__}": schema
    for entry in OBJECTS.values()
    for schema in (entry.schema, entry.target_schema)
    if schema is not None
}
ODD_VALUES: list[Any] = [
    *(None, "", "x", " x ", "A" * 60, 0, 1, -1, 1.5, True, False, "1.50", "no number", "NaN", [], {}, [None], ["a", 1]),
    *(Decimal("1.5"), Decimal(-1), Decimal("NaN"), Decimal("Infinity"), b"bytes", ("a",), {"a": 1}, {1: "a"}),
    *(Ref("variant", "1"), Mapped("tax", "0.19"), "2026-11-20T12:00:00+00:00", datetime(2026, 11, 20, tzinfo=UTC)),
]
MISSING = object()


def outcome(load: Any, data: Any) -> tuple[str, Any]:
    """What a loader makes of a record: the record, or what is wrong with it."""
    try:
        return "loaded", load(deepcopy(data))
    except ValidationError as error:
        return "refused", error.messages


def whole(schema: Schema) -> dict[str, Any]:
    """A record with a plausible value in every field."""
    return {name: plausible(field) for name, field in schema.fields.items()}


def plausible(field: fields.Field[Any]) -> Any:
    if isinstance(field, fields.Nested):
        return whole(field.schema)
    if isinstance(field, fields.List):
        return [plausible(field.inner)]
    for kind, value in (
        (fields.String, choice_of(field)),
        (fields.Boolean, True),
        (fields.Integer, 3),
        (fields.Decimal, Decimal("3.50")),
        (fields.AwareDateTime, "2026-11-20T12:00:00+00:00"),
        (fields.Dict, {"a": 1}),
    ):
        if isinstance(field, kind):
            return value
    return Ref("variant", "1") if type(field).__name__ == "RefField" else Mapped("tax", "0.19")


def choice_of(field: fields.Field[Any]) -> str:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return str(next(iter(rule.choices)))
        if isinstance(rule, validate.Length) and rule.equal:
            return "E" * rule.equal
    return "plain"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_plain_record_is_loaded_alike(name: str) -> None:
    schema = SCHEMAS[name]
    data = whole(schema)
    assert outcome(compiled(schema), data) == outcome(schema.load, data)
    assert outcome(schema.load, data)[0] == "loaded"


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_record_with_odd_values_is_loaded_or_refused_alike(name: str, data: st.DataObject) -> None:
    schema = SCHEMAS[name]
    record = whole(schema)
    for _ in range(data.draw(st.integers(1, 4))):
        spoil(record, data)
    assert outcome(compiled(schema), record) == outcome(schema.load, record)


def spoil(record: dict[str, Any], data: st.DataObject) -> None:
    """Put something odd, or nothing, in the place of one value, at any depth."""
    name = data.draw(st.sampled_from([*sorted(record, key=str), "unknown"]))
    value = record.get(name)
    below = value[0] if isinstance(value, list) and value else value
    if isinstance(below, dict) and below and data.draw(st.booleans()):
        spoil(below, data)
    elif data.draw(st.integers(0, 4)) == 0:
        record.pop(name, None)
    else:
        record[name] = deepcopy(data.draw(st.sampled_from(ODD_VALUES)))


@pytest.mark.parametrize("data", [None, [], "text", 1, [("a", 1)]])
def test_what_is_no_mapping_is_refused_alike(data: Any) -> None:
    schema = OBJECTS["product"].schema
    assert outcome(compiled(schema), data) == outcome(schema.load, data)


def test_defaults_are_not_shared_between_records() -> None:
    load = compiled(OBJECTS["product"].schema)
    first, second = (load({"title": "a", "variants": [{"code": "A"}]}) for _ in range(2))
    first["tags"].append("x")
    assert second["tags"] == []


class Hooked(RecordSchema):
    name = fields.String()

    @pre_load
    def _before(self, data: Any, **_: Any) -> Any:
        return {"name": data["name"].upper()}


class HookedAfter(RecordSchema):
    name = fields.String()

    @post_load
    def _after(self, data: Any, **_: Any) -> Any:
        return {"name": data["name"].upper()}


class Unknown(RecordSchema):
    moment = fields.AwareDateTime()


class Renamed(RecordSchema):
    name = fields.String(data_key="Name")


class Places(RecordSchema):
    price = fields.Decimal(places=2)


class Strict(Schema):
    name = fields.String()


@pytest.mark.parametrize("kind", [Hooked, HookedAfter, Unknown, Renamed, Places, Strict])
def test_a_schema_that_is_more_than_its_fields_is_left_to_marshmallow(kind: type[Schema]) -> None:
    schema = kind()
    assert compiled(schema) == schema.load


def test_a_decimal_is_taken_as_it_is_and_a_text_goes_to_marshmallow() -> None:
    load = compiled(RecordSchema.from_dict({"price": decimal()})())
    assert load({"price": Decimal("1.50")}) == load({"price": "1.50"}) == {"price": Decimal("1.50")}
