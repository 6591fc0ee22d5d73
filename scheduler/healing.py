"""What heals by itself: platforms that were down are asked again, and records that waiting may have cured are tried."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from hub.bootstrap import Hub
from hub.errors import HubError, PlatformRefused
from hub.store.health import Standing
from hub.store.job import SCHEDULE, Request, Wanted
from hub.sync.run import RETRY
from scheduler.duties import Duty

log = logging.getLogger(__name__)

ACTOR = "clock"


def duties(hub: Hub, stopping: Callable[[], bool] = lambda: False) -> list[Duty]:
    """What the clock does for it."""
    return [
        Duty("probes", timedelta(seconds=5), partial(probe, hub, stopping=stopping)),
        Duty("retries", timedelta(seconds=10), partial(retry, hub)),
    ]


def probe(hub: Hub, now: datetime, *, stopping: Callable[[], bool] = lambda: False) -> list[threading.Thread]:
    """Ask the platforms that are down whether they are back, each in a thread of its own; answers these.

    One that does not answer keeps neither the others nor the clock waiting. What waited goes on by itself.
    """
    threads = [
        threading.Thread(target=ask, args=(hub, one, stopping), name=f"probe-{one.id}", daemon=True)
        for one in hub.health.due(now)
    ]
    for thread in threads:
        thread.start()
    return threads


def ask(hub: Hub, standing: Standing, stopping: Callable[[], bool]) -> bool:
    """Whether a platform answers; notes it."""
    connection = None
    try:
        connection = hub.connect(hub.connections.get(standing.id), stopping=stopping, hurried=True)
        connection.ping()
    except PlatformRefused as error:
        hub.health.refused(standing.name, str(error), hub.clock())
        return False
    except HubError as error:
        log.info("%s does not answer yet: %s", standing.name, error)
        return False
    finally:
        if connection is not None:
            connection.close()
    hub.health.back({standing.id: hub.clock()})
    log.info("%s answers again", standing.name)
    return True


def retry(hub: Hub, now: datetime) -> int:
    """Put jobs in for records that waiting may have cured by now; answers for how many routes.

    A route that has a job already is left out: its run takes them up.
    """
    routes = {route.id: route for route in hub.routes.all() if route.enabled and route.paused_at is None}
    due = hub.failures.due_routes(now) & routes.keys()
    busy = {job.route_id for job in hub.jobs.unfinished(due)} if due else set()
    for route_id in sorted(due - busy):
        wanted = [Wanted(key, message) for key, message in hub.failures.due(route_id, now)]
        hub.jobs.put(Request(route_id, "keys", RETRY, ACTOR, priority=SCHEDULE, keys=wanted), now)
    return len(due - busy)
