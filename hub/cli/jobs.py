"""`hub jobs`, `hub priority`, `hub cancel`: what waits and what is being done, its order, and stopping it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from hub.backlog import Backlog, Waiting, backlog
from hub.bootstrap import Hub
from hub.cli.app import as_json, explained, opened
from hub.cli.output import show, to_json
from hub.errors import ConfigurationError
from hub.queueing import LEVELS, prioritize
from hub.queueing import cancel as stop
from hub.store.job import PRIORITIES, Job


@click.command()
@click.argument("name", required=False)
@as_json
@explained
def jobs(name: str | None, as_json: bool) -> None:
    """Show what is being done and what waits, why it waits, and until when it will probably be done."""
    with opened() as hub:
        if name:
            hub.integrations.named(name)
        found = backlog(hub, hub.clock())
        rows = [_row(one) for one in found.jobs if name in (None, one.integration)]
        if as_json:
            click.echo(to_json({"jobs": rows, **_summary(found)}))
            return
        columns = ["id", "integration", "route", "kind", "priority", "state", "asked_by", "since", "worker", "why"]
        show(rows, columns, as_json=False, empty="Nothing waits, and nothing is being done.")
        _say(found)


@click.command()
@click.argument("job_id", metavar="JOB", type=int)
@click.argument("level", metavar="|".join(LEVELS), type=click.Choice(list(LEVELS)))
@explained
def priority(job_id: int, level: str) -> None:
    """Let a job that waits come sooner or later than others."""
    with opened() as hub:
        done = prioritize(hub, _job(hub, job_id), level)
    click.echo(f"The priority of job {job_id} is {level}{' now' if done else ' already'}.")


@click.command()
@click.argument("run", type=int, required=False)
@click.option("--job", "job_id", type=int, help="A job in place of a run, also one that waits; see hub jobs.")
@explained
def cancel(run: int | None, job_id: int | None) -> None:
    """Stop a run after the records under way; what it did stays, and the next run goes on from there.

    A first load that is done in parts stops with all of them, whichever run of it is named. With --job, a job that
    waits is taken out of the queue.
    """
    with opened() as hub:
        if run is not None and job_id is None:
            said = _stop_run(hub, run)
        elif job_id is not None and run is None:
            said = _stop_job(hub, _job(hub, job_id))
        else:
            raise ConfigurationError("Which run?", detail="choice", fix="Name a run (hub runs), or --job (hub jobs).")
    click.echo(said)


def _stop_run(hub: Hub, run: int) -> str:
    found = hub.runs.find(run)
    if found is None:
        raise ConfigurationError(f"There is no run {run}.", detail=str(run), fix="See: hub runs")
    if found.state not in ("running", "split") or not stop(hub, hub.jobs.get(found.job_id)):
        raise ConfigurationError(f"Run {run} is {found.state}: there is nothing to cancel.", detail=str(run))
    return f"Run {run} stops after the records under way."


def _stop_job(hub: Hub, job: Job) -> str:
    if not stop(hub, job):
        raise ConfigurationError(f"Job {job.id} is {job.state}: there is nothing to cancel.", detail=str(job.id))
    if hub.jobs.get(job.id).unfinished:
        return f"Job {job.id} stops after the records under way."
    return f"Job {job.id} is cancelled."


def _job(hub: Hub, job_id: int) -> Job:
    found = hub.jobs.several([job_id]).get(job_id)
    if found is None:
        raise ConfigurationError(f"There is no job {job_id}.", detail=str(job_id), fix="See: hub jobs")
    return found


def _row(one: Waiting) -> dict[str, Any]:
    job = one.job
    return {
        "id": job.id,
        "integration": one.integration,
        "route": one.route.name,
        "scope": job.scope,
        "kind": job.kind,
        "priority": PRIORITIES.get(job.priority, str(job.priority)),
        "state": job.state,
        "asked_by": f"{job.actor}, {job.reason}",
        "since": job.created_at,
        "worker": job.worker,
        "why": one.why,
        "tries": job.tries,
        "not_before": job.not_before,
    }


def _summary(found: Backlog) -> dict[str, Any]:
    return {
        "waiting": sum(one.job.state == "waiting" for one in found.jobs),
        "places": found.places,
        "oldest_seconds": _seconds(found.oldest),
        "expected_seconds": _seconds(found.expected),
    }


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())


def _say(found: Backlog) -> None:
    told = _summary(found)
    if not found.places:
        click.echo("No worker is running. Start one: hub serve, or hub worker.", err=True)
    if told["waiting"]:
        done = "not known yet" if found.expected is None else f"in about {_words(found.expected)}"
        oldest = _words(found.oldest or timedelta(0))
        click.echo(f"{told['waiting']} wait, the oldest for {oldest}; done: {done}.")


def _words(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"
