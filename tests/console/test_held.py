"""Held runs: looked at, released, dropped; and the stop switch of a connection."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from hub.errors import ConfigurationError
from tests.console.conftest import Console
from tests.fakes.platform import KEY

CODES = [f"ITEM-{place:02}" for place in range(60)]


@pytest.fixture
def cheap(console: Console) -> Console:
    """60 items are in the shop, then each price falls to a tenth, and the run is held."""
    stage = console.stage
    for code in CODES:
        stage.erp.add_item(code)
    stage.work("product", "initialize")
    for code in CODES:
        stage.erp.edit("items", code, price="1.00")
    assert stage.work("product").state == "held"
    return console


def held(console: Console) -> int:
    return console.stage.hub.plans.newest([console.stage.route("product").id], kind="held", limit=1)[0].id


def prices(console: Console) -> set[str]:
    return {str(console.stage.shop.variant(code)["price"]) for code in CODES}


def test_a_held_run_says_why_and_what_it_would_do(cheap: Console) -> None:
    viewer = cheap.signed_in("viewer")
    page = viewer.text("/held/")
    assert "60 prices would move by more than 30 %" in page and "60 change" in page
    one = viewer.text(f"/held/{held(cheap)}")
    assert "ITEM-00" in one and "10.00" in one and "1.00" in one
    (run,) = cheap.stage.hub.runs.newest([2], 1)
    for address in (f"/runs/{run.id}", f"/jobs/{run.job_id}"):
        page = viewer.text(address)
        assert f'href="/held/{held(cheap)}"' in page and '<span class="pill warn">held</span>' in page


def test_a_released_run_does_exactly_what_was_shown(cheap: Console) -> None:
    operator = cheap.signed_in("operator")
    plan = held(cheap)
    answer = operator.press(f"/held/{plan}/release")
    job = int(re.findall(r"^/jobs/(\d+)$", answer.headers["Location"])[0])
    assert "being carried out" in operator.text(f"/held/{plan}")
    cheap.stage.hub.worker().work_off(job)
    assert prices(cheap) == {"1.00"}
    assert "carried out" in operator.text("/held/")
    assert any((act.action, act.actor) == ("held release", "a-operator") for act in cheap.acts())
    assert operator.press(f"/held/{plan}/release").status_code == 409


def test_a_held_run_of_a_paused_route_is_released_once_the_route_goes_on(cheap: Console) -> None:
    operator, plan, route = cheap.signed_in("operator"), held(cheap), cheap.stage.route("product").id
    operator.press(f"/routes/{route}/pause")
    refused = operator.press(f"/held/{plan}/release")
    assert refused.status_code == 409
    assert "was paused by a-operator" in refused.text and "Press Resume on the route" in refused.text
    assert cheap.stage.hub.plans.get(plan).state == "open" and not cheap.stage.hub.jobs.unfinished([route])
    assert cheap.acts()[0].action == "pause"
    operator.press(f"/routes/{route}/resume")
    assert operator.press(f"/held/{plan}/release").status_code == 302


def test_a_dropped_run_writes_nothing(cheap: Console) -> None:
    operator = cheap.signed_in("operator")
    assert operator.press(f"/held/{held(cheap)}/drop").headers["Location"] == "/held/"
    assert "No run is held" in operator.text("/held/") and "a-operator" in operator.text("/held/")
    assert prices(cheap) == {"10.00"}
    assert cheap.acts()[0].action == "held drop"
    assert operator.press(f"/held/{held(cheap)}/drop").status_code == 409


def test_a_viewer_looks_at_held_runs_and_decides_nothing(cheap: Console) -> None:
    viewer = cheap.signed_in("viewer")
    plan = held(cheap)
    assert "/release" not in viewer.text(f"/held/{plan}") and "/drop" not in viewer.text(f"/held/{plan}")
    assert viewer.press(f"/held/{plan}/release").status_code == 403
    assert viewer.press(f"/held/{plan}/drop").status_code == 403
    assert viewer.press(f"/held/{plan}/personal").status_code == 403


def test_held_runs_of_others_and_previews_are_not_there(cheap: Console) -> None:
    cheap.stage.work("product", "full", mode="preview")
    preview = cheap.stage.hub.plans.newest([cheap.stage.route("product").id], kind="preview", limit=1)[0].id
    assert cheap.signed_in("operator").get(f"/held/{preview}").status_code == 404
    cheap.other_integration()
    stranger = cheap.signed_in("operator", "stranger", integrations=["zeta"])
    assert "No run is held" in stranger.text("/held/")
    assert stranger.get(f"/held/{held(cheap)}").status_code == 404
    assert stranger.press(f"/held/{held(cheap)}/release").status_code == 404
    assert stranger.get("/held/99").status_code == 404


# -- the stop switch -----------------------------------------------------------------------------------------------


def the_shop(console: Console) -> int:
    return console.stage.hub.connections.named("shop").id


def test_writes_are_stopped_and_let_go_on_under_the_persons_name(console: Console) -> None:
    operator, shop = console.signed_in("operator"), the_shop(console)
    asking = operator.press(f"/stopping/{shop}/stop").text
    assert "Stop all writes over shop?" in asking and "inventory ERP → shop" in asking
    assert console.stage.hub.connections.stopped(shop) is None
    operator.press(f"/stopping/{shop}/stop", confirmed="1")
    page = operator.text("/stopping/")
    assert "writes stopped" in page and "by a-operator" in page
    assert console.stage.hub.connections.stopped(shop) == (console.stage.clock(), "a-operator")
    assert "are stopped. Reading goes on already" in operator.text(
        operator.press(f"/stopping/{shop}/stop", confirmed="1").headers["Location"]
    )
    operator.press(f"/stopping/{shop}/resume")
    assert console.stage.hub.connections.stopped(shop) is None
    acts = [(act.action, act.subject, act.actor) for act in console.acts()[:2]]
    assert acts == [(name, "acme: connection shop", "a-operator") for name in ("resume", "stop")]


def test_how_each_connection_stands_is_shown_with_what_writes_over_it(console: Console) -> None:
    hub, now = console.stage.hub, console.stage.clock()
    viewer = console.signed_in("viewer")
    page = viewer.text("/stopping/")
    assert page.count("in use") == 2 and "inventory</a>" in page and "/stop" not in page.partition("<main")[2]
    hub.health.unavailable("erp", "no route to host", now - timedelta(minutes=5))
    assert "no route to host" in viewer.text("/stopping/")
    assert viewer.press(f"/stopping/{the_shop(console)}/stop").status_code == 403


def test_a_connection_that_others_use_too_is_not_stopped_by_who_does_not_see_them(console: Console) -> None:
    console.other_integration()
    erp = console.stage.hub.connections.named("erp").id
    operator = console.signed_in("operator", integrations=["acme"])
    page = operator.text("/stopping/")
    assert "1 of other integrations" in page and "zeta" not in page
    for more in ({}, {"confirmed": "1"}):
        answer = operator.press(f"/stopping/{erp}/stop", **more)
        assert answer.status_code == 409 and "not open to you" in answer.text and "zeta" not in answer.text
    assert console.stage.hub.connections.stopped(erp) is None
    assert operator.press("/stopping/99/stop").status_code == 404
    with pytest.raises(ConfigurationError):
        console.stage.hub.connections.named("other")


def test_the_switches_of_many_integrations_are_read_together(console: Console) -> None:
    hub = console.stage.hub
    viewer, known = console.signed_in("viewer"), hub.integrations.get(console.stage.integration_id)
    asked: list[str] = []
    event.listen(hub.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    viewer.text("/stopping/")
    few, asked[:] = len(asked), []
    for number in range(10):
        erp = hub.connections.save(f"erp-{number}", "fake_erp", {"key": KEY, "world": "test"}, frozenset({"key"}))
        other = hub.integrations.save(f"other-{number}", known.shop_id, erp, known.settings)
        hub.routes.save(other, "customer", "shop_to_erp", enabled=True)
    asked.clear()
    assert viewer.text("/stopping/").count("<article") == 12
    assert len(asked) == few
