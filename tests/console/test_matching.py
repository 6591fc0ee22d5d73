"""Master data mapping in the console: proposals, accepting them, and the list of pairs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from admin.security import LARGEST_LIST
from hub.errors import ConfigurationError, PlatformUnavailable
from hub.matching import propose
from hub.pairs import MOST_ROWS, looked_through
from hub.store.link_list import LinkList
from hub.store.pairings import Pairings
from tests.console import records
from tests.console.conftest import Browser, Console


@pytest.fixture
def stocked(console: Console) -> Console:
    """Both sides hold records: two pairs, one item of which the shop has two, one that only the ERP has."""
    records.pairs(console.stage)
    console.stage.erp.add_item("LONE")
    return console


def here(console: Console, object_name: str = "product") -> str:
    return f"/matching/{console.stage.route(object_name).id}"


def wait(console: Console, object_name: str = "product") -> None:
    """Until the job that was asked for, if one was, has ended."""
    hub = console.stage.hub
    asked = Pairings(hub.database).newest(console.stage.route(object_name).id)
    if asked is not None:
        hub.worker().work_off(asked.job_id)


def press(console: Console, browser: Browser, path: str, object_name: str = "product", **values: Any) -> Any:
    answer = browser.press(f"{here(console, object_name)}/{path}", **values)
    wait(console, object_name)
    return answer


def links(console: Console, kind: str = "variant") -> set[str | None]:
    """What of the ERP is linked."""
    listed = LinkList(console.stage.hub.database, console.stage.integration_id)
    return {row.erp_id for row in listed.select(kind=kind, limit=100)}


def link(console: Console, browser: Browser, page: str, **values: Any) -> Any:
    """Press the button of a page that shows a list which was looked through."""
    shown = page.split('name="list" value="')[1].split('"', maxsplit=1)[0]
    return press(console, browser, "link", list=shown, **values)


def send(console: Console, browser: Browser, content: bytes, object_name: str = "product") -> TestResponse:
    """Send a file."""
    form = {"csrf_token": browser.token(), "file": (io.BytesIO(content), "pairs.csv")}
    answer = browser.client.post(f"{here(console, object_name)}/upload", data=form)
    # The client of tests leaves a large body open.
    answer.request.environ["wsgi.input"].close()
    return answer


def upload(console: Console, browser: Browser, *rows: str, object_name: str = "product") -> str:
    """Upload a list, and look at what the page says of it."""
    text = "\n".join(("source_key,target_id", *rows))
    send(console, browser, text.encode(), object_name)
    wait(console, object_name)
    return browser.text(here(console, object_name))


def variant(console: Console, code: str) -> str:
    return str(console.stage.shop.variant(code)["id"])


def test_pairs_are_found_and_those_with_a_rival_shown_apart(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    assert "Press Find pairs" in somebody.text(here(stocked))
    press(stocked, somebody, "propose")
    page = somebody.text(here(stocked))
    assert "Unique 2" in page
    assert "Ambiguous 2" in page
    assert "MUG" in page
    assert "CUP" not in page
    assert somebody.text(f"{here(stocked)}?state=ambiguous").count('name="pick"') == 2
    act = next(act for act in stocked.acts() if act.action == "links propose")
    assert act.actor == "a-operator"
    assert '<td data-label="Unique">2</td>' in somebody.text("/matching/")


def test_all_that_are_unique_are_accepted_after_saying_how_many(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    press(stocked, somebody, "propose")
    assert "Accept 2 pairs?" in press(stocked, somebody, "accept", all="1", score="80").text
    assert links(stocked) == set()
    press(stocked, somebody, "accept", all="1", score="80", expected="2")
    assert links(stocked) == {"MUG", "TEE"}
    assert "2 linked" in somebody.text(here(stocked))
    assert not [call for call in stocked.stage.erp.calls if call.startswith(("create", "update"))]


@pytest.mark.parametrize("shown", ["3", "1", "x"], ids=["fewer by now", "more by now", "no number"])
def test_what_matches_by_now_is_shown_anew_where_another_number_was_confirmed(stocked: Console, shown: str) -> None:
    somebody = stocked.signed_in("operator")
    press(stocked, somebody, "propose")
    answer = press(stocked, somebody, "accept", all="1", score="80", expected=shown)
    assert answer.status_code == 409
    assert (
        "Accept 2 pairs?" in answer.text
        and "2 match by now" in answer.text
        and 'name="expected" value="2"' in answer.text
    )
    assert links(stocked) == set()


def test_one_is_accepted_and_what_was_beside_it_is_decided_with_it(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    press(stocked, somebody, "propose")
    page = somebody.text(f"{here(stocked)}?state=ambiguous")
    first = page.split('name="pick" value="')[1].split('"')[0]
    press(stocked, somebody, "accept", pick=[first])
    assert links(stocked) == {"CUP"}
    assert "Ambiguous 0" in somebody.text(here(stocked))
    assert press(stocked, somebody, "accept").status_code == 302
    assert press(stocked, somebody, "accept", pick=["x"]).status_code == 400


def test_a_list_is_validated_row_by_row_and_nothing_is_linked_while_one_is_wrong(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    page = upload(stocked, somebody, "MUG,gid-nowhere", f"TEE,{variant(stocked, 'TEE')}", "NONE,OLD-1", "CUP,")
    assert "row 2" in page
    assert "row 4" in page
    assert "row 3" not in page
    assert "1 rows without a target" in page
    assert links(stocked) == set()
    link(stocked, somebody, page)
    assert links(stocked) == set()
    link(stocked, somebody, somebody.text(here(stocked)), skip="1")
    assert links(stocked) == {"TEE"}


def test_a_good_list_is_linked_only_when_that_is_pressed(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    page = upload(stocked, somebody, "MUG,MUG", "TEE,TEE")
    assert "Link these 2" in page
    assert links(stocked) == set()
    link(stocked, somebody, page)
    assert links(stocked) == {"MUG", "TEE"}
    assert next(act for act in stocked.acts() if act.action == "links import").after["linked"] == 2


def test_a_row_whose_record_is_linked_already_is_told_where_it_is_unlinked(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    link(stocked, somebody, upload(stocked, somebody, f"TEE,{variant(stocked, 'TEE')}"))
    page = upload(stocked, somebody, f"MUG,{variant(stocked, 'TEE')}")
    assert "unlink it under Links first" in page and "hub links" not in page


def test_the_list_comes_down_with_what_is_proposed_and_goes_up_again(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    press(stocked, somebody, "propose")
    answer = somebody.press(f"{here(stocked)}/sheet.csv")
    assert answer.mimetype == "text/csv"
    rows = {row["source_key"]: row for row in csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))}
    assert set(rows) == {"MUG", "TEE", "CUP", "LONE"}
    assert rows["MUG"]["target_id"] == variant(stocked, "MUG")
    page = upload(stocked, somebody, *(f"{key},{row['target_id']}" for key, row in rows.items()))
    assert "Link these 2" in page


def test_what_is_no_list_is_told_and_begins_nothing(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    form = {"csrf_token": somebody.token(), "file": (io.BytesIO(b"a;b\n1;2\n"), "x.csv")}
    answer = somebody.client.post(f"{here(stocked)}/upload", data=form, follow_redirects=True)
    assert "lacks the column source_key" in answer.text
    assert "Begin with the list that Download gives" in answer.text
    assert Pairings(stocked.stage.hub.database).newest(stocked.stage.route("product").id) is None
    assert "no list that was looked through" in somebody.client.get(press(stocked, somebody, "link").location).text


def test_a_side_that_does_not_answer_is_told_on_the_page(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    stocked.stage.shop.down = PlatformUnavailable("It sleeps.")
    press(stocked, somebody, "propose")
    page = somebody.text(here(stocked))
    assert "It sleeps." in page
    assert "failed" in page


def test_a_second_search_is_refused_while_the_first_waits_or_goes_on(stocked: Console) -> None:
    somebody, hub = stocked.signed_in("operator"), stocked.stage.hub
    job = propose(hub.acting_for("bob"), stocked.stage.route("product"))
    answer = somebody.press(f"{here(stocked)}/propose")
    assert (answer.status_code, "bob has begun something" in answer.text) == (409, True)
    assert "No worker is running" in somebody.text(f"{here(stocked)}/live")
    hub.worker().claim(job)
    assert "going on" in somebody.text(f"{here(stocked)}/live")
    assert somebody.press(f"{here(stocked)}/propose").status_code == 409
    assert f"/jobs/{job}/cancel" in somebody.text(here(stocked))


def test_a_search_is_taken_up_again_when_its_worker_has_died(stocked: Console) -> None:
    somebody, hub = stocked.signed_in("operator"), stocked.stage.hub
    job = propose(hub.acting_for("bob"), stocked.stage.route("product"))
    hub.worker().claim(job)
    assert hub.worker().work_off(job) is None
    stocked.stage.clock.advance(hub.config.lease.total_seconds() + 1)
    assert hub.worker().work_off() is not None
    page = somebody.text(here(stocked))
    assert "Unique 2" in page and "by bob" in page


def test_a_cancelled_search_says_so_and_may_be_begun_again(stocked: Console) -> None:
    somebody, hub = stocked.signed_in("operator"), stocked.stage.hub
    somebody.press(f"{here(stocked)}/propose")
    asked = Pairings(hub.database).newest(stocked.stage.route("product").id)
    assert asked is not None
    hub.worker().claim(asked.job_id)
    somebody.press(f"/jobs/{asked.job_id}/cancel")
    stocked.stage.clock.advance(hub.config.lease.total_seconds() + 1)
    hub.worker().work_off()
    assert hub.jobs.get(asked.job_id).state == "cancelled"
    assert "was cancelled" in somebody.text(here(stocked))
    press(stocked, somebody, "propose")
    assert "Unique 2" in somebody.text(here(stocked))


def test_accepting_that_was_broken_off_goes_on_where_it_was(stocked: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody, hub = stocked.signed_in("operator"), stocked.stage.hub
    press(stocked, somebody, "propose")
    monkeypatch.setattr("hub.linking.accepting.AT_A_TIME", 1)
    somebody.press(f"{here(stocked)}/accept", all="1", score="80", expected="2")
    asked = Pairings(hub.database).newest(stocked.stage.route("product").id)
    assert asked is not None
    note, noted = Pairings.note, []

    def dying(self: Pairings, job_id: int, counts: Any) -> None:
        note(self, job_id, counts)
        noted.append(job_id)
        if len(noted) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Pairings, "note", dying)
    with pytest.raises(KeyboardInterrupt):
        hub.worker().work_off(asked.job_id)
    assert len(links(stocked)) == 1
    hub.worker().work_off(asked.job_id)
    assert links(stocked) == {"MUG", "TEE"}
    assert "2 linked" in somebody.text(here(stocked))


def test_a_list_that_was_linked_before_its_worker_died_is_not_linked_again(
    stocked: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody, hub = stocked.signed_in("operator"), stocked.stage.hub
    page = upload(stocked, somebody, "MUG,MUG", "TEE,TEE")
    finish = type(hub.jobs).finish
    monkeypatch.setattr(type(hub.jobs), "finish", lambda *given: None)
    link(stocked, somebody, page)
    monkeypatch.setattr(type(hub.jobs), "finish", finish)
    stocked.stage.clock.advance(hub.config.lease.total_seconds() + 1)
    assert hub.worker().work_off() is not None
    assert "2 linked" in somebody.text(here(stocked))
    assert len([act for act in stocked.acts() if act.action == "links import"]) == 2


def test_the_jobs_pages_tell_what_it_is_and_lead_back(stocked: Console) -> None:
    somebody, hub = stocked.signed_in("operator"), stocked.stage.hub
    somebody.press(f"{here(stocked)}/propose")
    waiting = somebody.text("/jobs/")
    assert "find pairs" in waiting and "a-operator" in waiting
    wait(stocked)
    asked = Pairings(hub.database).newest(stocked.stage.route("product").id)
    assert asked is not None
    page = somebody.text(f"/jobs/{asked.job_id}")
    assert "pairs of existing records: find pairs" in page
    assert "<strong>4</strong> looked at" in page
    assert f'href="{here(stocked)}"' in page
    assert hub.runs.latest([asked.route_id]) == {}


def test_a_paused_route_is_searched_all_the_same(stocked: Console) -> None:
    somebody, hub, route = stocked.signed_in("operator"), stocked.stage.hub, stocked.stage.route("product")
    hub.routes.pause(route.id, stocked.stage.clock(), "bob")
    somebody.press(f"{here(stocked)}/propose")
    assert "paused by" not in somebody.text(here(stocked))
    assert hub.worker().work_off() is not None
    assert "Unique 2" in somebody.text(here(stocked))


def test_nobody_links_a_list_that_somebody_else_has_uploaded_meanwhile(stocked: Console) -> None:
    ann, bob = stocked.signed_in("operator", "ann"), stocked.signed_in("operator", "bob")
    shown = upload(stocked, ann, "MUG,MUG")
    upload(stocked, bob, "TEE,TEE")
    link(stocked, ann, shown)
    assert links(stocked) == set()
    assert "bob has uploaded another one" in ann.text(here(stocked))


def test_a_list_is_read_only_by_whoever_links_it_and_gone_afterwards(stocked: Console) -> None:
    somebody, kept = stocked.signed_in("operator"), Pairings(stocked.stage.hub.database)
    page, asked = upload(stocked, somebody, "MUG,MUG", "TEE,nothing"), list[str]()
    route = stocked.stage.route("product").id
    event.listen(stocked.stage.hub.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert "row 3" in somebody.text(here(stocked))
    somebody.text(f"{here(stocked)}/live")
    assert not [one for one in asked if "pairing.lines" in one]
    before = kept.newest(route)
    assert before is not None and kept.lines(before.job_id) is not None
    # Nothing is linked while a row is wrong: the list stays, and the other button may still be pressed.
    link(stocked, somebody, page)
    page = somebody.text(here(stocked))
    assert links(stocked) == set() and "row 3" in page
    link(stocked, somebody, page, skip="1")
    assert links(stocked) == {"MUG"} and "row 3" in somebody.text(here(stocked))
    after = kept.newest(route)
    assert after is not None and kept.lines(after.job_id) is None
    with pytest.raises(ConfigurationError, match="linked already"):
        looked_through(stocked.stage.hub, stocked.stage.route("product"), after.job_id)


def test_a_list_of_the_promised_size_comes_back(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    padding = "x" * 120
    page = upload(stocked, somebody, *(f"N{number},,{padding}" for number in range(MOST_ROWS)))
    assert "20,000 rows without a target" in page
    answer = send(stocked, somebody, b"x" * (LARGEST_LIST + 1))
    assert (answer.status_code, "too large" in answer.text) == (413, True)


def test_customers_are_named_to_whom_that_is_allowed_and_it_is_noted(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    press(stocked, somebody, "propose", "customer")
    assert "ann@example.com" not in somebody.text(here(stocked, "customer"))
    assert press(stocked, somebody, "names", "customer").status_code == 403
    trusted = stocked.signed_in("operator", "trusted", sees_personal=True)
    before = len(stocked.acts())
    shown = press(stocked, trusted, "names", "customer")
    assert shown.status_code == 200
    assert stocked.acts()[0].action == "show personal data"
    assert len(stocked.acts()) > before


def test_a_viewer_looks_and_presses_nothing(stocked: Console) -> None:
    somebody = stocked.signed_in("viewer")
    page = somebody.text(here(stocked))
    assert '<form method="post" action="/matching' not in page
    paths = ("propose", "accept", "names", "upload", "link", "sheet.csv")
    assert {press(stocked, somebody, path).status_code for path in paths} == {403}


def test_routes_of_others_and_routes_without_pairs_are_not_there(stocked: Console) -> None:
    route = stocked.other_integration()
    somebody = stocked.signed_in("administrator", integrations=["acme"])
    assert somebody.get(f"/matching/{route}").status_code == 404
    assert somebody.press(f"/matching/{route}/propose").status_code == 404
    assert somebody.get(here(stocked, "inventory")).status_code == 404
    assert "zeta" not in somebody.text("/matching/")
    assert somebody.get(f"{here(stocked)}?state=odd").status_code == 400
    assert somebody.get(f"{here(stocked)}?score=101").status_code == 400


def test_hostile_codes_stay_texts(stocked: Console) -> None:
    evil = "<script>alert(1)</script>"
    stocked.stage.erp.add_item(evil)
    stocked.stage.shop.add_product(evil)
    somebody = stocked.signed_in("operator")
    press(stocked, somebody, "propose")
    page = somebody.text(here(stocked)) + upload(stocked, somebody, f"{evil},{evil}x")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_pages_are_paged_by_number(stocked: Console) -> None:
    somebody = stocked.signed_in("operator")
    for number in range(60):
        stocked.stage.erp.add_item(f"N{number}")
        stocked.stage.shop.add_product(f"N{number}")
    press(stocked, somebody, "propose")
    page = somebody.text(here(stocked))
    assert page.count('name="pick"') == 50
    after = page.split("after=")[1].split('"')[0].split("&")[0]
    assert somebody.text(f"{here(stocked)}?after={after}").count('name="pick"') == 12


def test_a_list_of_customers_names_nobody_to_those_without_the_right(stocked: Console) -> None:
    blind, seeing = stocked.signed_in("operator"), stocked.signed_in("operator", "clerk", sees_personal=True)
    page = upload(stocked, blind, "eve@example.com,C1", "ann@example.com,eve@nowhere.example", object_name="customer")
    assert ("row 2" in page, "***" in page, "eve@" in page, "ann@" in page) == (True, True, False, False)
    assert "eve@example.com" in seeing.text(here(stocked, "customer"))


def test_lists_and_criteria_are_forgotten_where_a_person_is(stocked: Console) -> None:
    hub, somebody = stocked.stage.hub, stocked.signed_in("operator", sees_personal=True)
    route = stocked.stage.route("customer")
    upload(stocked, somebody, "eve@example.com,C1", object_name="customer")
    for _ in range(2):
        somebody.press("/set-customers/apply", act="mark", all="1", text="eve@example.com")
    done = hub.jobs.unfinished([route.id])[0].id
    hub.worker().work_off(done)
    Pairings(hub.database).forget([route.id])
    hub.jobs.forget_criteria([route.id])
    assert Pairings(hub.database).newest(route.id) is None
    assert hub.jobs.get(done).limits["criteria"] == ""
    assert all(job.limits["criteria"] for job in hub.jobs.unfinished([route.id]))
    assert somebody.text(f"/jobs/{done}")
