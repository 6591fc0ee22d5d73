"""Which record of the target is this one? Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import AmbiguousMatch
from objects.base import ObjectType, Record, Settings

#: So many records that fit are named.
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record of the target that could be the one."""

    target_id: str
    record: Record
    native: Mapping[str, Any]


def choose(
    object_type: ObjectType,
    key: str,
    record: Record,
    candidates: Sequence[Candidate],
    holders: Mapping[str, str],
    settings: Settings,
) -> Candidate | None:
    """The one candidate that is this record; None = there is none yet.

    `holders` are the target ids that are linked to other records of the source already. Raises AmbiguousMatch where
    more than one fits, or where the one that fits belongs to another record.
    """
    fitting = {item.target_id: item for item in candidates if object_type.same(key, record, item.record, settings)}
    if not fitting:
        refuse_case_twins(object_type.code(record), [object_type.code(item.record) for item in candidates])
        return None
    if len(fitting) > 1:
        names = sorted(fitting)
        listed = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        raise AmbiguousMatch(
            f"{len(names)} records of the target could be this one: {listed}.",
            detail=" / ".join(names[:_NAMED])[:255],
            fix=f"{listed} have the same {object_type.known_by}: correct the wrong ones, then re-sync. "
            "Or link the right one by hand.",
        )
    target_id, candidate = next(iter(fitting.items()))
    holder = holders.get(target_id)
    if holder is not None and holder != key:
        raise taken(target_id, holder, object_type)
    return candidate


def taken(target_id: str, holder: str, object_type: ObjectType) -> AmbiguousMatch:
    """The error of a record whose match is linked to another one."""
    return AmbiguousMatch(
        f"{target_id} is linked to {holder} already.",
        detail=f"linked to {holder}"[:255],
        fix=f"Give this record a {object_type.known_by} of its own, then re-sync; "
        f"or, where {target_id} is linked to the wrong record, take that link apart.",
    )


def refuse_case_twins(code: str, folded: Sequence[str]) -> None:
    """Raise AmbiguousMatch where another code that differs only by letter case came first, or is on the target."""
    twins = sorted(other for other in folded if code and other != code and other.casefold() == code.casefold())
    if twins:
        raise AmbiguousMatch(
            f"The code differs from {twins[0]} only by letter case, which the shop does not tell apart.",
            detail=f"{code} / {twins[0]}",
            fix="Rename one of the two codes, then re-sync.",
        )
