"""Celery as the engine: a task says "claim the best waiting job" and nothing else.

So a task that is lost or comes twice does no harm, and priority stays with the queue in the database. The clock sends
tasks for what waits, again and again until a worker has taken it; a broker that forgot everything is of no consequence.
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import Celery, signals
from kombu.exceptions import OperationalError
from sqlalchemy import make_url

from hub.bootstrap import Hub, build, process_name
from hub.config import Config, from_environment
from scheduler.presence import Presence
from scheduler.worker import GRACE

log = logging.getLogger(__name__)

TASK = "hub.work"
#: A task that nobody has taken by then is sent again anyway.
EXPIRES = timedelta(seconds=10)
#: No job takes longer. Redis hands a task out again after the time of visibility, which has to be longer still.
LONGEST_JOB, VISIBILITY = timedelta(hours=24), timedelta(hours=25)
#: A process is replaced after so many jobs, so that what leaks does not last.
JOBS_PER_PROCESS = 500


def application(config: Config) -> Celery:
    """The Celery application of a hub. Hubs that share a broker have queues of their own."""
    app = Celery("hub", set_as_current=False)
    app.conf.update(
        broker_url=config.broker_url,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY.total_seconds(),
            "socket_connect_timeout": 2,
            "socket_timeout": 30,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        task_default_queue=queue_name(config),
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=LONGEST_JOB.total_seconds(),
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=JOBS_PER_PROCESS,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_soft_shutdown_timeout=GRACE,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
    )
    return app


def queue_name(config: Config) -> str:
    """The queue of a database's jobs."""
    url = make_url(config.database_url)
    text = f"{url.host}:{url.port}/{url.database}"
    return f"hub-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


class Nudger:
    """Sends tasks for what waits, as many as there are free places."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._app = application(hub.config)
        self._lock = threading.Lock()

    def __call__(self, count: int = 0) -> None:
        """Have workers look into the queue; a broker that does not answer is asked again at the next time."""
        with self._lock:
            now = self._hub.clock()
            waiting, running = self._hub.jobs.claimable(now), self._hub.jobs.running(now)
            places = self._hub.workers.places(now)
            try:
                for _ in range(min(waiting, max(places - running, 0))):
                    self._app.send_task(TASK, expires=EXPIRES.total_seconds(), retry=False)
            except (OperationalError, OSError) as error:
                log.warning("The broker does not answer: %s", error)


def serve(config: Config, slots: int) -> int:
    """Be a Celery worker until SIGTERM; answers the exit status."""
    # Told to end, Celery gives what is under way its time and then ends it, which is what it calls SIGQUIT.
    os.environ["REMAP_SIGTERM"] = "SIGQUIT"
    app = application(config)
    # Without a lock: a process that is killed while it holds one would keep all others waiting.
    stopping = multiprocessing.get_context("fork").RawValue("b", 0)
    presence: Presence | None = None

    def told() -> bool:
        return bool(stopping.value)

    _Child(told).register(app)

    # Celery keeps weak references to receivers: these live as long as this function.
    def keep_logging(**_: Any) -> None:
        """Nothing to do: that somebody listens is what counts."""

    def ready(**_: Any) -> None:
        # In the parent, which does no jobs, and only now: its processes have been forked.
        nonlocal presence
        presence = Presence(build(config), "celery", slots, told)
        presence.start()
        log.info("This worker is ready (Celery, %s jobs at a time).", slots)

    def shutting_down(**_: Any) -> None:
        stopping.value = 1

    # What is configured stays as it is: Celery would send its own lines beside ours, and lose ours.
    signals.setup_logging.connect(keep_logging)
    signals.worker_ready.connect(ready)
    signals.worker_shutting_down.connect(shutting_down)
    options = ["worker", "--pool=prefork", f"--concurrency={slots}", "--without-gossip", "--without-mingle"]
    options += ["--without-heartbeat", "--loglevel=WARNING", f"--hostname={process_name()}@%h"]
    try:
        app.worker_main(options)
    finally:
        if presence is not None:
            presence.leave()
            presence.hub.close()
    return 0


class _Child:
    """What a process of Celery's pool has: a hub of its own, made after the fork."""

    def __init__(self, told: Callable[[], bool]) -> None:
        self._told = told
        self._hub: Hub | None = None

    def register(self, app: Celery) -> None:
        """Make the task known, and have a hub made in each new process."""
        app.task(name=TASK)(self.work)
        signals.worker_process_init.connect(self.begin, weak=False)
        signals.worker_process_shutdown.connect(self.end, weak=False)

    def begin(self, **_: Any) -> None:
        self._hub = build(from_environment(os.environ))

    def end(self, **_: Any) -> None:
        if self._hub is not None:
            self._hub.close()

    def work(self) -> None:
        """Claim the best waiting job and do it, and then the next one, as long as there is any."""
        assert self._hub is not None
        worker = self._hub.worker(self._told)
        while not self._told() and worker.work_off() is not None:
            pass
