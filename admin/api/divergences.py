"""Conflicts and drift: both versions of each field, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_args

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, read, written
from admin.api.problems import Problem, conflict, missing
from admin.api.reach import NUMBER, integration, places, sees_personal
from admin.api.schemas import PersonalSchema, number, word
from hub.deciding import Case, Winner, Wish
from hub.hiding import masked
from hub.settling import cases, cases_of, owners_of, settle_each, undoing
from hub.store.divergences import Divergence, Kind
from hub.store.integrations import Integration

CONFLICTS, DRIFT = "/integrations/<name>/conflicts", "/integrations/<name>/drift"
WINNERS = get_args(Winner)
#: Records of one request.
MOST = 200
#: Characters of a value of one's own: descriptions are long.
LONGEST = 100_000


class VersionsSchema(Schema):
    """One field: what it is on both sides. Personal values read *** unless they were asked for."""

    field = fields.String(required=True)
    shop = fields.Raw(required=True, allow_none=True)
    erp = fields.Raw(required=True, allow_none=True)
    owner = fields.String(required=True, metadata={"description": "Whose the field is: shop, erp, or none."})
    found_at = fields.DateTime(required=True)
    choice = fields.String(
        required=True, metadata={"description": "What was decided and is not carried out yet: shop, erp or value."}
    )
    value = fields.Raw(required=True, allow_none=True, metadata={"description": "The value that was entered."})
    decided_by = fields.String(required=True)


class CaseSchema(Schema):
    """One linked record with the fields in which both sides are left to differ."""

    id = fields.Integer(required=True, metadata={"description": "That of its link."})
    object = fields.String(required=True)
    label = fields.String(required=True)
    shop_id = fields.String(required=True, allow_none=True)
    erp_id = fields.String(required=True, allow_none=True)
    fields_ = fields.List(fields.Nested(VersionsSchema), required=True, data_key="fields")


class CasesQuerySchema(PageSchema, PersonalSchema):
    """Which page is wanted."""


class RecordsSchema(Schema):
    """Which records are meant."""

    records = fields.List(
        number(), required=True, validate=validate.Length(1, MOST), metadata={"description": "Their ids in the list."}
    )


class TakeSchema(RecordsSchema):
    """Whose version counts, for which records. Source and target are those of the route that found the conflict."""

    winner = fields.String(required=True, validate=validate.OneOf(WINNERS))
    fields_ = fields.List(
        word(),
        load_default=list,
        data_key="fields",
        metadata={"description": "Only these fields; left out, all that are in conflict."},
    )


class MergeSchema(Schema):
    """A choice for each field in conflict: the version of a side, or a value of one's own."""

    take = fields.Dict(
        keys=word(),
        values=fields.String(validate=validate.OneOf(WINNERS)),
        load_default=dict,
        metadata={"description": "Field -> whose version counts: shop, erp, source or target."},
    )
    values = fields.Dict(
        keys=word(),
        values=fields.String(validate=validate.Length(max=LONGEST)),
        load_default=dict,
        metadata={"description": "Field -> a value of your own, written as text."},
    )


class UndecidedSchema(Schema):
    """A record about which nothing was decided, and why."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)
    fix = fields.String(required=True)


class SettledSchema(Schema):
    """What came of it; the jobs carry it out."""

    decided = fields.Integer(required=True)
    jobs = fields.List(fields.Integer(), required=True)
    refused = fields.List(fields.Nested(UndecidedSchema), required=True)


# -- looking --------------------------------------------------------------------------------------------------------


@endpoint(f"GET {CONFLICTS}", "read", tag="conflicts", query=CasesQuerySchema, answer=listed(CaseSchema))
def list_conflicts(asked: dict[str, Any], name: str) -> Any:
    """Records with fields that both sides have changed and neither owns, as they were found."""
    return _listed(asked, integration(name), "conflict")


@endpoint(f"GET {CONFLICTS}/<{NUMBER}:record_id>", "read", tag="conflicts", query=PersonalSchema, answer=CaseSchema)
def get_conflict(asked: dict[str, Any], name: str, record_id: int) -> Any:
    """Both versions of one record."""
    return _one(asked, integration(name), "conflict", record_id)


@endpoint(f"GET {DRIFT}", "read", tag="conflicts", query=CasesQuerySchema, answer=listed(CaseSchema))
def list_drift(asked: dict[str, Any], name: str) -> Any:
    """Records with fields that were edited on the side that does not own them, as they were found."""
    return _listed(asked, integration(name), "drift")


@endpoint(f"GET {DRIFT}/<{NUMBER}:record_id>", "read", tag="conflicts", query=PersonalSchema, answer=CaseSchema)
def get_drift(asked: dict[str, Any], name: str, record_id: int) -> Any:
    """Both versions of one record."""
    return _one(asked, integration(name), "drift", record_id)


# -- deciding -------------------------------------------------------------------------------------------------------


@endpoint(f"POST {CONFLICTS}/take", "act", tag="conflicts", body=TakeSchema, answer=SettledSchema, status=202)
def take_version(asked: dict[str, Any], name: str) -> Any:
    """Take the version of one side, for one record or several. What stands in the way of one is told beside the rest.

    Where nothing could be decided at all, 409 says why.
    """
    wish = Wish(asked["winner"], tuple(asked["fields_"]))
    return _settled(integration(name), "conflict", asked["records"], lambda case: wish)


@endpoint(
    f"POST {CONFLICTS}/<{NUMBER}:record_id>/merge",
    "act",
    tag="conflicts",
    body=MergeSchema,
    answer=SettledSchema,
    status=202,
)
def merge_versions(asked: dict[str, Any], name: str, record_id: int) -> Any:
    """Decide each field in conflict of one record by itself."""
    twice = ", ".join(sorted(asked["take"].keys() & asked["values"].keys()))
    if twice:
        raise Problem(422, f"{twice} is decided twice.", fix="Name it in `take`, or in `values`.")
    wish = Wish(each=asked["take"], own=asked["values"])
    return _settled(integration(name), "conflict", [record_id], lambda case: wish)


@endpoint(f"POST {DRIFT}/undo", "act", tag="conflicts", body=RecordsSchema, answer=SettledSchema, status=202)
def undo_drift(asked: dict[str, Any], name: str) -> Any:
    """Undo edits on the side that does not own the field, for one record or several: the owner's version counts."""
    one = integration(name)
    return _settled(one, "drift", asked["records"], lambda case: undoing(one, case))


# -- parts ----------------------------------------------------------------------------------------------------------


def _listed(asked: dict[str, Any], one: Integration, kind: Kind) -> dict[str, Any]:
    hidden = _hides(asked, one, kind)
    after = (read(asked["cursor"], kind, int) or (0,))[0]
    found, following = cases(the_hub(), one, kind, list(places(one.name)), after=after, limit=asked["limit"])
    told = [_told(one, case, hidden=hidden) for case in found]
    return {"items": told, "next": written(kind, following) if following is not None else None}


def _one(asked: dict[str, Any], one: Integration, kind: Kind, record_id: int) -> dict[str, Any]:
    found = _cases(one, kind, [record_id])
    return _told(one, found[0], hidden=_hides(asked, one, kind))


def _hides(asked: dict[str, Any], one: Integration, kind: Kind) -> bool:
    """Whether personal values are masked; where they are not, that is noted."""
    if sees_personal(asked["personal"]):
        the_hub().audit.note("show personal data", f"{one.name} {kind}")
        return False
    return True


def _cases(one: Integration, kind: Kind, records: Sequence[int]) -> list[Case]:
    found = cases_of(the_hub(), one, kind, list(dict.fromkeys(records)))
    if not found:
        raise missing(f"{kind} of {', '.join(map(str, records[:10]))} in {one.name}")
    return found


def _settled(one: Integration, kind: Kind, records: Sequence[int], wish: Callable[[Case], Wish]) -> dict[str, Any]:
    found = _cases(one, kind, records)
    outcome = settle_each(the_hub(), one, kind, [(case, wish(case)) for case in found])
    if not outcome.settled:
        raise conflict(next(iter(outcome.wrong.values())))
    refused = [{"id": link, "text": str(error), "fix": error.fix} for link, error in outcome.wrong.items()]
    gone = set(records) - {case.link.id for case in found}
    refused += [{"id": link, "text": f"There is no {kind} of it.", "fix": "Nothing."} for link in sorted(gone)]
    return {"decided": len(outcome.settled), "jobs": outcome.jobs, "refused": refused}


def _told(one: Integration, case: Case, *, hidden: bool) -> dict[str, Any]:
    owners = owners_of(one, case.object_type.name)
    names = case.object_type.personal if hidden else frozenset[str]()
    return {
        "id": case.link.id,
        "object": case.object_type.name,
        "label": case.label,
        "shop_id": case.link.shop_id,
        "erp_id": case.link.erp_id,
        "fields_": [_versions(field, owners.get(name, "none"), names) for name, field in case.fields.items()],
    }


def _versions(field: Divergence, owner: str, hidden: frozenset[str]) -> dict[str, Any]:
    values = {"shop": field.shop_value, "erp": field.erp_value, "value": field.value}
    return {
        "field": field.field,
        **{name: masked(value, field.field, hidden) for name, value in values.items()},
        "owner": owner,
        "found_at": field.at,
        "choice": field.choice,
        "decided_by": field.actor,
    }
