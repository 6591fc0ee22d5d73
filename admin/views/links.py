"""Links: which record of the shop is which record of the ERP; found, looked at, taken apart, put right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, request, url_for

from admin.auth import person, requires
from admin.said import said
from admin.views.base import Scope, View, back, exposed, number
from hub.errors import ConfigurationError
from hub.record import KINDS, SEARCHED, find
from hub.relinking import may_relink, relink, unlink
from hub.store.divergences import Divergences
from hub.store.integrations import Integration
from hub.store.link_list import LinkEntry, LinkList
from objects.fields import Side

PAGE = 50
#: More are not looked for at a time.
IDENTS = 10
#: Links below one that its page shows.
BELOW = 30
SIDES: dict[str, Side] = {"shop": "shop", "erp": "erp"}


@dataclass(frozen=True, slots=True)
class Row:
    """A link with the integration whose it is."""

    integration: str
    link: LinkEntry


class LinksView(View):
    """The list, and one."""

    @exposed("/")
    def index(self) -> str:
        """Links as they were made, or those of records that somebody looks for by any of their ids."""
        everything = self.scope()
        name, kind = (request.args.get(one, "").strip() for one in ("integration", "kind"))
        idents = list(dict.fromkeys(one for text in request.args.getlist("ident") if (one := text.strip())))[:IDENTS]
        meant = self._meant(everything, name)
        found: list[Row] = []
        following = None
        if idents:
            found = self._named(meant, idents, kind)
        elif meant:
            found, following = self._page(meant, kind, number("after") or 0)
        # Of so many the first one stands for all; then the page says so.
        only = meant[0].name if name or len(meant) < len(everything.integrations) else ""
        asked = {"integration": only, "ident": idents, "kind": kind}
        kept = {key: value for key, value in asked.items() if value}
        return self.page("links", everything=everything, links=found, following=following, asked=kept, kinds=KINDS)

    def _meant(self, everything: Scope, name: str) -> list[Integration]:
        if name:
            return [self.integration(name)[1]]
        found = list(everything.integrations.values())
        return found if len(found) <= SEARCHED else found[:1]

    def _named(self, meant: list[Integration], idents: list[str], kind: str) -> list[Row]:
        found = find(self.hub, meant, idents)
        rows = {one.link.id: Row(one.integration.name, one.link) for one in found if one.link is not None}
        return [row for row in rows.values() if kind in ("", row.link.kind)]

    def _page(self, meant: list[Integration], kind: str, after: int) -> tuple[list[Row], int | None]:
        """A page in the order in which links were made, and the place to go on from; None where nothing follows."""
        names = {one.id: one.name for one in meant}
        found = LinkList(self.hub.database, *names).select(kind=kind, after=after, limit=PAGE + 1)
        rows = [Row(names[link.integration_id], link) for link in found[:PAGE]]
        return rows, rows[-1].link.id if len(found) > PAGE else None

    @exposed("/<integration>/<int:identity>")
    def one(self, integration: str, identity: int) -> str:
        """One link."""
        return self._shown(*self._link(integration, identity))

    def _shown(self, scope: Scope, found: Integration, link: LinkEntry, **more: Any) -> str:
        links = self._list(found)
        parent = links.of([link.parent_id]).get(link.parent_id) if link.parent_id is not None else None
        below = links.below(link.id, BELOW)
        apart = Divergences(self.hub.database, found.id, self.hub.vault).of([link.id]).get(link.id, {})
        values = {"wrong": "", "fix": "", "typed": "", "side": "erp", "object": KINDS.get(link.kind, ""), **more}
        bases = links.agreed(link.id)
        facts = {"parent": parent, "below": below, "apart": apart, "bases": bases, "may_relink": may_relink(link)}
        return self.page("link", name=found.name, link=link, zone=scope.any_zone, **facts, **values)

    @exposed("/<integration>/<int:identity>/unlink", "POST")
    @requires("act")
    def unlink(self, integration: str, identity: int) -> Any:
        """Forget that two records are the same, after saying what comes of it."""
        scope, found, link = self._link(integration, identity)
        if "confirmed" not in request.form:
            return self._shown(scope, found, link, asking=True)
        try:
            unlink(self.hub.acting_for(person().name), found, link.id)
        except ConfigurationError as error:
            return self._shown(scope, found, link, wrong=str(error), fix=said(error.fix)), 400
        here = url_for("links.index", integration=found.name)
        return back(here, f"{link.shop_id} and {link.erp_id} are no longer linked. The next run matches anew.")

    @exposed("/<integration>/<int:identity>/relink", "POST")
    @requires("act")
    def relink(self, integration: str, identity: int) -> Any:
        """Link a record to another one, which is looked up first."""
        scope, found, link = self._link(integration, identity)
        side, ident = SIDES.get(request.form.get("side", "")), request.form.get("ident", "").strip()[:255]
        if side is None or not ident:
            abort(400, "Name the side and the other record's id.")
        try:
            done = relink(self.hub.acting_for(person().name), found, link, side, ident)
        except ConfigurationError as error:
            more = {"wrong": str(error), "fix": said(error.fix), "typed": ident, "side": side}
            return self._shown(scope, found, link, **more), 400
        text = f"{done.shop_id} and {done.erp_id} are linked now."
        text += " The next run compares them." if done.jobs else ""
        return back(url_for("links.index", integration=found.name, ident=done.erp_id), text)

    def _link(self, name: str, identity: int) -> tuple[Scope, Integration, LinkEntry]:
        scope, found = self.integration(name)
        link = self._list(found).of([identity]).get(identity)
        if link is None:
            abort(404)
        return scope, found, link

    def _list(self, integration: Integration) -> LinkList:
        return LinkList(self.hub.database, integration.id)
