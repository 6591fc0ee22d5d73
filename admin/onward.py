"""What comes after a job that is done: its failures, the first loads that are left, and whether it cured. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from admin.standing import to_load
from hub.store.job import ERRANDS, Job
from hub.store.routes import Route
from hub.store.runs import Run
from hub.sync import resync


@dataclass(frozen=True, slots=True)
class Onward:
    """Where to go from a job."""

    #: Records that its run could not bring over.
    failed: int = 0
    #: Of a re-sync: how many went through, and of how many.
    through: tuple[int, int] | None = None
    first_load: bool = False
    #: The route that is to be loaded next.
    following: Route | None = None


def onward(job: Job, run: Run | None, routes: Sequence[Route]) -> Onward:
    """What comes after a job; `routes`: those of its integration. Previews and errands lead on by themselves."""
    if run is None or job.state != "done" or job.mode != "write" or job.scope in ERRANDS:
        return Onward()
    failed, read = run.counts.get("failed", 0), run.counts.get("read", 0)
    again = job.scope == "keys" and job.reason == resync.REASON and run.state == "done" and read
    through = (read - failed - run.counts.get("skipped", 0), read) if again else None
    if job.scope != "initialize":
        return Onward(failed, through)
    left = [one for one in to_load(routes) if one.id != job.route_id]
    return Onward(failed, through, True, left[0] if left else None)
