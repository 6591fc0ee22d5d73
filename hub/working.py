"""Working a job off in this process, or following the worker that took it; and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.store.exclusive import worker_lock
from hub.store.job import UNFINISHED
from hub.store.runs import VERDICTS, Run
from hub.sync.split import runs_of_parts

#: Seconds between two looks at a job that another worker does.
LOOK_AGAIN = 0.5
#: Workers that are there are given so long to take a job before this process does it.
TAKEN_WITHIN = timedelta(seconds=5)


def see_through(hub: Hub, job_id: int, notice: Callable[[str], None] = lambda text: None) -> Run:
    """The finished run of a job, whoever works it off; `notice` is told when that is another process.

    A job that a platform's trouble has ended waits to be tried again: its run is the answer, too.
    """
    before = hub.runs.of_job(job_id)
    told = ""
    give_up = hub.clock() + TAKEN_WITHIN
    while (run := _ended(hub, job_id, before)) is None:
        # Somebody else is there for that, and knows how many may be done at a time.
        if hub.clock() >= give_up or not hub.workers.alive(hub.clock()):
            with _alone(hub) as alone:
                if alone and _work(hub, job_id):
                    continue
        told = _tell(hub, job_id, told, notice)
        hub.sleep(LOOK_AGAIN)
    return with_parts(hub, run)


def with_parts(hub: Hub, run: Run) -> Run:
    """A run with what the parts of its job have done, where it was split."""
    job = hub.jobs.get(run.job_id)
    runs = [run, *runs_of_parts(hub.jobs.parts(job), hub.runs)] if job.parts else [run]
    return replace(
        run,
        counts={name: sum(one.counts[name] for one in runs) for name in run.counts},
        causes=dict(sum((Counter(one.causes) for one in runs), Counter())),
        warnings=[warning for one in runs for warning in one.warnings],
    )


def taken_by(hub: Hub, job_id: int) -> str:
    """Which worker took a job, as soon as one did, or why none has within 5 seconds."""
    give_up = hub.clock() + TAKEN_WITHIN
    while True:
        job = hub.jobs.get(job_id)
        if job.state != "waiting":
            worker = job.worker or "A worker"
            going_on = job.state in ("running", "split")
            return f"{worker} took it." if going_on else f"{worker} took it, and it is {job.state}."
        now = hub.clock()
        workers = [one for one in hub.workers.alive(now) if not one.stopping]
        if not workers:
            return "No worker is running, so the job waits. Start one: hub serve, or hub worker."
        if now >= give_up:
            return f"No worker has taken it yet ({len(workers)} there). Why it waits: hub jobs"
        hub.sleep(LOOK_AGAIN)


def _ended(hub: Hub, job_id: int, before: Run | None) -> Run | None:
    """The run that a job ended with; None = it goes on."""
    state = hub.jobs.get(job_id).state
    run = hub.runs.of_job(job_id)
    fresh = run is not None and (before is None or run.id > before.id)
    if state in UNFINISHED:
        return run if state == "waiting" and fresh and run is not None and run.state == "aborted" else None
    if run is None:
        raise ConfigurationError(f"Job {job_id} was cancelled before it began.", fix="Start it again.")
    return run


def _tell(hub: Hub, job_id: int, told: str, notice: Callable[[str], None]) -> str:
    """Say once who is at it; answers what was said last."""
    job = hub.jobs.get(job_id)
    waiting = told or "Another process is at work here; following it."
    if job.state == "split":
        waiting = f"It is done in {job.parts} parts, as many at a time as there are places."
    text = f"{job.worker} took it." if job.state == "running" else waiting
    if text != told:
        notice(text)
    return text


def _work(hub: Hub, job_id: int) -> bool:
    """Work the job off, or first what stands in its way; False = somebody else is at it."""
    if hub.config.is_sqlite:
        # We hold the only worker's lock, so whoever had a lease before is gone.
        hub.jobs.expire(hub.clock())
    worker = hub.worker()
    # A job of this route whose worker died has to be taken over before ours can begin.
    done = worker.work_off(job_id) or worker.work_off(route=hub.jobs.get(job_id).route_id)
    return done is not None


@contextmanager
def _alone(hub: Hub) -> Iterator[bool]:
    """Whether this process may work: on an embedded store one process at a time does."""
    path = hub.database.engine.url.database
    if not hub.config.is_sqlite or not path:
        yield True
        return
    with worker_lock(hub.config.home / "worker.lock") as alone:
        yield alone


def sentence(counts: dict[str, int]) -> str:
    """Counts in words, with what is zero left out."""
    parts = [f"{counts[name]} {name}" for name in (*VERDICTS, "brought") if counts.get(name)]
    return f"{counts['read']} read" + (f": {', '.join(parts)}" if parts else "")


def totals(hub: Hub, run: Run) -> dict[str, Any]:
    """A run's totals by name, as every command prints them."""
    route = hub.routes.get(run.route_id)
    integration = hub.integrations.get(route.integration_id)
    where = {"integration": integration.name, "object": route.object, "direction": route.direction}
    return {**where, **run.counts, "causes": run.causes}
