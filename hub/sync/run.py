"""One run: which records to look at, in which order, and how far the sources are settled afterwards."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hub.chunks import chunks
from hub.errors import ConfigurationError, RunCancelled
from hub.platforms.endpoint import Mark, Native, Page, Source
from hub.store.job import ERRANDS, JobKey
from hub.store.plans import Plan, PlanStep
from hub.sync.ahead import ahead, gathered
from hub.sync.apply import Applier
from hub.sync.context import Context
from hub.sync.gate import Gate, judge_run
from hub.sync.item import Ticket
from hub.sync.page import NO_PLAN, NOBODY, Settler
from hub.sync.rehearsal import Rehearsal, Rehearser
from hub.sync.results import Results
from hub.sync.split import ensure_all_done
from hub.sync.steps import PlanWriter

#: Keys settled at a time where somebody asked for certain records.
KEYS_AT_A_TIME = 100
RETRY = "retry"
#: The steps of a plan in which something is done.
DONE_BY_PLAN = ("create", "update", "cancel", "link")


class Run:
    """Works one job off."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tickets: deque[Ticket] = deque()
        self._settled: set[str] = set()

    def work(self) -> None:
        """Do what the job asks for: write, carry a plan out, or only show what would be done.

        Trouble of a whole platform ends it with the marks where they are; RunHeld where nothing was written because it
        would have been too much.
        """
        job = self._context.job
        if job.mode == "preview":
            self._rehearse()
        elif job.scope in ERRANDS:
            self._context.errand(self._context, self._report)
        elif job.plan_id is not None:
            self._carry_out(job.plan_id)
        elif self._first_load:
            # Nothing is there yet that could be changed in masses: pages are written as they come.
            with _writing(self._context) as settler:
                self._load(settler)
            self._finish()
        else:
            results = Results(self._context)
            applier = Applier(self._context, results)
            gate = Gate(self._context, applier, self._report)
            settler = Settler(self._context, results, gate, bring)
            with gate.running():
                self._read_all(settler)
                gate.open()
                settler.finish()
            self._finish()

    @property
    def _first_load(self) -> bool:
        """One that was done before is a full compare like any other."""
        context = self._context
        part = context.job.parent_id is not None
        return context.job.scope == "initialize" and (part or context.route.initialization in ("none", "running"))

    def _load(self, settler: Settler) -> None:
        job = self._context.job
        if job.parent_id is not None:
            self._pages(settler, Source("", "full"), self._context.source.within(job.limits["range"]), once=False)
        elif job.parts:
            self._what_parts_left(settler, job.limits["split"])
        else:
            self._read_all(settler)

    def _rehearse(self) -> None:
        # What only counts as marked for a question is never carried out like this.
        writer = PlanWriter(self._context, "dry run" if self._context.job.limits.get("as_marked") else "preview")
        results = Rehearsal(self._context, writer)
        rehearser = Rehearser(self._context, results)
        try:
            self._read_all(Settler(self._context, results, rehearser, rehearse_bringing))
            results.flush()
        except BaseException:
            # Half a preview is none.
            self._context.plans.forget(writer.plan_id)
            raise
        reasons = () if self._first_load else judge_run(self._context, rehearser.census).reasons
        writer.close([f"A run would be held: {reason}" for reason in reasons], results.unlisted)

    # -- what is read -------------------------------------------------------------------------------------------

    def _read_all(self, settler: Settler) -> None:
        """Everything the job asks for, each record once."""
        self._asked_for(settler)
        scope = self._context.job.scope
        due = self._due(self._context.clock())
        if scope == "range":
            self._range(settler)
        elif scope != "keys":
            self._sources(settler, whole=scope in ("full", "initialize") or self._mapping_changed())
            # What the sources brought meanwhile is settled; a failure of this very run waits for another.
            self._keys(settler, {key: wanted for key, wanted in self._due(self._context.clock()).items() if key in due})

    def _what_parts_left(self, settler: Settler, notes: Mapping[str, Any]) -> None:
        """Records that parts have left, and what counts for all parts together: marks, comparisons, the mapping."""
        context = self._context
        ensure_all_done(context)
        self._asked_for(settler)
        # What has failed in a part waits for another run.
        self._keys(settler, self._due(datetime.fromisoformat(notes["at"])))
        for source in context.source.sources:
            if source.kind == "full":
                self._after_settling(partial(self._note_compared, source.name))
            elif (mark := notes["marks"].get(source.name)) is not None:
                self._tickets.append(Ticket(source.name, mark))
        # Where the mapping has changed since then, the next run compares in full.
        self._note_mapping(notes["mapping_version"])

    def _note_mapping(self, version: str) -> None:
        context = self._context
        self._after_settling(lambda: context.routes.set_mapping_version(context.route.id, version))

    def _asked_for(self, settler: Settler) -> None:
        wanted = {key.key: key for key in self._context.jobs.keys(self._context.job.id)}
        self._keys(settler, wanted)

    def _due(self, now: datetime) -> dict[str, JobKey]:
        """What waiting may have cured by now."""
        due = self._context.failures.due(self._context.route.id, now)
        actor = self._context.job.actor
        return {key: JobKey(key, RETRY, actor, message) for key, message in due}

    def _keys(self, settler: Settler, wanted: Mapping[str, JobKey]) -> None:
        for chunk in chunks(wanted, KEYS_AT_A_TIME):
            self._settle(settler, [(key, None) for key in chunk], Ticket(), wanted)

    def _range(self, settler: Settler) -> None:
        limits = self._context.job.limits
        start, end = (_moment(limits.get(name)) for name in ("from", "to"))
        numbers = (limits["numbers"][0], limits["numbers"][1]) if "numbers" in limits else None
        for page in self._context.source.between(start, end, numbers):
            self._settle(settler, page.entries, Ticket())

    def _carry_out(self, plan_id: int) -> None:
        """Do what a plan says: each record is read afresh, and the same step is done or none.

        Steps of which something has become already are not done again: a run may go on where another one ended.
        """
        context = self._context
        _refuse_decided(context.plans.get(plan_id))
        with _writing(context, plan_id) as settler:
            for part in chunks(context.plans.steps(plan_id, actions=DONE_BY_PLAN, outcome=""), KEYS_AT_A_TIME):
                planned = {step.key: step for step in part}
                self._settle(settler, [(key, None) for key in planned], Ticket(), planned=planned)
        self._finish()
        context.plans.decide(plan_id, "applied", context.job.actor, context.clock())

    def _sources(self, settler: Settler, *, whole: bool) -> None:
        context = self._context
        sources = context.source.sources
        stamped = any(source.kind == "time" for source in sources)
        for source in sources:
            # Reading everything by its stamps reads what the full compare would read as well.
            if source.kind == "full" and not (whole and stamped) and not self._is_due(source, whole):
                continue
            if source.kind == "time" or not (whole and stamped):
                mark = None if whole else context.route.marks.get(source.name)
                self._pages(settler, source, context.source.changes(source, mark), once=len(sources) > 1 and not whole)
            if source.kind == "full":
                self._after_settling(partial(self._note_compared, source.name))
        self._note_mapping(context.mapping_version)

    def _pages(self, settler: Settler, source: Source, found: Iterator[Page], *, once: bool) -> None:
        """Settle the pages of a source; a record that another source has brought in this run is counted once."""
        pages = ahead(found)
        if self._context.object_type.compares_target:
            # Each page is compared with what the target holds, so it is as large as what the target takes at a time.
            pages = gathered(pages, max(self._context.target.batch_size, KEYS_AT_A_TIME))
        for page in pages:
            entries = [entry for entry in page.entries if entry[0] not in self._settled]
            ticket = Ticket(source.name, page.mark)
            self._tickets.append(ticket)
            self._settle(settler, entries, ticket)
            if once:
                self._settled.update(key for key, _ in entries)

    def _note_compared(self, source: str) -> None:
        self._context.routes.note_compared(self._context.route.id, source, self._context.clock())

    def _is_due(self, source: Source, whole: bool) -> bool:
        compared = self._context.route.compared.get(source.name)
        if whole or compared is None or source.every == timedelta(0):
            return True
        return self._context.clock() - datetime.fromisoformat(compared) >= source.every

    def _mapping_changed(self) -> bool:
        before = self._context.route.mapping_version
        return before != self._context.mapping_version

    # -- settling -----------------------------------------------------------------------------------------------

    def _settle(
        self,
        settler: Settler,
        entries: Sequence[tuple[str, Native | None]],
        ticket: Ticket,
        wanted: Mapping[str, JobKey] = NOBODY,
        planned: Mapping[str, PlanStep] = NO_PLAN,
    ) -> None:
        settler.settle(entries, wanted, ticket, planned)
        self._report()

    def _report(self) -> None:
        """Move the marks, tell how far the run has come, and see whether it is to go on."""
        context = self._context
        self._move_marks()
        context.may_go_on()
        context.runs.progress(context.run_id, context.tally)
        context.progress(context.tally)
        if context.jobs.get(context.job.id).cancel_requested:
            raise RunCancelled

    def _after_settling(self, act: Callable[[], None]) -> None:
        """Do something once every page before it is settled."""
        self._tickets.append(Ticket(act=act))

    def _move_marks(self) -> None:
        """Move the marks over pages that are settled, in their order; a rehearsal moves nothing."""
        if self._context.job.mode == "preview":
            self._tickets.clear()
            return
        marks: dict[str, Mark] = {}
        while self._tickets and self._tickets[0].open == 0:
            ticket = self._tickets.popleft()
            if ticket.mark is not None:
                marks[ticket.source] = ticket.mark
            if ticket.act is not None:
                ticket.act()
        for source, mark in marks.items():
            self._context.lease.ensure(timedelta(0))
            self._context.routes.move_mark(self._context.route.id, source, mark)

    def _finish(self) -> None:
        self._move_marks()
        self._context.progress(self._context.tally)


@contextmanager
def _writing(context: Context, plan_id: int | None = None) -> Iterator[Settler]:
    """What writes its decisions as they come; at the end of the block all is settled."""
    results = Results(context, plan_id)
    applier = Applier(context, results)
    settler = Settler(context, results, applier, bring)
    with applier.running():
        yield settler
        settler.finish()


def bring(context: Context, keys: Sequence[str]) -> set[str]:
    """Synchronise records of another route that this one depends on, at once; nothing is promised, all is done."""
    with _writing(context) as settler:
        settler.settle([(key, None) for key in keys])
    return set()


def rehearse_bringing(context: Context, keys: Sequence[str]) -> set[str]:
    """The records among these that would be on the target if they were synchronised."""
    results = Rehearsal(context, None)
    Settler(context, results, Rehearser(context, results), rehearse_bringing).settle([(key, None) for key in keys])
    results.flush()
    return results.promised


def _refuse_decided(plan: Plan) -> None:
    """Raise ConfigurationError where somebody has given a plan up since it was asked for."""
    if plan.state in ("dropped", "replaced"):
        raise ConfigurationError(
            f"Plan {plan.id} was {plan.state}; nothing of it is carried out.",
            detail=str(plan.id),
            fix="Make a new preview, or let the next run judge anew.",
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
