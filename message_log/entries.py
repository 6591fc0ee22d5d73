"""The words the ledger is written in: plain, frozen value objects without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """How a message ended; OUTCOME_UNKNOWN and CONFLICT are causes of `failed`."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


class Level(StrEnum):
    """How much of the bodies is kept; messages, attempts and exchanges themselves are always written.

    errors: bodies of what failed. standard: also bodies of writes and of records with a message.
    full: every body, those of successful reads too.
    """

    ERRORS = "errors"
    STANDARD = "standard"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an integration wants kept.

    `personal` are the names of fields that hold personal data; they matter here only with `mask_only`, which stores a
    mask and a keyed hash in their place. Without it they are encrypted with the body and masked on display.
    """

    level: Level = Level.STANDARD
    personal: frozenset[str] = frozenset()
    mask_only: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """One document or variant below a message: its kind, its id on either side and what became of it."""

    kind: str
    source_id: str | None = None
    target_id: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the decision was made from: the native source record, the canonical record and the field diff, as bytes."""

    source: bytes | None = None
    canonical: bytes | None = None
    diff: bytes | None = None


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Opening:
    """A message as it stands just before the call.

    `persons` are the identifiers (e-mail, phone, customer id, ...) of the person the record is about. Only their
    keyed hashes are stored; they are how a person is found and erased, and they are taken out of plain texts.
    A label that is personal (`label_is_personal`) is stored encrypted, is found by its keyed hash and is no part of
    the text index.
    """

    integration: str
    route: int
    object: str
    direction: str
    run: int
    job: int
    key: str
    action: str
    reason: str
    actor: str | None = None
    source_id: str | None = None
    target_id: str | None = None
    label: str | None = None
    label_is_personal: bool = False
    follows: int | None = None
    digest: str | None = None
    mapping_version: str | None = None
    fence: int | None = None
    evidence: Evidence = NO_EVIDENCE
    children: tuple[Child, ...] = ()
    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unkept:
    """A body that was never held in memory (a streamed bulk file): its size in bytes and keyed hash."""

    size: int
    hash: bytes


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Exchange:
    """One HTTP call. Two exchanges are the same only if they are the same object: one object is stored once.

    `path` carries no query string: `query` (percent-encoded, without "?") is personal and is kept encrypted with the
    request. `error` says why an answered call failed all the same (a GraphQL userError), or why there is no answer;
    `status` is None where there is none. `writes` tells calls that change the platform from reads.
    """

    connection: str
    operation: str
    method: str
    path: str
    started_at: datetime
    duration_ms: int
    status: int | None
    query: str = ""
    request: bytes | Unkept | None = None
    response: bytes | Unkept | None = None
    error: str | None = None
    idempotency_key: str | None = None
    writes: bool = False

    def __post_init__(self) -> None:
        if "?" in self.path:
            raise ValueError("Exchange.path carries no query string; hand it in as Exchange.query")

    @property
    def succeeded(self) -> bool:
        """Whether an answer came and neither its status nor its content speaks of an error."""
        return self.error is None and self.status is not None and self.status < 400


@dataclass(frozen=True, slots=True)
class Part:
    """A message's part in an exchange: which row of the batch is its own (0 for a call of its own)."""

    exchange: Exchange
    row: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try inside a run, with the exchanges it was made of."""

    number: int
    started_at: datetime
    duration_ms: int
    verdict: Verdict
    cause: str | None = None
    detail: str | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """How a message ends. What is None leaves the value of the opening as it is.

    `fix` is the sentence that says what to fix and where. `evidence` fills only what the opening left empty; on log
    level `errors` nothing is kept at the opening, so hand the evidence of a failure in here. `persons` are found and
    taken out of plain texts as in `Opening`; the opening's are no longer known here, so name them again.
    """

    verdict: Verdict
    action: str | None = None
    target_id: str | None = None
    cause: str | None = None
    detail: str | None = None
    fix: str | None = None
    duration_ms: int | None = None
    children: tuple[Child, ...] | None = None
    attempts: tuple[Attempt, ...] = ()
    evidence: Evidence = NO_EVIDENCE
    persons: tuple[str, ...] = ()
