"""A first load in parts, as workers do it and as people see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.backlog import backlog
from hub.cli.app import hub as command
from hub.store.failures import Trouble
from hub.store.job import SCHEDULE, Job, Request
from hub.store.workers import WorkerProcess
from hub.working import taken_by
from scheduler import healing
from scheduler.worker import Pool
from tests.scheduler.test_worker import until
from tests.sync.conftest import Stage, staged


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as made:
        made.hub.smallest_part = 10
        for number in range(60):
            made.erp.add_item(f"I{number:03}")
        yield made


@pytest.fixture
def whole(stage: Stage) -> Job:
    """A first load that was split into two parts, of which the first one is being done."""
    stage.hub.workers.say(WorkerProcess("w", "local", 3, stage.clock(), stage.clock(), False))
    job = stage.hub.jobs.put(Request(stage.route("product").id, "initialize", "initialize", "ann"), stage.clock())
    stage.hub.worker().work_off(job)
    first = stage.hub.jobs.claim("w", stage.clock(), stage.clock() + stage.hub.config.lease)
    assert first is not None
    stage.hub.runs.start(first.id, first.route_id, "w", first.fence, stage.clock())
    return stage.hub.jobs.get(job)


def said(stage: Stage, *words: str, status: int = 0) -> str:
    result = CliRunner().invoke(command, words, env={"HUB_HOME": str(stage.hub.config.home)})
    assert result.exit_code == status, result.output
    return str(result.output)


def rows(stage: Stage, *words: str) -> Any:
    return json.loads(said(stage, *words, "--json"))


def test_the_places_of_one_process_do_all_parts_and_the_rest(stage: Stage) -> None:
    pool = Pool(stage.hub, 4)
    pool.start()
    try:
        job = stage.hub.jobs.put(Request(stage.route("product").id, "initialize", "initialize", "ann"), stage.clock())
        pool.nudge()
        until(lambda: stage.hub.jobs.get(job).state == "done")
    finally:
        pool.stop()
    assert stage.hub.jobs.get(job).parts == 3
    assert len(stage.shop.table("variants")) == 60
    assert stage.route("product").initialization == "done"


def test_jobs_are_shown_as_parts_and_other_jobs_of_the_route_say_what_they_wait_for(stage: Stage, whole: Job) -> None:
    request = Request(whole.route_id, "changes", "schedule", "clock", priority=SCHEDULE)
    stage.hub.jobs.put(request, stage.clock())
    assert [(one["kind"], one["state"], one["why"]) for one in rows(stage, "jobs")["jobs"]] == [
        ("initialize, part 1 of 2", "running", ""),
        ("initialize", "split", "its parts are being done"),
        ("initialize, part 2 of 2", "waiting", ""),
        ("changes", "waiting", "another job of the route is being done"),
    ]


def test_a_part_that_waits_for_a_platform_says_so(stage: Stage, whole: Job) -> None:
    stage.hub.health.unavailable("shop", "gone", stage.clock())
    why = {one.job.kind: one.why for one in backlog(stage.hub, stage.clock()).jobs}
    assert why == {
        "initialize": "shop does not answer: gone",
        "initialize, part 1 of 2": "",
        "initialize, part 2 of 2": "shop does not answer: gone",
    }


def test_runs_are_shown_as_parts(stage: Stage, whole: Job) -> None:
    assert [(run["kind"], run["state"]) for run in rows(stage, "runs")] == [
        ("initialize, part 1 of 2", "running"),
        ("initialize", "split"),
    ]


@pytest.mark.parametrize("which", [0, 1], ids=["part", "whole"])
def test_a_load_in_parts_is_cancelled_by_any_run_of_it(stage: Stage, whole: Job, which: int) -> None:
    run = rows(stage, "runs")[which]["id"]
    said(stage, "cancel", str(run))
    assert stage.hub.jobs.get(whole.id).state == "cancelled"
    assert [(part.state, part.cancel_requested) for part in stage.hub.jobs.parts(whole)] == [
        ("running", True),
        ("cancelled", False),
    ]


def test_who_asks_who_took_it_is_told_so_while_its_parts_are_done(stage: Stage, whole: Job) -> None:
    assert taken_by(stage.hub, whole.id) == f"{whole.worker} took it."


def test_the_clock_leaves_failures_alone_of_a_route_whose_load_is_split(stage: Stage, whole: Job) -> None:
    trouble = Trouble("I000", "I000", "CHANGED_MEANWHILE", "", "", "", True, None)
    stage.hub.failures.record(whole.route_id, [trouble], stage.clock())
    stage.clock.advance(3600)
    assert healing.retry(stage.hub, stage.clock()) == 0
    stage.hub.jobs.request_cancel(whole.id)
    for part in stage.hub.jobs.parts(whole)[:1]:
        stage.hub.jobs.finish(part, "cancelled")
    assert healing.retry(stage.hub, stage.clock()) == 1
