"""One hub for many companies on a database of its own, and its processes: what benches of many workers stand on."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.companies import Company
from bench.measure import Findings, Key
from bench.stage import OBJECTS, Pace, Sides, set_up
from hub.bootstrap import Hub, build
from hub.clock import now
from hub.config import from_environment
from hub.store.failures import FAILURES
from hub.store.job import JOBS, SCHEDULE, UNFINISHED, Request
from hub.store.routes import Route
from hub.store.runs import RUNS
from hub.store.workers import Workers
from message_log.models import MESSAGE

#: What the hub's processes are told of the hub; whatever the caller's own environment says of it is left out.
HOME, STORE, LOG, LEASE = "HUB_HOME", "HUB_DATABASE_URL", "HUB_LOG_URL", "HUB_LEASE_SECONDS"
#: Seconds between two looks.
LOOK_AGAIN = 0.2


@dataclass(slots=True)
class Fleet:
    """A hub's place, its companies, and the routes of each."""

    home: Path
    database_url: str
    pace: Pace
    companies: Sequence[Company]
    objects: Mapping[str, Any] = field(default_factory=lambda: OBJECTS)
    settings: Mapping[str, Any] = field(default_factory=dict)
    #: Engine, broker and the like.
    more: dict[str, str] = field(default_factory=dict)
    #: By company, in the order in which the objects depend on each other.
    routes: dict[str, list[Route]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the hub's processes find in their environment."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        own = {HOME: str(self.home), STORE: self.database_url, LOG: "", LEASE: str(self.pace.lease)}
        return {**outside, **own, **self.more}

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """The hub's own objects."""
        made = build(from_environment(self.environment), actor="bench")
        try:
            yield made
        finally:
            made.close()

    # -- setting up -----------------------------------------------------------------------------------------------

    def set_up(self, hub: Hub, items: int = 6, customers: int = 3) -> None:
        """Configure all companies, put a few records in, and do the first loads."""
        for company in self.companies:
            sides = Sides(company.shop, company.erp, company.name, f"shop of {company.name}", f"erp of {company.name}")
            integration = set_up(hub, sides, self.pace, self.settings, self.objects)
            company.work.begin(items, customers)
            self.routes[company.name] = [
                hub.routes.find(integration, name, direction) for name, direction in self.objects.items()
            ]
            for route in self.routes[company.name]:
                self._load(hub, company, route)

    @staticmethod
    def _load(hub: Hub, company: Company, route: Route) -> None:
        scope: Any = "changes" if route.object == "order" else "initialize"
        job = hub.jobs.put(Request(route.id, scope, "bench", "bench"), hub.clock())
        hub.worker().work_off(job)
        run = hub.runs.of_job(job)
        if run is None or run.state != "done" or run.counts["failed"]:
            raise RuntimeError(f"{company.name}: the first load of {route.name} came to {run}.")

    @property
    def company_of(self) -> dict[int, str]:
        """Whose each route is."""
        return {route.id: name for name, routes in self.routes.items() for route in routes}

    # -- asking for work, and looking -----------------------------------------------------------------------------

    def put(self, hub: Hub, names: Iterable[str], *, together: bool) -> dict[int, str]:
        """One job for each route of these companies; answers job -> company.

        `together`: as the clock does with what is due at one moment, so that dependency order is kept.
        """
        at = now()
        tick: dict[str, Any] = {"tick": at} if together else {}
        return {
            hub.jobs.put(Request(route.id, "changes", "schedule", "bench", priority=SCHEDULE, **tick), at): name
            for name in names
            for route in self.routes[name]
        }

    def measure(self) -> Findings:
        """What was lost and what doubled in all companies, from the platforms' state alone."""
        found = Findings()
        for company in self.companies:
            one = company.measure()
            found.expected |= {_of(company, key) for key in one.expected}
            found.lost |= {_of(company, key): f"{company.name}: {text}" for key, text in one.lost.items()}
            found.doubled |= {_of(company, key): f"{company.name}: {text}" for key, text in one.doubled.items()}
        return found


def _of(company: Company, key: Key) -> Key:
    return key[0], f"{company.name} {key[1]}"


# -- what the hub itself says -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stretch:
    """One run: of which company, and from when to when (None: not ended)."""

    company: str
    state: str
    start: datetime
    end: datetime | None
    counts: Mapping[str, int]


def stretches(hub: Hub, company_of: Mapping[int, str], since: datetime) -> list[Stretch]:
    """All runs of these routes (route -> company) that were under way at some moment since then, oldest first."""
    columns = (RUNS.c.route_id, RUNS.c.state, RUNS.c.started_at, RUNS.c.ended_at, RUNS.c.counts)
    lasted = RUNS.c.ended_at.is_(None) | (RUNS.c.ended_at > since)
    query = select(*columns).where(RUNS.c.route_id.in_(list(company_of)), lasted).order_by(RUNS.c.id)
    with hub.database.read() as connection:
        return [Stretch(company_of[row.route_id], *row[1:]) for row in connection.execute(query)]


def undone(hub: Hub, jobs: Iterable[int]) -> int:
    """How many of these jobs are waiting or running."""
    where = JOBS.c.id.in_(list(jobs)) & JOBS.c.state.in_(UNFINISHED)
    with hub.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(JOBS).where(where)) or 0)


def open_jobs(hub: Hub) -> int:
    """How many jobs of any route are waiting or running."""
    where = JOBS.c.state.in_(UNFINISHED)
    with hub.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(JOBS).where(where)) or 0)


def open_messages(hub: Hub) -> int:
    """Messages without a verdict: writes about to be sent, sent, or not yet booked."""
    with hub.log_database.read() as connection:
        query = select(func.count()).select_from(MESSAGE).where(MESSAGE.c.verdict.is_(None))
        return int(connection.scalar(query) or 0)


def waiting_failures(hub: Hub) -> int:
    """Records that failed and that the hub itself will take up again."""
    query = select(func.count()).select_from(FAILURES).where(FAILURES.c.state == "waiting")
    with hub.database.read() as connection:
        return int(connection.scalar(query) or 0)


def workers_there(hub: Hub, since: datetime) -> int:
    """How many worker processes that were started since then were heard of lately."""
    return sum(one.started_at >= since for one in Workers(hub.database).alive(hub.clock()))


def until(reached: Callable[[], bool], patience: float, pause: float = LOOK_AGAIN) -> bool:
    """Look again and again; False: patience came to its end first."""
    end = time.monotonic() + patience
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


@contextmanager
def folder(keep: str = "") -> Iterator[Path]:
    """A folder for the hub and what its processes say: one that is kept, or one that is gone afterwards."""
    if keep:
        path = Path(keep).absolute()
        path.mkdir(parents=True, exist_ok=True)
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        yield Path(name)
