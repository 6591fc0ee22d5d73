"""Proposals: every record of the source that is not linked yet, beside what it could be on the target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.errors import RecordError
from hub.linking.scoring import Marks, marks, score
from hub.platforms.endpoint import Native, Probe
from hub.store.database import Database
from hub.store.links import Links
from hub.store.proposals import Pairing, Proposals
from hub.sync.pair import Pair
from hub.sync.schema import canonical


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A record of the source that is not linked yet."""

    key: str
    label: str
    marks: Marks


@dataclass(slots=True)
class Proposed:
    """How far the proposing is, and at its end what it came to."""

    read: int = 0
    linked: int = 0
    #: Records that could not be understood, so that nothing can be proposed for them; `hub coverage` lists them.
    faulty: int = 0
    #: Source records with at least one candidate.
    matched: int = 0
    states: dict[str, int] = field(default_factory=dict)


def proposals_of(pair: Pair, database: Database) -> Proposals:
    """The proposals of a route."""
    route = pair.route
    return Proposals(database, route.id, route.integration_id, pair.object_type.kind, pair.source_side)


def propose(pair: Pair, database: Database, now: datetime) -> Iterator[Proposed]:
    """Look everything through and keep what could be the same; answers how far it is after each part.

    What was proposed before and does not fit any more is dropped at the end, so that a search which is broken off
    takes nothing away.
    """
    kept, links = proposals_of(pair, database), Links(database, pair.route.integration_id, pair.source_side)
    so_far = Proposed()
    for part in pair.everything():
        records = _unlinked(pair, links, part, so_far, pair.label)
        pairings = list(_pairings(pair, records))
        kept.put(pairings, now)
        so_far.matched += len({pairing.source_key for pairing in pairings})
        yield so_far
    so_far.states = kept.settle(now)
    yield so_far


def unlinked(pair: Pair, database: Database, called: Callable[[Native], str]) -> Iterator[list[Unlinked]]:
    """The records of the source that are not linked yet, in parts; `called` says what to call each."""
    links = Links(database, pair.route.integration_id, pair.source_side)
    for part in pair.everything():
        yield _unlinked(pair, links, part, Proposed(), called)


def _unlinked(
    pair: Pair,
    links: Links,
    part: Sequence[tuple[str, Native]],
    so_far: Proposed,
    called: Callable[[Native], str],
) -> list[Unlinked]:
    linked = links.of(pair.object_type.kind, [key for key, _ in part])
    found = []
    for key, native in part:
        so_far.read += 1
        if key in linked and linked[key].state != "reserved":
            so_far.linked += 1
            continue
        try:
            record = canonical(pair.object_type.schema, pair.source, native)
        except RecordError:
            so_far.faulty += 1
            continue
        found.append(Unlinked(key, called(native), marks(record)))
    return found


def _pairings(pair: Pair, records: Sequence[Unlinked]) -> Iterator[Pairing]:
    probes = [Probe(record.key, record.marks.probe(record.key)) for record in records if record.marks.any]
    found = pair.target.find(probes) if probes else {}
    for record in records:
        seen = set[str]()
        for native in found.get(record.key, ()):
            target_id, result = pair.target.key(native), score(record.key, record.marks, candidate(pair, native))
            if result is not None and target_id not in seen:
                seen.add(target_id)
                label = pair.target_label(native)
                yield Pairing(record.key, record.label, target_id, label, result.points, result.reason)


def candidate(pair: Pair, native: Native) -> Marks:
    """The marks of a record of the target; what its schema would refuse may be the one all the same."""
    try:
        record: Mapping[str, Any] = pair.target.to_canonical(native)
    except RecordError:
        return Marks()
    return marks(record)
