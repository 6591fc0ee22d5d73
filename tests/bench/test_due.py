"""Routes that are due once: when, and what counts as done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bench.due import arm, due_times, runs_done, unfinished
from hub.bootstrap import Hub
from hub.config import from_environment
from hub.store.job import Request
from hub.store.routes import Route
from hub.store.runs import Tally
from hub.store.schedules import SCHEDULES
from tests.databases import new_hub

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = new_hub(from_environment({"HUB_HOME": str(tmp_path)}), clock=lambda: AT, actor="test")
    yield made
    made.close()


def routes_of(hub: Hub, name: str) -> list[Route]:
    shop = hub.connections.save(f"shop of {name}", "shopify", {}, frozenset())
    erp = hub.connections.save(f"erp of {name}", "sap_b1", {}, frozenset())
    integration = hub.integrations.save(name, shop, erp, {})
    hub.routes.save(integration, "customer", "shop_to_erp", enabled=True)
    hub.routes.save(integration, "product", "erp_to_shop", enabled=True)
    return hub.routes.of(integration)


def test_every_other_company_has_all_its_routes_due_at_one_moment() -> None:
    times = due_times({"a": "1234", "b": "1234", "c": "1234"}, 1, 300)
    assert [len(set(moments)) for moments in times.values()] == [1, 4, 1]
    assert all(0 <= moment <= 300 for moments in times.values() for moment in moments)


def test_each_route_gets_a_schedule_that_is_due_within_the_time(hub: Hub) -> None:
    due = arm(hub, {"a": routes_of(hub, "a"), "b": routes_of(hub, "b")}, 1, 60)
    with hub.database.read() as connection:
        rows = {row.route_id: row.next_run_at for row in connection.execute(select(SCHEDULES))}
    assert rows == due
    assert len(due) == 4
    assert all(AT < moment <= AT + timedelta(seconds=61) for moment in due.values())


def done(hub: Hub, job: int, *, well: bool = True) -> None:
    claimed = hub.jobs.claim("w", AT, AT + timedelta(minutes=1), only=job)
    assert claimed is not None
    run = hub.runs.start(job, claimed.route_id, "w", claimed.fence, AT)
    hub.runs.finish(run, "done" if well else "aborted", Tally(), AT)
    hub.jobs.finish(claimed, "done")


def test_a_planned_time_counts_only_with_a_job_that_is_done_by_a_run_that_came_to_its_end(hub: Hub) -> None:
    first, second = routes_of(hub, "a")
    due = {first.id: AT, second.id: AT}
    assert (unfinished(hub, due), runs_done(hub, due)) == ({first.id, second.id}, 0)
    # Another time's job is not this one's.
    done(hub, hub.jobs.put(Request(first.id, "changes", "schedule", "t", planned_at=AT - timedelta(days=1)), AT))
    assert (unfinished(hub, due), runs_done(hub, due)) == ({first.id, second.id}, 0)
    jobs = [hub.jobs.put(Request(route, "changes", "schedule", "t", planned_at=AT), AT) for route in due]
    assert (unfinished(hub, due), runs_done(hub, due)) == ({first.id, second.id}, 0)
    done(hub, jobs[0])
    done(hub, jobs[1], well=False)
    assert (unfinished(hub, due), runs_done(hub, due)) == (set(), 1)


def test_a_planned_time_that_another_job_absorbed_is_done_with_that_one(hub: Hub) -> None:
    route, _ = routes_of(hub, "a")
    asked = hub.jobs.put(Request(route.id, "changes", "sync now", "t"), AT)
    assert hub.jobs.put(Request(route.id, "changes", "schedule", "t", planned_at=AT), AT) == asked
    assert unfinished(hub, {route.id: AT}) == {route.id}
    done(hub, asked)
    assert (unfinished(hub, {route.id: AT}), runs_done(hub, {route.id: AT})) == (set(), 1)
