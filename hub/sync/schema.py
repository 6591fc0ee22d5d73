"""Native records in canonical form, as the object's schemas load them."""

from __future__ import annotations

from marshmallow import ValidationError

from hub.errors import InvalidRecord
from hub.platforms.endpoint import Native
from hub.sync.context import Context
from objects.base import Record


def canonical_source(context: Context, native: Native) -> Record:
    """A record of the source; InvalidRecord names the fields that are wrong."""
    try:
        loaded: Record = context.object_type.schema.load(context.source.to_canonical(native))
    except ValidationError as error:
        raise _invalid(error) from error
    return loaded


def canonical_target(context: Context, native: Native) -> Record:
    """A record of the target; InvalidRecord names the fields that are wrong."""
    object_type = context.object_type
    try:
        loaded: Record = (object_type.target_schema or object_type.schema).load(context.target.to_canonical(native))
    except ValidationError as error:
        raise _invalid(error) from error
    return loaded


def _invalid(error: ValidationError) -> InvalidRecord:
    fields = error.messages if isinstance(error.messages, dict) else {"record": error.messages}
    names = ", ".join(sorted(str(name) for name in fields))
    return InvalidRecord(f"Not valid: {fields}", detail=names)
