"""A preview that is kept to the letter, and runs that are held because they would do something monstrous."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from hub.store.job import Request, Wanted
from hub.store.plans import Plan, PlanStep
from hub.store.runs import Run, Tally
from tests.sync.conftest import Stage, counts


def preview(stage: Stage, name: str = "product", scope: str = "full") -> Plan:
    run = stage.work(name, scope, mode="preview")
    assert run.state == "done", run.error
    return newest(stage, name, "preview")


def newest(stage: Stage, name: str, kind: Any) -> Plan:
    return stage.hub.plans.newest([stage.route(name).id], kind=kind, limit=1)[0]


def steps(stage: Stage, plan: Plan, *actions: str) -> list[PlanStep]:
    return list(stage.hub.plans.steps(plan.id, actions=actions))


def carry_out(stage: Stage, plan: Plan, name: str = "product") -> Run:
    return stage.work(name, "keys", plan_id=plan.id)


def stocked(stage: Stage, number: int, price: str = "10.00") -> list[str]:
    codes = [f"ITEM-{place:04}" for place in range(number)]
    for code in codes:
        stage.erp.add_item(code, price=price)
        stage.erp.set_stock(code, "01", "5")
    return codes


def test_a_preview_tells_each_step_and_writes_nothing(stage: Stage) -> None:
    for code, price in (("NEW", "10"), ("FREE", "0"), ("BAD", "1"), ("THERE", "12"), ("SAME", "10")):
        stage.erp.add_item(code, price=price)
    stage.erp.edit("items", "BAD", code="X" * 60)
    for code in ("THERE", "SAME"):
        stage.shop.add_product(code, "10.00")
    writes, messages = stage.shop.writes(), len(stage.messages("product"))
    plan = preview(stage, scope="initialize")
    told = {step.label: (step.action, step.cause) for step in steps(stage, plan)}
    assert told == {
        "NEW": ("create", ""),
        "FREE": ("skip", "ZERO_PRICE"),
        "BAD": ("refuse", "INVALID_FIELD"),
        "THERE": ("update", ""),
        "SAME": ("link", ""),
    }
    (there,) = steps(stage, plan, "update")
    assert there.diff == {"price": {"old": "10.00", "new": "12"}}
    assert plan.counts == {"create": 1, "skip": 1, "refuse": 1, "update": 1, "link": 1}
    assert (stage.shop.writes(), len(stage.messages("product"))) == (writes, messages)
    assert stage.failures("product") == {}
    assert (stage.route("product").initialization, stage.route("product").marks) == ("none", {})


def test_a_preview_of_orders_tells_what_would_be_brought_first(stage: Stage) -> None:
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    customer = stage.shop.add_customer(1, "ada@example.org")
    stage.shop.place_order(1001, [("MUG", 1, "11.90")], customer=customer)
    stage.shop.place_order(1002, [("MUG", 1, "11.90")], gateway="klarna")
    plan = preview(stage, "order", "changes")
    told = {step.label: (step.action, step.cause) for step in steps(stage, plan)}
    assert told == {"#1001": ("create", ""), "#1002": ("refuse", "MISSING_MAPPING")}
    assert (stage.erp.table("orders"), stage.erp.table("partners")) == ({}, {})
    assert stage.hub.runs.newest([stage.route("order").id], 1)[0].counts["brought"] == 1
    assert counts(carry_out(stage, plan, "order")) == {"read": 1, "created": 1, "brought": 1}


def test_a_saved_plan_carries_out_exactly_what_has_not_changed_since(stage: Stage) -> None:
    codes = stocked(stage, 200)
    stage.work("product", "initialize")
    for code in codes:
        stage.erp.edit("items", code, price="11.00")
    plan = preview(stage, scope="changes")
    stage.erp.edit("items", codes[0], price="12.00")
    stage.shop.edit("variants", stage.shop.variant(codes[1])["id"], title="by hand")
    before = stage.shop.writes()
    run = carry_out(stage, plan)
    assert (counts(run), run.causes) == ({"read": 200, "updated": 198, "skipped": 2}, {"PLAN_STALE": 2})
    assert stage.shop.writes() - before == 198
    assert {stage.shop.variant(code)["price"] for code in codes[2:]} == {"11.00"}
    assert [stage.shop.variant(code)["price"] for code in codes[:2]] == ["10.00", "10.00"]
    stale = [message for message in stage.messages("product") if message.cause == "PLAN_STALE"]
    assert [message.detail for message in stale] == ["now: update (price)"] * 2
    assert (stage.hub.plans.count(plan.id, "done"), stage.hub.plans.count(plan.id, "stale")) == (198, 2)
    assert stage.hub.plans.get(plan.id).state == "applied"
    assert counts(stage.work("product")) == {"read": 200, "updated": 2, "unchanged": 198}


def test_a_plan_of_stock_is_stale_once_an_order_has_come_in(stage: Stage) -> None:
    stocked(stage, 2)
    stage.work("product", "initialize")
    plan = preview(stage, "inventory", "initialize")
    stage.shop.set_level("ITEM-0001", "L1", 3)
    run = carry_out(stage, plan, "inventory")
    assert (counts(run), run.causes) == ({"read": 2, "updated": 1, "skipped": 1}, {"PLAN_STALE": 1})


def test_a_price_list_times_a_tenth_is_held_and_released_to_the_letter(stage: Stage) -> None:
    codes = stocked(stage, 2000)
    stage.work("product", "initialize")
    for code in codes:
        stage.erp.edit("items", code, price="1.00")
    before, mark = stage.shop.writes(), stage.route("product").marks
    run = stage.work("product")
    assert (run.state, run.counts["skipped"], run.causes) == ("held", 2000, {"HELD": 2000})
    assert (stage.shop.writes(), stage.route("product").marks) == (before, mark)
    plan = newest(stage, "product", "held")
    assert plan.reasons == [
        "2000 of 2000 linked records would be changed.",
        "2000 prices would move by more than 30 %; 2000 records are linked.",
    ]
    shown = {step.label: step.diff for step in steps(stage, plan)}
    assert shown == {code: {"price": {"old": "10.00", "new": "1.00"}} for code in codes}
    assert stage.hub.plans.decide(plan.id, "released", "ann", stage.clock())
    assert counts(carry_out(stage, plan)) == {"read": 2000, "updated": 2000}
    assert {stage.shop.variant(code)["price"] for code in codes[::97]} == {"1.00"}
    assert stage.shop.writes() - before == 2000
    assert counts(stage.work("product")) == {"read": 2000, "unchanged": 2000}


def test_a_held_run_shows_what_the_target_would_refuse_and_what_a_new_record_would_be_given(stage: Stage) -> None:
    codes = stocked(stage, 60)
    stage.work("product", "initialize")
    for code in codes:
        stage.erp.edit("items", code, barcode="1")
    stage.erp.add_item("LONG", barcode="1" * 21)
    stage.erp.add_item("NEW", barcode="12")
    assert stage.work("product").state == "held"
    plan = newest(stage, "product", "held")
    (refused,) = steps(stage, plan, "refuse")
    assert (refused.label, refused.cause, refused.detail) == ("LONG", "INVALID_FIELD", "barcode")
    (new,) = steps(stage, plan, "create")
    assert {name: both["new"] for name, both in (new.diff or {}).items()} == {
        "code": "NEW",
        "title": "Item NEW",
        "tracked": True,
        "barcode": "12",
        "price": "10.00",
    }
    assert stage.hub.plans.decide(plan.id, "released", "ann", stage.clock())
    assert counts(carry_out(stage, plan)) == {"read": 61, "updated": 60, "created": 1}
    assert counts(stage.work("product"))["failed"] == 1
    assert {failure.label: failure.cause for failure in stage.failures("product").values()} == {"LONG": "INVALID_FIELD"}


def test_a_record_that_the_target_refuses_by_now_fails_for_its_cause_and_is_not_called_stale(stage: Stage) -> None:
    stage.erp.add_item("NEW", barcode="12")
    plan = preview(stage, scope="initialize")
    stage.erp.edit("items", "NEW", barcode="1" * 21)
    assert counts(carry_out(stage, plan)) == {"read": 1, "failed": 1}
    assert (stage.hub.plans.count(plan.id, "failed"), stage.shop.writes()) == (1, 0)


def test_a_held_plan_is_foretold_by_a_preview_and_replaced_by_the_next_run_that_would_do_the_same(stage: Stage) -> None:
    for code in stocked(stage, 60):
        stage.erp.add_item(code)
    stage.work("product", "initialize")
    for code in stage.erp.table("items"):
        stage.erp.edit("items", code, barcode="1")
    assert preview(stage, scope="changes").reasons == ["A run would be held: 60 of 60 linked records would be changed."]
    assert [stage.work("product").state for _ in range(2)] == ["held", "held"]
    plans = stage.hub.plans.newest([stage.route("product").id], kind="held")
    assert [plan.state for plan in plans] == ["open", "replaced"]


@pytest.mark.parametrize(
    ("zeroed", "state"), [(30, "held"), (20, "done"), (9, "done")], ids=["more than 20 %", "20 %", "less than 10"]
)
def test_stock_that_falls_to_zero_in_too_many_places_is_held(stage: Stage, zeroed: int, state: str) -> None:
    codes = stocked(stage, 100)
    stage.settings(hold_changed_percent=100)
    stage.work("product", "initialize")
    stage.work("inventory", "initialize")
    for code in codes[:zeroed]:
        stage.erp.set_stock(code, "01", "0")
    run = stage.work("inventory")
    assert run.state == state
    if state == "done":
        assert run.warnings == [f"{zeroed} of 100 stock levels would fall to zero."]


def test_a_repeated_load_that_was_broken_off_is_still_judged_as_a_whole(stage: Stage) -> None:
    codes = stocked(stage, 60)
    stage.work("product", "initialize")
    for code in codes:
        stage.erp.edit("items", code, price="1.00")
    told = threading.Event()
    request = Request(stage.route("product").id, "initialize", "initialize", "ann")
    job = stage.hub.jobs.put(request, stage.clock())
    told.set()
    stage.hub.worker(told.is_set).work_off()
    writes = stage.shop.writes()
    stage.hub.worker().work_off()
    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert (run.state, stage.shop.writes() - writes) == ("held", 0)


def test_a_first_load_is_never_held(stage: Stage) -> None:
    for code in stocked(stage, 60):
        stage.shop.add_product(code, "99.00")
    assert counts(stage.work("product", "initialize")) == {"read": 60, "updated": 60}


def test_a_load_that_was_done_before_is_judged_like_any_other_run(stage: Stage) -> None:
    codes = stocked(stage, 60)
    stage.work("product", "initialize")
    for code in codes:
        stage.erp.edit("items", code, price="1.00")
    assert stage.work("product", "initialize").state == "held"


def test_a_run_that_is_given_up_while_it_writes_stops_there(stage: Stage) -> None:
    codes = stocked(stage, 600)
    stage.settings(hold_changed_percent=100, hold_price_percent=100)
    stage.work("product", "initialize")
    for code in codes:
        stage.erp.edit("items", code, price="11.00")
    before = stage.shop.writes()
    job = stage.hub.jobs.put(Request(stage.route("product").id, "changes", "sync now", "ann"), stage.clock())
    stage.hub.progress = lambda tally: stage.hub.jobs.request_cancel(job) if stage.shop.writes() > before else None
    stage.hub.worker().work_off(job)
    run = stage.hub.runs.of_job(job)
    assert run is not None
    written = stage.shop.writes() - before
    assert run.state == "cancelled"
    assert 0 < written < 600
    stage.hub.progress = lambda tally: None
    assert counts(stage.work("product"))["updated"] == 600 - written


def test_what_changes_again_while_it_waits_is_looked_at_once_more(stage: Stage) -> None:
    codes = stocked(stage, 3)
    stage.work("product", "initialize")
    stage.erp.edit("items", codes[0], price="11.00")
    # Asked for by its key, it is read before the source is; meanwhile somebody changes it again.
    seen = iter([True])

    def edit(tally: Tally) -> None:
        if next(seen, False):
            stage.erp.edit("items", codes[0], price="12.00")

    stage.hub.progress = edit
    request = Request(stage.route("product").id, "changes", "sync now", "ann", keys=[Wanted(codes[0])])
    job = stage.hub.jobs.put(request, stage.clock())
    stage.hub.worker().work_off(job)
    assert stage.shop.variant(codes[0])["price"] == "11.00"
    left = stage.hub.jobs.unfinished([stage.route("product").id])
    assert [one.reason for one in left] == ["changed meanwhile"]
    stage.hub.worker().work_off(left[0].id)
    assert stage.shop.variant(codes[0])["price"] == "12.00"


def test_a_run_so_large_that_it_is_spooled_writes_all_of_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.sync.gate.IN_MEMORY", 30)
    stage.settings(hold_changed_percent=100, hold_price_percent=100)
    codes = stocked(stage, 250)
    stage.work("product", "initialize")
    for place, code in enumerate(codes):
        stage.erp.edit("items", code, price=str(20 + place))
    run = stage.work("product")
    assert counts(run) == {"read": 250, "updated": 250}
    assert [Decimal(stage.shop.variant(code)["price"]) for code in codes] == [20 + place for place in range(250)]
    assert counts(stage.work("product")) == {}
