"""Accepting: proposals, or the rows of a list, become links. Nothing is written to either side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.errors import RecordError, RecordVanished, TargetVanished
from hub.linking.proposing import proposals_of
from hub.platforms.endpoint import Endpoint, Native
from hub.store.adopting import Adopter, Adoption
from hub.store.database import Database
from hub.store.job import Request, Wanted
from hub.store.jobs import Jobs
from hub.store.link import Kin
from hub.store.proposals import Proposal, State
from hub.sync.pair import AT_A_TIME, Pair

REASON = "linked"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which proposals are accepted: certain ones, or all that are unique, from a score on."""

    ids: tuple[int, ...] = ()
    least: int = 0

    @property
    def states(self) -> tuple[State, ...]:
        """A person may choose any proposal by its number; in bulk only those without a rival are taken."""
        return ("unique", "ambiguous", "duplicate") if self.ids else ("unique",)


@dataclass(slots=True)
class Accepted:
    """What came of it so far."""

    linked: int = 0
    #: Proposals that could not be accepted, and why.
    refused: list[tuple[Proposal, RecordError]] = field(default_factory=list)
    jobs: set[int] = field(default_factory=set)


def accept(
    pair: Pair, database: Database, jobs: Jobs, chosen: Chosen, *, actor: str, now: datetime
) -> Iterator[Accepted]:
    """Link what was chosen, as far as both records are still there and free; answers how far it is after each part."""
    kept, so_far, after = proposals_of(pair, database), Accepted(), 0
    while rows := kept.page(states=chosen.states, least=chosen.least, ids=chosen.ids, after=after, limit=AT_A_TIME):
        after = rows[-1].id
        adoptions, errors = verified(pair, [(row.source_key, row.target_id) for row in rows])
        places = sorted(adoptions)
        fit = [adoptions[place] for place in places]
        with database.together():
            refused = link(pair, database, fit, now, partial=True)
            errors |= {places[place]: error for place, error in refused.items()}
            done = [row for place, row in enumerate(rows) if place not in errors]
            kept.accept([row.id for row in done])
            so_far.jobs |= compare(pair, jobs, [row.source_key for row in done], actor, now)
        so_far.linked += len(done)
        so_far.refused += [(rows[place], error) for place, error in sorted(errors.items())]
        yield so_far
    kept.classify()


def verified(pair: Pair, pairs: Sequence[tuple[str, str]]) -> tuple[dict[int, Adoption], dict[int, RecordError]]:
    """What becomes of (source key, target id) pairs by their place: a link to be made, or what stands against it."""
    sources = read_known(pair.source, [key for key, _ in pairs])
    targets = read_known(pair.target, [ident for _, ident in pairs])
    adoptions: dict[int, Adoption] = {}
    errors: dict[int, RecordError] = {}
    for place, (key, ident) in enumerate(pairs):
        if key not in sources:
            errors[place] = RecordVanished(
                f"The source has no record {key}.", detail=key, fix="Correct the key, or leave the row out."
            )
        elif ident not in targets:
            errors[place] = TargetVanished(
                f"The target has no record {ident}.", detail=ident, fix="Correct the id, or leave the row out."
            )
        else:
            adoptions[place] = _adoption(pair, key, sources[key], ident, targets[ident])
    return adoptions, errors


def read_known(end: Endpoint, keys: Sequence[str]) -> dict[str, Native]:
    """Records by key, each asked for once; those that do not exist are missing."""
    wanted = list(dict.fromkeys(key for key in keys if key))
    return end.read(wanted) if wanted else {}


def _adoption(pair: Pair, key: str, source: Native, ident: str, target: Native) -> Adoption:
    label = "" if pair.personal else pair.source.label(source)
    return Adoption(key, ident, label, _parent(pair, source, target))


def _parent(pair: Pair, source: Native, target: Native) -> Kin | None:
    """The link around this one, on whichever side it is known."""
    for one in pair.target.relatives(target):
        if one.role == "parent":
            return Kin(one.kind, one.source_id, one.target_id, parent=True)
    for one in pair.source.relatives(source):
        if one.role == "parent":
            # Seen from there the target is the other side.
            return Kin(one.kind, one.target_id, one.source_id, parent=True)
    return None


def link(
    pair: Pair, database: Database, adoptions: Sequence[Adoption], now: datetime, *, partial: bool
) -> Mapping[int, RecordError]:
    """Make the links in one transaction; answers those that are refused, by their place."""
    adopter = Adopter(database, pair.route.integration_id, pair.source_side)
    return adopter.adopt(pair.object_type.kind, adoptions, now, partial=partial)


def compare(pair: Pair, jobs: Jobs, keys: Sequence[str], actor: str, now: datetime) -> set[int]:
    """Have the next run compare what was linked; before the first load that is its own affair."""
    if not keys or pair.route.initialization == "none":
        return set()
    wanted = [Wanted(key) for key in keys]
    return {jobs.put(Request(pair.route.id, "keys", REASON, actor, keys=wanted), now)}
