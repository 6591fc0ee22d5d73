"""Set items and customers: choosing, marking after seeing what it does, and Sync Now for exactly these."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from hub.store.leavings import Leavings
from hub.store.selection import Selection
from tests.console.conftest import Browser, Console
from tests.fakes.side import unavailable


@pytest.fixture
def shelf(console: Console) -> Console:
    """Items to choose from, on a route that carries only what is marked and has had its first load."""
    stage = console.stage
    stage.hub.routes.save(stage.integration_id, "product", "erp_to_shop", enabled=True, policy="marked")
    for number in range(1, 5):
        stage.erp.add_item(f"A{number}", title=f"Cup {number}", product_type="10" if number < 3 else "20")
    stage.erp.add_item("B1", title="Plate", kind="kit", product_type="30")
    stage.erp.set_stock("A1", "01", "7")
    stage.hub.routes.set_initialization(stage.route("product").id, "done")
    return console


def marked(console: Console, object_name: str = "product") -> list[str]:
    stage = console.stage
    return [row.key for row in Selection(stage.hub.database, stage.integration_id).page(object_name, limit=1000)]


def work(console: Console) -> None:
    """Work off all that waits."""
    worker = console.stage.hub.worker()
    while worker.work_off() is not None:
        pass


def shown(page: str) -> list[str]:
    """The records in a list."""
    return re.findall(r'<th scope="row" data-label="(?:Code|Customer)">([^<]*)<', page)


def these(answer: object, browser: Browser) -> str:
    """The page to which somebody was sent."""
    return browser.text(answer.headers["Location"])  # type: ignore[attr-defined]


def test_the_page_asks_for_criteria_before_it_asks_the_erp(shelf: Console) -> None:
    shelf.stage.erp.down = unavailable()
    page = shelf.signed_in("operator").text("/set-items/")
    assert "Item group from" in page
    assert "Choose, tick, update" in page


def test_criteria_narrow_the_list_which_shows_price_stock_and_what_marking_would_do(shelf: Console) -> None:
    viewer = shelf.signed_in("viewer")
    page = viewer.text("/set-items/?search=1&codes_from=A1&codes_to=A2")
    assert shown(page) == ["A1", "A2"]
    assert ">10.00<" in page
    assert ">7<" in page
    assert "new on the other side" in page
    assert shown(viewer.text("/set-items/?search=1&groups_from=20&groups_to=20")) == ["A3", "A4"]
    assert shown(viewer.text("/set-items/?search=1&text=plate")) == ["B1"]
    assert "KIT_NOT_SUPPORTED" in viewer.text("/set-items/?search=1&text=plate")


def test_a_list_goes_on_behind_its_last_record(shelf: Console) -> None:
    for number in range(60):
        shelf.stage.erp.add_item(f"N{number:03}")
    viewer = shelf.signed_in("viewer")
    first = viewer.text("/set-items/?search=1&codes_from=N")
    assert len(shown(first)) == 50
    further = re.search(r'href="([^"]+)">Further', first)
    assert further is not None
    assert shown(viewer.text(further[1].replace("&amp;", "&")))[0] == "N050"


def test_a_page_does_not_read_the_whole_source_for_what_is_rare_in_it(shelf: Console) -> None:
    for number in range(700):
        shelf.stage.erp.add_item(f"N{number:03}")
    viewer = shelf.signed_in("viewer")
    assert "Nothing matches" in viewer.text("/set-items/?search=1&shown=marked")
    assert shelf.stage.erp.calls["browse items"] == 0
    shelf.signed_in("operator").press("/set-items/apply", act="mark", all="1", codes_from="N", codes_to="N650")
    work(shelf)
    shelf.stage.erp.calls.clear()
    page = viewer.text("/set-items/?search=1&shown=unmarked&codes_from=N")
    assert (shown(page), shelf.stage.erp.calls["browse items"]) == ([], 5)
    assert "500 records were looked through, and none of them are like that." in page
    on = re.search(r'href="([^"]+)">Go on from here', page)
    assert on is not None
    assert shown(viewer.text(on[1].replace("&amp;", "&")))[0] == "N651"


def test_a_page_asks_the_erp_without_patience(shelf: Console) -> None:
    shelf.stage.erp.opened.clear()
    viewer = shelf.signed_in("viewer")
    viewer.text("/set-items/?search=1"), viewer.text("/set-items/count")
    assert shelf.stage.erp.opened == [True, True]


def test_the_number_of_matches_is_counted_by_the_source_when_asked_for(shelf: Console) -> None:
    viewer = shelf.signed_in("viewer")
    assert viewer.text("/set-items/count?codes_from=A") == "5"
    assert viewer.text("/set-items/count?codes_from=A&shown=new") == "up to 5"


def test_marking_shows_first_what_it_would_do_and_writes_nothing(shelf: Console) -> None:
    operator = shelf.signed_in("operator")
    answer = operator.press("/set-items/update", act="mark", pick=["A1", "B1"])
    assert answer.status_code == 200
    assert "1 new on the other side" in answer.text
    assert "1 not possible: KIT_NOT_SUPPORTED" in answer.text
    assert marked(shelf) == []


def test_a_dry_run_from_which_somebody_walks_away_is_no_preview_and_goes_after_some_hours(shelf: Console) -> None:
    hub, operator, route = shelf.stage.hub, shelf.signed_in("operator"), shelf.stage.route("product").id
    page = operator.press("/set-items/update", act="mark", pick=["A1"]).text
    job = re.search(r'/set-items/dry-run/(\d+)"', page)
    assert job is not None
    hub.worker().work_off(int(job[1]))
    run = hub.runs.of_job(int(job[1]))
    plan = hub.plans.of_run(run.id) if run else None
    assert plan is not None
    assert f"/plans/{plan.id}" not in operator.text("/plans/")
    assert "for your decision" not in operator.text(f"/routes/{route}")
    assert f"/plans/{plan.id}" not in operator.text(f"/jobs/{job[1]}")
    assert hub.plans.newest([route]) == []
    assert operator.press(f"/plans/{plan.id}/apply").status_code == operator.get(f"/plans/{plan.id}").status_code == 404
    leavings = Leavings(hub.database)
    assert leavings.dry_runs([route], shelf.stage.clock() - timedelta(hours=6)) == 0
    shelf.stage.clock.advance(7 * 3600)
    assert leavings.dry_runs([route], shelf.stage.clock() - timedelta(hours=6)) == 1
    assert hub.plans.page(plan.id, 1) == []


def test_the_ticked_are_tried_in_a_dry_run_as_if_they_were_marked(shelf: Console) -> None:
    operator = shelf.signed_in("operator")
    page = operator.press("/set-items/update", act="mark", pick=["A1", "B1"]).text
    job = re.search(r'/set-items/dry-run/(\d+)"', page)
    assert job is not None
    work(shelf)
    part = operator.text(f"/set-items/dry-run/{job[1]}")
    assert ("create" in part, "KIT_NOT_SUPPORTED" in part, "NOT_MARKED" in part) == (True, True, False)
    assert shelf.stage.shop.table("variants") == {}
    operator.press("/set-items/apply", act="mark", pick=["A1", "B1"], dry=job[1])
    run = shelf.stage.hub.runs.of_job(int(job[1]))
    assert run is not None and shelf.stage.hub.plans.of_run(run.id) is None
    other = shelf.signed_in("operator", "somebody-else")
    assert other.get(f"/set-items/dry-run/{job[1]}").status_code == 404


def test_marked_items_are_queued_and_their_page_offers_sync_now_for_exactly_them(shelf: Console) -> None:
    operator = shelf.signed_in("operator")
    answer = operator.press("/set-items/apply", act="mark", pick=["A1", "A3"])
    page = these(answer, operator)
    assert marked(shelf) == ["A1", "A3"]
    assert "2 records are marked." in page
    assert "Sync Now: exactly these" in page
    route = shelf.stage.route("product").id
    operator.press("/set-items/sync", route=route, pick=["A1", "A3"])
    (job,) = shelf.stage.hub.jobs.unfinished([route])
    assert [key.key for key in shelf.stage.hub.jobs.keys(job.id)] == ["A1", "A3"]
    work(shelf)
    live = operator.text(f"/set-items/these/live?route={route}&pick=A1&pick=A3")
    assert live.count(">linked<") == 2
    acts = [(act.actor, act.action) for act in shelf.acts()]
    assert acts[:2] == [("a-operator", "sync now"), ("a-operator", "select mark")]


def test_taking_the_mark_away_removes_nothing(shelf: Console) -> None:
    operator = shelf.signed_in("operator")
    operator.press("/set-items/apply", act="mark", pick=["A1", "A3"])
    work(shelf)
    before = dict(shelf.stage.shop.table("variants"))
    assert "Nothing is removed" in operator.press("/set-items/update", act="unmark", pick=["A1"]).text
    operator.press("/set-items/apply", act="unmark", pick=["A1"])
    assert marked(shelf) == ["A3"]
    assert shelf.stage.shop.table("variants") == before


def test_all_that_match_are_marked_by_a_job_that_shows_how_far_it_is(shelf: Console) -> None:
    for number in range(250):
        shelf.stage.erp.add_item(f"N{number:03}")
    operator = shelf.signed_in("operator")
    asked = operator.press("/set-items/update", act="mark", all="1", codes_from="N").text
    assert "250 items match" in asked
    answer = operator.press("/set-items/apply", act="mark", all="1", codes_from="N")
    assert marked(shelf) == []
    job = int(answer.headers["Location"].rsplit("/", 1)[1])
    shelf.stage.hub.worker().work_off(job)
    page = operator.text(f"/jobs/{job}")
    assert len(marked(shelf)) == 250
    assert "<strong>250</strong> marked" in page
    assert {"codes_from": "N", "records": 250}.items() <= shelf.acts()[0].after.items()
    assert shelf.acts()[0].actor == "a-operator"
    work(shelf)
    assert len(shelf.stage.shop.table("variants")) == 250


def test_more_than_can_be_looked_through_at_once_is_said_to_be_so(shelf: Console) -> None:
    for number in range(600):
        shelf.stage.erp.add_item(f"N{number:03}")
    page = shelf.signed_in("operator").press("/set-items/update", act="mark", all="1", codes_from="N").text
    assert "600 items match. The first 500 were looked through" in page


def test_taking_all_marks_away_touches_only_what_is_marked(shelf: Console) -> None:
    operator = shelf.signed_in("operator")
    operator.press("/set-items/apply", act="mark", pick=["A1", "A2", "A3"])
    answer = operator.press("/set-items/apply", act="unmark", all="1", codes_from="A1", codes_to="A2")
    shelf.stage.hub.worker().work_off(int(answer.headers["Location"].rsplit("/", 1)[1]))
    assert marked(shelf) == ["A3"]


def test_a_cancelled_marking_keeps_what_it_did(shelf: Console) -> None:
    for number in range(250):
        shelf.stage.erp.add_item(f"N{number:03}")
    operator, hub = shelf.signed_in("operator"), shelf.stage.hub
    answer = operator.press("/set-items/apply", act="mark", all="1", codes_from="N")
    job = int(answer.headers["Location"].rsplit("/", 1)[1])
    hub.progress = lambda tally: operator.press(f"/jobs/{job}/cancel") and None
    hub.worker().work_off(job)
    assert len(marked(shelf)) == 100
    assert hub.jobs.get(job).state == "cancelled"


def test_nothing_ticked_is_nothing_done(shelf: Console) -> None:
    operator = shelf.signed_in("operator")
    answer = operator.press("/set-items/update", act="mark")
    assert "Nothing was ticked" in these(answer, operator)


def test_before_the_first_load_the_page_leads_to_it(shelf: Console) -> None:
    route = shelf.stage.route("product").id
    shelf.stage.hub.routes.set_initialization(route, "none")
    operator = shelf.signed_in("operator")
    page = these(operator.press("/set-items/apply", act="mark", pick=["A1"]), operator)
    assert f"/plans/new?route={route}&amp;scope=initialize" in page
    assert shelf.stage.hub.jobs.unfinished([route]) == []
    assert operator.press("/set-items/sync", route=route, pick=["A1"]).status_code == 409


def test_an_erp_that_does_not_answer_leaves_the_form_with_what_was_typed(shelf: Console) -> None:
    shelf.stage.erp.down = unavailable()
    page = shelf.signed_in("viewer").text("/set-items/?search=1&codes_from=A1")
    assert 'value="A1"' in page
    assert 'role="alert"' in page


def test_a_viewer_looks_and_has_no_buttons(shelf: Console) -> None:
    viewer = shelf.signed_in("viewer")
    page = viewer.text("/set-items/?search=1")
    assert 'name="pick"' not in page
    assert "Mark…" not in page
    for address in ("update", "apply", "sync"):
        assert viewer.press(f"/set-items/{address}", act="mark", pick=["A1"]).status_code == 403
    assert marked(shelf) == []


def test_another_integrations_records_are_not_there(shelf: Console) -> None:
    route = shelf.other_integration()
    operator = shelf.signed_in("operator", integrations=["acme"])
    assert operator.get(f"/set-customers/?route={route}").status_code == 404
    assert operator.press("/set-customers/apply", route=route, act="mark", pick=["1"]).status_code == 404
    assert operator.get(f"/set-items/?route={shelf.stage.route('customer').id}").status_code == 404


@pytest.mark.parametrize("query", ["shown=everything", "route=x"])
def test_what_makes_no_sense_is_refused(shelf: Console, query: str) -> None:
    assert shelf.signed_in("viewer").get(f"/set-items/?search=1&{query}").status_code in (400, 404)


def test_customers_are_chosen_in_the_same_way_and_stay_nameless_unless_somebody_may_see_them(shelf: Console) -> None:
    shelf.stage.shop.add_customer(1, "ada@shop.example", first_name="Ada")
    shelf.stage.hub.routes.set_initialization(shelf.stage.route("customer").id, "done")
    operator = shelf.signed_in("operator")
    page = operator.text("/set-customers/?search=1")
    assert shown(page) == ["Customer/1"]
    assert "ada@shop.example" not in page
    assert operator.get("/set-customers/?search=1&personal=1").status_code == 403
    operator.press("/set-customers/apply", act="mark", pick=["gid://shop/Customer/1"])
    assert marked(shelf, "customer") == ["gid://shop/Customer/1"]
    seeing = shelf.signed_in("operator", "clerk", sees_personal=True)
    assert "ada@shop.example" in seeing.text("/set-customers/?search=1&personal=1")
    assert shelf.acts()[0].action == "show personal data"


def test_whom_somebody_looked_for_is_not_written_down_in_the_clear(shelf: Console) -> None:
    shelf.stage.shop.add_customer(1, "ada@shop.example")
    operator = shelf.signed_in("operator", sees_personal=True)
    answer = operator.press("/set-customers/apply", act="mark", all="1", text="ada@shop.example")
    job = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert "ada@" not in repr(shelf.stage.hub.jobs.get(job))
    shelf.stage.hub.worker().work_off(job)
    assert marked(shelf, "customer") == ["gid://shop/Customer/1"]
    assert "ada@" not in repr(shelf.acts())


def test_the_dry_run_of_customers_is_masked_without_the_right_and_noted_with_it(shelf: Console) -> None:
    shelf.stage.shop.add_customer(1, "ada@shop.example", first_name="Ada")
    shelf.stage.hub.routes.set_initialization(shelf.stage.route("customer").id, "done")
    key = "gid://shop/Customer/1"

    def dry(browser: Browser, **more: str) -> str:
        job = re.search(r"/dry-run/(\d+)", browser.press("/set-customers/update", act="mark", pick=[key], **more).text)
        assert job is not None
        work(shelf)
        return f"/set-customers/dry-run/{job[1]}"

    operator = shelf.signed_in("operator")
    part = operator.text(dry(operator))
    assert ("create" in part, "Personal data is masked" in part, "ada@" in part) == (True, True, False)
    assert operator.get(dry(operator) + "?personal=1").status_code == 403
    seeing = shelf.signed_in("operator", "clerk", sees_personal=True)
    assert "ada@shop.example" in seeing.text(dry(seeing, personal="1") + "?personal=1")
    assert (shelf.acts()[0].action, shelf.acts()[0].actor) == ("show personal data", "clerk")


def test_nobody_without_the_right_finds_a_customer_letter_by_letter(shelf: Console) -> None:
    operator, seeing = shelf.signed_in("operator"), shelf.signed_in("operator", "clerk", sees_personal=True)
    page = operator.text("/set-customers/")
    assert ('name="text"' in page, "nothing can be looked for by words" in page) == (False, True)
    assert 'name="text"' in seeing.text("/set-customers/")
    for address in ("/set-customers/?search=1&text=a", "/set-customers/count?text=a", "/messages/?person=a@b.example"):
        assert (operator.get(address).status_code, seeing.get(address).status_code) == (403, 200), address
    assert operator.press("/set-customers/update", act="mark", all="1", text="a").status_code == 403
    assert operator.text("/set-items/?search=1&text=Plate")
    assert operator.text("/messages/?ident=1")
