"""Links: which record of the shop is which record of the ERP."""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import Schema, fields, validate

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import conflicting, missing
from admin.api.reach import NUMBER, integration
from admin.api.schemas import when, word
from hub.relinking import relink as link_otherwise
from hub.relinking import unlink as take_apart
from hub.store.integrations import Integration
from hub.store.link_list import LinkEntry, LinkList
from objects.fields import Side

ONE = f"/integrations/<name>/links/<{NUMBER}:link_id>"


class LinkSchema(Schema):
    """One link."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    shop_id = fields.String(required=True, allow_none=True)
    erp_id = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    parent_id = fields.Integer(required=True, allow_none=True)
    label = fields.String(required=True)
    unknown_since = when()
    message = fields.Integer(required=True, allow_none=True)


class LinksQuerySchema(PageSchema):
    """Which links are wanted."""

    kind = word(metadata={"description": "customer, product, variant, order or level."})
    id = word(metadata={"description": "The id on either side."})


class RelinkSchema(Schema):
    """The other record that one is to be linked to."""

    side = fields.String(
        required=True,
        validate=validate.OneOf(get_args(Side)),
        metadata={"description": "The side of the other record; the record of the opposite side stays."},
    )
    id = word(required=True, metadata={"description": "The other record's id on that side."})


class RelinkedSchema(Schema):
    """What is linked now; the jobs compare both."""

    kind = fields.String(required=True)
    shop_id = fields.String(required=True)
    erp_id = fields.String(required=True)
    jobs = fields.List(fields.Integer(), required=True)


@endpoint("GET /integrations/<name>/links", "read", tag="links", query=LinksQuerySchema, answer=listed(LinkSchema))
def list_links(asked: dict[str, Any], name: str) -> Any:
    """Links in the order in which they were made."""
    after = (read(asked["cursor"], "links", int) or (0,))[0]
    found = LinkList(the_hub().database, integration(name).id).select(
        kind=asked.get("kind", ""), ident=asked.get("id", ""), after=after, limit=asked["limit"] + 1
    )
    return page(found, asked["limit"], "links", lambda link: [link.id])


@endpoint(f"DELETE {ONE}", "act", tag="links", answer=LinkSchema)
def unlink(name: str, link_id: int) -> Any:
    """Forget that two records are the same; answers with the link that there was.

    Nothing is deleted on either side. The next run matches anew: a record that is not found again is created again.
    """
    one, link = _found(name, link_id)
    with conflicting():
        return take_apart(the_hub(), one, link.id)


@endpoint(f"POST {ONE}/relink", "act", tag="links", body=RelinkSchema, answer=RelinkedSchema)
def relink(asked: dict[str, Any], name: str, link_id: int) -> Any:
    """Link a customer, or a variant or its item, to another record of a side, which is looked up first.

    Nothing is written to either side. Refused (409) where the other record is not there or is linked already, and while
    a run is writing this one.
    """
    one, link = _found(name, link_id)
    with conflicting():
        done = link_otherwise(the_hub(), one, link, asked["side"], asked["id"])
    return {"kind": link.kind, "shop_id": done.shop_id, "erp_id": done.erp_id, "jobs": sorted(done.jobs)}


def _found(name: str, link_id: int) -> tuple[Integration, LinkEntry]:
    one = integration(name)
    link = LinkList(the_hub().database, one.id).of([link_id]).get(link_id)
    if link is None:
        raise missing(f"link {link_id} of {name}")
    return one, link
