"""Parts of a job: side by side among themselves, alone on their route, and one job again at the end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from hub.store.database import Database
from hub.store.job import SCHEDULE, Job, Request, Wanted
from hub.store.job_batches import put_many
from hub.store.jobs import Jobs
from hub.store.link import Agreement, Kin
from hub.store.links import Links
from hub.store.routes import Routes
from tests.store.conftest import Clock

LEASE = timedelta(seconds=60)
NOTES = {"marks": {"items": {"stamp": 7}}, "mapping_version": "m"}


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database)


def claim(jobs: Jobs, clock: Clock, **more: Any) -> Job | None:
    return jobs.claim("w", clock(), clock() + LEASE, **more)


def split(jobs: Jobs, route_id: int, clock: Clock, parts: int = 3) -> Job:
    """A first load that was split; its keys are asked for, too."""
    wanted = [Wanted("A")]
    request = Request(route_id, "initialize", "initialize", "ann", priority=SCHEDULE, keys=wanted, tick=clock())
    whole = jobs.put(request, clock())
    job = claim(jobs, clock, only=whole)
    assert job is not None
    assert jobs.split(job, [{"number": number} for number in range(parts)], NOTES, clock())
    return jobs.get(whole)


def claim_all(jobs: Jobs, clock: Clock) -> list[Job]:
    found = []
    while (job := claim(jobs, clock)) is not None:
        found.append(job)
    return found


def test_parts_have_what_their_whole_has_and_say_which_part_they_are(jobs: Jobs, route_id: int, clock: Clock) -> None:
    whole = split(jobs, route_id, clock)
    parts = jobs.parts(whole)
    assert [part.limits["range"] for part in parts] == [{"number": number} for number in range(3)]
    assert [part.kind for part in parts] == [f"initialize, part {number} of 3" for number in (1, 2, 3)]
    asked = {(part.priority, part.reason, part.actor, part.scope, part.state) for part in parts}
    assert asked == {(SCHEDULE, "initialize", "ann", "initialize", "waiting")}
    assert (whole.state, whole.parts, whole.limits["split"]) == ("split", 3, {**NOTES, "parts": 3})


def test_parts_are_done_side_by_side_and_the_whole_is_not_claimed(jobs: Jobs, route_id: int, clock: Clock) -> None:
    whole = split(jobs, route_id, clock)
    assert [job.id for job in claim_all(jobs, clock)] == [part.id for part in jobs.parts(whole)]
    assert claim(jobs, clock, only=whole.id) is None


def test_other_jobs_of_the_route_wait_for_all_parts_and_for_the_whole(jobs: Jobs, route_id: int, clock: Clock) -> None:
    whole = split(jobs, route_id, clock)
    other = jobs.put(Request(route_id, "changes", "sync now", "ann", priority=SCHEDULE), clock())
    assert other != whole.id
    for part in jobs.parts(whole):
        assert claim(jobs, clock, only=other) is None
        job = claim(jobs, clock)
        assert job is not None
        assert job.id == part.id
        assert claim(jobs, clock, only=other) is None
        assert jobs.finish(job, "done")
    again = claim(jobs, clock)
    assert again is not None
    assert again.id == whole.id
    assert claim(jobs, clock) is None
    assert jobs.finish(again, "done")
    last = claim(jobs, clock)
    assert last is not None
    assert last.id == other


def test_a_part_waits_while_another_job_of_the_route_is_done(
    jobs: Jobs, database: Database, route_id: int, clock: Clock
) -> None:
    job = claim(jobs, clock, only=jobs.put(Request(route_id, "changes", "sync now", "ann"), clock()))
    assert job is not None
    part = Request(route_id, "initialize", "initialize", "ann", limits={"part": [1, 1], "range": {}}, parent_id=job.id)
    jobs.put(part, clock())
    assert claim(jobs, clock) is None
    assert jobs.finish(job, "done")
    assert claim(jobs, clock) is not None


def test_what_was_due_together_with_a_split_job_waits_for_its_end(
    jobs: Jobs, database: Database, integration_id: int, route_id: int, clock: Clock
) -> None:
    split(jobs, route_id, clock)
    stock = Routes(database).save(integration_id, "inventory", "erp_to_shop", enabled=True)
    jobs.put(Request(stock, "changes", "schedule", "clock", tick=clock()), clock())
    parts = claim_all(jobs, clock)
    assert {job.route_id for job in parts} == {route_id}
    for part in parts:
        jobs.finish(part, "done")
    assert [job.route_id for job in claim_all(jobs, clock)] == [route_id]


def test_a_job_that_was_split_takes_no_later_one_in(
    jobs: Jobs, database: Database, route_id: int, clock: Clock
) -> None:
    """It has read already: what somebody wants now would not be looked at."""
    whole = split(jobs, route_id, clock, 2)
    for part in claim_all(jobs, clock):
        jobs.finish(part, "done")
    assert jobs.get(whole.id).state == "waiting"
    later = jobs.put(Request(route_id, "changes", "sync now", "ann"), clock())
    assert later != whole.id
    planned = Request(route_id, "changes", "schedule", "clock", planned_at=clock())
    assert put_many(database, [planned], clock()) == 1
    assert [jobs.get(job).absorbed_into for job in (later, later + 1)] == [None, later]


def test_of_parts_that_end_at_the_same_time_the_last_one_brings_the_whole_back(
    jobs: Jobs, route_id: int, clock: Clock
) -> None:
    for _ in range(10):
        whole = split(jobs, route_id, clock, 4)
        parts = claim_all(jobs, clock)
        start = threading.Barrier(4)

        def end(part: Job, start: threading.Barrier = start) -> bool:
            start.wait(10)
            return jobs.finish(part, "done")

        with ThreadPoolExecutor(4) as threads:
            assert all(threads.map(end, parts))
        again = claim(jobs, clock)
        assert again is not None
        assert again.id == whole.id
        jobs.finish(again, "done")


def test_a_part_whose_worker_is_gone_is_taken_over_and_counts_once(jobs: Jobs, route_id: int, clock: Clock) -> None:
    whole = split(jobs, route_id, clock, 2)
    dead, other = claim_all(jobs, clock)
    jobs.finish(other, "done")
    assert jobs.get(whole.id).state == "split"
    clock.advance(seconds=61)
    new = claim(jobs, clock)
    assert new is not None
    assert (new.id, new.takeovers) == (dead.id, 1)
    assert not jobs.finish(dead, "done")
    assert jobs.get(whole.id).state == "split"
    assert jobs.finish(new, "done")
    assert jobs.get(whole.id).state == "waiting"


def test_a_part_that_is_put_off_holds_the_whole_back(jobs: Jobs, route_id: int, clock: Clock) -> None:
    whole = split(jobs, route_id, clock, 2)
    first, second = claim_all(jobs, clock)
    jobs.put_off(first, clock() + LEASE)
    jobs.finish(second, "done")
    assert jobs.get(whole.id).state == "split"


@pytest.mark.parametrize("named", ["whole", "waiting part", "running part"])
def test_who_cancels_one_of_them_cancels_all(jobs: Jobs, route_id: int, clock: Clock, named: str) -> None:
    whole = split(jobs, route_id, clock)
    running = claim(jobs, clock)
    assert running is not None
    waiting = jobs.parts(whole)[2]
    assert jobs.request_cancel({"whole": whole.id, "waiting part": waiting.id, "running part": running.id}[named])
    states = [(job.state, job.cancel_requested) for job in jobs.parts(whole)]
    assert states == [("running", True), ("cancelled", False), ("cancelled", False)]
    assert jobs.finish(running, "cancelled")
    assert jobs.get(whole.id).state == "cancelled"
    assert not jobs.request_cancel(whole.id)


def test_a_job_that_is_to_stop_or_is_not_ours_any_more_is_not_split(jobs: Jobs, route_id: int, clock: Clock) -> None:
    first = claim(jobs, clock, only=jobs.put(Request(route_id, "initialize", "initialize", "ann"), clock()))
    assert first is not None
    clock.advance(seconds=61)
    second = claim(jobs, clock)
    assert second is not None
    assert not jobs.split(first, [{}, {}], NOTES, clock())
    assert jobs.request_cancel(second.id)
    assert not jobs.split(second, [{}, {}], NOTES, clock())
    assert jobs.parts(second) == []


def test_what_a_part_leaves_is_asked_of_the_whole(jobs: Jobs, route_id: int, clock: Clock) -> None:
    whole = split(jobs, route_id, clock)
    jobs.leave(jobs.parts(whole)[0], ["B", "C"])
    assert [(key.key, key.reason, key.follows) for key in jobs.keys(whole.id)] == [
        (key, "initialize", None) for key in ("A", "B", "C")
    ]


def test_of_two_runs_that_link_the_same_target_at_the_same_time_one_is_told_of_the_other(
    database: Database, integration_id: int, clock: Clock
) -> None:
    until = clock() + LEASE
    links = {run: Links(database, integration_id, "erp") for run in (1, 2)}
    own = {run: links[run].reserve("variant", [(f"I{run}", "")], run, clock(), until)[f"I{run}"] for run in (1, 2)}
    begun = threading.Event()

    def agree(run: int, wait: bool) -> Any:
        def also(connection: object, ours: object) -> None:
            begun.set()
            if wait:
                # The other one is given time to run into this transaction.
                threading.Event().wait(0.2)

        kin = (Kin("product", None, "P2", True), Kin("product", None, "P1", True))
        agreement = Agreement(own[run].id, "V1", "d", "m", kin=kin)
        return links[run].agree([agreement], run, "variant", also)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(agree, 1, True)
        assert begun.wait(10)
        second = threads.submit(agree, 2, False)
        assert first.result(10).ours == {own[1].id}
        assert second.result(10).taken == {own[2].id: "I1"}
