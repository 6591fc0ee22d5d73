"""From what happened to what it means: one function maps an error to verdict, cause and the sentence that helps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.errors import HubError, OutcomeUnknown, PlatformUnavailable, RecordError, WaitingForApproval
from hub.store.runs import Verdict
from hub.sync.plan import Action

#: What a carried-out action counts as. Linking what exists writes nothing, so it counts as unchanged.
VERDICTS: dict[Action, Verdict] = {
    "create": "created",
    "update": "updated",
    "cancel": "updated",
    "link": "unchanged",
    "unchanged": "unchanged",
    "skip": "skipped",
}


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure in words: for the message, the failures' table and the person."""

    cause: str
    detail: str
    fix: str
    text: str
    #: True: time may cure it.
    waiting: bool
    not_before: datetime | None = None
    #: False: nothing was tried, so it is no further failure of the record.
    tried: bool = True


def failed(error: HubError, not_before: datetime | None = None, *, tried: bool = True) -> Failed:
    """What an error means for a record."""
    waiting = isinstance(error, OutcomeUnknown | PlatformUnavailable) or (
        isinstance(error, RecordError) and error.waiting
    )
    # A person's approval may take days; looking for it is no further failure, so it is never parked.
    tried = tried and not isinstance(error, WaitingForApproval)
    return Failed(error.cause, error.detail, error.fix, str(error), waiting, not_before, tried)
