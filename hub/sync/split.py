"""A first load in parts: other workers read ranges of it side by side, and the job itself does what they have left.

Only a first load is split. Any later run is judged as a whole before it writes, and parts would be judged apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.errors import ConfigurationError, LeaseLost, RunCancelled
from hub.store.job import Job
from hub.store.runs import Run, Runs
from hub.sync.context import Context

#: A part has at least so many records: each one logs in and looks around before it begins.
SMALLEST_PART = 2000
MOST_PARTS = 8


@dataclass(frozen=True, slots=True)
class Splitting:
    """When a first load is split, and into how many parts."""

    #: How many jobs the workers that are there do at a time.
    places: Callable[[], int]
    smallest: int = SMALLEST_PART
    most: int = MOST_PARTS

    def parts(self) -> int:
        """Into how many parts at most: one place is left to the jobs of others."""
        return min(self.most, self.places() - 1)


#: Where nobody else is there, all is done in one piece.
NEVER = Splitting(lambda: 0)


def split(context: Context, splitting: Splitting) -> bool:
    """Hand a first load over to parts, where its source is read in ranges and it is worth it; False = it was not.

    What its sources are read up to is noted before any part begins.
    """
    job = context.job
    first = job.scope == "initialize" and job.mode == "write" and context.route.initialization in ("none", "running")
    if not first or job.parent_id is not None or job.parts or job.plan_id is not None:
        return False
    count = splitting.parts()
    if count < 2:
        return False
    found = context.source.ranges(count, splitting.smallest)
    if len(found.limits) < 2:
        return False
    now = context.clock()
    notes = {"marks": dict(found.marks), "mapping_version": context.mapping_version, "at": now.isoformat()}
    if not context.jobs.split(job, found.limits, notes, now):
        raise RunCancelled if context.jobs.get(job.id).cancel_requested else LeaseLost
    return True


def runs_of_parts(parts: Sequence[Job], runs: Runs) -> list[Run]:
    """The newest run of each part that has one."""
    return [run for part in parts if (run := runs.of_job(part.id)) is not None]


def ensure_all_done(context: Context) -> None:
    """Raise ConfigurationError where a part did not come to its end: what it was to read counts as not read."""
    parts = context.jobs.parts(context.job)
    ended = {run.job_id: run for run in runs_of_parts(parts, context.runs)}
    broken = [part for part in parts if part.id not in ended or ended[part.id].state != "done"]
    if broken:
        run = ended.get(broken[0].id)
        why = f" Run {run.id}: {run.error}" if run else ""
        raise ConfigurationError(
            f"{len(broken)} of {len(parts)} parts did not come to their end.{why}",
            detail=broken[0].kind,
            fix="Mend what the run of the part tells (`hub runs`), then start the first load again.",
        )


def any_failed(context: Context) -> bool:
    """Whether a record has failed, in this run or in that of a part."""
    runs = runs_of_parts(context.jobs.parts(context.job), context.runs) if context.job.parts else []
    return bool(context.tally.verdicts["failed"]) or any(run.counts["failed"] for run in runs)
