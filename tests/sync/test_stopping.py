"""Writes that are stopped, before a run or in the middle of one: nothing is lost, nothing is doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.errors import Changed
from hub.store.job import Request
from hub.store.link import Agreement
from hub.store.links import Links
from message_log.entries import Opening
from tests.fakes.side import System, unavailable
from tests.sync.conftest import Stage, counts
from tests.sync.test_plans import carry_out, newest, preview, steps, stocked


def stop(stage: Stage, name: str = "shop") -> None:
    stage.hub.connections.stop(name, stage.clock(), "ann")


def resume(stage: Stage, name: str = "shop") -> None:
    stage.hub.connections.stop(name, None, "ann")


def stop_before_write(stage: Stage, system: System, number: int, name: str = "shop") -> None:
    """Throw the switch just before a run's write of this number; seconds pass, so that it is looked at again."""
    asked = iter(range(1, 10_000))

    def pause() -> None:
        if next(asked) == number:
            stop(stage, name)
            stage.clock.advance(2)

    system.pause = pause


def test_a_stopped_run_writes_nothing_and_the_next_one_goes_on_from_the_same_mark(stage: Stage) -> None:
    codes = stocked(stage, 3)
    stage.work("product", "initialize")
    stage.erp.edit("items", codes[0], price="11.00")
    mark, calls = stage.route("product").marks, dict(stage.erp.calls)
    stop(stage)
    run = stage.work("product")
    assert (run.state, run.counts["read"]) == ("aborted", 0)
    assert run.error.startswith("WRITES_STOPPED: ann has stopped writes over shop since 2026-11-21 13:00.")
    assert (stage.route("product").marks, dict(stage.erp.calls)) == (mark, calls)
    assert stage.work("product", mode="preview").state == "done"
    resume(stage)
    assert counts(stage.work("product")) == {"read": 1, "updated": 1}


@pytest.mark.parametrize("scope", ["changes", "initialize"])
@pytest.mark.parametrize("at", [1, 40, 119])
def test_a_stop_in_the_middle_of_a_run_loses_and_doubles_nothing(stage: Stage, scope: str, at: int) -> None:
    codes = stocked(stage, 120)
    if scope == "changes":
        stage.hub.routes.set_initialization(stage.route("product").id, "done")
    stop_before_write(stage, stage.shop, at)
    run = stage.work("product", scope)
    assert (run.state, run.error[:14]) == ("aborted", "WRITES_STOPPED")
    made = len(stage.shop.table("variants"))
    assert made < 120
    assert stage.shop.calls["create variants"] == made
    assert stage.failures("product") == {}
    stage.shop.pause = None
    resume(stage)
    rest = counts(stage.work("product", scope))
    assert (rest["created"], rest.get("failed", 0)) == (120 - made, 0)
    assert sorted(row["code"] for row in stage.shop.table("variants").values()) == codes
    assert stage.shop.calls["create variants"] == 120


def test_a_failure_whose_next_try_was_stopped_is_tried_again(stage: Stage) -> None:
    """Its mark lies behind it: nothing but the failure brings the record back."""
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    stage.erp.edit("items", "MUG", price="12.00")
    stage.shop.refuses["MUG"] = Changed("somebody is at it")
    assert stage.work("product").causes == {"CHANGED_MEANWHILE": 1}
    del stage.shop.refuses["MUG"]
    assert stage.failures("product")["MUG"].state == "waiting"
    stage.clock.advance(3600)
    stop_before_write(stage, stage.shop, 1)
    assert stage.work("product").state == "aborted"
    assert stage.failures("product")["MUG"].state == "waiting"
    stage.shop.pause = None
    resume(stage)
    assert counts(stage.work("product")) == {"read": 1, "updated": 1}
    assert stage.shop.variant("MUG")["price"] == "12.00"


def test_records_that_somebody_asked_for_are_left_to_the_next_run(stage: Stage) -> None:
    codes = stocked(stage, 3)
    stage.work("product", "initialize")
    for code in codes:
        stage.erp.edit("items", code, price="11.00")
    stage.hub.routes.move_mark(stage.route("product").id, "items", {"stamp": 10_000})
    stop(stage)
    assert stage.work("product", "keys", *codes).state == "aborted"
    resume(stage)
    assert counts(stage.work("product")) == {"read": 3, "updated": 3}
    assert counts(stage.work("product")) == {}


def test_what_was_settled_before_the_stop_is_not_asked_for_again(stage: Stage) -> None:
    codes = stocked(stage, 120)
    stop_before_write(stage, stage.shop, 40)
    assert stage.work("product", "keys", *codes).state == "aborted"
    (job,) = stage.hub.jobs.unfinished([stage.route("product").id])
    made = {row["code"] for row in stage.shop.table("variants").values()}
    assert {key.key for key in stage.hub.jobs.keys(job.id)} == set(codes) - made
    assert made


def test_a_plan_that_was_stopped_goes_on_with_the_steps_that_are_left(stage: Stage) -> None:
    codes = stocked(stage, 120)
    plan = preview(stage, scope="initialize")
    stop_before_write(stage, stage.shop, 40)
    run = stage.work("product", plan.scope, plan_id=plan.id)
    made = len(stage.shop.table("variants"))
    assert (run.state, 0 < made < 120) == ("aborted", True)
    assert stage.hub.plans.outcomes(plan.id) == {"done": made, "": 120 - made}
    assert stage.hub.plans.get(plan.id).state == "open"
    stage.shop.pause = None
    resume(stage)
    assert counts(stage.work("product", plan.scope, plan_id=plan.id)) == {"read": 120 - made, "created": 120 - made}
    assert sorted(row["code"] for row in stage.shop.table("variants").values()) == codes
    assert stage.hub.plans.outcomes(plan.id) == {"done": 120}
    assert (stage.hub.plans.get(plan.id).state, stage.route("product").initialization) == ("applied", "done")


def test_a_plan_whose_worker_was_killed_goes_on_and_knows_what_was_done(stage: Stage) -> None:
    """The dead worker has made A and not said so, was at B, and had not come to C."""
    stocked(stage, 3)
    plan = preview(stage, scope="initialize")
    route = stage.route("product")
    request = Request(route.id, "initialize", "plans apply", "ann", plan_id=plan.id)
    job_id = stage.hub.jobs.put(request, stage.clock())
    job = stage.hub.jobs.claim("dead", stage.clock(), stage.clock() + stage.hub.config.lease)
    assert job is not None
    run = stage.hub.runs.start(job.id, route.id, "dead", job.fence, stage.clock())
    keys = ["ITEM-0000", "ITEM-0001"]
    links = Links(stage.hub.database, stage.integration_id, "erp")
    reserved = links.reserve("variant", [(key, key) for key in keys], run, stage.clock(), stage.clock())
    where = ("acme", route.id, "product", "erp_to_shop", run, job.id)
    opened = stage.hub.ledger.open([Opening(*where, key, "create", "plans apply", digest="d", fence=1) for key in keys])
    made = stage.shop.add_product(keys[0])
    links.agree([Agreement(reserved[keys[0]].id, made, "d", "v", message=opened[0])], run, "variant", lambda *_: None)
    stage.clock.advance(stage.hub.config.lease.total_seconds() + 1)
    stage.hub.worker().work_off(job_id)
    outcomes = {step.key: step.outcome for step in steps(stage, plan)}
    assert outcomes == {"ITEM-0000": "done", "ITEM-0001": "failed", "ITEM-0002": "done"}
    assert {failure.cause for failure in stage.failures("product").values()} == {"OUTCOME_UNKNOWN"}
    stage.clock.advance(3600)
    stage.work("product")
    assert sorted(row["code"] for row in stage.shop.table("variants").values()) == [*keys, "ITEM-0002"]


def test_nobody_is_disturbed_by_a_preview_in_blackout_hours(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    settings = stage.hub.connections.named("erp").settings
    dark = [{"from": "12:00", "to": "14:00"}]
    stage.hub.connections.save("erp", "fake_erp", settings, frozenset({"key"}), blackout=dark)
    run = stage.work("product", mode="preview")
    assert (run.state, run.error[:14]) == ("aborted", "WRITES_STOPPED")
    assert stage.erp.calls == {}
    stage.clock.time += timedelta(hours=2)
    assert stage.work("product", mode="preview").state == "done"


# -- plans that nobody wants any more, or that were never finished -------------------------------------------------


def test_a_plan_that_is_dropped_while_its_job_waits_is_not_carried_out(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    plan = preview(stage, scope="initialize")
    request = Request(stage.route("product").id, "initialize", "plans apply", "ann", plan_id=plan.id)
    job = stage.hub.jobs.put(request, stage.clock())
    assert stage.hub.plans.decide(plan.id, "dropped", "bob", stage.clock())
    stage.hub.worker().work_off(job)
    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert (run.state, "was dropped" in run.error) == ("aborted", True)
    assert stage.shop.writes() == 0


def test_half_a_preview_is_none(stage: Stage) -> None:
    stocked(stage, 250)
    route = stage.route("product").id
    left = stage.hub.plans.begin(route, 99, "preview", "full", "ann", stage.clock())
    assert stage.hub.plans.newest([route]) == []
    assert not stage.hub.plans.decide(left, "applied", "ann", stage.clock())
    stage.shop.down = unavailable()
    assert stage.work("product", "full", mode="preview").state == "aborted"
    assert stage.hub.plans.newest([route]) == []
    stage.shop.down = None
    plan = preview(stage)
    assert [one.id for one in stage.hub.plans.newest([route])] == [plan.id]
    assert len(steps(stage, plan)) == 250


def test_a_step_whose_record_is_no_longer_marked_is_stale(stage: Stage) -> None:
    stocked(stage, 2)
    plan = preview(stage, scope="initialize")
    stage.hub.routes.save(stage.integration_id, "product", "erp_to_shop", enabled=True, policy="marked")
    run = carry_out(stage, plan)
    assert (counts(run), run.causes) == ({"read": 2, "skipped": 2}, {"NOT_MARKED": 2})
    assert stage.hub.plans.outcomes(plan.id) == {"stale": 2}
    assert newest(stage, "product", "preview").state == "applied"


def test_what_was_not_marked_when_somebody_asked_for_it_is_carried_once_all_are(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.hub.routes.save(stage.integration_id, "product", "erp_to_shop", enabled=True, policy="marked")
    assert stage.work("product", "keys", "MUG", follows=1).causes == {"NOT_MARKED": 1}
    stage.hub.routes.save(stage.integration_id, "product", "erp_to_shop", enabled=True, policy="all")
    assert counts(stage.work("product", "full")) == {"read": 1, "created": 1}


def test_blackout_hours_that_begin_during_a_run_end_it_between_two_pages(stage: Stage) -> None:
    codes = stocked(stage, 150)
    settings = stage.hub.connections.named("erp").settings
    dark = [{"from": "13:01", "to": "14:00"}]
    # The side that is only read.
    stage.hub.connections.save("erp", "fake_erp", settings, frozenset({"key"}), blackout=dark)
    stage.clock.time += timedelta(seconds=30)
    stage.hub.progress = lambda tally: stage.clock.advance(40)
    run = stage.work("product", "initialize")
    assert (run.state, run.error[:14]) == ("aborted", "WRITES_STOPPED")
    stage.hub.progress = lambda tally: None
    stage.clock.time += timedelta(hours=3)
    assert stage.work("product", "initialize").state == "done"
    assert sorted(row["code"] for row in stage.shop.table("variants").values()) == codes


def test_a_frozen_route_brings_nothing_for_another_one(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    start, end = stage.clock() - timedelta(hours=1), stage.clock() + timedelta(hours=1)
    window = {"from": start.isoformat(), "to": end.isoformat()}
    stage.hub.routes.save(stage.integration_id, "customer", "shop_to_erp", enabled=True, freeze=[window])
    stage.shop.place_order(1001, [("MUG", 1, "11.90")], customer=stage.shop.add_customer(1, "ada@example.org"))
    assert counts(stage.work("order")) == {"read": 1, "failed": 1}
    assert (stage.erp.table("partners"), stage.erp.table("orders")) == ({}, {})
    assert {failure.detail for failure in stage.failures("order").values()} == {"customer: frozen"}
    stage.clock.time += timedelta(hours=2)
    assert counts(stage.work("order"))["created"] == 1
