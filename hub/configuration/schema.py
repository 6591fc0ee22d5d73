"""The form of an integration's file, and how a marshmallow fault is said to a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from hub.configuration.faults import Path, Places
from hub.schedule import NOT_A_TIME, TIME
from hub.settings import SettingsSchema
from hub.store.maps import ALWAYS, MAPS
from hub.store.routes import Direction, Policy
from objects.fields import OWNERS, TYPES
from objects.registry import OBJECTS

NAME = validate.Regexp(
    r"[\w.-][\w. -]{0,98}[\w.-]$|[\w.-]$", error="Not a name: at most 100 letters, digits, blanks and . _ -"
)
DIRECTIONS: tuple[Direction, ...] = ("shop_to_erp", "erp_to_shop")
POLICIES: tuple[Policy, ...] = ("marked", "all")
_ACCOUNT = re.compile(r"card:\d+|(cash|transfer):\S+")
_RATE = re.compile(r"([A-Z]{2} )?(0|0\.\d*[1-9]|1)( included)?")
_PERCENT = re.compile(r"([A-Z]{2} )?(\d{1,3}(?:[.,]\d{1,6})?) ?%( included)?")
_FIELD_NAME = validate.Regexp(
    r"[a-z][a-z0-9_]{0,49}\Z", error="Not a name for a field: small letters, digits and _, at most 50."
)
_METAFIELD = validate.Regexp(
    r"(product|variant)\.[A-Za-z0-9_-]{3,255}\.[A-Za-z0-9_-]{2,64}\Z",
    error="Not a metafield: product.NAMESPACE.KEY and variant.NAMESPACE.KEY are.",
)
_USER_FIELD = validate.Regexp(r"U_\w{1,50}\Z", error="Not a user-defined field: U_Material is.")


class Whole(Schema):
    """A mapping in which every key is known: a typing error is no silent default."""

    class Meta:
        """marshmallow's settings."""

        unknown = RAISE


def _lasting(hours: Mapping[str, str]) -> None:
    if hours["from"] == hours["to"]:
        raise ValidationError("It ends when it begins; to stop a connection, use `hub stop`.")


def _in_order(window: Mapping[str, datetime]) -> None:
    if window["from"] >= window["to"]:
        raise ValidationError("It ends before it begins.")


_TIME_OF_DAY = validate.Regexp(TIME, error=NOT_A_TIME)
#: Daily hours in which a connection is dark. `from` is no name that a class could have.
HoursSchema = Whole.from_dict(
    {name: fields.String(required=True, validate=_TIME_OF_DAY) for name in ("from", "to")}, name="HoursSchema"
)
#: A time in which a route writes nothing.
WindowSchema = Whole.from_dict(
    {name: fields.AwareDateTime(required=True) for name in ("from", "to")}, name="WindowSchema"
)


class ConnectionSchema(Whole):
    """One side."""

    platform = fields.String(required=True)
    name = fields.String(validate=NAME)
    #: What the platform's own schema takes.
    settings = fields.Dict(keys=fields.String(), load_default=dict)
    blackout = fields.List(fields.Nested(HoursSchema, validate=_lasting), load_default=list)


class EntrySchema(Whole):
    """One line of a map."""

    shop = fields.String(required=True, validate=validate.Length(1, 255))
    erp = fields.String(required=True, validate=validate.Length(1, 255))
    valid_from = fields.Date(load_default=ALWAYS)


class LocationSchema(EntrySchema):
    """A warehouse and its location."""

    default = fields.Boolean(load_default=False)


def _account(value: str) -> None:
    if not _ACCOUNT.fullmatch(value):
        raise ValidationError("Not a place to book to: card:1, cash:1000 and transfer:1800 are.")


def _rate(value: str) -> None:
    if not _RATE.fullmatch(value):
        raise ValidationError("Not a rate: 0.19, 19 %, DE 0.19 and DE 19 % included are.")


class RateField(fields.String):
    """A rate with its country and kind; what is written in percent is kept as the number that it is."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        found = _PERCENT.fullmatch(text)
        if found is None:
            return text
        country, percent, kind = found.groups(default="")
        rate = (Decimal(percent.replace(",", ".")) / 100).normalize()
        return f"{country}{rate:f}{kind}"


class PaymentSchema(EntrySchema):
    """A gateway and where its money is booked."""

    erp = fields.String(required=True, validate=_account)


class TaxSchema(EntrySchema):
    """A rate of the shop and the ERP's code for it."""

    shop = RateField(required=True, validate=_rate)


def _always(value: date) -> None:
    if value != ALWAYS:
        raise ValidationError("Groups count always: leave the day out.")


class GroupSchema(EntrySchema):
    """A product type or a customer tag, and its group in the ERP."""

    erp = fields.String(
        required=True, validate=validate.Regexp(r"\d{1,9}\Z", error="Not the number of a group: 101 is.")
    )
    valid_from = fields.Date(load_default=ALWAYS, validate=_always)
    #: Of several entries that fit, the one of the lowest rank counts.
    rank = fields.Integer(load_default=0, validate=validate.Range(0, 9999))


ENTRY_SCHEMAS: Mapping[str, type[EntrySchema]] = {
    "location": LocationSchema,
    "payment": PaymentSchema,
    "tax": TaxSchema,
    "item_group": GroupSchema,
    "customer_group": GroupSchema,
}


class RouteSchema(Whole):
    """One object in one direction."""

    object = fields.String(required=True, validate=validate.OneOf(sorted(OBJECTS)))
    direction = fields.String(required=True, validate=validate.OneOf(DIRECTIONS))
    enabled = fields.Boolean(load_default=True)
    #: None: as it is in the store.
    policy = fields.String(load_default=None, validate=validate.OneOf(POLICIES))
    freeze = fields.List(fields.Nested(WindowSchema, validate=_in_order), load_default=None)
    #: `never`, or a mapping; see `hub.configuration.schedules`.
    schedule = fields.Raw(load_default=None)
    #: None: as it is in the store; 0 = no alert.
    alert_after_minutes = fields.Integer(load_default=None, validate=validate.Range(min=0))


class CustomFieldSchema(Whole):
    """A field of the integration's own."""

    name = fields.String(required=True, validate=_FIELD_NAME)
    shop = fields.String(required=True, validate=_METAFIELD)
    erp = fields.String(required=True, validate=_USER_FIELD)
    type = fields.String(load_default="text", validate=validate.OneOf(TYPES))
    owner = fields.String(load_default="erp", validate=validate.OneOf(OWNERS))


#: Each map is a list of rows.
MapsSchema = Whole.from_dict({name: fields.List(fields.Dict()) for name in MAPS}, name="MapsSchema")


class _FileSchema(Whole):
    """The whole file but for its fields."""

    name = fields.String(required=True, validate=NAME)
    shop = fields.Nested(ConnectionSchema, required=True)
    erp = fields.Nested(ConnectionSchema, required=True)
    settings = fields.Nested(SettingsSchema, load_default=dict)
    maps = fields.Nested(MapsSchema)
    routes = fields.List(fields.Dict())


#: The whole file. Rows of maps, routes and fields are loaded one by one, so that a wrong one hides no other. Within a
#: schema's class `fields` is the schema's own word.
FileSchema = _FileSchema.from_dict({"fields": fields.Dict(values=fields.Dict())}, name="FileSchema")


#: What to write in a field, by its type; the first that fits counts.
_WANTED: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Integer, "Write a whole number."),
    (fields.Decimal, "Write a number, such as 0.05."),
    (fields.Number, "Write a number."),
    (fields.Boolean, "Write true or false."),
    (fields.AwareDateTime, "Write a time with its zone, such as 2026-11-01T00:00:00+01:00."),
    (fields.Date, "Write a day, such as 2026-11-01."),
    (fields.List, "Write a list: each entry in a line of its own, after a dash."),
    (fields.Nested, "Write keys with their values below it, indented."),
    (fields.Dict, "Write keys with their values below it, indented."),
    (fields.String, "Write a text; in quotes where it looks like something else."),
)


def load(schema: Schema, value: Any, places: Places, at: Path = ()) -> dict[str, Any] | None:
    """Load a part of the file; None where that fails, with each fault noted in its place."""
    try:
        return dict(schema.load(value))
    except ValidationError as error:
        for path, message in _flat(error.messages):
            _note(schema, places, (*at, *path), path, message)
        return None


def _flat(messages: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """(path, message) of everything marshmallow found; what is said of a whole mapping stands at its own path."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(message, path)
    else:
        yield path, str(messages)


def _note(schema: Schema, places: Places, whole: Path, path: Path, message: str) -> None:
    field = _field(schema, path)
    if places.has_fault(whole):
        # What is wrong with a variable that is not set, is that it is not set.
        return
    if message == "Unknown field.":
        places.fault(whole, "There is no such key.", _suggestion(schema, path))
    elif message == "Missing data for required field.":
        places.fault(whole, "This key is missing.", f"Add the line `{path[-1]}: …`.")
    else:
        wanted = next((text for kind, text in _WANTED if isinstance(field, kind)), "Write the keys it needs.")
        # A message of a validator says by itself what is wanted.
        general = message.startswith(("Not a valid", "Invalid", "Field may not be null"))
        places.fault(whole, message, wanted if general else "Correct the value.", at_value=True)


def _suggestion(schema: Schema, path: Path) -> str:
    return suggestion(str(path[-1]), _known(schema, path[:-1]))


def suggestion(wrong: str, names: Iterable[str]) -> str:
    """What somebody may have meant by a key that there is not."""
    known = list(names)
    close = get_close_matches(wrong, known, 1) or [name for name in known if wrong in name]
    return f"Did you mean `{close[0]}`?" if close else f"Remove it; the keys are {', '.join(known)}."


def _known(schema: Schema, path: Path) -> list[str]:
    inner = _schema(_field(schema, path)) if path else schema
    return list(inner.fields) if inner is not None else []


def _field(schema: Schema, path: Path) -> fields.Field[Any] | None:
    """The field at a path; None where the path leads to none."""
    field: fields.Field[Any] | None = None
    current: Schema | None = schema
    for step in path:
        if isinstance(step, int):
            field = field.inner if isinstance(field, fields.List) else None
        else:
            field = current.fields.get(step) if current is not None else None
        current = _schema(field)
    return field


def _schema(field: fields.Field[Any] | None) -> Schema | None:
    return field.schema if isinstance(field, fields.Nested) else None
