"""Coverage: how far both sides cover each other, record by record, as the last look has found."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import conflicting, missing
from admin.api.reach import ROUTE, place
from admin.api.schemas import JobRefSchema, numbers, when, word
from hub import covering
from hub.linking.standing import CLASSES
from hub.store.coverage import CoverageBook, Look

PATH = f"{ROUTE}/coverage"


class ClassSchema(Schema):
    """How many records stand in one way, and why."""

    name = fields.String(required=True, validate=validate.OneOf(CLASSES))
    count = fields.Integer(required=True)
    reasons = numbers()


class ReportSchema(Schema):
    """What a look has found; every record is in one class."""

    job = fields.Integer(required=True)
    by = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    ended_at = when()
    read = fields.Integer(required=True)
    classes = fields.List(fields.Nested(ClassSchema), required=True)


class CoverageSchema(Schema):
    """The last report of a route, and a newer look that goes on."""

    report = fields.Nested(ReportSchema, required=True, allow_none=True)
    looking = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The job that looks now; null = none does."}
    )


class CoverageRecordSchema(Schema):
    """One record of the source as it stood. What customers are called is not kept."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    reason = fields.String(required=True)
    detail = fields.String(required=True)


class CoverageQuerySchema(PageSchema):
    """Which records are wanted."""

    name = fields.String(required=True, data_key="class", validate=validate.OneOf(CLASSES))
    reason = word()


@endpoint(f"GET {PATH}", "read", tag="coverage", answer=CoverageSchema)
def get_coverage(name: str, object_name: str, direction: str) -> Any:
    """How many records of the source are connected, syncable, worth a look, in trouble or ignored, and why."""
    looks = CoverageBook(the_hub().database).of_route(place(name, object_name, direction)[1].id)
    job = the_hub().jobs.get(looks.newest.job_id) if looks.newest else None
    report = _told(looks.report) if looks.report else None
    return {"report": report, "looking": job.id if job and job.unfinished else None}


@endpoint(f"GET {PATH}/records", "read", tag="coverage", query=CoverageQuerySchema, answer=listed(CoverageRecordSchema))
def list_coverage(asked: dict[str, Any], name: str, object_name: str, direction: str) -> Any:
    """The records of one class in the last report, or of one of its reasons, as the source lists them."""
    book = CoverageBook(the_hub().database)
    report = book.of_route(place(name, object_name, direction)[1].id).report
    if report is None:
        raise missing(f"coverage of {object_name} {direction} of {name} yet")
    cursor = f"coverage {report.job_id} {asked['name']}"
    after = (read(asked["cursor"], cursor, int) or (-1,))[0]
    found = book.page(report.job_id, asked["name"], asked.get("reason"), after=after, limit=asked["limit"] + 1)
    return page(found, asked["limit"], cursor, lambda row: [row.place])


@endpoint(f"POST {PATH}/look", "act", tag="coverage", answer=JobRefSchema, status=202)
def look_at_coverage(name: str, object_name: str, direction: str) -> Any:
    """Have a job read the whole source afresh. Until it is done the last report stays; one looks at a time (409)."""
    _, route = place(name, object_name, direction)
    with conflicting():
        return {"job": covering.look(the_hub(), route)}


def _told(look: Look) -> dict[str, Any]:
    told = {name: getattr(look, name) for name in ("by", "started_at", "ended_at", "read")}
    reasons = {name: dict(look.reasons.get(name, {})) for name in CLASSES}
    classes = [{"name": name, "count": sum(each.values()), "reasons": each} for name, each in reasons.items()]
    return {**told, "job": look.job_id, "classes": classes}
