"""What a run that died left behind is settled before its job goes on; nothing is lost and nothing made twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.errors import LeaseLost
from hub.store.job import Job, Request
from hub.store.link import Agreement
from hub.store.links import Links
from hub.sync.lease import Lease
from message_log.entries import Opening
from tests.sync.conftest import Stage, counts


def die_while_writing(stage: Stage, object_name: str, key: str, action: str = "create") -> tuple[int, int, Links]:
    """Leave what a worker leaves that was killed after the message was opened; answers (message, link, links)."""
    route = stage.route(object_name)
    stage.hub.jobs.put(Request(route.id, "changes", "sync now", "ann"), stage.clock())
    job = stage.hub.jobs.claim("dead", stage.clock(), stage.clock() + stage.hub.config.lease)
    assert job is not None
    run = stage.hub.runs.start(job.id, route.id, "dead", job.fence, stage.clock())
    links = Links(stage.hub.database, stage.integration_id, "shop" if route.direction == "shop_to_erp" else "erp")
    kind = {"order": "order", "product": "variant"}[object_name]
    until = stage.clock() + timedelta(hours=1)
    link = links.reserve(kind, [(key, key)], run, stage.clock(), until)[key]
    opening = Opening(
        "acme", route.id, object_name, route.direction, run, job.id, key, action, "sync now", digest="d", fence=1
    )
    (message,) = stage.hub.ledger.open([opening])
    return message, link.id, links


def take_over(stage: Stage, object_name: str) -> dict[str, int]:
    """Let the lease run out and another worker go on."""
    stage.clock.advance(stage.hub.config.lease.total_seconds() + 1)
    run_id = stage.hub.worker().work_off()
    assert run_id is not None
    return counts(stage.hub.runs.get(run_id))


def test_a_create_that_may_still_land_is_not_repeated_before_it_can_be_looked_up(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    order = stage.shop.place_order(1001, [("MUG", 1, "5.00")])
    message, _, _ = die_while_writing(stage, "order", order)
    assert take_over(stage, "order") == {"read": 1, "failed": 1}
    entry = stage.payloads(message).entry
    assert (entry.verdict, entry.cause) == ("failed", "OUTCOME_UNKNOWN")
    assert stage.erp.table("orders") == {}
    # Read timeout (1 s) and settle (30 s) after the take-over, the look-up's answer is true.
    stage.clock.advance(31)
    assert counts(stage.work("order")) == {"read": 1, "created": 1}
    assert len(stage.erp.table("orders")) == 1


def test_a_create_that_did_land_is_found_and_linked(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    order = stage.shop.place_order(1001, [("MUG", 1, "5.00")])
    die_while_writing(stage, "order", order)
    lines = [{"id": "gid://shop/Line/1001-1", "item": "MUG", "quantity": "1"}]
    stage.erp.put("orders", "77", {"reference": order, "lines": lines, "total": "5.00", "cancelled": False})
    take_over(stage, "order")
    stage.clock.advance(31)
    assert counts(stage.work("order")) == {"read": 1, "unchanged": 1}
    assert list(stage.erp.table("orders")) == ["77"]


def test_a_message_whose_link_was_committed_is_completed_without_a_second_write(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    variant = stage.shop.add_product("MUG")
    message, link, links = die_while_writing(stage, "product", "MUG")
    dead_run = stage.payloads(message).entry.run
    agreed = Agreement(link, variant, "d", "v", message=message)
    assert links.agree([agreed], dead_run, "variant", lambda connection, ours: None).ours == {link}
    writes = stage.shop.writes()
    take_over(stage, "product")
    entry = stage.payloads(message).entry
    assert (entry.verdict, entry.target_id) == ("created", variant)
    assert stage.shop.writes() == writes


def test_the_dead_runs_claims_are_let_go(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    die_while_writing(stage, "product", "MUG", action="update")
    assert take_over(stage, "product") == {"read": 1, "created": 1}
    runs = stage.hub.runs.newest([stage.route("product").id], 5)
    assert [run.state for run in runs] == ["done", "interrupted"]


def claimed(stage: Stage) -> Job:
    stage.hub.jobs.put(Request(stage.route("product").id, "changes", "sync now", "ann"), stage.clock())
    job = stage.hub.jobs.claim("w", stage.clock(), stage.clock() + timedelta(seconds=100))
    assert job is not None
    return job


def test_a_worker_that_slept_too_long_finds_its_lease_gone_before_it_writes(stage: Stage) -> None:
    with Lease(stage.hub.jobs, claimed(stage), timedelta(seconds=100), stage.clock) as lease:
        lease.ensure(timedelta(seconds=60))
        stage.clock.advance(101)
        with pytest.raises(LeaseLost):
            lease.ensure(timedelta(seconds=60))


def test_a_lease_is_renewed_when_too_little_of_it_is_left_for_an_answer(stage: Stage) -> None:
    with Lease(stage.hub.jobs, claimed(stage), timedelta(seconds=100), stage.clock) as lease:
        stage.clock.advance(50)
        lease.ensure(timedelta(seconds=60))
        assert lease.until == stage.clock() + timedelta(seconds=100)


def test_a_lease_shorter_than_an_answer_is_refused(stage: Stage) -> None:
    with (
        Lease(stage.hub.jobs, claimed(stage), timedelta(seconds=100), stage.clock) as lease,
        pytest.raises(LeaseLost, match="too short"),
    ):
        lease.ensure(timedelta(seconds=96))


def test_a_worker_whose_job_was_taken_over_cannot_renew(stage: Stage) -> None:
    job = claimed(stage)
    with Lease(stage.hub.jobs, job, timedelta(seconds=100), stage.clock) as lease:
        stage.clock.advance(50)
        stage.hub.jobs.expire(stage.clock())
        stage.clock.advance(1)
        assert stage.hub.jobs.claim("other", stage.clock(), stage.clock() + timedelta(seconds=100)) is not None
        with pytest.raises(LeaseLost):
            lease.ensure(timedelta(seconds=60))


def test_a_cancelled_run_stops_between_two_pages(stage: Stage) -> None:
    for number in range(150):
        stage.erp.add_item(f"I{number:03}")
    job = stage.hub.jobs.put(Request(stage.route("product").id, "initialize", "initialize", "ann"), stage.clock())
    stage.hub.progress = lambda tally: stage.hub.jobs.request_cancel(job)
    worker = stage.hub.worker()
    worker.work_off(job)
    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert (run.state, run.counts["read"]) == ("cancelled", 100)
    assert stage.hub.jobs.get(job).state == "cancelled"


def test_nothing_to_claim_is_no_run(stage: Stage) -> None:
    assert stage.hub.worker().work_off() is None


def test_a_bug_is_noted_on_the_run_and_raised_and_leaves_the_job_done(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    # A shop that cannot be asked at all is a defect of a platform module, not trouble with a record.
    stage.shop.tables["variants"] = None  # type: ignore[assignment]
    job = stage.hub.jobs.put(Request(stage.route("product").id, "initialize", "initialize", "ann"), stage.clock())
    with pytest.raises(AttributeError):
        stage.hub.worker().work_off(job)
    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert (run.state, run.error.split(":")[0]) == ("aborted", "AttributeError")


def test_what_is_broken_off_goes_back_to_wait_for_another_worker(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    job = stage.hub.jobs.put(Request(stage.route("product").id, "initialize", "initialize", "ann"), stage.clock())

    def broken_off(tally: object) -> None:
        raise KeyboardInterrupt

    stage.hub.progress = broken_off
    with pytest.raises(KeyboardInterrupt):
        stage.hub.worker().work_off(job)
    assert stage.hub.jobs.get(job).state == "waiting"
    stage.hub.progress = lambda tally: None
    assert stage.hub.worker().work_off(job) is not None
    assert len(stage.shop.table("variants")) == 1


def test_a_worker_that_was_stopped_in_mid_write_sends_nothing_after_another_took_over(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    job = stage.hub.jobs.put(Request(stage.route("product").id, "initialize", "initialize", "ann"), stage.clock())

    def stopped_and_continued() -> None:
        stage.shop.pause = None
        stage.clock.advance(stage.hub.config.lease.total_seconds() + 1)
        assert stage.hub.jobs.claim("other", stage.clock(), stage.clock() + stage.hub.config.lease) is not None

    stage.shop.pause = stopped_and_continued
    stage.hub.worker().work_off(job)
    assert stage.shop.writes() == 0
    runs = stage.hub.runs.newest([stage.route("product").id], 5)
    assert [run.state for run in runs] == ["interrupted"]
    # What it left open is settled by whoever goes on with the job.
    stage.clock.advance(stage.hub.config.lease.total_seconds() + 1)
    stage.hub.worker().work_off(job)
    assert len(stage.shop.table("variants")) == 1
