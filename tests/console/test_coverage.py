"""Coverage: a look in the background, the five classes, and each as a list with the reason."""

from __future__ import annotations

import pytest

from hub.covering import look
from hub.errors import PlatformUnavailable, RejectedByTarget
from hub.store.coverage import CoverageBook, Found, Look
from tests.console.conftest import Browser, Console


def address(console: Console) -> str:
    return f"/coverage/{console.stage.route('product').id}"


def looked(console: Console, person: Browser) -> str:
    """Press, and wait for the end; answers the page."""
    assert person.press(f"{address(console)}/look").status_code == 302
    assert console.stage.hub.worker().work_off() is not None
    return person.text(address(console))


def report(console: Console) -> Look | None:
    return CoverageBook(console.stage.hub.database).of_route(console.stage.route("product").id).report


@pytest.fixture
def mixed(console: Console) -> Console:
    """One item that is connected, one that fails, one without a price, and one that is new."""
    stage = console.stage
    stage.erp.add_item("MUG")
    stage.erp.add_item("BAD")
    stage.erp.add_item("FREE", price="0")
    stage.shop.refuses["BAD"] = RejectedByTarget("The title is taken.", detail="title taken")
    stage.work("product", "initialize")
    stage.erp.add_item("NEW")
    return console


def test_nobody_has_looked_yet(console: Console) -> None:
    viewer = console.signed_in("viewer")
    assert "not yet" in viewer.text("/coverage/")
    page = viewer.text(address(console))
    assert "Nobody has looked yet" in page and "/look" not in page
    assert viewer.press(f"{address(console)}/look").status_code == 403


def test_a_look_tells_the_class_of_every_record_with_the_reason(mixed: Console) -> None:
    operator = mixed.signed_in("operator")
    page = looked(mixed, operator)
    assert "4 records, as they stood" in page and "asked for by a-operator" in page
    found = report(mixed)
    assert found is not None
    counts = {name: sum(reasons.values()) for name, reasons in found.reasons.items()}
    assert counts == {"connected": 1, "syncable": 1, "warning": 1, "error": 1, "ignored": 0}
    assert "ZERO_PRICE" in page and "REJECTED_BY_TARGET" in page
    assert mixed.acts()[0].action == "coverage"


def test_each_class_is_a_list_that_leads_to_messages_and_failures(mixed: Console) -> None:
    operator = mixed.signed_in("operator")
    looked(mixed, operator)
    errors = operator.text(f"{address(mixed)}?class=error")
    rows = errors.partition("<tbody>")[2]
    assert "BAD" in rows and "MUG" not in rows
    assert f"/failures/list?route={mixed.stage.route('product').id}&amp;ident=BAD" in rows
    assert "ident=BAD" in rows and "/timeline/" in rows
    assert "FREE" in operator.text(f"{address(mixed)}?class=warning&reason=ZERO_PRICE")
    assert "No record is warning" in operator.text(f"{address(mixed)}?class=warning&reason=DRIFT")
    assert operator.get(f"{address(mixed)}?class=well").status_code == 400


def test_the_lists_go_on_by_pages(console: Console) -> None:
    hub, route = console.stage.hub, console.stage.route("product")
    book, job = CoverageBook(hub.database), look(hub, route)
    found = [Found(place, "syncable", "", "", f"ITEM-{place:02}", f"ITEM-{place:02}") for place in range(60)]
    book.add(job, found, {"syncable": {"": 60}}, 60)
    book.end(job, console.stage.clock())
    viewer = console.signed_in("viewer")
    page = viewer.text(f"{address(console)}?class=syncable")
    assert "ITEM-49" in page and "ITEM-50" not in page
    further = viewer.text(f"{address(console)}?class=syncable&after=49")
    assert "after=49" in page and "ITEM-50" in further and "ITEM-59" in further


def test_a_side_that_does_not_answer_is_named(mixed: Console) -> None:
    operator = mixed.signed_in("operator")
    mixed.stage.erp.down = PlatformUnavailable("The ERP is asleep.")
    assert "The ERP is asleep." in looked(mixed, operator)
    # Until it is back the next look waits, and the jobs say for what.
    operator.press(f"{address(mixed)}/look")
    assert mixed.stage.hub.worker().work_off() is None
    assert "does not answer: The ERP is asleep." in operator.text("/jobs/")
    mixed.stage.erp.down = None
    mixed.stage.hub.health.back({one.id: mixed.stage.clock() for one in mixed.stage.hub.health.all()})
    assert mixed.stage.hub.worker().work_off() is not None
    assert "4 records" in operator.text(address(mixed))


def test_a_second_look_is_refused_while_the_first_waits_or_goes_on(mixed: Console) -> None:
    operator, hub = mixed.signed_in("operator"), mixed.stage.hub
    job = look(hub.acting_for("bob"), mixed.stage.route("product"))
    page = operator.text(address(mixed))
    assert 'data-refresh="' in page and "No worker is running" in page and f"/jobs/{job}" in page
    answer = operator.press(f"{address(mixed)}/look")
    assert answer.status_code == 409 and "bob has begun to look already" in answer.text
    hub.worker().claim(job)
    assert operator.press(f"{address(mixed)}/look").status_code == 409
    assert "looking" in operator.text("/coverage/")
    # Its worker has died: another one begins anew.
    mixed.stage.clock.advance(hub.config.lease.total_seconds() + 1)
    assert hub.worker().work_off() is not None
    page = operator.text(address(mixed))
    assert "4 records" in page and "asked for by bob" in page


def test_the_last_report_stays_until_the_next_look_has_come_to_its_end(mixed: Console) -> None:
    operator, hub = mixed.signed_in("operator"), mixed.stage.hub
    looked(mixed, operator)
    first = report(mixed)
    mixed.stage.erp.add_item("NEWER")
    operator.press(f"{address(mixed)}/look")
    (job,) = hub.jobs.unfinished([mixed.stage.route("product").id])
    hub.worker().claim(job.id)
    assert "4 records, as they stood" in operator.text(address(mixed))
    operator.press(f"/jobs/{job.id}/cancel")
    mixed.stage.clock.advance(hub.config.lease.total_seconds() + 1)
    hub.worker().work_off()
    page = operator.text(address(mixed))
    assert "was cancelled" in page and "4 records, as they stood" in page
    assert report(mixed) == first
    assert "NEW" in operator.text(f"{address(mixed)}?class=syncable")
    page = looked(mixed, operator)
    assert "5 records, as they stood" in page and "was cancelled" not in page
    book = CoverageBook(hub.database)
    assert [one.read for one in book.all_of([mixed.stage.route("product").id])] == [5]
    assert first is not None and book.page(first.job_id, "connected", None) == []


def test_the_jobs_pages_tell_of_a_look_and_lead_to_what_it_found(mixed: Console) -> None:
    operator, hub = mixed.signed_in("operator"), mixed.stage.hub
    last = hub.runs.latest([mixed.stage.route("product").id])
    operator.press(f"{address(mixed)}/look")
    assert "coverage" in operator.text("/jobs/")
    hub.worker().work_off()
    found = report(mixed)
    assert found is not None
    page = operator.text(f"/jobs/{found.job_id}")
    assert "a look at coverage" in page and "<strong>4</strong> records looked at" in page
    assert f'href="{address(mixed)}"' in page
    assert hub.runs.latest([mixed.stage.route("product").id]) == last


def test_coverage_of_other_integrations_is_not_there(console: Console) -> None:
    other = console.other_integration()
    operator = console.signed_in("operator", integrations=["acme"])
    assert operator.get(f"/coverage/{other}").status_code == 404
    assert operator.press(f"/coverage/{other}/look").status_code == 404
    assert "zeta" not in operator.text("/coverage/")
