"""`hub serve`, `hub clock`, `hub worker`: the processes that run for months."""

from __future__ import annotations

import os
import sys

import click

from hub import logs
from hub.bootstrap import Hub
from hub.cli.app import explained, opened
from scheduler import celery_engine, serving
from scheduler.memory import few_arenas
from scheduler.web import application

slots_option = click.option("--slots", type=click.IntRange(1, 64), help="Jobs at a time; unless given HUB_SLOTS, or 4.")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--no-clock", is_flag=True, help="Leave the clock to another process.")
@click.option("--no-worker", is_flag=True, help="Leave the jobs to other processes.")
@slots_option
@explained
def serve(host: str, port: int, no_clock: bool, no_worker: bool, slots: int | None) -> None:
    """Run the hub: the clock, the workers and the web, in one process, until it is told to end.

    With HUB_ENGINE=celery the workers are processes of their own: hub worker.
    """
    _begun()
    with serving.told_to_end() as told, opened() as hub, serving.web(application(hub), host, port) as address:
        click.echo(f"The hub is at {address}. Ctrl+C ends it.")
        local = hub.config.engine == "local" and not no_worker
        places = slots or hub.config.slots
        with (
            serving.workers(hub, places, told, needed=local) as nudge,
            serving.clock(hub, told, nudge, needed=not no_clock),
        ):
            _ready(hub, "serve")
            told.wait()
            click.echo("Ending: nothing new is begun.", err=True)


@click.command()
@explained
def clock() -> None:
    """Be the clock: put jobs in when they are due, until told to end. A second one stands by and takes over."""
    _begun()
    with serving.told_to_end() as told, opened() as hub, serving.clock(hub, told):
        _ready(hub, "clock")
        told.wait()


@click.command()
@slots_option
@explained
def worker(slots: int | None) -> None:
    """Be a worker: do jobs until told to end. On PostgreSQL as many as you like, on as many machines."""
    _begun()
    with opened() as hub:
        if hub.config.engine == "local":
            with serving.told_to_end() as told, serving.workers(hub, slots or hub.config.slots, told):
                _ready(hub, "worker")
                told.wait()
            return
        config = hub.config
    sys.exit(celery_engine.serve(config, slots or config.slots))


def _begun() -> None:
    """What each of them does first, before there are any threads."""
    few_arenas()
    logs.configure(os.environ, level="info")


def _ready(hub: Hub, what: str) -> None:
    """Tell whoever started us, on a line of its own."""
    where = "SQLite" if hub.config.is_sqlite else "PostgreSQL"
    click.echo(f"hub {what} is ready ({where}, engine {hub.config.engine}).", err=True)
