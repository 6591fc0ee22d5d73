from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, update

from hub.platforms.limits import OneProcess
from hub.store.alerts import Alerts, Wrong
from hub.store.connections import CONNECTIONS
from hub.store.failures import Trouble
from hub.store.job import Request
from hub.store.leases import Leases
from hub.store.limits import BUDGETS
from hub.store.runs import Tally
from hub.store.schedules import SCHEDULES
from hub.store.workers import WorkerProcess, Workers
from message_log.entries import Exchange
from scheduler.metrics import Metrics
from tests.docs.pages import names, rows, section, text
from tests.sync.conftest import Stage, staged

PRODUCT = {"integration": "acme", "object": "product", "direction": "erp_to_shop"}


@pytest.fixture
def stage(tmp_path: Path, url: str) -> Iterator[Stage]:
    with staged(tmp_path, HUB_DATABASE_URL=url, HUB_LOG_URL=f"sqlite:///{tmp_path / 'log.db'}") as made:
        yield made


@pytest.fixture
def metrics(stage: Stage) -> Metrics:
    return Metrics(stage.hub)


def read(metrics: Metrics, stage: Stage) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample, as Prometheus would read it a little later."""
    stage.clock.advance(5)
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: dict[Any, float], name: str, **labels: str) -> float | None:
    return samples.get((name, tuple(sorted(labels.items()))))


def call(stage: Stage, milliseconds: int, status: int | None = 200, connection: str = "shop") -> None:
    exchange = Exchange(connection, "orders", "GET", "/orders", stage.clock(), milliseconds, status)
    stage.hub.ledger.record([exchange])


def test_runs_and_records_are_counted_by_route(stage: Stage, metrics: Metrics) -> None:
    stage.erp.add_item("MUG", "11.90")
    stage.erp.add_item("CUP", "9.90")
    stage.work("product", "initialize")
    samples = read(metrics, stage)
    assert value(samples, "hub_runs_total", **PRODUCT, state="done") == 1
    assert value(samples, "hub_records_total", **PRODUCT, verdict="created") == 2
    stage.work("product", "full")
    samples = read(metrics, stage)
    assert value(samples, "hub_runs_total", **PRODUCT, state="done") == 2
    assert value(samples, "hub_records_total", **PRODUCT, verdict="created") == 2
    assert value(samples, "hub_records_total", **PRODUCT, verdict="unchanged") == 2
    again = read(metrics, stage)
    assert {key: again[key] for key in again if key[0].endswith("_total")} == {
        key: samples[key] for key in samples if key[0].endswith("_total")
    }


def test_a_run_that_goes_on_is_counted_as_it_goes_and_once(stage: Stage, metrics: Metrics) -> None:
    route = stage.route("product").id
    job = stage.hub.jobs.put(Request(route, "changes", "schedule", "clock"), stage.clock())
    run = stage.hub.runs.start(job, route, "w", 1, stage.clock())
    tally = Tally()
    for count in (3, 7):
        tally.verdicts["created"] = count
        stage.hub.runs.progress(run, tally)
        samples = read(metrics, stage)
        assert value(samples, "hub_records_total", **PRODUCT, verdict="created") == count
        assert value(samples, "hub_runs_total", **PRODUCT, state="done") is None
    stage.hub.runs.finish(run, "aborted", tally, stage.clock())
    samples = read(metrics, stage)
    assert value(samples, "hub_runs_total", **PRODUCT, state="aborted") == 1
    assert value(samples, "hub_records_total", **PRODUCT, verdict="created") == 7


def test_calls_are_counted_by_how_long_they_took(stage: Stage, metrics: Metrics) -> None:
    for milliseconds, status in ((40, 200), (400, 200), (70_000, None), (90, 500)):
        call(stage, milliseconds, status)
    call(stage, 10, connection="erp")
    for _ in range(2):
        samples = read(metrics, stage)
        bucket = [
            value(samples, "hub_request_duration_seconds_bucket", connection="shop", le=edge)
            for edge in ("0.05", "0.1", "0.5", "60.0", "+Inf")
        ]
        assert bucket == [1, 2, 3, 3, 4]
        assert value(samples, "hub_request_duration_seconds_count", connection="shop") == 4
        assert value(samples, "hub_request_duration_seconds_sum", connection="shop") == pytest.approx(70.53)
        assert value(samples, "hub_request_errors_total", connection="shop") == 2
        assert value(samples, "hub_request_errors_total", connection="erp") == 0
    call(stage, 40)
    assert value(read(metrics, stage), "hub_request_duration_seconds_count", connection="shop") == 5


def test_the_queue_is_told_with_its_age(stage: Stage, metrics: Metrics) -> None:
    stage.hub.jobs.put(Request(stage.route("product").id, "changes", "schedule", "clock"), stage.clock())
    stage.clock.advance(55)
    samples = read(metrics, stage)
    assert value(samples, "hub_jobs", **PRODUCT, state="waiting") == 1
    assert value(samples, "hub_job_oldest_waiting_seconds", **PRODUCT) == 60


def test_the_age_of_a_mark_grows_from_the_beginning_of_the_last_run_that_read(stage: Stage, metrics: Metrics) -> None:
    assert value(read(metrics, stage), "hub_route_mark_age_seconds", **PRODUCT) is None
    stage.work("product", "initialize")
    stage.clock.advance(95)
    stage.work("product", "keys", "MUG")
    assert value(read(metrics, stage), "hub_route_mark_age_seconds", **PRODUCT) == 100


def test_clock_workers_and_the_next_run_are_told(stage: Stage, metrics: Metrics) -> None:
    samples = read(metrics, stage)
    assert value(samples, "hub_clock_held") == 0
    now = stage.clock()
    Leases(stage.hub.database).take("clock", "host:1", now, now + timedelta(seconds=12))
    Workers(stage.hub.database).say(WorkerProcess("a", "local", 4, now, now, False))
    Workers(stage.hub.database).say(WorkerProcess("b", "local", 2, now, now, False))
    planned = {"route_id": stage.route("product").id, "kind": "daily", "zone": "UTC", "next_run_at": now}
    with stage.hub.database.write() as connection:
        connection.execute(SCHEDULES.insert().values(**planned, weekdays=[], saved_at=now, saved_by="ann"))
    samples = read(metrics, stage)
    assert value(samples, "hub_clock_held") == 1
    assert value(samples, "hub_clock_holder", holder="host:1") == 1
    assert value(samples, "hub_workers", engine="local") == 2
    assert value(samples, "hub_worker_slots", engine="local") == 6
    assert value(samples, "hub_route_next_run_timestamp_seconds", **PRODUCT) == now.timestamp()
    assert value(samples, "hub_route_enabled", **PRODUCT) == 1


def test_failures_alerts_and_connections_are_told(stage: Stage, metrics: Metrics) -> None:
    for key in ("1", "2"):
        trouble = Trouble(key, key, "UNKNOWN_SKU", key, "", "", False, None)
        stage.hub.failures.record(stage.route("product").id, [trouble], stage.clock())
    Alerts(stage.hub.database).settle([Wrong("held", "a", ""), Wrong("held", "b", "")], stage.clock())
    with stage.hub.database.write() as connection:
        down = update(CONNECTIONS).where(CONNECTIONS.c.name == "erp").values(down_since=stage.clock())
        connection.execute(down)
    samples = read(metrics, stage)
    assert value(samples, "hub_failures", **PRODUCT, cause="UNKNOWN_SKU", state="open") == 2
    assert value(samples, "hub_alerts", kind="held") == 2
    assert value(samples, "hub_connection_down", connection="erp") == 1
    assert value(samples, "hub_connection_down", connection="shop") == 0
    assert value(samples, "hub_connection_refused", connection="erp") == 0


def test_points_are_told_as_they_have_refilled(stage: Stage) -> None:
    now = stage.clock()
    shop = stage.hub.connections.named("shop").id
    with stage.hub.database.write() as connection:
        row = {"connection_id": shop, "maximum": 1000, "available": 100, "restore_rate": 50, "at": now}
        connection.execute(BUDGETS.insert().values(row))
    here = OneProcess()
    stage.hub.limits = here
    budget = here.of(stage.hub.connections.named("erp").id).budget(stage.clock)
    budget.correct(10, 4, 0.001, taken=budget.take(1), spent=1)
    samples = read(Metrics(stage.hub), stage)
    assert value(samples, "hub_budget_available_points", connection="shop") == 350
    assert value(samples, "hub_budget_maximum_points", connection="shop") == 1000
    assert round(value(samples, "hub_budget_available_points", connection="erp")) == 4


def test_no_label_names_a_record(stage: Stage, metrics: Metrics) -> None:
    stage.erp.add_item("SECRET-MUG", "11.90")
    stage.work("product", "initialize")
    trouble = Trouble("SECRET-MUG", "SECRET-MUG", "UNKNOWN_SKU", "sku=SECRET-MUG", "", "", False, None)
    stage.hub.failures.record(stage.route("product").id, [trouble], stage.clock())
    assert b"UNKNOWN_SKU" in metrics.text()
    assert b"SECRET" not in metrics.text()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_whoever_asks_within_a_second_asks_no_database(stage: Stage, metrics: Metrics) -> None:
    asked: list[str] = []
    event.listen(stage.hub.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    first = metrics.text()
    many = len(asked)
    assert 0 < many <= 20
    stage.clock.advance(0.9)
    assert metrics.text() == first
    assert len(asked) == many
    stage.clock.advance(0.2)
    metrics.text()
    assert len(asked) > many


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_every_metric_is_on_the_page_and_every_metric_of_the_page_exists(stage: Stage, metrics: Metrics) -> None:
    families = text_string_to_metric_families(metrics.text().decode())
    told = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert {names(row[0])[0] for row in rows(section(text("alerts.md"), "Metrics"))} == told
