"""A route's pairs as people look at them: what is proposed, and how the last work on it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.awaited import Awaited, awaited
from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.linking import listing
from hub.linking.accepting import Chosen
from hub.linking.errands import faults_of
from hub.store.pairings import Pairing, Pairings
from hub.store.proposals import Proposal, Proposals
from hub.store.routes import Route
from hub.sync.assemble import source_of
from hub.sync.pair import opened_pair
from message_log.redact import MASK, without_addresses
from objects.registry import OBJECTS

#: Rows of a list that are taken at a time.
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Work:
    """The last work on a route's pairs, and how its job stands."""

    last: Pairing
    stands: Awaited
    #: The first rows or proposals that could not be linked; none as long as it goes on.
    faults: Sequence[Mapping[str, Any]]

    @property
    def going(self) -> bool:
        """Whether it is not at its end."""
        return self.stands.job.unfinished


def proposals(hub: Hub, route: Route) -> Proposals:
    """What is proposed for the records of a route."""
    kind = OBJECTS[route.object].kind
    return Proposals(hub.database, route.id, route.integration_id, kind, source_of(route))


def meant(hub: Hub, route: Route, chosen: Chosen) -> int:
    """How many proposals are chosen; ConfigurationError where one that is named is not open."""
    kept = proposals(hub, route)
    if not chosen.ids:
        return kept.count("unique", chosen.least)
    known = {row.id for row in kept.page(states=chosen.states, ids=chosen.ids, limit=len(chosen.ids))}
    unknown = ", ".join(str(number) for number in sorted(set(chosen.ids) - known))
    if unknown:
        raise ConfigurationError(
            f"There is no open proposal {unknown}.", detail=unknown, fix="See `hub links proposals`."
        )
    return len(known)


def called(hub: Hub, route: Route, rows: Sequence[Proposal]) -> dict[str, str]:
    """What the records of proposals are called where the hub does not keep it: both sides are asked. It is noted."""
    if not OBJECTS[route.object].label_is_personal:
        return {}
    with opened_pair(hub, route, hurried=True) as pair:
        found = listing.names(pair, rows)
    integration = hub.integrations.get(route.integration_id)
    hub.audit.note("show personal data", f"links proposals {integration.name} {route.object}")
    return found


def work(hub: Hub, route: Route, *, personal: bool) -> Work | None:
    """How the last work stands; without `personal` nothing that names a customer is among its faults."""
    last = Pairings(hub.database).newest(route.id)
    if last is None:
        return None
    stands = awaited(hub, last.job_id)
    faults = faults_of(hub.vault, last)
    if OBJECTS[route.object].label_is_personal and not personal:
        faults = [_masked(one) for one in faults]
    return Work(last, stands, faults)


def looked_through(hub: Hub, route: Route, job: int | None) -> Pairing:
    """The list that a job has looked through; ConfigurationError where there is none, a newer one, or nothing left."""
    last = Pairings(hub.database).newest(route.id)
    if last is None or last.kind not in ("validate", "link") or last.ended_at is None:
        raise ConfigurationError("There is no list that was looked through.", detail="list", fix="Upload one first.")
    if last.job_id != job:
        raise ConfigurationError(
            f"The list that you saw is not the newest any more: {last.by} has uploaded another one.",
            detail="list",
            fix="Nothing was linked. Look at it, or upload yours again.",
        )
    if last.counts.get("linked"):
        raise ConfigurationError("This list is linked already.", detail="list", fix="Upload what is left of it anew.")
    return last


def _masked(fault: Mapping[str, Any]) -> dict[str, Any]:
    """A row that is wrong without whom it names: people name customers by their e-mail addresses."""
    named = {name: fault[name] for name in ("source_key", "target_id") if fault[name]}
    what = without_addresses(fault["what"])
    for value in sorted(named.values(), key=len, reverse=True):
        what = what.replace(value, MASK)
    return {**fault, "what": what, **dict.fromkeys(named, MASK)}
