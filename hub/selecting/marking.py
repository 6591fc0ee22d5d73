"""Marking what was chosen, and taking the mark away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub.errors import HubError
from hub.platforms.endpoint import Brief
from hub.selecting.choosing import Choice, Chooser
from hub.store.audit import Audit
from hub.store.database import Database
from hub.store.job import Request, Wanted
from hub.store.jobs import Jobs
from hub.sync.pair import Pair

REASON = "selection"


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


class Marker:
    """Marks and unmarks what a chooser finds."""

    def __init__(
        self, pair: Pair, database: Database, jobs: Jobs, *, actor: str, clock: Callable[[], datetime]
    ) -> None:
        self._pair, self._database, self._jobs = pair, database, jobs
        self._actor, self._clock = actor, clock
        self._chooser = Chooser(pair, database, facts=False)
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
