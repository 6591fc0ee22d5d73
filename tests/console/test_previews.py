"""Previews in the console: what a run would do, record by record, then exactly that or nothing."""

from __future__ import annotations

import re

import pytest

from hub.store.plans import Plan
from tests.console.conftest import Browser, Console


def previewed(console: Console, browser: Browser, object_name: str = "product", scope: str = "full") -> Plan:
    """Press Preview on a route, let a worker do it, and answer the plan that is there then."""
    stage = console.stage
    answer = browser.press(f"/routes/{stage.route(object_name).id}/preview", scope=scope)
    assert answer.status_code == 302, answer.text
    job = int(answer.headers["Location"].rsplit("/", 1)[1])
    stage.hub.worker().work_off(job)
    run = stage.hub.runs.of_job(job)
    plan = stage.hub.plans.of_run(run.id) if run else None
    assert plan is not None
    assert f'href="/plans/{plan.id}"' in browser.text(f"/jobs/{job}")
    return plan


@pytest.fixture
def shop(console: Console) -> Console:
    """A loaded shop with one new item, one changed price, and one item that cannot be carried."""
    stage = console.stage
    stage.erp.add_item("OLD", price="10.00")
    stage.work("product", "initialize")
    stage.erp.edit("items", "OLD", price="12.00")
    stage.erp.add_item("NEW", price="5.00")
    stage.erp.add_item("KIT", kind="kit")
    return console


def test_a_preview_shows_each_record_and_field_and_writes_nothing(shop: Console) -> None:
    operator = shop.signed_in("operator")
    before = dict(shop.stage.shop.table("variants"))
    plan = previewed(shop, operator)
    page = operator.text(f"/plans/{plan.id}")
    assert re.search(r"create <strong>1</strong>", page)
    assert re.search(r"<del>10.00</del>.*<ins>12.00</ins>", page)
    assert "KIT_NOT_SUPPORTED" in page
    assert shop.stage.shop.table("variants") == before
    assert shop.acts()[0].action == "preview sync now"


def test_its_steps_are_narrowed_by_what_would_be_done_and_why(shop: Console) -> None:
    operator = shop.signed_in("operator")
    plan = previewed(shop, operator)
    only = operator.text(f"/plans/{plan.id}?action=create")
    assert ("NEW" in only, ">OLD<" in only, "KIT" in re.sub(r"KIT_NOT_SUPPORTED", "", only)) == (True, False, False)
    assert "KIT" in operator.text(f"/plans/{plan.id}?cause=KIT_NOT_SUPPORTED")
    assert "No such record" in operator.text(f"/plans/{plan.id}?cause=NO_SUCH_CAUSE")
    assert operator.get(f"/plans/{plan.id}?action=explode").status_code == 400


def test_exactly_what_it_says_is_carried_out_and_nothing_else(shop: Console) -> None:
    operator, stage = shop.signed_in("operator"), shop.stage
    plan = previewed(shop, operator)
    # What has changed since is left alone.
    stage.erp.edit("items", "OLD", price="13.00")
    answer = operator.press(f"/plans/{plan.id}/apply")
    job = int(answer.headers["Location"].rsplit("/", 1)[1])
    stage.hub.worker().work_off(job)
    prices = {row["code"]: str(row["price"]) for row in stage.shop.table("variants").values()}
    assert prices == {"OLD": "10.00", "NEW": "5.00"}
    page = operator.text(f"/plans/{plan.id}")
    assert "changed meanwhile, left alone <strong>1</strong>" in page
    assert "Carry out" not in page
    assert operator.press(f"/plans/{plan.id}/apply").status_code == 409
    act = shop.acts()[0]
    assert (act.actor, act.action) == ("a-operator", "plans apply")


def test_pressed_twice_it_is_carried_out_once(shop: Console) -> None:
    operator = shop.signed_in("operator")
    plan = previewed(shop, operator)
    first, second = (operator.press(f"/plans/{plan.id}/apply").headers["Location"] for _ in range(2))
    assert first == second


def test_a_dropped_preview_is_not_carried_out(shop: Console) -> None:
    operator = shop.signed_in("operator")
    plan = previewed(shop, operator)
    operator.press(f"/plans/{plan.id}/drop")
    assert shop.stage.hub.plans.get(plan.id).state == "dropped"
    assert operator.press(f"/plans/{plan.id}/apply").status_code == 409
    assert "dropped" in operator.text("/plans/?state=dropped")


def test_the_first_load_is_previewed_and_started_from_its_page(console: Console) -> None:
    stage, operator = console.stage, console.signed_in("operator")
    stage.erp.add_item("MUG")
    route = stage.route("product").id
    assert f"/plans/new?route={route}&amp;scope=initialize" in operator.text(f"/routes/{route}")
    page = operator.text(f"/plans/new?route={route}&scope=initialize")
    assert f'action="/routes/{route}/preview"' in page
    assert f'action="/routes/{route}/initialize"' in page
    assert previewed(console, operator, scope="initialize").counts == {"create": 1}
    answer = operator.press(f"/routes/{route}/initialize")
    stage.hub.worker().work_off(int(answer.headers["Location"].rsplit("/", 1)[1]))
    assert stage.route("product").initialization == "done"
    assert len(stage.shop.table("variants")) == 1


def test_orders_have_no_first_load_but_a_backfill(console: Console) -> None:
    operator, stage = console.signed_in("operator"), console.stage
    route = stage.route("order").id
    assert operator.press(f"/routes/{route}/initialize").status_code == 409
    assert "Backfill" in operator.text(f"/routes/{route}")
    operator.press(f"/routes/{route}/backfill", act="write", **{"from": "2026-10-01T00:00", "to": "2026-11-01T00:00"})
    (job,) = stage.hub.jobs.unfinished([route])
    assert (job.scope, job.reason) == ("range", "backfill")
    assert job.limits == {"from": "2026-10-01T00:00:00+02:00", "to": "2026-11-01T00:00:00+01:00"}
    operator.press(f"/routes/{route}/backfill", act="preview", numbers="1001-1009")
    assert [(one.mode, one.limits) for one in stage.hub.jobs.unfinished([route])][1] == (
        "preview",
        {"numbers": ["1001", "1009"]},
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "needs a period"),
        ({"numbers": "9-1"}, "is no range"),
        ({"from": "yesterday"}, "is no time"),
        ({"from": "2026-11-02T00:00", "to": "2026-11-01T00:00"}, "lies before"),
    ],
)
def test_a_backfill_without_a_range_is_refused(console: Console, typed: dict[str, str], said: str) -> None:
    route = console.stage.route("order").id
    answer = console.signed_in("operator").press(f"/routes/{route}/backfill", act="write", **typed)
    assert (answer.status_code, said in answer.text) == (409, True)
    assert console.stage.hub.jobs.unfinished([route]) == []


def test_a_viewer_sees_a_preview_and_can_press_nothing(shop: Console) -> None:
    plan = previewed(shop, shop.signed_in("operator"))
    viewer = shop.signed_in("viewer")
    assert "Carry out" not in viewer.text(f"/plans/{plan.id}")
    route = shop.stage.route("product").id
    for address in (f"/plans/{plan.id}/apply", f"/plans/{plan.id}/drop", f"/routes/{route}/preview"):
        assert viewer.press(address).status_code == 403
    assert viewer.press(f"/routes/{route}/initialize").status_code == 403


def test_another_integrations_previews_are_not_there(shop: Console) -> None:
    plan = previewed(shop, shop.signed_in("operator"))
    shop.other_integration()
    other = shop.signed_in("operator", "other", integrations=["zeta"])
    assert other.get(f"/plans/{plan.id}").status_code == 404
    assert other.press(f"/plans/{plan.id}/apply").status_code == 404
    assert f"/plans/{plan.id}" not in other.text("/plans/")
    assert other.get(f"/plans/new?route={plan.route_id}&scope=initialize").status_code == 404


def test_personal_data_of_a_preview_is_masked_until_somebody_who_may_asks_for_it(console: Console) -> None:
    stage = console.stage
    stage.shop.add_customer(1, "ada@shop.example")
    operator = console.signed_in("operator")
    plan = previewed(console, operator, "customer", "initialize")
    assert "ada@shop.example" not in operator.text(f"/plans/{plan.id}")
    assert operator.press(f"/plans/{plan.id}/personal").status_code == 403
    clerk = console.signed_in("operator", "clerk", sees_personal=True)
    assert "ada@shop.example" in clerk.press(f"/plans/{plan.id}/personal").text
    assert console.acts()[0].action == "show personal data"


def test_a_job_that_carries_a_plan_out_shows_how_far_it_is(shop: Console) -> None:
    operator, hub = shop.signed_in("operator"), shop.stage.hub
    plan = previewed(shop, operator)
    answer = operator.press(f"/plans/{plan.id}/apply")
    job = int(answer.headers["Location"].rsplit("/", 1)[1])
    seen: list[str] = []
    hub.progress = lambda tally: seen.append(operator.text(f"/jobs/{job}/live"))
    hub.worker().work_off(job)
    assert any(re.search(r'<progress class="long" max="2" value="\d"', page) for page in seen)
