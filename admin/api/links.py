"""Links: which record of the shop is which record of the ERP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from admin.api.blueprint import endpoint, the_hub
from admin.api.paging import PageSchema, listed, page, read
from admin.api.problems import conflicting, missing
from admin.api.reach import NUMBER, integration
from admin.api.schemas import when, word
from hub.relinking import unlink as take_apart
from hub.store.link_list import LinkList


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


@endpoint("GET /integrations/<name>/links", "read", tag="links", query=LinksQuerySchema, answer=listed(LinkSchema))
def list_links(asked: dict[str, Any], name: str) -> Any:
    """Links in the order in which they were made."""
    after = (read(asked["cursor"], "links", int) or (0,))[0]
    found = LinkList(the_hub().database, integration(name).id).select(
        kind=asked.get("kind", ""), ident=asked.get("id", ""), after=after, limit=asked["limit"] + 1
    )
    return page(found, asked["limit"], "links", lambda link: [link.id])


@endpoint(f"DELETE /integrations/<name>/links/<{NUMBER}:link_id>", "act", tag="links", answer=LinkSchema)
def unlink(name: str, link_id: int) -> Any:
    """Forget that two records are the same; answers with the link that there was.

    Nothing is deleted on either side. The next run matches anew: a record that is not found again is created again.
    """
    hub, one = the_hub(), integration(name)
    links = LinkList(hub.database, one.id)
    if link_id not in links.of([link_id]):
        raise missing(f"link {link_id} of {name}")
    with conflicting():
        return take_apart(hub, one, link_id)
