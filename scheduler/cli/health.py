"""`hub health`: whether the process that should run here does, for those who start it again where it does not.

It looks and changes nothing: no schema is brought to this release, no database made. What is asked is the store, as a
worker and the clock note there every few seconds that they are at work; a process that hangs notes nothing.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from hub.cli.app import FAILED, explained
from hub.clock import now, sleep
from hub.config import from_environment
from hub.errors import HubError
from hub.platforms.call import Call
from hub.platforms.platform import Wiring
from hub.platforms.transport import Transport
from hub.store.database import Database, make_engine
from hub.store.leases import CLOCK, Held, Leases
from hub.store.workers import WorkerProcess, Workers

#: Seconds the web may take to answer.
PATIENCE = 5.0

#: Whether all is well, and a sentence about it.
Verdict = tuple[bool, str]


@click.group()
def health() -> None:
    """Whether the worker, the clock or the web of this machine is at work. Exit status 0: it is; 1: it is not."""


@health.command()
@explained
def worker() -> None:
    """Whether a worker of this machine has been heard of in the last 15 seconds."""
    _tell(_asked(lambda database: of_worker(socket.gethostname(), Workers(database).alive(now()))))


@health.command()
@explained
def clock() -> None:
    """Whether a clock is at work. One that stands by is well as long as another one works."""
    _tell(_asked(lambda database: of_clock(socket.gethostname(), Leases(database).holder(CLOCK, now()))))


@health.command()
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Where the web is.")
@explained
def web(url: str) -> None:
    """Whether the web answers, and reaches its databases."""
    _tell(of_web(url))


def of_worker(host: str, alive: Sequence[WorkerProcess]) -> Verdict:
    """What the workers that were heard of lately say of this machine. Pure."""
    here = [one.name for one in alive if _host(one.name) == host]
    if here:
        return True, f"At work on {host}: {', '.join(here)}."
    return False, f"No worker of {host} has been heard of lately ({len(alive)} on other machines)."


def of_clock(host: str, held: Held | None) -> Verdict:
    """What the clock's lease says of this machine. Pure."""
    if held is None:
        return False, "No clock is at work: nothing begins by itself."
    if _host(held.holder) == host:
        return True, f"The clock is at work here: {held.holder}."
    return True, f"The clock is at work on another machine ({held.holder}); one that is here stands by."


def of_web(url: str) -> Verdict:
    """What the web says of itself."""
    transport = Transport("web", url, wiring=Wiring(clock=now, sleep=sleep), read_timeout=PATIENCE, attempts=1)
    try:
        answer = transport.send(Call(operation="health", method="GET", path="/healthz"))
    except HubError as error:
        return False, f"{url} does not answer: {error}"
    finally:
        transport.close()
    if answer.status == 200:
        return True, f"{url} answers."
    return False, f"{url} answers with {answer.status}: {answer.body[:300].decode(errors='replace')}"


def _host(name: str) -> str:
    """The machine in the name of a process (`hub.bootstrap.process_name`)."""
    return name.partition(":")[0]


def _asked(ask: Callable[[Database], Verdict]) -> Verdict:
    config = from_environment(os.environ)
    file = make_url(config.database_url).database
    if config.is_sqlite and (not file or not Path(file).exists()):
        return False, f"There is no store yet ({file})."
    database = Database(make_engine(config.database_url))
    try:
        return ask(database)
    except SQLAlchemyError as error:
        # Its own words may name user and host.
        return False, f"The store cannot be asked ({type(error).__name__}); the log of the process says more."
    finally:
        database.dispose()


def _tell(verdict: Verdict) -> None:
    well, sentence = verdict
    click.echo(sentence, err=not well)
    if not well:
        sys.exit(FAILED)
