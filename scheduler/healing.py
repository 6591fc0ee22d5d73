"""What heals by itself: platforms that were down are asked again, and records that waiting may have cured are tried."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
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
#: Platforms asked at a time: one that does not answer keeps nobody waiting.
AT_A_TIME = 8


def duties(hub: Hub) -> list[Duty]:
    """What the clock does for it."""
    return [
        Duty("probes", timedelta(seconds=5), partial(probe, hub)),
        Duty("retries", timedelta(seconds=10), partial(_retry, hub)),
    ]


def probe(hub: Hub, now: datetime) -> None:
    """Ask the platforms that are down whether they are back; the jobs that waited for them go on by themselves."""
    found = hub.health.due(now)
    if not found:
        return
    with ThreadPoolExecutor(min(len(found), AT_A_TIME)) as threads:
        list(threads.map(lambda one: ask(hub, one), found))


def ask(hub: Hub, standing: Standing) -> bool:
    """Whether a platform answers; notes it."""
    connection = None
    try:
        connection = hub.connect(hub.connections.get(standing.id))
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
    hub.health.answered(standing.id)
    log.info("%s answers again", standing.name)
    return True


def _retry(hub: Hub, now: datetime) -> None:
    retry(hub, now)


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
