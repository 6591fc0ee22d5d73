"""Failures: what is wrong, in groups that one act cures; taking up again, or setting aside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import Problem
from admin.api.reach import places, sees_personal
from admin.api.schemas import PersonalSchema, a_direction, an_object, key, moment, when, word
from hub.curing import Aside, certain, count, meant, set_aside, take_up
from hub.hiding import masked_text
from hub.store.failure_list import Which
from hub.store.failures import OPEN_STATES, STATES

PATH = "/integrations/<name>/failures"


class FailureSchema(Schema):
    """One record that could not be synchronised."""

    object = fields.String(required=True)
    direction = fields.String(required=True)
    key = fields.String(required=True)
    label = fields.String(required=True)
    cause = fields.String(required=True)
    detail = fields.String(required=True)
    fix = fields.String(required=True)
    text = fields.String(
        required=True,
        metadata={"description": "What the system said; masked for customers and orders unless it was asked for."},
    )
    state = fields.String(required=True)
    first_at = fields.DateTime(required=True)
    last_at = fields.DateTime(required=True)
    first_message = fields.Integer(required=True, allow_none=True)
    last_message = fields.Integer(required=True, allow_none=True)
    count = fields.Integer(required=True, metadata={"description": "How often the same came in a row."})
    next_try = when()
    note = fields.String(required=True)
    expires = when()


class FailuresQuerySchema(PageSchema, PersonalSchema):
    """Which failures are wanted: those that are open, unless states are named."""

    object = an_object()
    direction = a_direction()
    cause = word()
    detail = word()
    state = fields.List(
        fields.String(validate=validate.OneOf(STATES)), metadata={"description": "May be given several times."}
    )


class GroupSchema(Schema):
    """Failures of one route with the same cause and detail."""

    object = fields.String(required=True)
    direction = fields.String(required=True)
    cause = fields.String(required=True)
    detail = fields.String(required=True)
    fix = fields.String(required=True)
    count = fields.Integer(required=True)
    oldest = fields.DateTime(required=True)


class GroupsSchema(Schema):
    """All groups, the largest first."""

    items = fields.List(fields.Nested(GroupSchema), required=True)


class OneSchema(Schema):
    """One certain failure."""

    object = an_object(required=True)
    direction = a_direction(required=True)
    key = fields.String(required=True, validate=validate.Length(1, 255))


class ChoiceSchema(Schema):
    """Which failures are meant: certain ones (`failures`), or all open ones that match.

    Where all that match are meant, `expected` says how many they are; where they are another number, nothing is done.
    """

    failures = fields.List(fields.Nested(OneSchema), validate=validate.Length(1, 10_000))
    all = fields.Boolean(load_default=False, metadata={"description": "Every open failure that matches."})
    object = an_object()
    direction = a_direction()
    cause = word()
    detail = word()
    key = key()
    expected = fields.Integer(
        validate=validate.Range(0),
        metadata={"description": "How many you mean. Without it a choice of all that match is only counted (409)."},
    )


class AcknowledgeSchema(ChoiceSchema):
    """Which failures are known, and why."""

    note = fields.String(load_default="", validate=validate.Length(max=2000))


class IgnoreSchema(AcknowledgeSchema):
    """Which failures are left alone, until when, and why."""

    until = moment(required=True)


class TakenUpSchema(Schema):
    """The jobs that read the records afresh, one for each route."""

    records = fields.Integer(required=True)
    jobs = fields.List(fields.Integer(), required=True)


class CountSchema(Schema):
    """How many."""

    count = fields.Integer(required=True)


# -- looking --------------------------------------------------------------------------------------------------------


@endpoint(f"GET {PATH}", "read", tag="failures", query=FailuresQuerySchema, answer=listed(FailureSchema))
def list_failures(asked: dict[str, Any], name: str) -> Any:
    """Failures, in an order that stays: by route and key."""
    routes = places(name, asked.get("object"), asked.get("direction"))
    personal = sees_personal(asked["personal"])
    if personal:
        the_hub().audit.note("show personal data", f"failures {name}")
    after: Any = read(asked["cursor"], "failures", int, str)
    found = the_hub().failures.page(
        routes,
        cause=asked.get("cause", ""),
        detail=asked.get("detail", ""),
        states=asked.get("state") or OPEN_STATES,
        after=after,
        limit=asked["limit"] + 1,
    )
    shown = page(found, asked["limit"], "failures", lambda failure: [failure.route_id, failure.key])
    told = [_told(failure, routes[failure.route_id][1]) for failure in shown["items"]]
    if not personal:
        told = [{**one, "text": masked_text(one["text"], one["object"])} for one in told]
    return {**shown, "items": told}


@endpoint(f"GET {PATH}/groups", "read", tag="failures", answer=GroupsSchema)
def list_groups(name: str) -> Any:
    """Open failures by cause and detail, the largest group first, with what cures each."""
    routes = places(name)
    return {"items": [_told(group, routes[group.route_id][1]) for group in the_hub().failures.groups(routes)]}


# -- acting ---------------------------------------------------------------------------------------------------------


@endpoint(f"POST {PATH}/count", "read", tag="failures", body=ChoiceSchema, answer=CountSchema)
def count_failures(asked: dict[str, Any], name: str) -> Any:
    """How many failures a choice means, before anything is done about them."""
    return {"count": count(the_hub(), _chosen(asked, name))}


@endpoint(f"POST {PATH}/resync", "act", tag="failures", body=ChoiceSchema, answer=TakenUpSchema, status=202)
def resync_failures(asked: dict[str, Any], name: str) -> Any:
    """Take failures up again: each record is read afresh from its source. No stored payload is sent."""
    with the_hub().database.together():
        done = take_up(the_hub(), _meant(asked, name), _asked(asked))
    return {"records": done.records, "jobs": list(done.jobs)}


@endpoint(f"POST {PATH}/acknowledge", "act", tag="failures", body=AcknowledgeSchema, answer=CountSchema)
def acknowledge_failures(asked: dict[str, Any], name: str) -> Any:
    """Set failures aside as known: they are not taken up again until their record changes."""
    return _set_aside(asked, name, "acknowledged", None)


@endpoint(f"POST {PATH}/ignore", "act", tag="failures", body=IgnoreSchema, answer=CountSchema)
def ignore_failures(asked: dict[str, Any], name: str) -> Any:
    """Leave failures alone until a time."""
    return _set_aside(asked, name, "ignored", asked["until"])


# -- parts ----------------------------------------------------------------------------------------------------------


def _set_aside(asked: dict[str, Any], name: str, state: str, until: datetime | None) -> dict[str, int]:
    with the_hub().database.together():
        found = _meant(asked, name)
        return {"count": set_aside(the_hub(), found, Aside(state, asked["note"], until), _asked(asked))}


def _meant(asked: dict[str, Any], name: str) -> Which:
    """The chosen failures, where they are as many as is expected; a 409 with their number where they are not."""
    found = _chosen(asked, name)
    number, expected = count(the_hub(), found), asked.get("expected")
    if expected is None and "failures" not in asked:
        raise Problem(
            409,
            f"{number} failures match, and nothing was done.",
            fix="Send the same once more, with this number as `expected`.",
            count=number,
        )
    if expected not in (None, number):
        said = f"{number} failures are meant at present, and not {expected}; nothing was done."
        raise Problem(409, said, fix="Look at them, then send this number as `expected`.", count=number)
    if not number:
        raise Problem(409, "No failure is open that this means; nothing was done.", fix="Look what is open now.")
    return found


def _chosen(asked: dict[str, Any], name: str) -> Which:
    given = [part for part in ("object", "direction", "cause", "detail", "key") if part in asked]
    named = asked.get("failures")
    if (named is not None) and (given or asked["all"]):
        raise Problem(422, "`failures` says all by itself.", fix="Leave the rest out.")
    if named is None and not asked["all"] and not {"cause", "detail", "key"} & set(given):
        raise Problem(422, "Which failures?", fix="Name `failures`, a `cause`, `detail` or `key`, or say `all`.")
    routes = [route for _, route in places(name, asked.get("object"), asked.get("direction")).values()]
    if named is None:
        words = {part: asked.get(part, "") for part in ("cause", "detail", "key")}
        return meant(routes, **words)
    ids = {(route.object, route.direction): route.id for route in routes}
    picks = ((ids.get((one["object"], one["direction"]), 0), one["key"]) for one in named)
    return certain(picks, {route.id: route for route in routes})


def _asked(asked: dict[str, Any]) -> dict[str, Any]:
    """How the failures were chosen, for the trail."""
    names = ("all", "object", "direction", "cause", "detail", "key", "failures")
    return {name: asked[name] for name in names if asked.get(name)}


def _told(row: Any, route: Any) -> dict[str, Any]:
    names = type(row).__dataclass_fields__
    return {**{name: getattr(row, name) for name in names}, "object": route.object, "direction": route.direction}
