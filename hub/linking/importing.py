"""Taking a filled-in list of pairs back: each wrong row is named with its line, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.chunks import chunks
from hub.errors import AmbiguousMatch, InvalidRecord, RecordError
from hub.linking.accepting import compare, link, read_known, verified
from hub.linking.proposing import candidate, proposals_of
from hub.linking.sheet import Line
from hub.platforms.endpoint import Probe
from hub.store.adopting import ONCE, Adopter, Adoption
from hub.store.audit import Audit
from hub.store.database import Database
from hub.store.jobs import Jobs
from hub.sync.pair import AT_A_TIME, Pair


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong row."""

    line: Line
    error: RecordError


@dataclass(slots=True)
class Checked:
    """A list that was looked through."""

    #: Rows that name a pair, and rows without a target.
    rows: int = 0
    empty: int = 0
    good: list[tuple[Line, Adoption]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def check(pair: Pair, database: Database, lines: Iterable[Line], now: datetime) -> Checked:
    """Look every row through; nothing is written."""
    checked = Checked()
    sources: dict[str, int] = {}
    targets: dict[str, int] = {}
    for part in chunks(lines, AT_A_TIME):
        filled = [line for line in part if line.target_id]
        checked.rows += len(filled)
        checked.empty += len(part) - len(filled)
        good, faults = _part(pair, database, filled, now)
        for line, adoption in good:
            before = sources.get(adoption.source_id) or targets.get(adoption.target_id)
            if before is not None:
                text = f"The list names this record in line {before} already."
                faults.append(Fault(line, AmbiguousMatch(text, detail=f"line {before}", fix=ONCE)))
                continue
            sources[adoption.source_id] = targets[adoption.target_id] = line.number
            checked.good.append((line, adoption))
        checked.faults += faults
    checked.faults.sort(key=lambda fault: fault.line.number)
    return checked


def _part(
    pair: Pair, database: Database, lines: Sequence[Line], now: datetime
) -> tuple[list[tuple[Line, Adoption]], list[Fault]]:
    resolved, several = _resolved(pair, lines)
    pairs = [(line.source_key, resolved.get(line.target_id, line.target_id)) for line in lines]
    adoptions, errors = verified(pair, pairs)
    for place, line in enumerate(lines):
        if not line.source_key:
            errors[place] = InvalidRecord("The row has no source_key.", detail="source_key", fix="Name the record.")
        elif line.target_id in several:
            errors[place] = several[line.target_id]
    places = [place for place in sorted(adoptions) if place not in errors]
    adopter = Adopter(database, pair.route.integration_id, pair.source_side)
    refused = adopter.against(pair.object_type.kind, [adoptions[place] for place in places], now)
    errors |= {places[index]: error for index, error in refused.items()}
    good = [(lines[place], adoptions[place]) for place in places if place not in errors]
    return good, [Fault(lines[place], error) for place, error in errors.items()]


def _resolved(pair: Pair, lines: Sequence[Line]) -> tuple[Mapping[str, str], Mapping[str, RecordError]]:
    """Ids of targets that were named by their SKU or e-mail instead; and names that several of them bear."""
    known = read_known(pair.target, [line.target_id for line in lines])
    names = list(dict.fromkeys(line.target_id for line in lines if line.target_id not in known))
    name = "email" if pair.route.object == "customer" else "code"
    probes = [Probe(text, {"reference": text, name: text}) for text in names]
    found = pair.target.find(probes) if probes else {}
    resolved: dict[str, str] = {}
    several: dict[str, RecordError] = {}
    for text in names:
        fitting = {
            pair.target.key(native)
            for native in found.get(text, ())
            if text.casefold() == str(getattr(candidate(pair, native), name)).casefold()
        }
        if len(fitting) == 1:
            resolved[text] = fitting.pop()
        elif fitting:
            several[text] = AmbiguousMatch(
                f"{len(fitting)} records of the target bear {text}.",
                detail=f"{len(fitting)} candidates",
                fix="Name the one that is meant by its id, as `hub links proposals` shows it.",
            )
    return resolved, several


def take(pair: Pair, database: Database, checked: Checked, now: datetime, *, skip_faulty: bool) -> list[str]:
    """Link the good rows of a list in one transaction; answers the keys that are linked now.

    Nothing is linked while a row is wrong, unless `skip_faulty` says to leave such rows out. What became wrong only
    now is added to the faults.
    """
    if checked.faults and not skip_faulty:
        return []
    adoptions = [adoption for _, adoption in checked.good]
    with database.together():
        refused = link(pair, database, adoptions, now, partial=skip_faulty)
        checked.faults += [Fault(checked.good[place][0], error) for place, error in refused.items()]
        if refused and not skip_faulty:
            return []
        proposals_of(pair, database).classify()
    return [adoption.source_id for place, adoption in enumerate(adoptions) if place not in refused]


def bring(
    pair: Pair,
    database: Database,
    jobs: Jobs,
    audit: Audit,
    checked: Checked,
    now: datetime,
    *,
    skip_faulty: bool,
) -> dict[str, int]:
    """Link the good rows of a list as `take` does, have the next run compare them, and note it in the trail, all of it
    together; answers what the trail says."""
    with database.together():
        linked = take(pair, database, checked, now, skip_faulty=skip_faulty)
        compare(pair, jobs, linked, audit.actor, now)
        brought = {"rows": checked.rows, "linked": len(linked), "faulty": len(checked.faults)}
        audit.note("links import", pair.subject, after=brought)
    return brought
