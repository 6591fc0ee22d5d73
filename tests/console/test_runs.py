"""Runs: found by route, state and day; what one did, with counts that add up and ways to its messages."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.console.conftest import Console
from tests.console.test_chart import ran
from tests.console.test_pages import failed_item


def shown(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'data-label="Run"><a href="/runs/(\d+)"', page)]


def test_runs_are_found_by_route_state_and_day(console: Console) -> None:
    # Midnight in Berlin is 23:00 UTC.
    for hour, name in ((22, "product"), (23, "product"), (23, "order")):
        ran(console, datetime(2026, 11, 19, hour, 30, tzinfo=UTC), name, created=1)
    viewer = console.signed_in("viewer")
    product, order = console.stage.route("product").id, console.stage.route("order").id
    assert shown(viewer.text("/runs/")) == [3, 2, 1]
    assert shown(viewer.text(f"/runs/?route={product}")) == [2, 1]
    assert shown(viewer.text("/runs/?day=2026-11-20")) == [3, 2]
    assert shown(viewer.text(f"/runs/?day=2026-11-20&route={order}")) == [3]
    assert shown(viewer.text("/runs/?state=done&object=product&day=2026-11-19")) == [1]
    assert "No run matches" in viewer.text("/runs/?day=2026-11-18")
    assert "No run matches" in viewer.text("/runs/?state=held")


def test_pages_keep_the_filters(console: Console) -> None:
    for _ in range(52):
        ran(console, console.stage.clock(), created=1)
    viewer = console.signed_in("viewer")
    page = viewer.text("/runs/?day=2026-11-21&object=product")
    older = re.search(r'href="(/runs/\?[^"]+)">Older', page)
    assert older is not None
    address = older[1].replace("&amp;", "&")
    assert "day=2026-11-21" in address
    assert sorted(shown(page) + shown(viewer.text(address))) == list(range(1, 53))


@pytest.mark.parametrize("wrong", ["day=today", "day=9999-12-31", "state=odd", "route=x", "object=thing"])
def test_what_cannot_be_asked_is_refused(console: Console, wrong: str) -> None:
    assert console.signed_in("viewer").get(f"/runs/?{wrong}").status_code == 400


def test_a_run_leads_to_its_messages_by_cause(console: Console) -> None:
    message = failed_item(console)
    viewer = console.signed_in("viewer")
    page = viewer.text(f"/runs/{message.run}")
    chip = re.search(r'href="(/messages/\?[^"]+)">REJECTED_BY_TARGET <strong>1</strong>', page)
    assert chip is not None
    assert ">MUG</a>" in viewer.text(chip[1].replace("&amp;", "&"))
    for name, count in (("read", 1), ("failed", 1), ("created", 0)):
        assert re.search(rf"<dt>{name}</dt><dd>{count}</dd>", page)


def test_a_run_with_failures_is_not_plainly_done_in_the_list(console: Console) -> None:
    failed = failed_item(console)
    ran(console, console.stage.clock(), created=1)
    page = console.signed_in("viewer").text("/runs/")
    rows = dict(re.findall(r'<a href="/runs/(\d+)">.*?data-label="State">(.*?)</td>', page, re.DOTALL))
    assert rows.pop(str(failed.run)) == '<span class="pill warn">done with failures</span>'
    assert rows and all('<span class="pill good">done</span>' in one for one in rows.values())


def test_a_run_of_another_integration_is_not_there(console: Console) -> None:
    message = failed_item(console)
    console.other_integration()
    kept = console.signed_in("viewer", integrations=["zeta"])
    assert kept.get(f"/runs/{message.run}").status_code == 404
    assert kept.get(f"/runs/?route={console.stage.route('product').id}").status_code == 404
    assert shown(kept.text("/runs/")) == []


def test_what_ended_a_run_is_said_in_the_pages_words_wherever_it_stands(console: Console) -> None:
    stage = console.stage
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    stage.erp.add_item("TEE")
    stage.hub.connections.stop("shop", stage.clock(), "ann")
    run = stage.work("product")
    assert run.state == "aborted" and "`hub resume`" in run.error, run
    viewer = console.signed_in("viewer")
    for address in (f"/jobs/{run.job_id}", f"/runs/{run.id}", "/runs/", f"/routes/{run.route_id}", "/"):
        page = viewer.text(address)
        assert "WRITES_STOPPED" in page and "hub resume" not in page, address
        # A table has only room for its beginning.
        assert address == "/runs/" or "To go on now, see Stop switch" in page, address
