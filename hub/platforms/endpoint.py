"""The one abstraction: `Endpoint`, one platform's view of one object.

A subclass fills in the form (class attributes) and supplies a handful of methods. The engine owns the order of things;
an endpoint knows nothing of links, runs or messages.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

from hub.chunks import chunks
from hub.errors import (
    ConfigurationError,
    HubError,
    LeaseLost,
    OutcomeUnknown,
    PlatformRefused,
    PlatformUnavailable,
    RecordError,
    WritesStopped,
)
from hub.platforms.exchanges import Exchange, collecting

Native = dict[str, Any]
Mark = dict[str, Any]
Verb = Literal["create", "update", "cancel"]


@dataclass(frozen=True, slots=True)
class Source:
    """A place where changes show.

    `time`: rows bear a stamp, so a mark can be followed. `full`: nothing bears a stamp; everything is read and
    compared, at most once per `every` (a zero means in each run).
    """

    name: str
    kind: Literal["time", "full"]
    every: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of changes.

    `entries` are (key, native record or None); None = a child row changed, the engine reads the record by its key.
    `mark` is how far the source has been read once this page is settled; None = not to be moved yet.
    """

    entries: list[tuple[str, Native | None]]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Ranges:
    """How all records of an endpoint's sources may be read in parts, side by side.

    Each of `limits` (JSON) names one part for `within`. Together they hold every record, also such as are added while
    they are read. `marks` are how far the sources count as read once all parts are settled: they were taken before any
    boundary was looked for, so nothing that changes from then on is missed.
    """

    limits: Sequence[dict[str, Any]] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClientKey:
    """The platform refuses a second create of the same key; what is found under it is adopted if it is exactly ours."""


@dataclass(frozen=True, slots=True)
class ReplayKey:
    """The platform recognises a repeated call by its key."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """The platform would create it twice: find by our reference, once a lost request cannot land any more."""

    settle: timedelta = timedelta(seconds=30)


CreateGuard = ClientKey | ReplayKey | Lookup

#: What is no record's own fault: it ends the call of `write` that met it.
TROUBLE = (ConfigurationError, PlatformRefused, PlatformUnavailable, WritesStopped, LeaseLost)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a record without a link could be recognised by on the target.

    `values` are canonical: reference, code, barcode, email, phone; `folded` is the code without letter case, where
    codes that differ only by case are wanted as well.
    """

    key: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which records of a source a person looks for; an empty part does not narrow. Ranges include both ends."""

    codes: tuple[str, str] = ("", "")
    groups: tuple[str, str] = ("", "")
    text: str = ""
    #: Nothing but these, by the keys of the source; no more than are looked at together.
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """One record in a list to choose from."""

    key: str
    label: str
    name: str = ""
    group: str = ""
    #: Units in stock, in all places together; None = nobody counts them, or the list does not say.
    stock: Decimal | None = None
    #: The record itself, where the list brings it: by it is told what it costs, and what stands in its way.
    native: Native | None = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class Step:
    """What is to be done about one record on the target."""

    verb: Verb
    #: The record's key on the source: our reference on the target.
    key: str
    #: The whole canonical record, references and maps resolved.
    record: dict[str, Any]
    #: Names of the canonical fields to write, as `ObjectType.values` names them; None = all. At a create they are what
    #: the integration synchronises; what the platform cannot do without (code, title) is written all the same.
    only: frozenset[str] | None = None
    target_id: str = ""
    #: The target's record as it was read for the plan; None for a create.
    target: Native | None = None


@dataclass(frozen=True, slots=True)
class Relative:
    """A link that belongs to the record's tree: the product around a variant, a document of an order."""

    kind: str
    #: The relative's id on the target.
    target_id: str
    #: Its key on the source, where the source has a record of its own for it.
    source_id: str | None = None
    role: Literal["parent", "child"] = "child"


@dataclass(slots=True)
class Outcome:
    """What became of one step."""

    key: str
    #: The target's id of the record; empty when it failed.
    target_id: str = ""
    #: The target's record as the platform answered it, for the base; None where it answered none.
    native: Native | None = None
    #: What was sent, for the message log.
    sent: Any = None
    relatives: tuple[Relative, ...] = ()
    error: HubError | None = None
    #: True: the two sides turned out to agree, and nothing was sent.
    nothing_sent: bool = False
    #: True: the record was there already and was taken over, nothing was created.
    adopted: bool = False
    #: Findings that are no failure (a tax difference within a cent, a cut name), for the message.
    warnings: tuple[str, ...] = ()
    exchanges: list[tuple[Exchange, int]] = field(default_factory=list)


class Endpoint(ABC):
    """One platform's view of one object, on one connection."""

    #: The object's name, as in `objects.registry`.
    object: ClassVar[str]
    #: The kind of the links whose id on this side `key` gives.
    kind: ClassVar[str]
    #: What may be done on this side; everything else is refused.
    verbs: ClassVar[frozenset[Verb]] = frozenset()
    #: Steps in one call of `write`.
    batch_size: ClassVar[int] = 1
    sources: tuple[Source, ...] = ()
    create_guard: CreateGuard = ClientKey()
    #: Top-level native fields that move without meaning (stamps, ETags): not part of the digest.
    volatile: ClassVar[frozenset[str]] = frozenset()
    #: What `identities` lists, in a word: what several endpoints of a connection list is read once. Empty = it cannot.
    listing: ClassVar[str] = ""
    #: How long after a lost request's read timeout it may still land, and that timeout itself.
    read_timeout: timedelta = timedelta(seconds=60)

    # -- reading ------------------------------------------------------------------------------------------------

    def changes(self, source: Source, mark: Mark | None) -> Iterator[Page]:
        """Pages of what changed since the mark (None = everything), overlap included.

        Everything visible is read, but a page's mark never passes min(largest stamp seen, now - the platform's lag).
        """
        raise NotImplementedError(f"{type(self).__name__} is not a source")

    def between(self, start: datetime | None, end: datetime | None, numbers: tuple[str, str] | None) -> Iterator[Page]:
        """Pages of the records created in a period, or in a range of their numbers (backfill)."""
        raise NotImplementedError(f"{type(self).__name__} has no ranges")

    def ranges(self, count: int, smallest: int) -> Ranges:
        """Up to `count` parts of about the same size in which all records may be read; none where that is not offered.

        A part has about `smallest` records at least: fewer than two parts means that it is not worth it.
        """
        return Ranges()

    def within(self, limits: Mapping[str, Any]) -> Iterator[Page]:
        """Pages of the records in one part of `ranges`; they bear no marks."""
        raise NotImplementedError(f"{type(self).__name__} is not read in parts")

    @abstractmethod
    def read(self, keys: Sequence[str]) -> dict[str, Native]:
        """Read records afresh by key, in batches. A key that is gone is missing from the answer."""

    def find(self, probes: Sequence[Probe]) -> dict[str, list[Native]]:
        """Candidates on this side for records without a link, by `Probe.key`. Says nothing about which one is right."""
        raise NotImplementedError(f"{type(self).__name__} is not a target")

    def browse(self, criteria: Criteria, after: str, limit: int, *, facts: bool = True) -> list[Brief]:
        """Up to `limit` records that meet the criteria, in the order of their keys, behind the key `after`.

        Without `facts` only what they are called is wanted. Raises ConfigurationError for a criterion that this
        platform cannot search by.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot be browsed")

    def briefs(self, keys: Sequence[str]) -> dict[str, Brief]:
        """Certain records as `browse` lists them, by key; one that is gone is missing from the answer."""
        return {key: Brief(key, self.label(native), native=native) for key, native in self.read(keys).items()}

    def count(self, criteria: Criteria) -> int | None:
        """How many records meet the criteria, in one call; None = this platform cannot say."""
        return None

    def mirror(self, keys: Sequence[str], *, marked: bool) -> dict[str, HubError]:
        """Write to records of this side whether they are marked for synchronisation; answers those that refused."""
        raise NotImplementedError(f"{type(self).__name__} has no field for the selection")

    def identities(self) -> Iterator[list[str]]:
        """Pages of what identifies each record that is there, and nothing else of it, in no order to rely on."""
        raise NotImplementedError(f"{type(self).__name__} does not list what is there")

    def identity(self, key: str) -> str:
        """What `identities` lists the record of a key as; a stock level, for instance, as its item."""
        return key

    @abstractmethod
    def key(self, native: Native) -> str:
        """The id by which links know this record on this side."""

    def label(self, native: Native) -> str:
        """What people call the record: SKU, order number, e-mail."""
        return self.key(native)

    def relatives(self, native: Native) -> tuple[Relative, ...]:
        """The links around a record of this side that is about to be linked (`target_id` is this side's id)."""
        return ()

    @abstractmethod
    def to_canonical(self, native: Native) -> dict[str, Any]:
        """Translate to the input of the object's schema. Pure."""

    # -- writing ------------------------------------------------------------------------------------------------

    def write(self, steps: Sequence[Step]) -> list[Outcome]:
        """Carry the steps out, one outcome per step, in their order.

        A step's own trouble (`RecordError`, `OutcomeUnknown`) is in its outcome; trouble of the whole platform
        (`PlatformRefused`, `PlatformUnavailable`) is raised.
        """
        outcomes: list[Outcome] = []
        for step in steps:
            try:
                outcomes.append(self._one(step))
            except TROUBLE as error:
                if not outcomes:
                    raise
                # What was done is not forgotten: the trouble is the outcome of what is left.
                outcomes += [Outcome(left.key, error=error) for left in steps[len(outcomes) :]]
                break
        return outcomes

    def together(self, steps: Sequence[Step]) -> list[list[int]]:
        """How steps are grouped into calls of `write`, by their places; groups run at the same time.

        At most `batch_size` in each, unless a platform knows better.
        """
        return list(chunks(range(len(steps)), self.batch_size))

    def _one(self, step: Step) -> Outcome:
        if step.verb not in self.verbs:
            raise NotImplementedError(f"{type(self).__name__} does not {step.verb}")
        with collecting() as exchanges:
            try:
                outcome = {"create": self.create, "update": self.update, "cancel": self.cancel}[step.verb](step)
            except (RecordError, OutcomeUnknown) as error:
                outcome = Outcome(step.key, error=error)
        outcome.exchanges = [(exchange, 0) for exchange in exchanges]
        return outcome

    def foretell(self, step: Step) -> dict[str, Any] | None:
        """What `create` would give the new record, by the names under which previews show it; None = `step.only`.

        Whoever owns them afterwards: the title of a product is among them. What is the same for every record is left
        out. It may look at the target's own lists, writes nothing, and raises the RecordError of a record that `create`
        would refuse before it sends anything.
        """
        return None

    def create(self, step: Step) -> Outcome:
        """Create one record."""
        raise NotImplementedError

    def update(self, step: Step) -> Outcome:
        """Change `step.only` of one record."""
        raise NotImplementedError

    def cancel(self, step: Step) -> Outcome:
        """Cancel one document."""
        raise NotImplementedError
