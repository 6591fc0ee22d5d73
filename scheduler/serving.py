"""The hub's processes: the clock, a worker, the web, or all of them in one."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from hub.bootstrap import Hub, process_name
from hub.errors import ConfigurationError
from hub.store.exclusive import worker_lock
from scheduler import alerting, celery_engine, healing, housekeeping
from scheduler.clockwork import Clockwork
from scheduler.duties import Duty
from scheduler.worker import Pool

log = logging.getLogger(__name__)


@contextmanager
def told_to_end() -> Iterator[threading.Event]:
    """An event that is set by SIGTERM and by Ctrl+C; a second one ends the process at once."""
    event = threading.Event()

    def told(number: int, frame: FrameType | None) -> None:
        if event.is_set():
            os._exit(1)
        event.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def duties(hub: Hub, told: threading.Event) -> list[Duty]:
    """Everything the clock does besides schedules; the event ends what takes long."""
    found = [*healing.duties(hub, told.is_set), *alerting.duties(hub), *housekeeping.duties(hub, told)]
    if hub.config.engine == "celery":
        nudger = celery_engine.Nudger(hub)
        found.append(Duty("nudges", timedelta(seconds=1), lambda now: nudger()))
    return found


def look_by_themselves(count: int) -> None:
    """What nudges workers that look into the queue by themselves: nothing."""


@contextmanager
def clock(
    hub: Hub, told: threading.Event, nudge: Callable[[int], None] = look_by_themselves, *, needed: bool = True
) -> Iterator[None]:
    """The clock, or one that stands by, for the length of the block; `told` ends what takes long."""
    if not needed:
        yield
        return
    clockwork = Clockwork(hub, process_name(), duties(hub, told), nudge=nudge)
    clockwork.start()
    try:
        yield
    finally:
        told.set()
        clockwork.stop()


@contextmanager
def only_worker(hub: Hub) -> Iterator[None]:
    """Be the only worker process of an embedded store; ConfigurationError where there is one already."""
    if not hub.config.is_sqlite:
        yield
        return
    with worker_lock(hub.config.home / "worker.lock") as alone:
        if not alone:
            raise ConfigurationError(
                "Another process works on this database, and on SQLite only one may.",
                detail=str(hub.config.home),
                fix="End the other one, or set HUB_DATABASE_URL to a PostgreSQL database to have several workers.",
            )
        yield


def end(pool: Pool) -> None:
    """Stop a pool; what does not come to its end in time is ended with the process."""
    if not pool.stop():
        log.warning("Not everything came to its end in time; the next worker goes on from there")
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)


@contextmanager
def workers(hub: Hub, slots: int, told: threading.Event, *, needed: bool = True) -> Iterator[Callable[[int], None]]:
    """Local workers for the length of the block; gives what tells them that there is something to do.

    Once `told`, they begin nothing new.
    """
    if not needed:
        yield look_by_themselves
        return
    with only_worker(hub):
        pool = Pool(hub, slots, told)
        pool.start()
        try:
            yield pool.nudge
        finally:
            end(pool)


@contextmanager
def web(application: Any, host: str, port: int) -> Iterator[str]:
    """A web server for the length of the block; gives its address."""
    sockets: dict[int, Any] = {}
    try:
        server = create_server(application, map=sockets, host=host, port=port, threads=8, ident="hub")
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The web cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}.",
            detail="--port",
            fix="Choose another --port or --host; perhaps another program, or another hub, listens there.",
        ) from error
    # A name may stand for several addresses ("localhost" mostly does); any of them is the hub's.
    first = next(one for one in sockets.values() if isinstance(one, BaseWSGIServer))
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    try:
        yield f"http://{first.effective_host}:{first.effective_port}"
    finally:
        # Who is being answered gets the rest; then the loop itself closes what it looks at, as nobody else safely can.
        server.task_dispatcher.shutdown()
        first.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(2)
