"""The message log: what became of every record, with what was sent and answered."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import bearer, endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import missing
from admin.api.reach import NUMBER, integration, is_open, refuse_search, sees_personal
from admin.api.schemas import JobRefSchema, PersonalSchema, a_direction, an_object, moment, number, when, word
from hub.curing import take_up_message
from hub.looking import details, note_showing, queries, spellings
from hub.plainly import as_dict
from message_log.entries import Verdict
from message_log.queries import Entry
from message_log.streams import OPEN, Filters

_FILTERS = tuple(Filters.__dataclass_fields__)


class MessageSchema(Schema):
    """One record in one run. A label that is personal reads *** unless it was asked for."""

    id = fields.Integer(required=True)
    opened_at = fields.DateTime(required=True)
    closed_at = when()
    integration = fields.String(required=True)
    object = fields.String(required=True)
    direction = fields.String(required=True)
    run = fields.Integer(required=True)
    job = fields.Integer(required=True)
    key = fields.String(required=True)
    source_id = fields.String(required=True, allow_none=True)
    target_id = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    verdict = fields.String(required=True, allow_none=True, metadata={"description": "null = it is still open."})
    cause = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)
    fix = fields.String(required=True, allow_none=True)
    duration_ms = fields.Integer(required=True, allow_none=True)
    reason = fields.String(required=True)
    actor = fields.String(required=True, allow_none=True)
    follows = fields.Integer(required=True, allow_none=True)
    resolved_by = fields.Integer(required=True, allow_none=True)
    attempt_count = fields.Integer(required=True, metadata={"description": "0 = nothing was sent."})


class MessagesQuerySchema(PageSchema, PersonalSchema):
    """Which messages are wanted; all that is given must hold."""

    integration = word()
    object = an_object()
    direction = a_direction()
    verdict = fields.String(validate=validate.OneOf([*(verdict.value for verdict in Verdict), OPEN]))
    cause = word()
    run = number()
    ident = word(metadata={"description": "A key, an id of either side, an order number or SKU, exactly."})
    person = word(
        metadata={"description": "An e-mail address, phone number or customer id; for those who see personal data."}
    )
    since = moment(metadata={"description": "Opened at this time or later."})
    until = moment(metadata={"description": "Opened before this time."})
    text = word(metadata={"description": "Words in keys, ids, causes and details; abc* is a beginning."})


class BodySchema(Schema):
    """A payload; text is null where only its size and hash were kept, or it was erased."""

    kept = fields.String(required=True)
    size = fields.Integer(required=True)
    text = fields.String(required=True, allow_none=True)
    query = fields.String(required=True)
    hash = fields.String(required=True, allow_none=True)


def _body() -> fields.Nested:
    return fields.Nested(BodySchema, required=True, allow_none=True)


class ExchangeSchema(Schema):
    """One HTTP call."""

    id = fields.Integer(required=True)
    connection = fields.String(required=True)
    operation = fields.String(required=True)
    method = fields.String(required=True)
    path = fields.String(required=True)
    status = fields.Integer(required=True, allow_none=True)
    started_at = fields.DateTime(required=True)
    duration_ms = fields.Integer(required=True)
    writes = fields.Boolean(required=True)
    error = fields.String(required=True, allow_none=True)
    request = _body()
    response = _body()


class AttemptSchema(Schema):
    """One try with its calls."""

    number = fields.Integer(required=True)
    started_at = fields.DateTime(required=True)
    duration_ms = fields.Integer(required=True)
    verdict = fields.String(required=True)
    cause = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)
    exchanges = fields.List(fields.Nested(ExchangeSchema), required=True)


class ChildSchema(Schema):
    """One document or variant below a message."""

    kind = fields.String(required=True)
    source_id = fields.String(required=True, allow_none=True)
    target_id = fields.String(required=True, allow_none=True)
    action = fields.String(required=True, allow_none=True)


class MessageDetailSchema(MessageSchema):
    """One message with its payloads, attempts and calls; personal values are masked unless they were asked for."""

    children = fields.List(fields.Nested(ChildSchema), required=True)
    source = _body()
    canonical = _body()
    diff = _body()
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    followed_by = fields.List(fields.Integer(), required=True)
    personal = fields.Boolean(required=True)


@endpoint("GET /messages", "read", tag="messages", query=MessagesQuerySchema, answer=listed(MessageSchema))
def list_messages(asked: dict[str, Any]) -> Any:
    """Messages, the newest first."""
    filters = _filters(asked)
    if filters.integration is not None:
        integration(filters.integration)
    before = (read(asked["cursor"], "messages", int) or (None,))[0]
    if sees_personal(asked["personal"]):
        note_showing(the_hub(), "messages list", filters)
    found = _page(filters, before, asked["limit"] + 1, personal=asked["personal"])
    tries = queries(the_hub()).attempts([entry.id for entry in found])
    rows = [{**as_dict(entry), "attempt_count": tries.get(entry.id, 0)} for entry in found]
    return page(rows, asked["limit"], "messages", lambda row: [row["id"]])


@endpoint(
    f"GET /messages/<{NUMBER}:message_id>", "read", tag="messages", query=PersonalSchema, answer=MessageDetailSchema
)
def get_message(asked: dict[str, Any], message_id: int) -> Any:
    """One message in full."""
    entry = _entry(message_id)
    personal = sees_personal(asked["personal"])
    detail = details(the_hub()).show(entry.id, personal=personal)
    if detail is None:
        raise missing(f"message {message_id}")
    if personal:
        the_hub().audit.note("show personal data", f"message {message_id}")
    names = ("children", "source", "canonical", "diff", "attempts", "followed_by", "personal")
    told = {name: getattr(detail, name) for name in names}
    return {**as_dict(detail.entry), **told, "attempt_count": len(detail.attempts)}


@endpoint(f"POST /messages/<{NUMBER}:message_id>/resync", "act", tag="messages", answer=JobRefSchema, status=202)
def resync_message(message_id: int) -> Any:
    """Take the record of one message up again: it is read afresh from its source. No stored payload is sent."""
    entry = _entry(message_id)
    return {"job": take_up_message(the_hub(), entry.integration, entry.id)}


def _filters(asked: dict[str, Any]) -> Filters:
    given = {name: asked[name] for name in _FILTERS if name in asked}
    if given.get("person"):
        refuse_search("Looking for a person")
    if given.get("verdict") not in (None, OPEN):
        given["verdict"] = Verdict(given["verdict"])
    return Filters(**given, spelled=spellings(given.get("ident", "")))


def _page(filters: Filters, before: int | None, limit: int, *, personal: bool) -> list[Entry]:
    """The newest messages of what is open, older than `before`."""
    only = [None] if filters.integration or not bearer().integrations else bearer().integrations
    found: list[Entry] = []
    for name in only:
        narrowed = filters if name is None else _of(filters, name)
        found += queries(the_hub()).page(narrowed, before=before, limit=limit, personal=personal).entries
    return sorted(found, key=lambda entry: -entry.id)[:limit]


def _of(filters: Filters, name: str) -> Filters:
    return Filters(**{one: getattr(filters, one) for one in _FILTERS} | {"integration": name})


def _entry(message_id: int) -> Entry:
    found = queries(the_hub()).page(before=message_id + 1, limit=1).entries
    if not found or found[0].id != message_id or not is_open(found[0].integration):
        raise missing(f"message {message_id}")
    return found[0]
