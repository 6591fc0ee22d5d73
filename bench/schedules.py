"""Thousands of schedules: what a clock costs when nothing is due, and how long it takes when everything is.

A second pass kills the clock (`kill -9`) in the middle of that, while another one stands by. What is lost and doubled
is told by comparing the table of jobs with a list that the bench made itself: each route, and the moment it was planned
at.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from bench.services import schema
from bench.stage import Say
from hub.bootstrap import Hub, build
from hub.config import from_environment
from hub.schedule import every
from hub.store.integrations import INTEGRATIONS
from hub.store.job import JOBS
from hub.store.leases import CLOCK, Leases
from hub.store.routes import ROUTES
from hub.store.schedules import SCHEDULES
from scheduler.clockwork import BATCH, LEASE, Clockwork

#: The routes of each integration.
OBJECTS = (
    ("customer", "shop_to_erp"),
    ("product", "erp_to_shop"),
    ("order", "shop_to_erp"),
    ("inventory", "erp_to_shop"),
)
ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Tokyo", "Australia/Lord_Howe")
IDLE_TICKS = 200
#: The bars, in seconds and milliseconds.
START_S, IDLE_MS, DUE_S, TAKEOVER_S = 1, 5, 5, 5
#: How often the second pass is begun anew where the clock was done before it was killed.
TRIES = 5
_LOOK_AGAIN, _PATIENCE, _A_FEW_BATCHES = 0.005, 60.0, 0.15

#: Route and planned time of every job that should be there.
Plan = Mapping[int, datetime]


@dataclass(frozen=True, slots=True)
class Findings:
    """What is not as it was planned."""

    lost: int
    doubled: int


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How the second pass went."""

    before_kill: int
    takeover_s: float
    done_s: float
    findings: Findings


def run(
    say: Say, *, count: int = 4_000, database: str = "", lease: timedelta = LEASE, batch: int = BATCH
) -> dict[str, Any]:
    """Both passes; answers {start_s, idle_tick_ms, due_4000_s, lost, doubled, done_after_takeover_s} and more."""
    say(f"schedules: {count} of them, {len(OBJECTS)} to an integration, in {len(ZONES)} zones")
    with _hub(database) as (hub, _environment):
        first = _costs(hub, count, batch, say)
    for _turn in range(TRIES):
        with _hub(database) as (hub, environment):
            second = _killed(hub, environment, count, lease, batch)
        if second is not None:
            break
    else:
        raise RuntimeError("The clock was done each time before it could be killed.")
    say(f"Killed when {second.before_kill} of {count} jobs were in; taken over after {second.takeover_s:.1f} s.")
    found = second.findings
    return {
        "bench": "schedules",
        "schedules": count,
        **first,
        "killed_at": second.before_kill,
        "takeover_s": round(second.takeover_s, 2),
        "done_after_takeover_s": round(second.done_s, 2),
        "lost": found.lost,
        "doubled": found.doubled,
        "ok": first["start_s"] <= START_S
        and first["idle_tick_ms"] <= IDLE_MS
        and first[f"due_{count}_s"] <= DUE_S
        and second.done_s <= TAKEOVER_S
        and first["inserted"] == count
        and not (found.lost or found.doubled),
    }


def measure(hub: Hub, plan: Plan) -> Findings:
    """Compare the table of jobs with what was planned."""
    with hub.database.read() as connection:
        rows = connection.execute(select(JOBS.c.route_id, JOBS.c.planned_at))
        found = Counter((row.route_id, row.planned_at) for row in rows)
    wanted = set(plan.items())
    lost = sum(1 for one in wanted if not found[one])
    return Findings(lost, sum(times - (one in wanted) for one, times in found.items()))


# -- what it costs ----------------------------------------------------------------------------------------------------


def _costs(hub: Hub, count: int, batch: int, say: Say) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0)
    fill(hub, count, now + timedelta(days=1), now)
    began = time.perf_counter()
    clock = Clockwork(hub, "bench", batch=batch)
    clock.start()
    _until(lambda: clock.holds)
    start_s = time.perf_counter() - began
    clock.stop()
    later = hub.clock()
    idle = [_timed(lambda: clock.tick(later))[0] for _turn in range(IDLE_TICKS)]
    due_s, inserted = _timed(lambda: clock.tick(now + timedelta(days=1)))
    idle_ms = statistics.median(idle) * 1e3
    say(f"Started in {start_s:.3f} s; an idle tick takes {idle_ms:.2f} ms; all due: {due_s:.2f} s")
    return {
        "start_s": round(start_s, 3),
        "idle_tick_ms": round(idle_ms, 2),
        f"due_{count}_s": round(due_s, 2),
        "inserted": inserted,
    }


def _timed(act: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    answer = act()
    return time.perf_counter() - began, answer


# -- kill -9 ----------------------------------------------------------------------------------------------------------


def _killed(hub: Hub, environment: Mapping[str, str], count: int, lease: timedelta, batch: int) -> TakenOver | None:
    """Kill the clock in the middle; None where it was done before that."""
    command = [sys.executable, "-m", "bench.schedules", str(lease.total_seconds()), str(batch)]
    leases, processes = Leases(hub.database), list[subprocess.Popen[bytes]]()
    try:
        for _number in range(2):
            processes.append(subprocess.Popen(command, env={**os.environ, **environment}))
            _until(lambda: leases.holder(CLOCK, hub.clock()) is not None)
        first = leases.holder(CLOCK, hub.clock())
        assert first is not None
        plan = fill(hub, count, hub.clock().replace(microsecond=0) + timedelta(seconds=3), hub.clock())
        _until(lambda: _jobs(hub) > 0)
        # At any point of the next transactions.
        time.sleep(Random().uniform(0, _A_FEW_BATCHES))
        processes[0].kill()
        killed_at = time.perf_counter()
        processes[0].wait()
        before = _jobs(hub)
        if before >= count:
            return None
        _until(lambda: leases.holder(CLOCK, hub.clock()) not in (None, first) and _fence(hub) > first.fence)
        taken_at = time.perf_counter()
        _until(lambda: _jobs(hub) >= count)
        done_at = time.perf_counter()
        # One more tick of the other clock: what it would double, it would double by then.
        time.sleep(1.5)
        return TakenOver(before, taken_at - killed_at, done_at - taken_at, measure(hub, plan))
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _fence(hub: Hub) -> int:
    held = Leases(hub.database).holder(CLOCK, hub.clock())
    return held.fence if held else 0


def _jobs(hub: Hub) -> int:
    with hub.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(JOBS)) or 0)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not true():
        if time.monotonic() > end:
            raise RuntimeError("Nothing has happened for a minute.")
        time.sleep(_LOOK_AGAIN)


# -- the stage --------------------------------------------------------------------------------------------------------


@contextmanager
def _hub(database: str) -> Iterator[tuple[Hub, dict[str, str]]]:
    """An empty hub, and the environment by which other processes find it. On PostgreSQL it has a schema of its own."""
    with ExitStack() as stack:
        environment = {"HUB_HOME": stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-"))}
        if database:
            environment["HUB_DATABASE_URL"] = stack.enter_context(schema(database))
        hub = stack.enter_context(closing(build(from_environment(environment), actor="bench")))
        yield hub, environment


def fill(hub: Hub, count: int, planned: datetime, now: datetime) -> dict[int, datetime]:
    """So many armed routes with schedules that are due at one moment; answers the plan."""
    shop = hub.connections.save("shop", "shopify", {"token": "bench"}, frozenset({"token"}))
    erp = hub.connections.save("erp", "sap_b1", {"password": "bench"}, frozenset({"password"}))
    schedule = every("12h")
    with hub.database.together(), hub.database.write() as connection:
        integrations = [
            {"name": f"bench {number}", "shop_id": shop, "erp_id": erp, "settings": _settings(number), "fields": {}}
            for number in range(-(-count // len(OBJECTS)))
        ]
        connection.execute(INTEGRATIONS.insert(), integrations)
        ids = list(connection.scalars(select(INTEGRATIONS.c.id).order_by(INTEGRATIONS.c.id)))
        fresh = {"enabled": True, "initialization": "done", "marks": {}, "compared": {}, "mapping_version": ""}
        fresh |= {"policy": "all", "freeze": [], "paused_by": ""}
        routes = [
            {"integration_id": identity, "object": name, "direction": direction, **fresh}
            for identity in ids
            for name, direction in OBJECTS
        ][:count]
        connection.execute(ROUTES.insert(), routes)
        plan = dict.fromkeys(connection.scalars(select(ROUTES.c.id)), planned)
        columns = {"kind": schedule.kind, "at": "", "weekdays": [], "minutes": schedule.minutes}
        columns |= {"window_from": "", "window_to": "", "saved_at": now, "saved_by": "bench"}
        rows = [{"route_id": route, "next_run_at": at, "zone": ZONES[0], **columns} for route, at in plan.items()]
        connection.execute(SCHEDULES.insert(), rows)
    return plan


def _settings(number: int) -> dict[str, Any]:
    return {"zone": ZONES[number % len(ZONES)], "order_cut_over": "2020-01-01T00:00:00+00:00", "currency": "EUR"}


def main() -> None:
    """`python -m bench.schedules LEASE BATCH`: a clock of the hub in `HUB_HOME`, until it is killed."""
    hub = build(from_environment(os.environ), actor="bench")
    lease, batch = timedelta(seconds=float(sys.argv[1])), int(sys.argv[2])
    clock = Clockwork(hub, f"bench {os.getpid()}", lease=lease, batch=batch)
    clock.start()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
