"""Native records in canonical form, as the object's schemas load them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError

from hub.errors import InvalidRecord
from hub.platforms.endpoint import Endpoint, Native
from hub.sync.context import Context
from objects.base import Record
from objects.loading import compiled


@cache
def _loader(schema: Schema) -> Callable[[Mapping[str, Any]], Record]:
    return compiled(schema)


def canonical(schema: Schema, endpoint: Endpoint, native: Native) -> Record:
    """An endpoint's record as a schema loads it; InvalidRecord names the fields that are wrong."""
    try:
        return _loader(schema)(endpoint.to_canonical(native))
    except ValidationError as error:
        raise _invalid(error) from error


def canonical_source(context: Context, native: Native) -> Record:
    """A record of the source; InvalidRecord names the fields that are wrong."""
    return canonical(context.object_type.schema, context.source, native)


def canonical_target(context: Context, native: Native) -> Record:
    """A record of the target; InvalidRecord names the fields that are wrong."""
    object_type = context.object_type
    return canonical(object_type.target_schema or object_type.schema, context.target, native)


def _invalid(error: ValidationError) -> InvalidRecord:
    fields = error.messages if isinstance(error.messages, dict) else {"record": error.messages}
    names = ", ".join(sorted(str(name) for name in fields))
    return InvalidRecord(f"Not valid: {fields}", detail=names)
