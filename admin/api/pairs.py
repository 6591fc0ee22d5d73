"""Pairs: records of both sides that could be the same, linked as proposed or as a list says; jobs do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import Problem, conflicting
from admin.api.reach import path_of, place, sees_personal
from admin.api.schemas import JobRefSchema, PersonalSchema, number, numbers, when, word
from hub import matching, pairs
from hub.linking.accepting import Chosen
from hub.linking.scoring import CERTAIN
from hub.linking.scoring import OBJECTS as LINKABLE
from hub.linking.sheet import Line
from hub.store.proposals import STATES, Proposal
from objects.registry import OBJECTS

PATH = f"{path_of(LINKABLE)}/pairs"
#: Proposals that are named one by one in a request.
MOST = 1000


class ProposalSchema(Schema):
    """Two records that could be the same. Customers have labels only with `personal`: both sides are asked for them."""

    id = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    score = fields.Integer(required=True, metadata={"description": "0 to 100."})
    reason = fields.String(required=True, metadata={"description": "What they share."})
    source_key = fields.String(required=True)
    source_label = fields.String(required=True)
    target_id = fields.String(required=True)
    target_label = fields.String(required=True)


def _score(text: str) -> fields.Integer:
    return fields.Integer(load_default=0, validate=validate.Range(0, CERTAIN), metadata={"description": text})


class PairsQuerySchema(PageSchema, PersonalSchema):
    """Which proposals are wanted."""

    state = fields.String(
        load_default="unique", validate=validate.OneOf(STATES), metadata={"description": "unique unless given."}
    )
    score = _score("Only proposals from this score on.")


class AcceptSchema(Schema):
    """Which proposals are accepted: certain ones, or all that are unique, from a score on."""

    ids = fields.List(number(), validate=validate.Length(1, MOST))
    all = fields.Boolean(load_default=False)
    score = _score("With `all`: only from this score on.")
    expected = fields.Integer(
        validate=validate.Range(0), metadata={"description": "With `all`: how many these are, as you have seen it."}
    )


class RowSchema(Schema):
    """One pair of a list; without a target it is left alone."""

    source_key = word(required=True)
    target_id = fields.String(
        load_default="",
        validate=validate.Length(max=255),
        metadata={"description": "Its id, or the SKU of a variant, or the e-mail address of a partner."},
    )


class ListSchema(Schema):
    """A list of pairs."""

    rows = fields.List(fields.Nested(RowSchema), required=True, validate=validate.Length(1, pairs.MOST_ROWS))


class LinkListSchema(Schema):
    """The list that is linked."""

    list = number(required=True, metadata={"description": "The job that has looked it through."})
    skip_faulty = fields.Boolean(
        load_default=False, metadata={"description": "Leave wrong rows out; else nothing is linked while one is wrong."}
    )


class FaultSchema(Schema):
    """A row, or a proposal, that could not be linked. What names a customer reads *** unless it was asked for."""

    number = fields.Integer(required=True, metadata={"description": "Its place in the list, or the proposal's id."})
    source_key = fields.String(required=True)
    target_id = fields.String(required=True)
    what = fields.String(required=True)
    fix = fields.String(required=True)


class WorkSchema(Schema):
    """The last work on the pairs of a route."""

    job = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"description": "propose, accept, validate or link."})
    state = fields.String(required=True, metadata={"description": "That of its job."})
    why = fields.String(required=True, metadata={"description": "Why it waits; empty = a worker takes it soon."})
    by = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    ended_at = when()
    counts = fields.Dict(keys=fields.String(), required=True, metadata={"description": "How far it is, and what came."})
    faults = fields.List(
        fields.Nested(FaultSchema), required=True, metadata={"description": "When it is done: the first 500."}
    )


class PairsWorkSchema(Schema):
    """How many proposals there are in each state, and the last work on them."""

    proposals = numbers()
    work = fields.Nested(WorkSchema, required=True, allow_none=True)


@endpoint(f"GET {PATH}", "read", tag="pairs", query=PairsQuerySchema, answer=listed(ProposalSchema))
def list_pairs(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Proposals of one state in the order in which they were found."""
    hub, (_, route) = the_hub(), place(name, object_name, direction)
    personal, cursor = sees_personal(asked["personal"]), f"pairs {asked['state']}"
    after = (read(asked["cursor"], cursor, int) or (0,))[0]
    found = pairs.proposals(hub, route).page(
        states=[asked["state"]], least=asked["score"], after=after, limit=asked["limit"] + 1
    )
    shown = page(found, asked["limit"], cursor, lambda row: [row.id])
    names = pairs.called(hub, route, shown["items"]) if personal else {}
    return {**shown, "items": [_named(row, names) for row in shown["items"]]}


@endpoint(f"GET {PATH}/work", "read", tag="pairs", query=PersonalSchema, answer=PairsWorkSchema)
def get_pairs_work(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """How far the last search, or linking, on a route is, what came of it, and what is wrong with which row."""
    hub, (_, route) = the_hub(), place(name, object_name, direction)
    personal = sees_personal(asked["personal"])
    if personal and OBJECTS[object_name].label_is_personal:
        hub.audit.note("show personal data", f"links faults {name} {object_name}")
    work = pairs.work(hub, route, personal=personal)
    return {"proposals": pairs.proposals(hub, route).counts(), "work": _told(work) if work else None}


@endpoint(f"POST {PATH}/propose", "act", tag="pairs", answer=JobRefSchema, status=202)
def propose_pairs(name: str, object_name: str, direction: str) -> Any:
    """Have a job look for pairs. Links nothing. Each work on a route's pairs begins when the last is done (409)."""
    _, route = place(name, object_name, direction)
    with conflicting():
        return {"job": matching.propose(the_hub(), route)}


@endpoint(f"POST {PATH}/accept", "act", tag="pairs", body=AcceptSchema, answer=JobRefSchema, status=202)
def accept_pairs(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Link what was proposed, without writing to either side; the next run compares it.

    With `all`, `expected` has to say how many are meant; where they are another number by now nothing is done (409).
    """
    hub, (_, route) = the_hub(), place(name, object_name, direction)
    if ("ids" in asked) == asked["all"]:
        raise Problem(422, "Which proposals?", fix="Name their `ids`, or say `all`, with a `score` where you like.")
    chosen = Chosen(tuple(asked.get("ids", ())), asked["score"] if asked["all"] else 0)
    with conflicting(), hub.database.together():
        count = pairs.meant(hub, route, chosen)
        if asked["all"] and asked.get("expected") != count:
            said = f"{count} proposals are meant at present; nothing was done."
            raise Problem(409, said, fix="Look at them, then send this number as `expected`.", count=count)
        return {"job": matching.accept(hub, route, chosen, count)}


@endpoint(f"POST {PATH}/validate", "act", tag="pairs", body=ListSchema, answer=JobRefSchema, status=202)
def validate_pairs(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Have a job look a list of pairs through, row by row; nothing is linked."""
    _, route = place(name, object_name, direction)
    lines = [Line(at, row["source_key"], row["target_id"]) for at, row in enumerate(asked["rows"], 1)]
    with conflicting():
        return {"job": matching.validate(the_hub(), route, lines)}


@endpoint(f"POST {PATH}/link", "act", tag="pairs", body=LinkListSchema, answer=JobRefSchema, status=202)
def link_pairs(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """Link the rows of a list that was looked through. Refused (409) where it is not the newest any more."""
    hub, (_, route) = the_hub(), place(name, object_name, direction)
    with conflicting():
        shown = pairs.looked_through(hub, route, asked["list"])
        return {"job": matching.link(hub, route, shown, skip_faulty=asked["skip_faulty"])}


def _named(row: Proposal, names: Mapping[str, str]) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("id", "state", "score", "reason", "source_key", "target_id")}
    told["source_label"] = names.get(row.source_key, row.source_label)
    return {**told, "target_label": names.get(row.target_id, row.target_label)}


def _told(work: pairs.Work) -> dict[str, Any]:
    last, stands = work.last, work.stands
    told = {name: getattr(last, name) for name in ("kind", "by", "started_at", "ended_at", "counts")}
    return {**told, "job": last.job_id, "state": stands.job.state, "why": stands.why, "faults": work.faults}
