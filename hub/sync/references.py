"""Finding what the references of a page stand for: by link, by code, or by bringing the record first."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set

from hub.errors import AmbiguousMatch, MissingDependency
from hub.platforms.endpoint import Probe
from hub.sync.brake import GOES_ON
from hub.sync.context import Context
from hub.sync.resolve import Answers, ref_key, unresolved
from hub.windows import frozen
from objects.base import Record, Ref

#: Synchronises records of another route, by their keys; answers those that would be there, where nothing is written.
Bring = Callable[[Context, Sequence[str]], Set[str]]
#: Stands for the id of a record that a rehearsal has not made.
TO_COME = "(to be made)"


def find_answers(context: Context, records: Sequence[Record], bring: Bring) -> Answers:
    """Answers for all references of a page: two queries a kind, and calls only for what has no link."""
    answers = Answers()
    every = unresolved(records, answers)
    for kind in sorted({ref.kind for ref in every}):
        mine = [ref for ref in every if ref.kind == kind]
        _by_link(context, kind, mine, answers)
        _by_code(context, kind, mine, answers)
        missing = [ref for ref in unresolved(records, answers) if ref.kind == kind]
        _by_bringing(context, kind, missing, answers, bring)
    return answers


def _by_link(context: Context, kind: str, wanted: Sequence[Ref], answers: Answers) -> None:
    targets = context.links.targets(kind, {ref.source_id for ref in wanted if ref.source_id})
    for ref in wanted:
        if ref.source_id in targets:
            answers.targets[ref_key(ref)] = targets[ref.source_id]


def _by_code(context: Context, kind: str, wanted: Sequence[Ref], answers: Answers) -> None:
    """A code finds what has no link; where a link says something else than the code, a person decides.

    Only the ERP calls its records by their codes: what the shop calls them is told by links alone.
    """
    coded = [ref for ref in wanted if ref.code and answers.targets.get(ref_key(ref)) != ref.code]
    endpoint = context.lookup(kind) if coded and context.side == "shop" else None
    if endpoint is None:
        return
    known = context.codes
    fresh = sorted({ref.code for ref in coded if (kind, ref.code) not in known})
    if fresh:
        found = endpoint.find([Probe(code, {"code": code}) for code in fresh])
        for code in fresh:
            exact = [endpoint.key(native) for native in found.get(code, ()) if endpoint.key(native) == code]
            known[kind, code] = exact[0] if exact else None
    for ref in coded:
        by_code, by_link = known[kind, ref.code], answers.targets.get(ref_key(ref))
        if by_code and by_link and by_code != by_link:
            del answers.targets[ref_key(ref)]
            answers.troubles[ref_key(ref)] = AmbiguousMatch(
                f"The link says {by_link}, the code says {by_code}.",
                detail=f"{by_link} / {by_code}",
                fix=f"It is linked to {by_link}, but its code says {by_code}: correct one of them, then re-sync.",
            )
        elif by_code and not by_link:
            answers.targets[ref_key(ref)] = by_code


def _by_bringing(context: Context, kind: str, missing: Sequence[Ref], answers: Answers, bring: Bring) -> None:
    """Synchronise the records that these depend on first, where a route allows it."""
    wanted = [ref for ref in missing if ref.source_id and ref.absent == "fail"]
    other = context.bring(kind) if wanted else None
    if other is None:
        return
    until = frozen(other.route.freeze, context.clock()) if other.route.freeze else None
    if until is not None:
        for ref in wanted:
            answers.troubles[ref_key(ref)] = MissingDependency(
                f"The {kind} cannot be brought, as {other.route.name} is frozen.",
                detail=f"{kind}: frozen",
                fix=GOES_ON,
            )
        return
    keys = sorted({ref.source_id for ref in wanted})
    promised = bring(other, keys)
    context.tally.brought += other.tally.verdicts["created"]
    _by_link(context, kind, wanted, answers)
    answers.targets.update({ref_key(ref): TO_COME for ref in wanted if ref.source_id in promised})
    troubles = other.failures.of(other.route.id, keys)
    for ref in wanted:
        trouble = troubles.get(ref.source_id)
        if ref_key(ref) not in answers.targets and trouble is not None:
            answers.troubles[ref_key(ref)] = MissingDependency(
                f"The {kind} {trouble.label} could not be brought: {trouble.text}",
                detail=f"{kind}: {trouble.cause}",
                fix=trouble.fix,
            )
