"""Values that a person types for a field, in the type that the field has. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from objects.base import ObjectType, decimal
from objects.fields import CUSTOM, CustomField, FieldType

_OWN: Mapping[FieldType, fields.Field[Any]] = {
    "text": fields.String(),
    "integer": fields.Integer(strict=True),
    "decimal": decimal(),
    "boolean": fields.Boolean(),
}


def typed(object_type: ObjectType, name: str, text: str, custom: Mapping[str, CustomField]) -> Any:
    """The value of a field from what was typed; marshmallow's ValidationError says what is wrong with it.

    `custom`: the integration's own fields by their canonical names. Nothing typed empties the field, where it may be
    empty.
    """
    if name in custom:
        own = _OWN[custom[name].type]
        return None if not text and custom[name].type != "text" else own.deserialize(text)
    found = None if name.startswith(CUSTOM) else _field(object_type.schema, name)
    if found is None or isinstance(found, fields.Nested | fields.List | fields.Dict):
        raise ValidationError("A value of one's own cannot be entered for this field.")
    value = None if not text and found.allow_none else found.deserialize(text)
    return object_type.entered(name, value)


def _field(schema: Schema, name: str) -> fields.Field[Any] | None:
    """The field of this name, in the record or in what it is made of."""
    if name in schema.fields:
        return schema.fields[name]
    for field in schema.fields.values():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested) and name in inner.schema.fields:
            found: fields.Field[Any] = inner.schema.fields[name]
            return found
    return None
