"""Working a job off in this process, or following the worker that took it; and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.store.exclusive import worker_lock
from hub.store.runs import VERDICTS, Run

#: Seconds between two looks at a job that another worker does.
LOOK_AGAIN = 0.5


def see_through(hub: Hub, job_id: int, notice: Callable[[str], None] = lambda text: None) -> Run:
    """The finished run of a job, whoever works it off; `notice` is told when that is another process."""
    told = False
    while _open(hub, job_id):
        with _alone(hub) as alone:
            if alone and _work(hub, job_id):
                continue
        if not told:
            notice("Another process is at work here; following it.")
            told = True
        hub.sleep(LOOK_AGAIN)
    run = hub.runs.of_job(job_id)
    if run is None:
        raise ConfigurationError(f"Job {job_id} was cancelled before it began.", fix="Start it again.")
    return run


def _work(hub: Hub, job_id: int) -> bool:
    """Work the job off, or first what stands in its way; False = somebody else is at it."""
    if hub.config.is_sqlite:
        # We hold the only worker's lock, so whoever had a lease before is gone.
        hub.jobs.expire(hub.clock())
    worker = hub.worker()
    # A job of this route whose worker died has to be taken over before ours can begin.
    done = worker.work_off(job_id) or worker.work_off(route=hub.jobs.get(job_id).route_id)
    return done is not None


def _open(hub: Hub, job_id: int) -> bool:
    return hub.jobs.get(job_id).state in ("waiting", "running")


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
