"""The form that every object fills in, and the values whose meaning only the other side knows.

A *record* is a plain dict that its marshmallow schema has loaded: the hub's canonical form, the same for all
platforms. Two kinds of values in it cannot be carried over as they are: a `Ref` names another record by its id on the
source, a `Mapped` names a value of one of the integration's maps. The engine resolves both for a whole page at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from marshmallow import EXCLUDE, Schema, ValidationError, fields

Record = dict[str, Any]
Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ref:
    """Another record, by its id on the source side.

    `code` is its human key, a second way to find it. `absent` says what a missing one means for the record that
    refers to it: it fails ("fail"), or it is skipped as NOT_LINKED ("skip").
    """

    kind: str
    source_id: str
    code: str = ""
    absent: Literal["fail", "skip"] = "fail"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A value that the integration's map `map` translates. `wider` are less specific keys to try in turn."""

    map: str
    value: str
    wider: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a record is deliberately left alone. A skip is an outcome, not an error."""

    reason: str
    detail: str = ""
    fix: str = ""


class RecordSchema(Schema):
    """Base of all canonical schemas: what the source knows beyond the form is left out."""

    class Meta:
        """marshmallow's settings."""

        unknown = EXCLUDE


class RefField(fields.Field[Ref]):
    """Holds a `Ref` as it is; a platform's `to_canonical` builds it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Ref:
        if not isinstance(value, Ref):
            raise ValidationError("Not a reference to another record.")
        return value


class MappedField(fields.Field[Mapped]):
    """Holds a `Mapped` as it is; a platform's `to_canonical` builds it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Mapped:
        if not isinstance(value, Mapped):
            raise ValidationError("Not a mapped value.")
        return value


def decimal(**kwargs: Any) -> fields.Decimal:
    """A money or quantity field: Decimal, finite, written as a string."""
    return fields.Decimal(as_string=True, allow_nan=False, **kwargs)


def personal(field: fields.Field[Any]) -> fields.Field[Any]:
    """Mark a field as personal data: masked for roles without the right, erasable."""
    field.metadata = {**field.metadata, "personal": True}
    return field


def personal_fields(schema: type[Schema] | Schema) -> frozenset[str]:
    """Names of the personal fields of a schema, nested ones included."""
    names: set[str] = set()
    instance = schema() if isinstance(schema, type) else schema
    for name, field in instance.fields.items():
        if field.metadata.get("personal"):
            names.add(name)
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            nested = inner.schema
            names |= personal_fields(nested)
    return frozenset(names)
