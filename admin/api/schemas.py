"""Values that many endpoints take or give."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from admin.api.paging import MOST
from hub.clock import OUT_OF_TIME, in_time
from objects.registry import OBJECTS

DIRECTIONS = ("shop_to_erp", "erp_to_shop")


def _near(moment: datetime) -> None:
    if not in_time(moment):
        raise ValidationError(OUT_OF_TIME)


def word(**more: Any) -> fields.String:
    """A text that narrows something: not empty, and no longer than what it is compared with."""
    return fields.String(validate=validate.Length(1, 255), **more)


def key() -> fields.String:
    """The key of a record on its source."""
    return fields.String(validate=validate.Length(1, 255))


def moment(**more: Any) -> fields.AwareDateTime:
    """A time with its zone, as it is sent."""
    return fields.AwareDateTime(format="iso", validate=_near, **more)


def number(**more: Any) -> fields.Integer:
    """An id, as it is sent."""
    return fields.Integer(validate=validate.Range(1, MOST), **more)


def when() -> fields.DateTime:
    """A time that may not have come, as it is answered."""
    return fields.DateTime(required=True, allow_none=True)


def an_object(**more: Any) -> fields.String:
    """One of the objects."""
    return fields.String(validate=validate.OneOf(sorted(OBJECTS)), **more)


def a_direction(**more: Any) -> fields.String:
    """One of the directions."""
    return fields.String(validate=validate.OneOf(DIRECTIONS), **more)


def numbers() -> fields.Dict:
    """Numbers by name."""
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class JobRefSchema(Schema):
    """The job that does what was asked for."""

    job = fields.Integer(required=True, metadata={"description": "Follow it at /jobs/{job_id}."})


class DoneSchema(Schema):
    """Whether something was changed."""

    changed = fields.Boolean(required=True, metadata={"description": "False: it was so already."})


class PersonalSchema(Schema):
    """Whether personal data is shown."""

    personal = fields.Boolean(
        load_default=False,
        metadata={"description": "Show personal data: takes that right, and is noted in the audit trail."},
    )
