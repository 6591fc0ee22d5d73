from __future__ import annotations

from typing import Any

import pytest

from hub.bootstrap import Hub
from hub.configuration.applying import apply, preview
from hub.configuration.exporting import export
from hub.schedule import NEVER, Schedule, daily, every, weekly
from tests.configuration.conftest import GOOD, described, edited, faults
from tests.fakes.platform import KEY

PRODUCT = "product, direction: erp_to_shop"
VARIABLES = {"ACME_SHOP_KEY": KEY, "ACME_ERP_KEY": KEY}
KINDS: list[tuple[str, Schedule]] = [
    ("never", NEVER),
    ("{daily: 02:30}", daily("02:30")),
    ("{weekly: {days: [friday, Monday], at: '23:00'}}", weekly(["monday", "friday"], "23:00")),
    ("{every: 15 minutes}", every("15m")),
    ("{every: 2h, from: 22:00, to: 06:00}", every("2h", "22:00", "06:00")),
]


def planned(words: str) -> str:
    """The good file with a schedule of products."""
    return edited((PRODUCT, f"{PRODUCT}, schedule: {words}"))


def stored(hub: Hub) -> dict[str, Schedule]:
    integration = hub.integrations.named("acme").id
    names = {route.id: route.object for route in hub.routes.of(integration)}
    return {names[route]: one.schedule for route, one in hub.schedules.of(integration).items()}


@pytest.mark.parametrize(("words", "schedule"), KINDS, ids=[words for words, _schedule in KINDS])
def test_a_schedule_is_stored_comes_back_and_is_not_lost_by_applying_again(
    hub: Hub, words: str, schedule: Schedule
) -> None:
    apply(described(planned(words)), hub)
    assert stored(hub) == {"product": schedule}
    assert apply(described(planned(words)), hub) == []
    text = export("acme", hub)
    assert preview(described(text, **VARIABLES), hub, prune=True) == []
    # Without the key the stored one stays, also while something else of the route changes.
    apply(described(edited((PRODUCT, f"{PRODUCT}, policy: all"))), hub)
    assert stored(hub) == {"product": schedule}


def test_a_change_is_shown_first_and_then_in_the_trail(hub: Hub) -> None:
    apply(described(planned("{daily: 02:30}")), hub)
    text = planned("{every: 15m, from: 08:00, to: 20:00}")
    (change,) = preview(described(text), hub)
    assert (change.what, change.before, change.after) == (
        "route product erp_to_shop",
        {"schedule": "daily 02:30"},
        {"schedule": "every 15 minutes from 08:00 to 20:00"},
    )
    assert stored(hub) == {"product": daily("02:30")}
    apply(described(text), hub)
    (act, *_) = hub.audit.newest()
    assert (act.actor, act.before, act.after) == ("ann", change.before, change.after)
    (saved,) = hub.schedules.of(hub.integrations.named("acme").id).values()
    assert (saved.saved_by, saved.zone, saved.next_run_at) == ("ann", "Europe/Berlin", None)


def test_prune_takes_a_schedule_away_that_the_file_does_not_name(hub: Hub) -> None:
    apply(described(planned("{daily: 02:30}")), hub)
    assert apply(described(GOOD), hub) == []
    (change,) = apply(described(GOOD), hub, prune=True)
    assert (change.before, change.after) == ({"schedule": "daily 02:30"}, {"schedule": None})
    assert stored(hub) == {}
    apply(described(planned("{daily: 02:30}")), hub)
    apply(described(edited((f"  - {{object: {PRODUCT}}}\n", ""))), hub, prune=True)
    assert stored(hub) == {}


def test_what_the_clock_has_planned_stays_unless_the_zone_is_another_one(hub: Hub) -> None:
    text = planned("{daily: 02:30}")
    apply(described(text), hub)
    integration = hub.integrations.named("acme").id
    (before,) = hub.schedules.of(integration).values()
    now = hub.clock()
    hub.schedules.save(before.route_id, daily("03:30"), "Europe/Berlin", now=now, actor="bob", next_run_at=now)
    apply(described(text.replace("daily: 02:30", "daily: 03:30").replace("tolerance: 0.05", "tolerance: 0.04")), hub)
    (kept,) = hub.schedules.of(integration).values()
    assert (kept.next_run_at, kept.saved_by) == (now, "bob")
    apply(described(edited(("  price_list: 1\n", "  price_list: 1\n  zone: Asia/Tokyo\n"))), hub)
    (moved,) = hub.schedules.of(integration).values()
    assert (moved.schedule, moved.next_run_at) == (daily("03:30"), None)


@pytest.mark.parametrize(
    ("words", "path", "text", "fix"),
    [
        ("soon", "", "soon is no schedule.", "Write never, {daily"),
        ("[monday]", "", "is no schedule.", "Write never, {daily"),
        ("{}", "", "This is no schedule.", "Write never, {daily"),
        ("{daily: 02:30, every: 15m}", "", "one of daily, weekly and every", "Write never, {daily"),
        ("{daily: 2:30}", ".daily", "2:30: Not a time of the day", "two digits"),
        ("{dayly: 02:30}", ".dayly", "There is no such key.", "Did you mean `daily`?"),
        ("{weekly: {days: [mon], at: 02:30}}", ".weekly.days", "mon is no day of the week.", "monday, friday"),
        ("{weekly: {days: [], at: 02:30}}", ".weekly.days", "needs its days", "monday, friday"),
        ("{weekly: {days: [monday]}}", ".weekly.at", "This key is missing.", "Add the line `at: …`."),
        ("{weekly: monday}", ".weekly", "Invalid", "Write keys with their values"),
        ("{weekly: {days: [monday], at: 25:00}}", ".weekly.at", "Not a time of the day", "two digits"),
        ("{every: sometimes}", ".every", "sometimes is no distance of time.", "15 minutes"),
        ("{every: 15m, from: 08:00}", ".to", "Hours have a beginning and an end.", "Add `to`"),
        ("{every: 15m, from: 8:00, to: 20:00}", ".from", "Not a time of the day", "two digits"),
        ("{every: 12h, from: 08:00, to: 11:00}", ".from", "never falls between", "longer hours"),
        ("{daily: 02:30, from: 08:00}", ".from", "has a time and no hours", "Remove this line."),
    ],
)
def test_what_is_no_schedule_is_refused_in_its_place(words: str, path: str, text: str, fix: str) -> None:
    (fault,) = faults(planned(words))
    assert (fault.line, fault.path) == (32, f"routes[1].schedule{path}")
    assert text in fault.text
    assert fix in fault.fix


def test_a_schedule_that_is_named_and_empty_is_as_if_it_were_not_named(hub: Hub) -> None:
    apply(described(planned("{daily: 02:30}")), hub)
    changes: list[Any] = apply(described(planned("")), hub)
    assert (changes, stored(hub)) == ([], {"product": daily("02:30")})
