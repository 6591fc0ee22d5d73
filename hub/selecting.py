"""Choosing records of a source, and marking them for synchronisation.

A source may hold a hundred thousand records: they are looked through in small parts, in the order of their keys, and
nothing more than one part is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from hub.chunks import chunks
from hub.errors import ConfigurationError, HubError
from hub.platforms.endpoint import Brief, Criteria
from hub.store.audit import Audit
from hub.store.database import Database
from hub.store.job import Request, Wanted
from hub.store.jobs import Jobs
from hub.store.links import Links
from hub.store.selection import Selection
from hub.sync.pair import AT_A_TIME, Pair

REASON = "selection"
Show = Literal["", "marked", "unmarked", "new"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records somebody means."""

    criteria: Criteria = field(default_factory=Criteria)
    #: Certain records, by their keys; then nothing else is looked at.
    keys: tuple[str, ...] = ()
    #: Of those only the marked ones, the unmarked ones, or those that are not linked yet.
    show: Show = ""

    @property
    def open(self) -> bool:
        """Whether nothing narrows it: neither criteria nor keys."""
        return not self.keys and self.criteria == Criteria()


@dataclass(frozen=True, slots=True)
class Row:
    """One record to choose from."""

    brief: Brief
    marked: bool
    #: The target's id of the record it is linked to; empty = not linked yet.
    target_id: str = ""

    @property
    def becomes(self) -> str:
        """What marking would do with it."""
        if self.marked:
            return "marked already"
        return "updated from now on" if self.target_id else "new on the other side"


@dataclass(slots=True)
class Marking:
    """What a marking or unmarking came to."""

    chosen: int = 0
    #: Newly marked, or taken out of the selection.
    changed: int = 0
    jobs: set[int] = field(default_factory=set)
    #: Records whose own field for the selection could not be written, and why.
    refused: dict[str, HubError] = field(default_factory=dict)
    #: True: the integration mirrors its selection, but these records have no field for it.
    without_field: bool = False


class Chooser:
    """Looks through the source of a route, beside what the hub knows of its records."""

    def __init__(self, pair: Pair, database: Database) -> None:
        self._pair = pair
        route = pair.route
        self.selection = Selection(database, route.integration_id)
        self._links = Links(database, route.integration_id, pair.source_side)

    def rows(self, choice: Choice, after: str = "") -> Iterator[Row]:
        """The chosen records in the order of their keys, behind the key `after`."""
        for part in self.parts(choice, after):
            yield from part

    def parts(self, choice: Choice, after: str = "") -> Iterator[list[Row]]:
        """The same in parts. Raises ConfigurationError for keys that the source does not have."""
        for briefs in self._briefs(choice, after):
            keys = [brief.key for brief in briefs]
            marked = self.selection.marked(self._pair.route.object, keys)
            linked = self._links.targets(self._pair.object_type.kind, keys)
            rows = (Row(brief, brief.key in marked, linked.get(brief.key, "")) for brief in briefs)
            yield [row for row in rows if _shown(row, choice.show)]

    def _briefs(self, choice: Choice, after: str) -> Iterator[list[Brief]]:
        if choice.keys:
            return self._of_keys(sorted(key for key in set(choice.keys) if key > after))
        if choice.open and choice.show == "marked":
            return self._kept(after)
        return self._browsed(choice.criteria, after)

    def _browsed(self, criteria: Criteria, after: str) -> Iterator[list[Brief]]:
        while True:
            try:
                briefs = self._pair.source.browse(criteria, after, AT_A_TIME)
            except NotImplementedError as error:
                raise ConfigurationError(
                    f"Records of {self._pair.route.name} cannot be searched for.",
                    detail=self._pair.route.name,
                    fix="Name the records by their keys: --keys.",
                ) from error
            if not briefs:
                return
            yield briefs
            after = briefs[-1].key

    def _kept(self, after: str) -> Iterator[list[Brief]]:
        """Everything that is marked, as the hub knows it: also what the source does not have any more."""
        while rows := self.selection.page(self._pair.route.object, after, AT_A_TIME):
            yield [Brief(row.key, row.key, row.label if row.label != row.key else "") for row in rows]
            after = rows[-1].key

    def _of_keys(self, keys: list[str]) -> Iterator[list[Brief]]:
        source, object_name = self._pair.source, self._pair.route.object
        for part in chunks(keys, AT_A_TIME):
            natives = source.read(part)
            missing = sorted(set(part) - natives.keys() - self.selection.marked(object_name, part))
            if missing:
                raise ConfigurationError(
                    f"The source has no record {', '.join(missing)}.",
                    detail=missing[0],
                    fix="Correct the keys: an item's code, or the shop's id of a customer.",
                )
            yield [Brief(key, source.label(natives[key]) if key in natives else key) for key in part]


def _shown(row: Row, show: Show) -> bool:
    if show == "new":
        return not row.target_id
    return show == "" or row.marked is (show == "marked")


class Marker:
    """Marks and unmarks what a chooser finds."""

    def __init__(
        self, pair: Pair, database: Database, jobs: Jobs, *, actor: str, clock: Callable[[], datetime]
    ) -> None:
        self._pair, self._database, self._jobs = pair, database, jobs
        self._actor, self._clock = actor, clock
        self._chooser = Chooser(pair, database)
        #: What was done so far, also if it was broken off.
        self.done = Marking()

    def mark(self, choice: Choice) -> Iterator[Marking]:
        """Mark the chosen records and queue exactly the newly marked ones; answers how far it is after each part.

        A route without its first load gets no job: that load takes all that is marked. The items' own field is written
        first, so that what is broken off half-way is made up for by doing it again.
        """
        so_far, route = self.done, self._pair.route
        for part in self._chooser.parts(choice):
            fresh = [row for row in part if not row.marked]
            self._mirror([row.brief.key for row in fresh], so_far, marked=True)
            with self._database.together():
                records = [(row.brief.key, self._label(row.brief)) for row in fresh]
                newly = self._chooser.selection.mark(route.object, records, self._actor, self._clock())
                if newly and self._awaits_jobs:
                    wanted = [Wanted(key) for key in newly]
                    request = Request(route.id, "keys", REASON, self._actor, keys=wanted)
                    so_far.jobs.add(self._jobs.put(request, self._clock()))
            so_far.chosen += len(part)
            so_far.changed += len(newly)
            yield so_far

    def unmark(self, choice: Choice) -> Iterator[Marking]:
        """Take the chosen records out of the selection: updates stop, nothing is removed on either side."""
        so_far = self.done
        for part in self._chooser.parts(replace(choice, show="marked")):
            keys = [row.brief.key for row in part]
            self._mirror(keys, so_far, marked=False)
            so_far.changed += self._chooser.selection.unmark(self._pair.route.object, keys)
            so_far.chosen += len(part)
            yield so_far

    @property
    def _awaits_jobs(self) -> bool:
        return self._pair.route.initialization != "none"

    def _label(self, brief: Brief) -> str:
        return brief.key if self._pair.personal else brief.name or brief.label

    def _mirror(self, keys: list[str], so_far: Marking, *, marked: bool) -> None:
        if not keys or not self._pair.settings.get("mirror_selection") or so_far.without_field:
            return
        try:
            so_far.refused |= self._pair.source.mirror(keys, marked=marked)
        except NotImplementedError:
            so_far.without_field = True


@contextmanager
def noted(audit: Audit, act: str, subject: str, criteria: Mapping[str, Any], done: Marking) -> Iterator[None]:
    """Note in the trail what a marking or unmarking has done, also if it is broken off."""
    try:
        yield
    finally:
        after = {**criteria, "records": done.changed, "jobs": sorted(done.jobs)}
        audit.note(f"select {act}", subject, after=after)


def preview(rows: Iterator[Row], limit: int) -> tuple[dict[str, int], list[Row]]:
    """What marking these records would do: how many of each kind, and the first `limit` of them."""
    counts: dict[str, int] = {}

    def counted() -> Iterator[Row]:
        for row in rows:
            counts[row.becomes] = counts.get(row.becomes, 0) + 1
            yield row

    through = counted()
    first = list(islice(through, limit))
    for _ in through:
        pass
    return counts, first


def span(option: str, text: str) -> tuple[str, str]:
    """Both ends of a range from what was typed: `A..B`, or `A-B` where no end has a dash; an end may be left open."""
    text = text.strip()
    first, dots, last = text.partition("..")
    if not dots:
        first, dash, last = text.partition("-")
        if not dash:
            last = first
        elif "-" in last:
            raise ConfigurationError(
                f"{option} {text} can be read in several ways.",
                detail=option,
                fix=f"Write two dots between the ends: {option} A-1..A-9.",
            )
    first, last = first.strip(), last.strip()
    if not first and not last:
        raise ConfigurationError(
            f"{option} {text} is no range.", detail=option, fix=f"Write it like {option} A..B, A.. or ..B."
        )
    return first, last
