"""What the pages show and do, on a hub that has worked between a shop and an ERP."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from hub.errors import RejectedByTarget
from hub.schedule import every
from hub.store.alerts import Alerts, Wrong
from hub.store.failures import Trouble
from hub.store.job import Request
from hub.store.workers import WorkerProcess
from message_log.queries import Entry
from tests.aside import set_aside
from tests.console.conftest import Browser, Console

NASTY = "<script>alert('x')</script>\"'><img src=x>"


def failed_item(console: Console, code: str = "MUG") -> Entry:
    """An item that the shop refuses; answers the message."""
    stage = console.stage
    stage.erp.add_item(code)
    stage.shop.refuses[code] = RejectedByTarget("The title is taken.", detail="title taken")
    stage.work("product", "initialize")
    return stage.messages("product")[-1]


def jobs_of(console: Console, object_name: str) -> list[tuple[str, str, str]]:
    """(scope, reason, who) of the unfinished jobs of an object."""
    route = console.stage.route(object_name).id
    return [(job.scope, job.reason, job.actor) for job in console.stage.hub.jobs.unfinished([route])]


def many_failures(console: Console, count: int, cause: str = "UNKNOWN_SKU") -> int:
    """So many open failures of products; answers their route."""
    route, clock = console.stage.route("product").id, console.stage.clock
    for number in range(count):
        key = f"{cause}-{number:04}"
        trouble = Trouble(key, key, cause, "d", "Mend it.", f"no {number}", False, number + 1)
        console.stage.hub.failures.record(route, [trouble], clock())
        clock.advance(0.001)
    return route


# -- dashboard and routes ------------------------------------------------------------------------------------------


def test_an_empty_hub_says_what_to_do_next(console: Console) -> None:
    viewer = console.signed_in("viewer", integrations=["nowhere"])
    assert "An administrator sets integrations up" in viewer.text("/")
    everything = console.signed_in("administrator")
    assert "hub apply" not in everything.text("/")
    assert "No routes yet" in viewer.text("/routes/")
    assert "No messages yet" in viewer.text("/messages/")


def test_a_route_that_is_not_initialised_says_with_which_button_it_is(console: Console) -> None:
    page = console.signed_in("operator").text("/")
    assert "not initialised" in page
    assert "Its first load comes first: press First load" in page


def test_the_card_of_a_route_shows_counts_that_add_up(console: Console) -> None:
    failed_item(console)
    console.stage.erp.add_item("CUP")
    console.stage.work("product", "full")
    page = console.signed_in("viewer").text(f"/routes/{console.stage.route('product').id}")
    run = console.stage.hub.runs.latest([console.stage.route("product").id]).popitem()[1]
    assert run.counts["read"] == 2
    for name in ("read", "created", "updated", "unchanged", "skipped", "failed"):
        assert re.search(rf"<dt>{name}</dt><dd>{run.counts[name]}</dd>", page) or "2 read" in page
    assert "failing" in page
    assert "REJECTED_BY_TARGET" in page


def test_times_are_relative_and_exact_in_the_zone_of_the_integration(console: Console) -> None:
    route = console.stage.route("product").id
    console.stage.work("product", "initialize")
    hub, clock = console.stage.hub, console.stage.clock
    hub.schedules.save(
        route, every("1h"), "Europe/Berlin", now=clock(), actor="ann", next_run_at=clock() + timedelta(minutes=50)
    )
    clock.advance(300)
    page = console.signed_in("viewer").text("/")
    assert 'datetime="2026-11-21T12:50:00+00:00" title="2026-11-21 13:50:00 (Europe/Berlin)">in 45 min' in page
    assert "5 min ago" in page
    assert "every 1 hour" in page


def test_the_live_part_is_the_same_without_the_frame(console: Console) -> None:
    viewer = console.signed_in("viewer")
    live = viewer.text("/live")
    assert "<html" not in live
    assert 'class="cards"' in live
    assert live.strip().split("\n")[0].strip() in viewer.text("/")


def test_alerts_and_what_is_running_are_shown(console: Console) -> None:
    stage = console.stage
    Alerts(stage.hub.database).settle([Wrong("silence", "acme x", "No success for an hour.", "Look.")], stage.clock())
    stage.work("product", "initialize")
    stage.hub.jobs.put(Request(stage.route("product").id, "full", "sync now", "bob"), stage.clock())
    page = console.signed_in("viewer").text("/")
    assert "No success for an hour." in page
    assert "No worker is running" in page
    assert "bob" in page
    stage.hub.workers.say(WorkerProcess("w1", "local", 4, stage.clock(), stage.clock(), False))
    assert "No worker is running" not in console.signed_in("viewer", "other").text("/")


def test_sync_now_puts_a_job_in_under_the_persons_name(console: Console) -> None:
    console.stage.work("product", "initialize")
    operator = console.signed_in("operator")
    route = console.stage.route("product").id
    answer = operator.press(f"/routes/{route}/sync")
    assert jobs_of(console, "product") == [("changes", "sync now", "a-operator")]
    act = console.acts()[0]
    assert (act.actor, act.action, act.subject) == ("a-operator", "sync now", "acme product erp_to_shop")
    page = operator.text(answer.headers["Location"])
    assert "No worker is running, so the job waits" in page
    operator.press(f"/routes/{route}/compare")
    assert jobs_of(console, "product")[0][0] == "full"


@pytest.mark.parametrize("hindrance", ["not initialised", "paused", "off"])
def test_sync_now_is_refused_with_the_reason(console: Console, hindrance: str) -> None:
    stage = console.stage
    route = stage.route("product")
    reason = "is not initialised yet.", "Press First load on the route"
    if hindrance == "paused":
        stage.work("product", "initialize")
        stage.hub.routes.pause(route.id, stage.clock(), "bob")
        reason = "was paused by bob", "Press Resume on the route"
    if hindrance == "off":
        stage.hub.routes.save(stage.integration_id, "product", "erp_to_shop", enabled=False)
        reason = "is switched off", "Switch it on in the set-up of the integration"
    answer = console.signed_in("operator").press(f"/routes/{route.id}/sync")
    assert answer.status_code == 409
    assert all(part in answer.text for part in reason) and "hub " not in answer.text.split("<main", 1)[1]
    assert stage.hub.jobs.unfinished([route.id]) == []


def test_a_route_is_paused_and_goes_on(console: Console) -> None:
    operator = console.signed_in("operator")
    route = console.stage.route("product").id
    operator.press(f"/routes/{route}/pause")
    assert console.stage.hub.routes.get(route).paused_by == "a-operator"
    assert "its jobs wait" in operator.text(f"/routes/{route}")
    operator.press(f"/routes/{route}/resume")
    assert console.stage.hub.routes.get(route).paused_at is None
    assert [act.action for act in console.acts()[:2]] == ["resume", "pause"]


def test_a_job_that_waits_is_made_more_urgent_and_one_that_is_done_is_not(console: Console) -> None:
    stage = console.stage
    stage.work("product", "initialize")
    routes = [stage.route(name).id for name in ("product", "order")]
    first, second = (stage.hub.jobs.put(Request(one, "full", "x", "bob", priority=20), stage.clock()) for one in routes)
    operator = console.signed_in("operator")
    assert "Make it high" in operator.text(f"/jobs/{second}") and "normal" in operator.text(f"/jobs/{second}")
    assert "Make it" not in console.signed_in("viewer").text(f"/jobs/{second}")
    answer = operator.press(f"/jobs/{second}/priority", level="high")
    assert f"The priority of job {second} is high now" in operator.text(answer.headers["Location"])
    queue = operator.text("/jobs/").partition("<tbody>")[2]
    assert queue.index(f'href="/jobs/{second}"') < queue.index(f'href="/jobs/{first}"')
    (act, *_) = console.acts()
    assert (act.actor, act.action, act.subject) == ("a-operator", "priority", f"acme order shop_to_erp: job {second}")
    assert (act.before, act.after) == ({"priority": "normal"}, {"priority": "high"})
    assert "already" in operator.text(operator.press(f"/jobs/{second}/priority", level="high").headers["Location"])
    assert operator.press(f"/jobs/{second}/priority", level="soon").status_code == 400
    run = stage.hub.worker().work_off()
    assert run is not None and stage.hub.runs.get(run).job_id == second
    answer = operator.press(f"/jobs/{second}/priority", level="low")
    assert answer.status_code == 409 and "only one that waits has a priority" in answer.text
    assert console.acts()[0].id == act.id


def test_a_job_is_cancelled(console: Console) -> None:
    stage = console.stage
    stage.work("product", "initialize")
    job = stage.hub.jobs.put(Request(stage.route("product").id, "full", "sync now", "bob"), stage.clock())
    operator = console.signed_in("operator")
    assert "Cancel" in operator.text("/jobs/")
    operator.press(f"/jobs/{job}/cancel")
    assert stage.hub.jobs.get(job).state == "cancelled"
    assert "It was cancelled before it began" in operator.text(f"/jobs/{job}")
    assert (
        "there is nothing to cancel"
        in operator.client.post(
            f"/jobs/{job}/cancel", data={"csrf_token": operator.token()}, follow_redirects=True
        ).text
    )


# -- failures ------------------------------------------------------------------------------------------------------


def test_a_failure_is_cured_from_its_group(console: Console) -> None:
    message = failed_item(console)
    operator = console.signed_in("operator")
    page = operator.text("/failures/")
    assert "REJECTED_BY_TARGET" in page
    assert "What to do:" in page
    route = console.stage.route("product").id
    group = {"all": "1", "route": str(route), "cause": "REJECTED_BY_TARGET", "detail": "title taken"}
    asked = operator.press("/failures/act", act="resync", **group)
    assert "Re-sync 1 failure?" in asked.text
    assert jobs_of(console, "product") == []
    del console.stage.shop.refuses["MUG"]
    done = operator.press("/failures/act", act="resync", expected="1", **group)
    job = int(done.headers["Location"].rpartition("/")[2])
    assert [(key.key, key.follows) for key in console.stage.hub.jobs.keys(job)] == [("MUG", message.id)]
    console.stage.hub.worker().work_off(job)
    assert "No open failures" in operator.text("/failures/")
    assert "Resolved by" in operator.text(f"/messages/{message.id}")
    act = next(one for one in console.acts() if one.action == "re-sync")
    assert (act.actor, act.subject, act.after["records"]) == ("a-operator", "acme", 1)


def test_all_that_match_are_taken_up_after_showing_how_many(console: Console) -> None:
    route = many_failures(console, 120)
    many_failures(console, 3, "OTHER")
    operator = console.signed_in("operator")
    asked = operator.press("/failures/act", act="resync", all="1", cause="UNKNOWN_SKU")
    assert "Re-sync 120 failures?" in asked.text
    done = operator.press("/failures/act", act="resync", all="1", cause="UNKNOWN_SKU", expected="120")
    job = int(done.headers["Location"].rpartition("/")[2])
    assert len(console.stage.hub.jobs.keys(job)) == 120
    assert console.stage.hub.jobs.get(job).route_id == route


def test_pages_of_failures_hold_each_one_once(console: Console) -> None:
    many_failures(console, 120)
    viewer = console.signed_in("viewer")
    address, found = "/failures/list", []
    while address:
        page = viewer.text(address)
        found += re.findall(r">(UNKNOWN_SKU-\d+)</a>", page)
        older = re.search(r'href="(/failures/list\?after=[^"]+)">Older', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert len(found) == 120
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(("act", "state"), [("acknowledge", "acknowledged"), ("ignore", "ignored")])
def test_ticked_ones_are_set_aside_and_the_others_stay(console: Console, act: str, state: str) -> None:
    route = many_failures(console, 3)
    operator = console.signed_in("operator")
    ticked = [f"{route}|UNKNOWN_SKU-0000", f"{route}|UNKNOWN_SKU-0002"]
    operator.press("/failures/act", act=act, pick=ticked, note="known <b>", until="2026-11-28T12:00")
    found = console.stage.hub.failures.select([route], states=[state])
    assert {one.key for one in found} == {"UNKNOWN_SKU-0000", "UNKNOWN_SKU-0002"}
    assert {one.note for one in found} == {"known <b>"}
    page = operator.text(f"/failures/list?state={state}")
    assert "known &lt;b&gt;" in page
    assert console.acts()[0].action == f"failures {state}"


def test_ignoring_asks_until_when_by_the_clocks_of_the_integration(console: Console) -> None:
    route = many_failures(console, 1)
    operator = console.signed_in("operator")
    assert operator.press("/failures/act", act="ignore", pick=f"{route}|UNKNOWN_SKU-0000").status_code == 409
    past = operator.press("/failures/act", act="ignore", pick=f"{route}|UNKNOWN_SKU-0000", until="2026-11-01T00:00")
    assert past.status_code == 409
    operator.press("/failures/act", act="ignore", all="1", expected="1", until="2026-11-28T12:00")
    (found,) = console.stage.hub.failures.select([route], states=["ignored"])
    assert found.expires is not None
    assert found.expires.isoformat() == "2026-11-28T11:00:00+00:00"


def test_ignoring_is_meant_by_the_clocks_of_the_ticked_ones(console: Console) -> None:
    hub, here = console.stage.hub, many_failures(console, 1)
    there = console.other_integration()
    zeta = hub.integrations.named("zeta")
    hub.integrations.save("zeta", zeta.shop_id, zeta.erp_id, {**zeta.settings, "zone": "America/New_York"})
    hub.failures.record(
        there, [Trouble("K", "K", "UNKNOWN_SKU", "d", "Mend it.", "no", False, 1)], console.stage.clock()
    )
    operator = console.signed_in("operator")
    both = [f"{here}|UNKNOWN_SKU-0000", f"{there}|K"]
    refused = operator.press("/failures/act", act="ignore", pick=both, until="2026-11-28T12:00")
    assert (refused.status_code, "different time zones" in refused.text) == (409, True)
    assert hub.failures.select([here, there], states=["ignored"]) == []
    operator.press("/failures/act", act="ignore", pick=both[1], until="2026-11-28T12:00")
    (found,) = hub.failures.select([there], states=["ignored"])
    assert found.expires is not None and found.expires.isoformat() == "2026-11-28T17:00:00+00:00"
    assert "Ignore until (America/New_York)" in operator.text("/failures/list?integration=zeta&state=ignored")


def test_what_is_counted_is_what_is_taken_up_and_more_of_it_is_asked_for_again(console: Console) -> None:
    hub, route = console.stage.hub, many_failures(console, 4)
    set_aside(hub.database, route, "UNKNOWN_SKU-0000", "ignored")
    set_aside(hub.database, route, "UNKNOWN_SKU-0001", "acknowledged")
    hub.failures.resolve(route, ["UNKNOWN_SKU-0002"], console.stage.clock())
    off = console.stage.route("customer").id
    hub.failures.record(off, [Trouble("C", "C", "UNKNOWN_SKU", "d", "Mend it.", "no", False, 1)], console.stage.clock())
    hub.routes.save(console.stage.integration_id, "customer", "shop_to_erp", enabled=False)
    operator, everything = console.signed_in("operator"), {"act": "resync", "all": "1", "state": "all"}
    assert "Re-sync 1 failure?" in operator.press("/failures/act", **everything).text
    again = operator.press("/failures/act", expected="0", **everything)
    assert (again.status_code, "More match by now" in again.text) == (409, True)
    assert hub.jobs.unfinished([route, off]) == []
    operator.press("/failures/act", expected="1", **everything)
    (job,) = hub.jobs.unfinished([route, off])
    assert [one.key for one in hub.jobs.keys(job.id)] == ["UNKNOWN_SKU-0003"]


def test_nothing_ticked_is_nothing_done(console: Console) -> None:
    many_failures(console, 1)
    operator = console.signed_in("operator")
    assert operator.press("/failures/act", act="acknowledge").status_code == 302
    assert operator.press("/failures/act", act="delete", all="1", expected="1").status_code == 400
    assert [act.action for act in console.acts()] == ["sign in"]


# -- text of others ------------------------------------------------------------------------------------------------


def test_text_of_others_stays_text(console: Console) -> None:
    stage = console.stage
    stage.erp.add_item("MUG", name=NASTY)
    stage.shop.refuses["MUG"] = RejectedByTarget(NASTY, detail=NASTY, fix=NASTY)
    stage.work("product", "initialize")
    message = stage.messages("product")[-1].id
    Alerts(stage.hub.database).settle([Wrong("silence", NASTY, NASTY, NASTY)], stage.clock())
    operator = console.signed_in("operator")
    route = stage.route("product").id
    operator.press("/failures/act", act="acknowledge", pick=f"{route}|MUG", note=NASTY)
    pages = ["/", "/failures/?state=all", "/failures/list?state=all", f"/messages/{message}", "/messages/"]
    nasty = quote(NASTY, safe="")
    pages += [f"/messages/?text={nasty}", f"/messages/?ident={nasty}", f"/failures/list?cause={nasty}&detail={nasty}"]
    pages += [f"/routes/{route}", "/runs/", "/jobs/", f"/failures/?ident={nasty}"]
    for page in pages:
        text = operator.text(page)
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page
    assert "&lt;script&gt;" in operator.text(f"/messages/{message}")
    assert "<script>alert" not in operator.press("/failures/act", act="resync", all="1", cause=NASTY).text


# -- another's integration -----------------------------------------------------------------------------------------


@pytest.fixture
def kept(console: Console) -> tuple[Browser, int]:
    """An operator who is kept to another integration, and the route of the one that is closed to him."""
    failed_item(console)
    console.other_integration()
    return console.signed_in("operator", integrations=["zeta"]), console.stage.route("product").id


def test_what_belongs_to_another_integration_is_not_there(console: Console, kept: tuple[Browser, int]) -> None:
    browser, route = kept
    message = console.stage.messages("product")[-1].id
    job = console.stage.hub.jobs.put(Request(route, "full", "sync now", "bob"), console.stage.clock())
    run = console.stage.hub.runs.newest([route], 1)[0].id
    for page in (f"/routes/{route}", f"/runs/{run}", f"/jobs/{job}", f"/messages/{message}", f"/routes/{route}/live"):
        assert browser.get(page).status_code == 404, page
    assert browser.get("/messages/?integration=acme").status_code == 404
    assert browser.text("/messages/count") == "0"
    for page in ("/", "/routes/", "/runs/", "/jobs/", "/failures/", "/failures/list", "/messages/?ident=MUG"):
        text = browser.text(page)
        assert "acme" not in text, page
        assert "REJECTED_BY_TARGET" not in text, page


def test_nothing_can_be_pressed_on_another_integration(console: Console, kept: tuple[Browser, int]) -> None:
    browser, route = kept
    message = console.stage.messages("product")[-1].id
    before = len(console.acts())
    for act in (f"/routes/{route}/sync", f"/routes/{route}/pause", f"/messages/{message}/resync", "/jobs/1/cancel"):
        assert browser.press(act).status_code == 404, act
    assert browser.press("/failures/act", act="resync", pick=f"{route}|MUG").status_code == 404
    everything = {"all": "1", "expected": "1", "route": str(route)}
    browser.press("/failures/act", act="acknowledge", **everything)
    assert console.stage.failures("product")["MUG"].state == "open"
    assert [act.action for act in console.acts()[: len(console.acts()) - before]] in ([], ["failures acknowledged"])
