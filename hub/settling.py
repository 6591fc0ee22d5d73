"""Looking at conflicts and drift, and carrying out what a person has decided; with a word in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.bootstrap import Hub
from hub.deciding import Case, Decision, Winner, Wish, decide, requests
from hub.errors import ConfigurationError
from hub.hiding import masked
from hub.store.divergences import Divergence, Divergences, Kind
from hub.store.integrations import Integration
from hub.store.link_list import LinkEntry, LinkList
from hub.store.routes import Route
from hub.sync.assemble import field_maps
from objects.registry import of_kind

#: How the trail calls a decision about each kind.
_ACTIONS: Mapping[Kind, str] = {"conflict": "conflicts take", "drift": "drift undo"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a decision: the jobs that carry it out."""

    decisions: Sequence[Decision]
    jobs: Sequence[int]


@dataclass(slots=True)
class Outcome:
    """What came of deciding several records."""

    settled: list[Settled] = field(default_factory=list)
    #: Link -> what stood in the way.
    wrong: dict[int, ConfigurationError] = field(default_factory=dict)

    @property
    def jobs(self) -> list[int]:
        """The jobs that carry out what was decided."""
        return [job for one in self.settled for job in one.jobs]


def book_of(hub: Hub, integration: Integration) -> Divergences:
    """The divergences of an integration."""
    return Divergences(hub.database, integration.id, hub.vault)


def links_of(hub: Hub, integration: Integration) -> LinkList:
    """The links of an integration."""
    return LinkList(hub.database, integration.id)


def owners_of(integration: Integration, object_name: str) -> Mapping[str, str]:
    """Whose each field of an object is; fields that are not synchronised are missing."""
    maps = field_maps(integration)
    return dict(maps[object_name].owners) if object_name in maps else {}


def row(one: Divergence, link: LinkEntry, hidden: frozenset[str]) -> dict[str, Any]:
    """A divergence as it is listed, without what is hidden."""
    versions = {"shop": one.shop_value, "erp": one.erp_value, "value": one.value}
    return {
        "id": one.id,
        "object": of_kind(link.kind).name,
        "item": one.label,
        "shop_id": link.shop_id,
        "erp_id": link.erp_id,
        "field": one.field,
        **{side: masked(value, one.field, hidden) for side, value in versions.items()},
        "choice": one.choice,
        "actor": one.actor,
        "at": one.at,
    }


def cases(
    hub: Hub, integration: Integration, kind: Kind, routes: Sequence[int], *, after: int, limit: int
) -> tuple[list[Case], int | None]:
    """Records with fields of a kind, as they were found, and the place to go on from; None where nothing follows."""
    found = book_of(hub, integration).records(kind=kind, routes=routes, after=after, limit=limit + 1)
    made = cases_of(hub, integration, kind, [link for link, _ in found[:limit]])
    return made, found[limit - 1][1] if len(found) > limit else None


def cases_of(hub: Hub, integration: Integration, kind: Kind, link_ids: Sequence[int]) -> list[Case]:
    """What is of a kind in these linked records, in this order; those without any are left out."""
    known, entries = book_of(hub, integration).of(link_ids), links_of(hub, integration).of(link_ids)
    made = []
    for link_id in link_ids:
        fields = {name: one for name, one in known.get(link_id, {}).items() if one.kind == kind}
        if fields and link_id in entries:
            made.append(Case(entries[link_id], fields))
    return made


def enabled_routes(hub: Hub, integration: Integration, object_name: str) -> list[Route]:
    """The routes that carry an object, in whichever direction, and are switched on."""
    return [one for one in hub.routes.of(integration.id) if one.enabled and one.object == object_name]


def settle(hub: Hub, integration: Integration, case: Case, wish: Wish, kind: Kind = "conflict") -> Settled:
    """Decide what a person wishes, and put the jobs in that carry it out: all of it, or nothing.

    ConfigurationError where it cannot be, or where a version is another one by now.
    """
    object_name = case.object_type.name
    routes = enabled_routes(hub, integration, object_name)
    case = replace(case, siblings=links_of(hub, integration).siblings(case.link))
    decisions = decide(case, wish, routes, field_maps(integration).get(object_name))
    book, actor = book_of(hub, integration), hub.audit.actor
    with hub.database.together():
        if not all(book.choose(one.divergence, one.choice, one.value, actor) for one in decisions):
            raise ConfigurationError(
                "The versions have changed meanwhile.", detail=case.label, fix="Look at them, and decide anew."
            )
        _note(hub, integration.name, case, decisions, _ACTIONS[kind])
        jobs = [hub.jobs.put(request, hub.clock()) for request in requests(case, decisions, routes, actor)]
    return Settled(decisions, jobs)


def undoing(integration: Integration, case: Case) -> Wish:
    """The wish to undo edits on the side that does not own the field: the owner's version counts."""
    owners = owners_of(integration, case.object_type.name)
    sides: dict[str, Winner] = {"shop": "shop", "erp": "erp"}
    return Wish(each={name: sides[owners[name]] for name in case.fields if owners.get(name) in sides})


def settle_each(hub: Hub, integration: Integration, kind: Kind, wishes: Sequence[tuple[Case, Wish]]) -> Outcome:
    """Decide several records of a kind; what stands in the way of one keeps none of the others."""
    outcome = Outcome()
    for case, wish in wishes:
        try:
            outcome.settled.append(settle(hub, integration, case, wish, kind))
        except ConfigurationError as error:
            outcome.wrong[case.link.id] = error
    return outcome


def _note(hub: Hub, name: str, case: Case, decisions: Sequence[Decision], action: str) -> None:
    hidden = case.object_type.personal
    before, after = {}, {}
    for one in decisions:
        known, field = one.divergence, one.divergence.field
        versions = {"shop": known.shop_value, "erp": known.erp_value}
        before[field] = {side: masked(value, field, hidden) for side, value in versions.items()}
        own = {"value": masked(str(one.value), field, hidden)}
        after[field] = own if one.choice == "value" else one.choice
    what = f"{name} {case.object_type.name} {case.label}"
    hub.audit.note(action, what[:255], before, after)
