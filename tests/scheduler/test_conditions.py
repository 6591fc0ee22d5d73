from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub import settings
from hub.store.alerts import Wrong
from hub.store.integrations import Integration
from hub.store.routes import Route
from hub.store.runs import Run
from scheduler.alerting.conditions import CONDITIONS, KINDS, wrong
from scheduler.alerting.picture import Group, HeldPlan, Line, Lost, Picture, Reading, Wait
from tests.docs.pages import names, rows, section, text

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SHOP, ERP = Line(1, "acme-shop", "shopify", {}, ()), Line(2, "acme-erp", "sap_b1", {}, ())


def ago(**distance: float) -> datetime:
    return NOW - timedelta(**distance)


def route(identity: int = 1, name: str = "product", **more: Any) -> Route:
    direction = "shop_to_erp" if name in ("order", "customer") else "erp_to_shop"
    return replace(Route(identity, 1, name, direction, True, "done", {}, {}, "", "all", []), **more)  # type: ignore[arg-type]


def scene(
    *routes: Route, shop: Line = SHOP, erp: Line = ERP, given: dict[str, Any] | None = None, **more: Any
) -> Picture:
    """One integration, acme, with a worker."""
    return Picture(
        now=NOW,
        integrations={1: Integration(1, "acme", 1, 2, {}, {})},
        settings={1: settings.load(given or {})},
        routes={one.id: one for one in routes or (route(),)},
        lines={1: shop, 2: erp},
        workers=more.pop("workers", 1),
        **more,
    )


def found(picture: Picture, *kinds: str) -> list[Wrong]:
    return [one for one in wrong(picture) if not kinds or one.kind in kinds]


def subjects(picture: Picture, *kinds: str) -> list[str]:
    return [f"{one.kind}: {one.subject}" for one in found(picture, *kinds)]


def group(cause: str = "UNKNOWN_SKU", detail: str = "sku=A", state: str = "open", **more: Any) -> Group:
    return replace(Group(1, state, cause, detail, "Create the item.", 3, ago(minutes=5)), **more)


def test_where_all_is_well_nothing_is_wrong() -> None:
    assert wrong(scene()) == []
    assert wrong(Picture(NOW)) == []


# -- failures ---------------------------------------------------------------------------------------------------------


def test_failures_are_told_by_cause_and_detail() -> None:
    picture = scene(failures=[group(), group(state="parked", count=1), group(detail="sku=B"), group("CONFLICT", "")])
    assert subjects(picture, "failures") == [
        "failures: acme UNKNOWN_SKU sku=A",
        "failures: acme UNKNOWN_SKU sku=B",
        "failures: acme CONFLICT",
    ]
    first = found(picture, "failures")[0]
    assert first.text == (
        "acme: 4 records fail with UNKNOWN_SKU (sku=A), the first since 2026-11-30 12:55 (Europe/Berlin)."
    )
    assert first.fix == "Create the item. See: hub failures list acme --cause UNKNOWN_SKU"
    assert first.integrations == ("acme",)


def test_many_details_of_one_cause_share_an_alert_and_the_first_keep_theirs() -> None:
    details = [group(detail=f"sku={number}", oldest=ago(minutes=number)) for number in range(8)]
    told = subjects(scene(failures=details))
    assert told == [
        *(f"failures: acme UNKNOWN_SKU sku={number}" for number in (7, 6, 5, 4, 3)),
        "failures: acme UNKNOWN_SKU other details",
    ]
    assert subjects(scene(failures=[*details, group(detail="sku=new", oldest=ago(seconds=1))])) == told


def test_what_waiting_may_cure_is_given_an_hour() -> None:
    waiting = group("MISSING_DEPENDENCY", "C1", "waiting", oldest=ago(minutes=59))
    assert subjects(scene(failures=[waiting])) == []
    assert len(subjects(scene(failures=[replace(waiting, oldest=ago(hours=1))]))) == 1


def test_what_a_person_would_read_in_a_detail_stays_out_of_it() -> None:
    (told,) = found(scene(failures=[group(detail="email=ada@shop.example password=hunter2")]))
    assert "ada@" not in told.text + told.subject
    assert "hunter2" not in told.text + told.subject


def test_failures_of_a_route_that_is_switched_off_are_not_told() -> None:
    assert subjects(scene(route(enabled=False), failures=[group(), group(state="parked")])) == []


def test_parked_records_are_told_by_cause_and_the_failures_are_not_over() -> None:
    picture = scene(failures=[group(state="parked"), group(detail="sku=B", state="parked", count=1)])
    assert subjects(picture) == [
        "failures: acme UNKNOWN_SKU sku=A",
        "failures: acme UNKNOWN_SKU sku=B",
        "parked: acme UNKNOWN_SKU",
    ]
    assert found(picture, "parked")[0].text == "acme: 4 of the records with UNKNOWN_SKU are parked, no more tried."


@pytest.mark.parametrize(
    ("read", "failed", "told"), [(100, 20, True), (100, 19, False), (20, 9, False), (10, 10, True), (0, 0, False)]
)
def test_the_share_of_failures_counts_where_enough_have_failed(read: int, failed: int, told: bool) -> None:
    halves = [
        Run(n, n, 1, "w", 1, "done", NOW, NOW, {"read": r, "failed": f}, {}, "", [])
        for n, r, f in ((1, read // 2, failed // 2), (2, read - read // 2, failed - failed // 2))
    ]
    assert subjects(scene(runs=halves)) == (["error_rate: acme product erp_to_shop"] if told else [])


def test_the_share_is_a_setting() -> None:
    run = Run(1, 1, 1, "w", 1, "done", NOW, NOW, {"read": 100, "failed": 5}, {}, "", [])
    limits = {"alert_error_percent": 5, "alert_error_least": 5}
    (told,) = found(scene(runs=[run], given=limits))
    assert "5 of 100 tries have failed within the last hour (5 %)." in told.text


# -- connections ------------------------------------------------------------------------------------------------------


def test_a_platform_that_is_down_is_one_alert_whatever_the_number_of_routes() -> None:
    routes = [route(1, "product", silence_minutes=30), route(2, "inventory", silence_minutes=30)]
    down = replace(ERP, down_since=ago(hours=3), down_why="ConnectionError for ada@shop.example")
    troubles = [group("PLATFORM_UNAVAILABLE", "", "waiting", oldest=ago(hours=3))]
    readings = {number: Reading(ago(hours=4), ago(hours=4), 1) for number in (1, 2)}
    waits = [Wait(1, 1, ago(hours=3)), Wait(2, 1, ago(hours=3))]
    picture = scene(*routes, erp=down, failures=troubles, readings=readings, waits=waits, workers=0)
    assert subjects(picture) == ["platform_down: acme-erp"]
    (told,) = found(picture)
    assert "has not answered since 2026-11-30 10:00 (Europe/Berlin); its routes wait." in told.text
    assert "ada@" not in told.text


def test_a_platform_that_refuses_us_is_told_as_that() -> None:
    refusing = replace(SHOP, refused_at=ago(hours=1), refused_why="401", down_since=ago(hours=1))
    (told,) = found(scene(shop=refusing))
    assert (told.kind, told.subject) == ("credentials", "acme-shop")
    assert told.fix.endswith("hub check acme")


@pytest.mark.parametrize(("days", "told"), [(61, False), (60, True), (1, True), (0, True), (-5, True)])
def test_a_secret_that_ends_is_told_before(days: int, told: bool) -> None:
    ends = date(2026, 11, 30) + timedelta(days=days)
    picture = scene(erp=replace(ERP, settings={"secret_expires": ends.isoformat()}))
    assert subjects(picture) == (["secret: acme-erp"] if told else [])
    if told:
        word = "ended" if days <= 0 else "ends"
        assert found(picture)[0].text == f"Its secret (acme-erp) {word} on {ends}."


@pytest.mark.parametrize(("version", "told"), [("2026-07", False), ("2026-01", True), ("2025-10", True)])
def test_a_version_of_the_api_is_served_for_a_year(version: str, told: bool) -> None:
    picture = scene(shop=replace(SHOP, settings={"version": version}))
    assert subjects(picture) == (["api_version: acme-shop"] if told else [])


def test_days_ahead_are_a_setting() -> None:
    expiring = replace(ERP, settings={"secret_expires": "2027-03-01"})
    assert subjects(scene(erp=expiring)) == []
    assert subjects(scene(erp=expiring, given={"alert_days_ahead": 100})) == ["secret: acme-erp"]


# -- runs -------------------------------------------------------------------------------------------------------------


def test_a_held_run_is_told_with_what_to_do() -> None:
    (told,) = found(scene(held=[HeldPlan(7, 1, ago(minutes=3), ["2,000 prices move by more than 30 %."])]))
    assert told.subject == "acme product erp_to_shop, plan 7"
    assert "2,000 prices move" in told.text
    assert "hub held show 7" in told.fix


def silent(one: Route, since: datetime | None = None, **more: Any) -> bool:
    readings = {one.id: Reading(since, since, 1)} if since else {}
    return "silence: " in "".join(subjects(scene(one, readings=readings, **more)))


def test_a_route_is_silent_when_nothing_came_to_its_end_for_too_long() -> None:
    one = route(silence_minutes=60)
    assert silent(one, ago(minutes=60))
    assert not silent(one, ago(minutes=59))
    assert not silent(route(), ago(days=9))


@pytest.mark.parametrize("change", [{"enabled": False}, {"paused_at": NOW}, {"initialization": "none"}])
def test_a_route_that_is_not_to_run_is_not_silent(change: dict[str, Any]) -> None:
    one = route(silence_minutes=60, **change)
    assert not silent(one, None if "initialization" in change else ago(hours=5))


def test_orders_are_expected_from_their_cut_over_on() -> None:
    one = route(name="order", silence_minutes=60)
    cut_over = {"order_cut_over": ago(minutes=61).isoformat()}
    assert silent(one, given=cut_over)
    assert not silent(one, given={"order_cut_over": ago(minutes=-61).isoformat()})
    assert not silent(one)


def test_what_stood_still_for_a_reason_is_given_its_time_anew() -> None:
    one = route(silence_minutes=60)
    window = {"from": ago(days=2).isoformat(), "to": ago(minutes=30).isoformat()}
    assert not silent(replace(one, freeze=[window]), ago(days=2))
    assert silent(replace(one, freeze=[{**window, "to": ago(minutes=61).isoformat()}]), ago(days=2))
    assert not silent(replace(one, freeze=[{**window, "to": ago(minutes=-5).isoformat()}]), ago(days=2))
    # 13:00 in Berlin.
    dark = replace(ERP, blackout=({"from": "02:00", "to": "12:30"},))
    assert not silent(one, ago(hours=11), erp=dark)
    assert silent(one, ago(hours=11), erp=replace(ERP, blackout=({"from": "02:00", "to": "11:30"},)))
    assert not silent(one, ago(hours=11), back={"acme-shop": ago(minutes=10)})
    assert not silent(one, ago(hours=11), shop=replace(SHOP, stopped_at=ago(hours=11)))


def test_nobody_works_is_told_when_jobs_have_waited_for_ten_minutes() -> None:
    waits = [Wait(1, 2, ago(minutes=10))]
    (told,) = found(scene(waits=waits, workers=0))
    assert told.text == "Nobody works: 2 jobs wait, the oldest since 2026-11-30 12:50 (Europe/Berlin)."
    assert wrong(scene(waits=waits, workers=1)) == []
    assert wrong(scene(waits=[Wait(1, 2, ago(minutes=9))], workers=0)) == []


def test_where_nobody_works_not_every_route_is_told_as_silent() -> None:
    one = route(silence_minutes=5)
    readings = {1: Reading(ago(hours=2), ago(hours=2), 1)}
    picture = scene(one, waits=[Wait(1, 1, ago(hours=1))], workers=0, readings=readings)
    assert subjects(picture) == ["workers: workers"]


def test_a_job_that_keeps_losing_its_worker_is_told_until_its_route_is_well() -> None:
    lost = [Lost(9, 1, 5, False), Lost(10, 1, 11, True), Lost(11, 1, 4, False)]
    told = found(scene(lost=lost))
    assert [one.subject for one in told] == [f"acme product erp_to_shop, job {number}" for number in (9, 10)]
    assert "It is tried again." in told[0].text
    assert "It was given up." in told[1].text
    assert found(scene(lost=lost, readings={1: Reading(NOW, NOW, 12)})) == []


def test_a_channel_that_fails_three_times_is_told_on_the_others() -> None:
    (told,) = found(scene(channels={"ops": (3, "error 500"), "chat": (2, "error 500")}))
    assert (told.kind, told.subject, told.integrations) == ("channel", "ops", ())


def test_every_kind_of_alert_is_one_that_a_channel_can_name() -> None:
    everything = scene(
        route(silence_minutes=5),
        route(2, "inventory"),
        shop=replace(SHOP, settings={"version": "2025-10", "secret_expires": "2026-01-01"}),
        failures=[group(), group(state="parked")],
        runs=[Run(1, 1, 1, "w", 1, "done", NOW, NOW, {"read": 10, "failed": 10}, {}, "", [])],
        held=[HeldPlan(7, 1, NOW, [])],
        lost=[Lost(9, 1, 5, False)],
        channels={"ops": (3, "")},
        readings={1: Reading(ago(hours=2), ago(hours=2), 1)},
    )
    down = scene(shop=replace(SHOP, down_since=NOW), erp=replace(ERP, refused_at=NOW))
    idle = scene(waits=[Wait(1, 1, ago(hours=1))], workers=0)
    kinds = {one.kind for picture in (everything, down, idle) for one in wrong(picture)}
    assert kinds | {"digest"} == set(KINDS)
    assert len(CONDITIONS) == 11


def test_the_page_tells_what_to_do_about_every_kind() -> None:
    told = [names(row[0])[0] for row in rows(section(text("alerts.md"), "What each alert means"))]
    assert sorted(told) == sorted(KINDS)
