"""One run: which records to look at, in which order, and how far the sources are settled afterwards."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from hub.errors import RunCancelled
from hub.platforms.endpoint import Native, Page, Source
from hub.store.jobs import JobKey
from hub.sync.context import Context
from hub.sync.page import NOBODY, Settler

#: Keys settled at a time where somebody asked for certain records.
KEYS_AT_A_TIME = 100
RETRY = "retry"


class Run:
    """Works one job off."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settler = Settler(context)

    def work(self) -> None:
        """Settle everything the job asks for; trouble of a whole platform ends it with the marks where they are."""
        with self._settler.applier.running():
            self._asked_for()
            scope = self._context.job.scope
            due = self._due()
            if scope == "range":
                self._range()
            elif scope != "keys":
                self._sources(whole=scope in ("full", "initialize") or self._mapping_changed())
                # What the sources brought meanwhile is settled; a failure of this very run waits for another.
                self._keys({key: wanted for key, wanted in self._due().items() if key in due})

    # -- parts --------------------------------------------------------------------------------------------------

    def _asked_for(self) -> None:
        wanted = {key.key: key for key in self._context.jobs.keys(self._context.job.id)}
        self._keys(wanted)

    def _due(self) -> dict[str, JobKey]:
        """What waiting may have cured by now."""
        due = self._context.failures.due(self._context.route.id, self._context.clock())
        actor = self._context.job.actor
        return {key: JobKey(key, RETRY, actor, message) for key, message in due}

    def _keys(self, wanted: Mapping[str, JobKey]) -> None:
        keys = iter(wanted)
        while chunk := list(islice(keys, KEYS_AT_A_TIME)):
            self._settle([(key, None) for key in chunk], wanted)

    def _range(self) -> None:
        limits = self._context.job.limits
        start, end = (_moment(limits.get(name)) for name in ("from", "to"))
        numbers = (limits["numbers"][0], limits["numbers"][1]) if "numbers" in limits else None
        for page in self._context.source.between(start, end, numbers):
            self._settle(page.entries)

    def _sources(self, *, whole: bool) -> None:
        context = self._context
        settled: set[str] = set()
        sources = context.source.sources
        stamped = any(source.kind == "time" for source in sources)
        for source in sources:
            # Reading everything by its stamps reads what the full compare would read as well.
            if source.kind == "full" and not (whole and stamped) and not self._is_due(source, whole):
                continue
            if source.kind == "time" or not (whole and stamped):
                mark = None if whole else context.route.marks.get(source.name)
                for page in context.source.changes(source, mark):
                    self._page(source, page, settled)
                    if not whole:
                        settled.update(key for key, _ in page.entries)
            if source.kind == "full":
                context.routes.note_compared(context.route.id, source.name, context.clock())
        context.routes.set_mapping_version(context.route.id, context.mapping_version)

    def _page(self, source: Source, page: Page, settled: Container[str]) -> None:
        """Settle a page; a record that another source has brought in this run is counted once."""
        self._settle([entry for entry in page.entries if entry[1] is not None or entry[0] not in settled])
        if page.mark is not None:
            self._context.lease.ensure(timedelta(0))
            self._context.routes.move_mark(self._context.route.id, source.name, page.mark)

    def _is_due(self, source: Source, whole: bool) -> bool:
        compared = self._context.route.compared.get(source.name)
        if whole or compared is None or source.every == timedelta(0):
            return True
        return self._context.clock() - datetime.fromisoformat(compared) >= source.every

    def _mapping_changed(self) -> bool:
        before = self._context.route.mapping_version
        return before != self._context.mapping_version

    def _settle(self, entries: Sequence[tuple[str, Native | None]], wanted: Mapping[str, JobKey] = NOBODY) -> None:
        self._settler.settle(entries, wanted)
        context = self._context
        context.runs.progress(context.run_id, context.tally)
        context.progress(context.tally)
        if context.jobs.get(context.job.id).cancel_requested:
            raise RunCancelled


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
