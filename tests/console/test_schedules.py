"""Schedules: the editor, the next runs while one types, and what keeps a route from running by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.schedule import NEVER, Schedule, daily, every, weekly
from tests.console.conftest import Console

DAYS = ("monday", "friday")


def stored(console: Console, object_name: str = "product") -> Schedule | None:
    found = console.stage.hub.schedules.of(console.stage.integration_id).get(console.stage.route(object_name).id)
    return found.schedule if found else None


def address(console: Console, object_name: str = "product") -> str:
    return f"/schedules/{console.stage.route(object_name).id}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({"kind": "never"}, NEVER),
        ({"kind": "daily", "daily_at": "02:30"}, daily("02:30")),
        ({"kind": "weekly", "days": list(DAYS), "weekly_at": "23:15"}, weekly(DAYS, "23:15")),
        ({"kind": "every", "every": "20", "unit": "minutes"}, every("20m")),
        (
            {"kind": "every", "every": "2", "unit": "hours", "start": "08:00", "end": "20:00"},
            every("2h", "08:00", "20:00"),
        ),
    ],
)
def test_each_kind_is_saved_and_stands_in_the_form_again(
    console: Console, typed: dict[str, Any], meant: Schedule
) -> None:
    operator = console.signed_in("operator")
    assert operator.press(address(console), **typed).status_code == 302
    assert stored(console) == meant
    page = operator.text(address(console))
    assert f'value="{meant.kind}" checked' in page
    assert "as it is saved" in page or meant == NEVER


def test_what_is_saved_is_in_the_trail_under_the_persons_name(console: Console) -> None:
    operator = console.signed_in("operator")
    operator.press(address(console), kind="daily", daily_at="02:30")
    operator.press(address(console), kind="every", every="15", unit="minutes")
    act = console.acts()[0]
    assert (act.actor, act.action, act.subject) == ("a-operator", "schedule", "acme product erp_to_shop")
    assert (act.before, act.after) == ({"schedule": "daily 02:30"}, {"schedule": "every 15 minutes"})


def test_the_next_five_runs_are_shown_by_the_clocks_of_the_integration(console: Console) -> None:
    part = console.signed_in("viewer").text(f"{address(console)}/next?kind=daily&daily_at=02:30")
    assert part.count("<li>") >= 5
    # Noon in UTC is one o'clock in Berlin, so the first run is tomorrow.
    assert "Sun 2026-11-22 02:30" in part and "UTC+01:00" in part and "not saved yet" in part


def test_days_on_which_the_clocks_change_are_pointed_out(console: Console) -> None:
    part = console.signed_in("viewer").text(f"{address(console)}/next?kind=daily&daily_at=02:30")
    assert "the clocks change" in part
    assert "02:30 is skipped, so it runs at 03:00" in part
    assert "02:30 comes twice, and it runs the first time" in part
    console.stage.clock.time = datetime(2027, 3, 26, 12, tzinfo=UTC)
    part = console.signed_in("viewer", "another").text(f"{address(console)}/next?kind=daily&daily_at=02:30")
    assert part.index("02:30 is skipped") < part.index("</ol>")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"kind": "weekly", "weekly_at": "02:30"}, "needs its days"),
        ({"kind": "daily", "daily_at": ""}, "Not a time of the day"),
        ({"kind": "every", "every": "0", "unit": "minutes"}, "at least 1 minute"),
        ({"kind": "every", "every": "", "unit": "minutes"}, "no distance of time"),
        ({"kind": "every", "every": "2", "unit": "hours", "start": "08:00"}, "a beginning and an end"),
        ({"kind": "sometimes"}, "When is it to run?"),
        ({}, "When is it to run?"),
    ],
)
def test_what_cannot_be_is_said_while_one_types_and_is_not_saved(
    console: Console, typed: dict[str, Any], said: str
) -> None:
    operator = console.signed_in("operator")
    assert said in operator.get(f"{address(console)}/next", query_string=typed).text
    answer = operator.press(address(console), **typed)
    assert answer.status_code == 400 and said in answer.text
    assert stored(console) is None


def test_without_a_script_a_button_shows_the_next_runs_and_saves_nothing(console: Console) -> None:
    answer = console.signed_in("operator").press(address(console), kind="every", every="90", unit="minutes", show="1")
    assert answer.status_code == 200 and "Every 90 minutes" in answer.text and "not saved yet" in answer.text
    assert stored(console) is None


def test_what_keeps_a_route_from_running_by_itself_is_named_with_the_page_that_mends_it(console: Console) -> None:
    viewer = console.signed_in("viewer")
    assert "Its first load comes first" in viewer.text(address(console))
    console.stage.settings(order_cut_over=None)
    assert "Orders need a cut-over first" in viewer.text(address(console, "order"))
    console.stage.settings(order_cut_over="2027-01-01T00:00:00+01:00")
    assert "It begins with the cut-over" in viewer.text(address(console, "order"))
    console.stage.work("product", "initialize")
    console.stage.hub.schedules.save(
        console.stage.route("product").id,
        daily("02:30"),
        "Europe/Berlin",
        now=console.stage.clock(),
        actor="ann",
        next_run_at=None,
    )
    assert "It runs by itself" in viewer.text(address(console)) and "No clock is running" in viewer.text(
        address(console)
    )


def test_the_list_shows_all_routes_and_the_page_of_a_route_leads_to_its_schedule(console: Console) -> None:
    viewer = console.signed_in("viewer")
    page = viewer.text("/schedules/")
    assert "waits for its first load" in page and "only by hand" in page and "Europe/Berlin" in page
    route = console.stage.route("product").id
    assert f'href="/schedules/{route}"' in page
    assert f'href="/schedules/{route}"' in viewer.text(f"/routes/{route}")


def test_a_viewer_may_look_and_change_nothing(console: Console) -> None:
    viewer = console.signed_in("viewer")
    page = viewer.text(address(console))
    assert 'id="save"' not in page and "An operator may change it" in page
    assert viewer.press(address(console), kind="never").status_code == 403


def test_the_schedules_of_other_integrations_are_not_there(console: Console) -> None:
    other = console.other_integration()
    operator = console.signed_in("operator", integrations=["acme"])
    assert operator.get(f"/schedules/{other}").status_code == 404
    assert operator.get(f"/schedules/{other}/next?kind=never").status_code == 404
    assert operator.press(f"/schedules/{other}", kind="never").status_code == 404
    assert "zeta" not in operator.text("/schedules/")
