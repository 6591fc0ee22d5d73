"""How a record of the source stands: exactly one of five classes, with the reason. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hub.store.failures import Failure

Class = Literal["connected", "syncable", "warning", "error", "ignored"]
CLASSES: tuple[Class, ...] = ("connected", "syncable", "warning", "error", "ignored")

#: Reasons by which a person, a tag or a setting leaves a record out; every other reason is worth a look.
CHOSEN = frozenset({"NOT_MARKED", "NO_SYNC_TAG", "BEFORE_CUT_OVER", "FILTERED", "TEST_ORDER"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one record."""

    #: State of its link; None = there is none, or only a reservation.
    link: Literal["linked", "gone"] | None = None
    failure: Failure | None = None
    #: What makes it impossible to understand: (cause, detail).
    fault: tuple[str, str] | None = None
    #: Why it is left alone: (reason, detail).
    skip: tuple[str, str] | None = None
    #: True: the route carries only what is marked, and this is not.
    left_out: bool = False
    conflicts: Collection[str] = ()
    drifts: Collection[str] = ()
    active: bool = True
    #: Code of a linked record and of what it is linked to, where the two differ.
    codes: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The class of a record, and why."""

    name: Class
    reason: str = ""
    detail: str = ""


def standing(facts: Facts, now: datetime) -> Standing:
    """Tell the class: open trouble first, then what a person wants, then what is worth a look."""
    if facts.failure is not None:
        return _failed(facts.failure, now)
    if facts.conflicts:
        return Standing("error", "CONFLICT", ", ".join(sorted(facts.conflicts)))
    if facts.left_out:
        return Standing("ignored", "NOT_MARKED")
    if facts.fault is not None:
        return Standing("error", *facts.fault)
    if facts.skip is not None:
        return Standing("ignored" if facts.skip[0] in CHOSEN else "warning", *facts.skip)
    return Standing("syncable") if facts.link is None else _linked(facts)


def _failed(failure: Failure, now: datetime) -> Standing:
    set_aside = failure.state == "acknowledged" or (
        failure.state == "ignored" and (failure.expires is None or failure.expires >= now)
    )
    return Standing("ignored" if set_aside else "error", failure.cause, failure.detail)


def _linked(facts: Facts) -> Standing:
    if facts.link == "gone":
        return Standing("warning", "GONE")
    if facts.codes or "code" in facts.drifts:
        return Standing("warning", "SKU_CHANGED", facts.codes)
    if facts.drifts:
        return Standing("warning", "DRIFT", ", ".join(sorted(facts.drifts)))
    if not facts.active:
        return Standing("warning", "INACTIVE")
    return Standing("connected")
