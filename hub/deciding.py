"""Deciding conflicts: which record is meant, whose version counts for each field, and the jobs that carry it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from marshmallow import ValidationError

from hub.errors import ConfigurationError
from hub.store.divergences import Choice, Divergence, Divergences
from hub.store.job import Request, Wanted
from hub.store.link_list import LinkEntry, LinkList
from hub.store.routes import Route
from hub.sync.assemble import source_of, target_of
from objects.base import ObjectType
from objects.entering import typed
from objects.fields import FieldMap, Side
from objects.registry import of_kind

#: Whose version counts. Source and target are those of the route that found the conflict.
Winner = Literal["shop", "erp", "source", "target"]
REASON = "conflict"


@dataclass(frozen=True, slots=True)
class Case:
    """The fields in conflict of one linked record."""

    link: LinkEntry
    fields: Mapping[str, Divergence]
    #: How many records hang on the same root: the variants of its product.
    siblings: int = 1

    @property
    def object_type(self) -> ObjectType:
        """What the record is."""
        return of_kind(self.link.kind)

    @property
    def label(self) -> str:
        """What people call it, where the store may know it."""
        return next(iter(self.fields.values())).label


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person has decided about one field."""

    divergence: Divergence
    choice: Choice
    value: Any = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person has asked for: the version of one side for all fields or some, or a choice for each."""

    #: Whose version counts for `fields`; None = each field has its own choice.
    winner: Winner | None = None
    #: Only these fields; empty = all that are in conflict.
    fields: tuple[str, ...] = ()
    #: Field -> whose version.
    each: Mapping[str, Winner] = field(default_factory=dict)
    #: Field -> a value of one's own, as typed.
    own: Mapping[str, str] = field(default_factory=dict)


def case_of(book: Divergences, links: LinkList, item: str, object_name: str | None = None) -> Case:
    """The conflicts of a record, told by what people call it or by its id on either side."""
    found = {one.link_id for one in book.select(kind="conflict", label=item, limit=1000)}
    found |= {entry.id for entry in links.select(ident=item)}
    entries = links.of(found)
    cases = []
    for link_id, known in book.of(found).items():
        fields = {name: one for name, one in known.items() if one.kind == "conflict"}
        if fields and object_name in (None, of_kind(entries[link_id].kind).name):
            cases.append(Case(entries[link_id], fields))
    if len(cases) == 1:
        return replace(cases[0], siblings=links.siblings(cases[0].link))
    if not cases:
        raise ConfigurationError(
            f"Nothing of {item} is in conflict.", detail=item, fix="See `hub conflicts list NAME` for what is."
        )
    idents = " or ".join(sorted(str(case.link.shop_id) for case in cases))
    raise ConfigurationError(
        f"{item} is the name of {len(cases)} records in conflict.", detail=item, fix=f"Name one by its id: {idents}"
    )


def decide(case: Case, wish: Wish, routes: Sequence[Route], fields: FieldMap | None) -> list[Decision]:
    """What is decided about each field; ConfigurationError where it cannot be, or cannot be carried out.

    `routes`: those of the object that are switched on, in whichever direction.
    """
    _refuse_strangers(case, {*wish.fields, *wish.each, *wish.own})
    by_id = {route.id: route for route in routes}
    decisions = []
    for name, one in case.fields.items():
        if name in wish.own:
            decisions.append(Decision(one, "value", _value(case, name, wish.own[name], fields)))
            continue
        winner = wish.winner if wish.winner and name in (wish.fields or case.fields) else wish.each.get(name)
        if winner is not None:
            decisions.append(Decision(one, _side(winner, one, by_id)))
    open_fields = case.fields.keys() - {one.divergence.field for one in decisions}
    if wish.winner is None and open_fields:
        raise ConfigurationError(
            f"Nothing is decided about {', '.join(sorted(open_fields))}.",
            detail=", ".join(sorted(open_fields)),
            fix="Say for each field in conflict whose version counts, or enter a value of your own.",
        )
    shared = {rule.name for rule in case.object_type.fields if rule.shared}
    shared |= {own.canonical for own in fields.custom if own.shop.startswith("product.")} if fields else set()
    for decision in decisions:
        _refuse_what_nothing_carries(case, decision, routes)
        _refuse_what_is_shared(case, decision, shared)
    return decisions


def requests(case: Case, decisions: Sequence[Decision], routes: Sequence[Route], actor: str) -> list[Request]:
    """A job with the record's key for each route of the object, first the one whose source has won most."""
    won = [decision.choice for decision in decisions]
    ordered = sorted(routes, key=lambda route: -won.count(source_of(route)))
    return [
        Request(route.id, "keys", REASON, actor, keys=[Wanted(key)])
        for route in ordered
        if (key := case.link.shop_id if source_of(route) == "shop" else case.link.erp_id)
    ]


def _refuse_strangers(case: Case, named: set[str]) -> None:
    strangers = ", ".join(sorted(named - case.fields.keys()))
    if strangers:
        raise ConfigurationError(
            f"{strangers}: not in conflict.",
            detail=strangers,
            fix=f"In conflict of {case.label}: {', '.join(sorted(case.fields))}",
        )


def _value(case: Case, name: str, text: str, fields: FieldMap | None) -> Any:
    own = {entry.canonical: entry for entry in fields.custom} if fields else {}
    try:
        return typed(case.object_type, name, text, own)
    except ValidationError as error:
        raise ConfigurationError(
            f"{name} cannot be {text!r}: {' '.join(str(message) for message in error.messages)}",
            detail=name,
            fix="Enter a value that the field can have.",
        ) from error


def _side(winner: Winner, one: Divergence, routes: Mapping[int, Route]) -> Side:
    match winner:
        case "shop" | "erp":
            return winner
    route = routes.get(one.route_id)
    if route is None:
        raise ConfigurationError(
            "The route that found the conflict is switched off.", detail=one.field, fix="Say shop or erp instead."
        )
    return source_of(route) if winner == "source" else target_of(route)


def _refuse_what_is_shared(case: Case, decision: Decision, shared: Set[str]) -> None:
    """What belongs to a whole product in the shop is not changed there by one of its variants."""
    name = decision.divergence.field
    if case.siblings > 1 and name in shared and decision.choice != "shop":
        raise ConfigurationError(
            f"{name} belongs to the whole product, which has {case.siblings} variants: one of them does not change it.",
            detail=name,
            fix=f"Choose the shop's version of {name}, or change it in the shop by hand.",
        )


def _refuse_what_nothing_carries(case: Case, decision: Decision, routes: Sequence[Route]) -> None:
    """A version reaches the other side by a route from its own; a value of one's own needs one to either side."""
    sides: tuple[Side, ...] = ("shop", "erp")
    needed = sides if decision.choice == "value" else tuple(side for side in sides if side == decision.choice)
    missing = set(needed) - {source_of(route) for route in routes}
    if missing:
        direction = " and ".join("shop_to_erp" if side == "shop" else "erp_to_shop" for side in sorted(missing))
        raise ConfigurationError(
            f"No enabled route carries {case.object_type.name} {direction}, so nothing would carry this out.",
            detail=decision.divergence.field,
            fix="Switch the route on, or choose the other side's version and make the change by hand.",
        )
