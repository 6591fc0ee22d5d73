"""The dashboard's chart: what runs counted, by the days of the integration's zone, as a picture and as a table."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from hub.day_counts import DayCounts
from hub.store.alerts import Alerts, Wrong
from hub.store.job import Request
from hub.store.runs import Tally
from tests.console.conftest import Console

BERLIN = ZoneInfo("Europe/Berlin")


def ran(console: Console, at: datetime, object_name: str = "product", *, mode: str = "write", **verdicts: int) -> int:
    """A run of a route that began at this moment, with these counts; answers its route."""
    hub, route = console.stage.hub, console.stage.route(object_name).id
    job = hub.jobs.put(Request(route, "full", "schedule", "clock", mode=mode), at)  # type: ignore[arg-type]
    claimed = hub.jobs.claim("w", at, at + timedelta(minutes=1), only=job)
    assert claimed is not None
    run = hub.runs.start(job, route, "w", claimed.fence, at)
    hub.runs.finish(run, "done", Tally(Counter(verdicts)), at)
    hub.jobs.finish(claimed, "done")
    return route


def test_runs_are_added_up_by_the_days_of_the_zone(console: Console) -> None:
    # The clock stands at 2026-11-21 12:00 UTC; midnight in Berlin is 23:00 UTC.
    ran(console, datetime(2026, 11, 19, 22, 59, tzinfo=UTC), created=1)
    ran(console, datetime(2026, 11, 19, 23, 0, tzinfo=UTC), created=2, failed=1)
    ran(console, datetime(2026, 11, 20, 12, 0, tzinfo=UTC), "order", created=4)
    route = ran(console, datetime(2026, 11, 21, 11, 0, tzinfo=UTC), unchanged=9)
    order = console.stage.route("order").id
    days = DayCounts(console.stage.hub).of([route, order], BERLIN, 3)
    assert [(day.date.day, day.counts["created"], day.total) for day in days] == [(19, 1, 1), (20, 6, 7), (21, 0, 9)]
    alone = DayCounts(console.stage.hub).of([order], BERLIN, 3)
    assert [day.total for day in alone] == [0, 4, 0]
    assert [day.total for day in DayCounts(console.stage.hub).of([], BERLIN, 2)] == [0, 0]


def test_runs_are_added_up_by_the_database_not_read_one_by_one(console: Console) -> None:
    for number in range(20):
        ran(console, console.stage.clock() - timedelta(days=2, minutes=number), created=1)
    asked: list[str] = []
    event.listen(console.stage.hub.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    days = DayCounts(console.stage.hub).of([console.stage.route("product").id], BERLIN, 3)
    assert [day.counts["created"] for day in days] == [20, 0, 0]
    assert [one for one in asked if "run.counts" in one and "sum(" not in one] == []
    assert any("sum(" in one for one in asked)


def test_a_preview_has_done_nothing(console: Console) -> None:
    route = ran(console, console.stage.clock(), mode="preview", created=5)
    assert DayCounts(console.stage.hub).of([route], BERLIN, 1)[0].total == 0


def test_what_happens_today_shows_at_the_next_look(console: Console) -> None:
    counts = DayCounts(console.stage.hub)
    route = ran(console, console.stage.clock() - timedelta(days=5), created=3)
    assert sum(day.total for day in counts.of([route], BERLIN, 14)) == 3
    ran(console, console.stage.clock(), created=4)
    assert sum(day.total for day in counts.of([route], BERLIN, 14)) == 7
    console.stage.clock.advance(timedelta(days=10).total_seconds())
    assert [day.total for day in counts.of([route], BERLIN, 14) if day.total] == [4]
    assert [day.total for day in counts.of([route], BERLIN, 30) if day.total] == [3, 4]


def test_a_run_that_goes_on_is_counted_as_far_as_it_is(console: Console) -> None:
    hub, clock, counts = console.stage.hub, console.stage.clock, DayCounts(console.stage.hub)
    route = console.stage.route("product").id
    run = hub.runs.start(hub.jobs.put(Request(route, "full", "x", "clock"), clock()), route, "w", 1, clock())
    clock.advance(3600)
    other = ran(console, clock(), "order", created=2)
    clock.advance(3600)
    for done in (3, 5):
        hub.runs.progress(run, Tally(Counter(created=done)))
        assert counts.of([route, other], BERLIN, 1)[0].total == done + 2
    hub.runs.finish(run, "done", Tally(Counter(created=7)), clock())
    for _ in range(2):
        assert counts.of([route, other], BERLIN, 1)[0].total == 9


def test_the_day_on_which_the_clocks_are_put_back_has_25_hours(console: Console) -> None:
    route = ran(console, datetime(2026, 10, 24, 22, 30, tzinfo=UTC), created=1)
    ran(console, datetime(2026, 10, 25, 22, 30, tzinfo=UTC), created=2)
    console.stage.clock.time = datetime(2026, 10, 26, 12, tzinfo=UTC)
    days = DayCounts(console.stage.hub).of([route], BERLIN, 3)
    assert [(day.date.day, day.total) for day in days] == [(24, 0), (25, 3), (26, 0)]


def test_the_picture_has_no_script_and_a_policy_of_its_own(console: Console) -> None:
    ran(console, console.stage.clock(), created=3, failed=1)
    viewer = console.signed_in("viewer")
    page = viewer.text("/")
    address = re.search(r'<img src="(/chart\.svg[^"]+)" alt="([^"]+)"', page)
    assert address is not None
    assert "3 created" in address[2]
    assert "1 failed" in address[2]
    for theme in ("light", "dark"):
        answer = viewer.get(address[1].replace("&amp;", "&").replace("theme=light", f"theme={theme}"))
        assert answer.mimetype == "image/svg+xml"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(answer.text).iter()}
        assert "rect" in tags
        assert not tags & {"script", "image", "foreignObject", "a", "use"}
        assert not re.search(r"(?:href|src|@import|url\()\s*=?\s*[\"']?https?:", answer.text)
    assert 'media="(prefers-color-scheme: dark)"' in page


def test_the_chosen_theme_has_its_own_picture(console: Console) -> None:
    ran(console, console.stage.clock(), created=3)
    viewer = console.signed_in("viewer")
    viewer.press("/theme", theme="dark")
    page = viewer.text("/")
    assert "theme=dark" in page
    assert "theme=light" not in page


def test_the_figures_lead_to_the_messages_of_that_day(console: Console) -> None:
    console.stage.erp.add_item("MUG")
    console.stage.work("product", "initialize")
    viewer = console.signed_in("viewer")
    figure = re.search(r'data-label="created" class="number"><a href="([^"]+)">1</a>', viewer.text("/"))
    assert figure is not None
    address = figure[1].replace("&amp;", "&")
    assert "since=2026-11-21T00:00" in address.replace("%3A", ":")
    assert ">MUG</a>" in viewer.text(address)


def test_nothing_to_draw_is_said_in_words(console: Console) -> None:
    page = console.signed_in("viewer").text("/chart")
    assert "Nothing was created, updated, skipped or failed" in page
    assert "<img" not in page


@pytest.mark.parametrize("wrong", ["days=7", "days=x", "theme=pink"])
def test_what_cannot_be_drawn_is_refused(console: Console, wrong: str) -> None:
    assert console.signed_in("viewer").get(f"/chart.svg?{wrong}").status_code == 400


def test_runs_of_another_integration_are_not_counted(console: Console) -> None:
    ran(console, console.stage.clock(), created=3)
    console.other_integration()
    kept = console.signed_in("viewer", integrations=["zeta"])
    assert "Nothing was created" in kept.text("/chart")
    assert "Nothing was created" in kept.text("/chart?integration=acme")
    assert console.stranger().get("/chart.svg").status_code == 302


# -- alerts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "subject", "fix", "link", "words"),
    [
        (
            "failures",
            "acme UNKNOWN_SKU sku=X Y",
            "Make the item. See: hub failures list acme --cause UNKNOWN_SKU",
            "/failures/list?integration=acme&cause=UNKNOWN_SKU&detail=sku%3DX+Y",
            "Make the item.",
        ),
        (
            "failures",
            "acme UNKNOWN_SKU other details",
            "Make it.",
            "/failures/list?integration=acme&cause=UNKNOWN_SKU",
            "Make it.",
        ),
        (
            "parked",
            "acme UNKNOWN_SKU",
            "Make it. See: hub failures list acme --state parked",
            "/failures/list?integration=acme&cause=UNKNOWN_SKU&state=parked",
            "Make it.",
        ),
        ("silence", "acme product erp_to_shop", "See: hub runs acme", "/routes/{route}", "Has it a schedule"),
        ("held", "acme product erp_to_shop, plan 12", "Look at it: hub held show 12.", "/held/12", "release or drop"),
        ("takeovers", "acme product erp_to_shop, job 7", "Look.", "/jobs/7", "workers' logs"),
        ("credentials", "shop", "Then run `hub apply`", "/integrations/acme/connectivity", "test the connection"),
        ("workers", "workers", "Start `hub serve`.", "/jobs/", "Start `hub serve`."),
    ],
)
def test_an_alert_leads_to_the_page_that_mends_it(
    console: Console, kind: str, subject: str, fix: str, link: str, words: str
) -> None:
    hub = console.stage.hub
    names = () if kind == "workers" else ("acme",)
    Alerts(hub.database).settle([Wrong(kind, subject, "Something is wrong.", fix, None, names)], hub.clock())
    page = console.signed_in("viewer").text("/live")
    alert = re.search(r'<ul class="alerts">.*?</ul>', page, re.DOTALL)
    assert alert is not None
    text = alert[0].replace("&amp;", "&").replace("&#39;", "'")
    assert f'href="{link.format(route=console.stage.route("product").id)}"' in text
    assert words in text
    assert "hub failures" not in text
    assert "hub held" not in text
    assert "hub runs" not in text
