"""Coverage: a look in the background, the five classes, and each as a list with the reason."""

from __future__ import annotations

import pytest

from admin.views.coverage import CoverageView
from hub.errors import PlatformUnavailable, RejectedByTarget
from hub.store.coverage import SILENT, CoverageBook, Found
from tests.console.conftest import Browser, Console


def address(console: Console) -> str:
    return f"/coverage/{console.stage.route('product').id}"


def looked(console: Console, person: Browser) -> str:
    """Press, and wait for the end; answers the page."""
    assert person.press(f"{address(console)}/look").status_code == 302
    view = next(one for one in console.app.extensions["hub admin"]._views if isinstance(one, CoverageView))
    view.covering.wait()
    return person.text(address(console))


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
    found = mixed.stage.hub.database
    look = CoverageBook(found).look(mixed.stage.route("product").id)
    assert look is not None
    counts = {name: sum(reasons.values()) for name, reasons in look.reasons.items()}
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
    book, route = CoverageBook(console.stage.hub.database), console.stage.route("product").id
    book.begin(route, "ann", console.stage.clock())
    found = [Found(place, "syncable", "", "", f"ITEM-{place:02}", f"ITEM-{place:02}") for place in range(60)]
    book.add(route, found, {"syncable": {"": 60}}, 60, console.stage.clock())
    viewer = console.signed_in("viewer")
    page = viewer.text(f"{address(console)}?class=syncable")
    assert "ITEM-49" in page and "ITEM-50" not in page
    further = viewer.text(f"{address(console)}?class=syncable&after=49")
    assert "after=49" in page and "ITEM-50" in further and "ITEM-59" in further


def test_a_side_that_does_not_answer_is_named_and_a_second_look_waits_for_the_first(mixed: Console) -> None:
    operator = mixed.signed_in("operator")
    mixed.stage.erp.down = PlatformUnavailable("The ERP is asleep.")
    assert "The ERP is asleep." in looked(mixed, operator)
    book, route = CoverageBook(mixed.stage.hub.database), mixed.stage.route("product").id
    book.begin(route, "bob", mixed.stage.clock())
    assert 'data-refresh="' in operator.text(address(mixed))
    answer = operator.press(f"{address(mixed)}/look")
    assert answer.status_code == 409 and "bob has begun to look already" in answer.text
    mixed.stage.clock.advance(SILENT.total_seconds() + 1)
    assert "broken off" in operator.text(address(mixed))
    mixed.stage.erp.down = None
    assert "4 records" in looked(mixed, operator)


def test_coverage_of_other_integrations_is_not_there(console: Console) -> None:
    other = console.other_integration()
    operator = console.signed_in("operator", integrations=["acme"])
    assert operator.get(f"/coverage/{other}").status_code == 404
    assert operator.press(f"/coverage/{other}/look").status_code == 404
    assert "zeta" not in operator.text("/coverage/")
