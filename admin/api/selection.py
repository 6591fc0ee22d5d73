"""Set Items for Synchronization: choosing records of the source, marking them, and taking the mark away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, read, written
from admin.api.problems import Problem, conflicting
from admin.api.reach import ROUTE, place, refuse_search, sees_personal
from admin.api.schemas import PersonalSchema, key, numbers, word
from hub.platforms.endpoint import Criteria
from hub.readiness import refuse_switched_off
from hub.selecting import errand
from hub.selecting.choosing import DIRECTIONS, MOST_LOOKED, Choice, Chooser, Row, preview, span
from hub.selecting.marking import Marker, noted
from hub.store.routes import Route
from hub.sync.pair import Pair, opened_pair
from message_log.redact import MASK
from objects.registry import OBJECTS

PATH = f"{ROUTE}/selection"


class CriteriaSchema(Schema):
    """Which records are meant; all that is given must hold."""

    items = word(metadata={"description": "Codes from-to: A..B; A.. has no end."})
    groups = word(metadata={"description": "Groups from-to."})
    text = word(metadata={"description": "Words of the code or name; of customers, for those who see personal data."})
    keys = fields.List(
        key(), validate=validate.Length(1, 10_000), metadata={"description": "Certain records, by their ids."}
    )
    shown = fields.String(validate=validate.OneOf(("marked", "unmarked", "new")))


class RecordsQuerySchema(PageSchema, PersonalSchema, CriteriaSchema):
    """Which records are wanted."""


class PreviewQuerySchema(PersonalSchema, CriteriaSchema):
    """Which records would be marked, and how many of them are shown."""

    limit = PageSchema().fields["limit"]


class MarkSchema(CriteriaSchema):
    """Which records are marked, or unmarked."""

    all = fields.Boolean(load_default=False, metadata={"description": "Needed where nothing narrows the choice."})


class RecordSchema(Schema):
    """One record of the source. What a customer is called is hidden unless it was asked for."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    name = fields.String(required=True)
    group = fields.String(required=True)
    marked = fields.Boolean(required=True)
    target_id = fields.String(required=True, metadata={"description": "Empty = it is not linked yet."})
    price = fields.String(required=True, metadata={"description": "In the shop's currency; empty = none is known."})
    stock = fields.String(required=True, metadata={"description": "In all places; empty = nobody counts it."})
    cause = fields.String(required=True, metadata={"description": "What stands in its way; empty = nothing is seen."})
    becomes = fields.String(required=True, metadata={"description": "What marking would do with it."})


class PreviewSchema(Schema):
    """What marking would do: how many records of each kind, and the first of them."""

    whole = fields.Boolean(
        required=True, metadata={"description": "Whether all were looked through; else only the first of very many."}
    )

    counts = numbers()
    records = fields.List(fields.Nested(RecordSchema), required=True)


class RefusedSchema(Schema):
    """A record whose own field for the selection could not be written; in the hub it is marked all the same."""

    key = fields.String(required=True)
    cause = fields.String(required=True)
    text = fields.String(required=True)
    fix = fields.String(required=True)


class MarkedSchema(Schema):
    """What a marking or unmarking came to."""

    chosen = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    jobs = fields.List(fields.Integer(), required=True, metadata={"description": "They do what is newly marked."})
    job = fields.Integer(
        required=True, allow_none=True, metadata={"description": "It goes through all that is meant; null = done."}
    )
    refused = fields.List(fields.Nested(RefusedSchema), required=True)


@endpoint(f"GET {PATH}", "read", tag="selection", query=RecordsQuerySchema, answer=listed(RecordSchema))
def list_selection(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Records of the source in the order of their keys: which are marked, and which are linked.

    What is rare in a large source is not looked for to the end at once: a page may have few records, or none, and still
    a `next`.
    """
    choice = _choice(asked, object_name)
    after = (read(asked["cursor"], "selection", str) or ("",))[0]
    with _opened(name, object_name, direction) as pair:
        masked = _masked(asked, pair, name)
        found = Chooser(pair, the_hub().database).page(choice, after, asked["limit"])
    items = [_record(row, masked=masked) for row in found.rows]
    return {"items": items, "next": written("selection", found.further) if found.further else None}


@endpoint(f"GET {PATH}/preview", "read", tag="selection", query=PreviewQuerySchema, answer=PreviewSchema)
def preview_selection(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """What marking these records would do, told by the first 500 of the source; nothing is written."""
    choice = _choice(asked, object_name)
    with _opened(name, object_name, direction) as pair:
        masked = _masked(asked, pair, name)
        seen = Chooser(pair, the_hub().database).page(choice, "", MOST_LOOKED)
    found = preview(seen.rows, asked["limit"], whole=not seen.further)
    records = [_record(row, masked=masked) for row in found.rows]
    return {"counts": found.counts, "whole": found.whole, "records": records}


@endpoint(f"POST {PATH}/mark", "act", tag="selection", body=MarkSchema, answer=MarkedSchema, later=True)
def mark_records(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Mark records for synchronisation; exactly the newly marked ones are queued.

    Certain `keys` are marked at once. Everything else may be very much: a job does it (202).
    """
    return _carried_out(asked, (name, object_name, direction), "mark")


@endpoint(f"POST {PATH}/unmark", "act", tag="selection", body=MarkSchema, answer=MarkedSchema, later=True)
def unmark_records(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Take records out of the selection: updates stop, and nothing is removed on either side.

    Certain `keys` at once, everything else by a job (202).
    """
    return _carried_out({**asked, "shown": "marked"}, (name, object_name, direction), "unmark")


# -- parts ----------------------------------------------------------------------------------------------------------


def _carried_out(asked: dict[str, Any], where: tuple[str, str, str], act: errand.Act) -> Any:
    hub, choice = the_hub(), _choice(asked, where[1])
    if choice.open and not asked["all"]:
        raise Problem(422, "Which records?", fix="Narrow the choice, or say `all`.")
    route = _route(*where)
    if not choice.keys:
        job = _by_a_job(asked, where[0], route, act)
        return {"chosen": 0, "changed": 0, "jobs": [], "refused": [], "job": job}, 202
    with opened_pair(hub, route) as pair:
        marker = Marker(pair, hub.database, hub.jobs, actor=hub.audit.actor, clock=hub.clock)
        progress = marker.mark(choice) if act == "mark" else marker.unmark(choice)
        with noted(hub.audit, act, f"{where[0]} {pair.route.name}", _criteria(asked, route), marker.done):
            for _ in progress:
                pass
    done = marker.done
    refused = [
        {"key": key, "cause": error.cause, "text": str(error), "fix": error.fix}
        for key, error in sorted(done.refused.items())
    ]
    return {"chosen": done.chosen, "changed": done.changed, "jobs": sorted(done.jobs), "refused": refused, "job": None}


def _by_a_job(asked: dict[str, Any], name: str, route: Route, act: errand.Act) -> int:
    hub, noted_as = the_hub(), _criteria(asked, route)
    wanted = errand.request(route.id, act, _choice(asked, route.object), hub.audit.actor, hub.vault, noted_as, None)
    hub.audit.note(f"select {act} all", f"{name} {route.name}", after=noted_as)
    return hub.jobs.put(wanted, hub.clock())


@contextmanager
def _opened(name: str, object_name: str, direction: str) -> Iterator[Pair]:
    with opened_pair(the_hub(), _route(name, object_name, direction), hurried=True) as pair:
        yield pair


def _route(name: str, object_name: str, direction: str) -> Route:
    _, route = place(name, object_name, direction)
    if route.object not in DIRECTIONS:
        raise Problem(409, f"Records of {route.object} are not selected.", fix="Select products, or customers.")
    with conflicting():
        refuse_switched_off(route)
    return route


def _choice(asked: dict[str, Any], object_name: str) -> Choice:
    criteria = Criteria(
        codes=span("items", asked["items"]) if "items" in asked else ("", ""),
        groups=span("groups", asked["groups"]) if "groups" in asked else ("", ""),
        text=asked.get("text", "").strip(),
    )
    if criteria.text and OBJECTS[object_name].label_is_personal:
        refuse_search("Looking for words of a customer's name")
    keys = tuple(asked.get("keys", ()))
    if keys and criteria != Criteria():
        raise Problem(422, "`keys` says all by itself.", fix="Leave items, groups and text out.")
    return Choice(criteria, keys, asked.get("shown", ""))


def _criteria(asked: dict[str, Any], route: Route) -> dict[str, Any]:
    """The criteria for the trail: whom somebody looked for is personal, too."""
    typed = {name: asked[name] for name in ("items", "groups", "text", "keys", "shown") if asked.get(name)}
    if OBJECTS[route.object].label_is_personal and "text" in typed:
        typed["text"] = the_hub().vault.keyed_hash(typed["text"])
    return typed


def _masked(asked: dict[str, Any], pair: Pair, name: str) -> bool:
    """Whether what records are called stays hidden; where it does not, that is noted."""
    personal = sees_personal(asked["personal"])
    if personal and pair.personal:
        the_hub().audit.note("show personal data", f"select {name} {pair.route.object}")
    return pair.personal and not personal


def _record(row: Row, *, masked: bool) -> dict[str, Any]:
    brief = row.brief
    called = {"label": brief.key, "name": MASK if brief.name else ""} if masked else {}
    shown = {"key": brief.key, "label": brief.label, "name": brief.name, "group": brief.group, **called}
    state = {"marked": row.marked, "target_id": row.target_id, "cause": row.cause, "becomes": row.becomes}
    return {**shown, "price": row.cost, "stock": row.units, **state}
