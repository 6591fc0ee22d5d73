"""Taking links apart, and linking a record to another one instead; each with a word in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass

from hub.bootstrap import Hub
from hub.errors import ConfigurationError, RecordError
from hub.linking import accepting
from hub.linking.proposing import proposals_of
from hub.linking.scoring import OBJECTS as LINKABLE
from hub.store.integrations import Integration
from hub.store.link_list import LinkEntry, LinkList
from hub.store.routes import Route
from hub.sync.pair import opened_pair
from objects.fields import Side
from objects.registry import OBJECTS, of_kind


@dataclass(frozen=True, slots=True)
class Relinked:
    """What a record is linked to now, and the jobs that compare both."""

    before: LinkEntry
    shop_id: str
    erp_id: str
    jobs: set[int]


def unlink(hub: Hub, integration: Integration, link_id: int) -> LinkEntry:
    """Forget that two records are the same. Nothing is deleted on either side; the next run matches anew."""
    gone = LinkList(hub.database, integration.id).unlink(link_id, hub.clock())
    before = {"kind": gone.kind, "shop_id": gone.shop_id, "erp_id": gone.erp_id}
    hub.audit.note("links unlink", f"{integration.name} link {link_id}", before=before)
    return gone


def may_relink(link: LinkEntry) -> bool:
    """Whether a person may say to what a record is linked: only customers, and variants with their items."""
    return any(OBJECTS[name].kind == link.kind for name in LINKABLE)


def relink(hub: Hub, integration: Integration, link: LinkEntry, side: Side, ident: str) -> Relinked:
    """Link a record to another one of a side, in the place of the one it had; nothing is written to either side.

    Raises ConfigurationError where the other record is not there, is linked already, or a run is writing this one.
    """
    if not may_relink(link):
        raise ConfigurationError(
            f"What a {link.kind} is linked to follows from the records around it.",
            detail=link.kind,
            fix="Unlink it instead; the next run matches anew.",
        )
    shop_id, erp_id = (ident, link.erp_id or "") if side == "shop" else (link.shop_id or "", ident)
    if (shop_id, erp_id) == (link.shop_id, link.erp_id):
        raise ConfigurationError("That is what it is linked to.", detail=ident, fix="Name another record.")
    route, now = _route(hub, integration, of_kind(link.kind).name), hub.clock()
    with opened_pair(hub, route) as pair:
        found = (shop_id, erp_id) if pair.source_side == "shop" else (erp_id, shop_id)
        adoptions, errors = accepting.verified(pair, [found])
        _refuse(errors)
        with hub.database.together():
            LinkList(hub.database, integration.id).unlink(link.id, now)
            _refuse(dict(accepting.link(pair, hub.database, [adoptions[0]], now, partial=False)))
            proposals_of(pair, hub.database).classify()
            jobs = accepting.compare(pair, hub.jobs, [adoptions[0].source_id], hub.audit.actor, now)
            before = {"kind": link.kind, "shop_id": link.shop_id, "erp_id": link.erp_id}
            after = {**before, "shop_id": shop_id, "erp_id": erp_id}
            hub.audit.note("links relink", f"{integration.name} link {link.id}", before, after)
    return Relinked(link, shop_id, erp_id, jobs)


def _route(hub: Hub, integration: Integration, object_name: str) -> Route:
    """The route of an object through which both sides are read; one that is switched on, if there is one."""
    routes = [one for one in hub.routes.of(integration.id) if one.object == object_name]
    if not routes:
        raise ConfigurationError(f"No route of {integration.name} carries {object_name}.", detail=object_name)
    return next((one for one in routes if one.enabled), routes[0])


def _refuse(errors: dict[int, RecordError]) -> None:
    for error in errors.values():
        raise ConfigurationError(str(error), detail=error.detail, fix=error.fix) from error
