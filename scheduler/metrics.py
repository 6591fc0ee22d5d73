"""Metrics for Prometheus, read from the store whenever they are asked for.

What stands in the store is told for all processes, whichever of them is asked. Counters begin with what the store knew
lately when this process was first asked, and grow from there, as counters may. No label names a record.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Table, func, select

from hub.bootstrap import Hub
from hub.platforms.budget import Bucket
from hub.store.alerts import ALERTS, DIGEST
from hub.store.connections import CONNECTIONS
from hub.store.failures import FAILURES, UNRESOLVED_STATES
from hub.store.integrations import INTEGRATIONS
from hub.store.job import JOBS, UNFINISHED
from hub.store.leases import CLOCK, Leases
from hub.store.limits import BUDGETS
from hub.store.routes import ROUTES
from hub.store.runs import RUNS, VERDICTS
from hub.store.schedules import SCHEDULES
from hub.store.workers import Workers
from message_log.models import EXCHANGE
from scheduler.alerting.picture import reading_runs

#: The lease of whoever is the clock.
#: So long an answer is given again to whoever else asks.
FRESH = timedelta(seconds=1)
#: Runs and calls that are counted at a time, at most; older ones are left out.
RUNS_AT_ONCE, CALLS_AT_ONCE = 10_000, 20_000
#: Ids are given out before they can be seen: so many are looked at once more.
OVERLAP = 200
#: Seconds.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_ROUTE = ("integration", "object", "direction")

Labels = tuple[str, ...]


class Growing:
    """Reads the rows of a table that have come, or changed, since it was last asked; each row once in each state."""

    def __init__(self, table: Table, columns: Sequence[str], most: int) -> None:
        self._table, self._most = table, most
        self._columns = [table.c[name] for name in ("id", *columns)]
        self._last: int | None = None
        #: Ids near the end, and those that may still change, with what was seen.
        self.seen: dict[int, Any] = {}

    def rows(self, connection: Any, open_ids: Iterable[int] = ()) -> Sequence[Any]:
        """New rows, those near the end, and those of the ids that may have changed."""
        newest = connection.scalar(select(func.max(self._table.c.id))) or 0
        last = max(newest - self._most, 0 if self._last is None else self._last - OVERLAP)
        identity = self._table.c.id
        query = select(*self._columns).where((identity > last) | identity.in_(list(open_ids))).order_by(identity)
        self._last = max(newest, self._last or 0)
        return list(connection.execute(query))

    def forget(self, keep: Iterable[int] = ()) -> None:
        """Forget what lies too far back to be read again."""
        edge = (self._last or 0) - OVERLAP
        kept = set(keep)
        self.seen = {identity: value for identity, value in self.seen.items() if identity > edge or identity in kept}


class RunCounts:
    """Runs by how they ended, and records by verdict."""

    def __init__(self) -> None:
        self._rows = Growing(RUNS, ("route_id", "state", "counts"), RUNS_AT_ONCE)
        self._under_way: set[int] = set()
        self.runs: Counter[tuple[int, str]] = Counter()
        self.records: Counter[tuple[int, str]] = Counter()

    def read(self, connection: Any) -> None:
        """Count what has come since."""
        for row in self._rows.rows(connection, self._under_way):
            before_state, before = self._rows.seen.get(row.id, ("running", {}))
            if row.state != "running" and before_state == "running":
                self.runs[row.route_id, row.state] += 1
            for verdict in VERDICTS:
                self.records[row.route_id, verdict] += max(row.counts.get(verdict, 0) - before.get(verdict, 0), 0)
            self._rows.seen[row.id] = (row.state, row.counts)
            (self._under_way.add if row.state == "running" else self._under_way.discard)(row.id)
        self._rows.forget(self._under_way)


class CallTimes:
    """How long platforms took to answer, as the message log of all workers tells."""

    def __init__(self) -> None:
        self._rows = Growing(EXCHANGE, ("connection", "duration_ms", "status", "error"), CALLS_AT_ONCE)
        self.buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.errors: Counter[str] = Counter()

    def read(self, connection: Any) -> None:
        """Count what has come since."""
        for row in self._rows.rows(connection):
            if row.id in self._rows.seen:
                continue
            self._rows.seen[row.id] = True
            seconds = row.duration_ms / 1000
            place = next((place for place, edge in enumerate(BUCKETS) if seconds <= edge), len(BUCKETS))
            self.buckets[row.connection][place] += 1
            self.seconds[row.connection] += seconds
            self.errors[row.connection] += row.error is not None or row.status is None or row.status >= 400
        self._rows.forget()


class HubCollector(Collector):
    """Reads the store when it is asked, at most once a second."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._guard = threading.Lock()
        self._runs, self._calls = RunCounts(), CallTimes()
        self._at: datetime | None = None
        self._metrics: list[Metric] = []

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that being registered asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics."""
        with self._guard:
            now = self._hub.clock()
            if self._at is None or not timedelta(0) <= now - self._at < FRESH:
                self._metrics = list(self._read(now))
                self._at = now
            yield from self._metrics

    def _read(self, now: datetime) -> Iterator[Metric]:
        with self._hub.log_database.read() as connection:
            self._calls.read(connection)
        yield from self._latency()
        with self._hub.database.read() as connection:
            routes = _routes(connection)
            self._runs.read(connection)
            yield from self._counted(routes)
            yield from _queue(connection, routes, now)
            yield from _standing(connection, routes, now)
            yield from _failing(connection, routes)
            yield from _connections(connection, self._hub.limits.buckets(), now)
        yield from self._processes(now)

    def _latency(self) -> Iterator[Metric]:
        calls = self._calls
        latency = HistogramMetricFamily(
            "hub_request_duration_seconds", "How long calls to a platform took.", labels=["connection"]
        )
        for name, counts in sorted(calls.buckets.items()):
            sums = [sum(counts[: place + 1]) for place in range(len(counts))]
            edges = [*(str(edge) for edge in BUCKETS), "+Inf"]
            latency.add_metric([name], list(zip(edges, sums, strict=True)), calls.seconds[name])
        yield latency
        errors: dict[Labels, int] = {(name,): count for name, count in calls.errors.items()}
        yield _counter("hub_request_errors", "Calls that were answered by an error, or not.", ("connection",), errors)

    def _counted(self, routes: dict[int, Labels]) -> Iterator[Metric]:
        runs = {(*routes[route], state): count for (route, state), count in self._runs.runs.items()}
        yield _counter("hub_runs", "Runs by how they ended.", (*_ROUTE, "state"), runs)
        records = {(*routes[route], verdict): count for (route, verdict), count in self._runs.records.items()}
        yield _counter("hub_records", "Records by what became of them.", (*_ROUTE, "verdict"), records)

    def _processes(self, now: datetime) -> Iterator[Metric]:
        holder = Leases(self._hub.database).holder(CLOCK, now)
        held = {(): float(holder is not None)}
        yield _gauge("hub_clock_held", "Whether a clock is at work (1) or none (0).", (), held)
        named = {(holder.holder,): 1} if holder else {}
        yield _gauge("hub_clock_holder", "Which process is the clock.", ("holder",), named)
        alive = Workers(self._hub.database).alive(now)
        yield _gauge("hub_workers", "Workers heard of lately.", ("engine",), Counter((one.engine,) for one in alive))
        slots: Counter[Labels] = Counter()
        for one in alive:
            slots[one.engine,] += one.slots
        yield _gauge("hub_worker_slots", "Jobs that these workers can do at a time.", ("engine",), slots)


def _counter(name: str, words: str, labels: Sequence[str], values: dict[Labels, int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _gauge(name: str, words: str, labels: Sequence[str], values: Any) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _seconds(now: datetime, since: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)


def _routes(connection: Any) -> dict[int, Labels]:
    query = select(ROUTES.c.id, INTEGRATIONS.c.name, ROUTES.c.object, ROUTES.c.direction)
    rows = connection.execute(query.join(INTEGRATIONS, INTEGRATIONS.c.id == ROUTES.c.integration_id))
    return {row.id: (row.name, row.object, row.direction) for row in rows}


def _queue(connection: Any, routes: dict[int, Labels], now: datetime) -> Iterator[Metric]:
    """Jobs that wait or are at work."""
    columns = (JOBS.c.route_id, JOBS.c.state)
    query = select(*columns, func.count().label("count"), func.min(JOBS.c.created_at).label("oldest"))
    rows = connection.execute(query.where(JOBS.c.state.in_(UNFINISHED)).group_by(*columns)).all()
    jobs = {(*routes[row.route_id], row.state): row.count for row in rows}
    yield _gauge("hub_jobs", "Jobs that wait or are at work.", (*_ROUTE, "state"), jobs)
    waiting = {routes[row.route_id]: _seconds(now, row.oldest) for row in rows if row.state == "waiting"}
    yield _gauge("hub_job_oldest_waiting_seconds", "Since when the oldest job of a route waits.", _ROUTE, waiting)


def _standing(connection: Any, routes: dict[int, Labels], now: datetime) -> Iterator[Metric]:
    """How far each route has read, and when it runs next."""
    read = {row.route_id: row.started_at for row in reading_runs(connection)}
    ages = {routes[route]: _seconds(now, began) for route, began in read.items()}
    yield _gauge("hub_route_mark_age_seconds", "Since when changes at the source may not have been read.", _ROUTE, ages)
    query = select(SCHEDULES.c.route_id, SCHEDULES.c.next_run_at).where(SCHEDULES.c.next_run_at.is_not(None))
    planned = {routes[row.route_id]: row.next_run_at.timestamp() for row in connection.execute(query)}
    yield _gauge("hub_route_next_run_timestamp_seconds", "When a route runs next.", _ROUTE, planned)
    query = select(ROUTES.c.id, ROUTES.c.enabled, ROUTES.c.paused_at)
    runs = {routes[row.id]: float(row.enabled and row.paused_at is None) for row in connection.execute(query)}
    yield _gauge("hub_route_enabled", "Whether a route runs (1), or is switched off or paused (0).", _ROUTE, runs)


def _failing(connection: Any, routes: dict[int, Labels]) -> Iterator[Metric]:
    """Records in trouble, and what people are told of."""
    columns = (FAILURES.c.route_id, FAILURES.c.state, FAILURES.c.cause)
    query = select(*columns, func.count().label("count")).group_by(*columns)
    query = query.where(FAILURES.c.route_id.in_(list(routes)), FAILURES.c.state.in_(UNRESOLVED_STATES))
    found = {(*routes[row.route_id], row.cause, row.state): row.count for row in connection.execute(query)}
    yield _gauge("hub_failures", "Records in trouble.", (*_ROUTE, "cause", "state"), found)
    query = select(ALERTS.c.kind, func.count().label("count")).group_by(ALERTS.c.kind)
    query = query.where(ALERTS.c.cleared_at.is_(None), ALERTS.c.kind != DIGEST)
    raised = {(row.kind,): row.count for row in connection.execute(query)}
    yield _gauge("hub_alerts", "Alerts that are raised.", ("kind",), raised)


def _connections(connection: Any, ours: Mapping[int, Bucket], now: datetime) -> Iterator[Metric]:
    """How the platforms are, and what may be asked of them."""
    lines = connection.execute(select(CONNECTIONS).order_by(CONNECTIONS.c.name)).all()
    for name, words, column in (
        ("down", "Whether a platform does not answer.", "down_since"),
        ("refused", "Whether a platform refuses us.", "refused_at"),
        ("stopped", "Whether somebody has stopped all writes.", "stopped_at"),
    ):
        values = {(line.name,): float(getattr(line, column) is not None) for line in lines}
        yield _gauge(f"hub_connection_{name}", words, ("connection",), values)
    names = {line.id: (line.name,) for line in lines}
    buckets = {names[identity]: bucket for identity, bucket in ours.items() if identity in names}
    for row in connection.execute(select(BUDGETS)):
        buckets[names[row.connection_id]] = Bucket(row.maximum, row.available, row.restore_rate, row.at)
    left = {name: bucket.at_moment(now).available for name, bucket in buckets.items()}
    yield _gauge("hub_budget_available_points", "Points that a platform grants now.", ("connection",), left)
    most = {name: bucket.maximum for name, bucket in buckets.items()}
    yield _gauge("hub_budget_maximum_points", "Points that a platform grants at most.", ("connection",), most)


class Metrics:
    """The metrics of a hub, ready to be sent."""

    def __init__(self, hub: Hub) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(HubCollector(hub))

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)
