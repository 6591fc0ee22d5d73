"""What a card says of a route, and how moments are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from admin.access import allowed, sees
from admin.cards import Facts, card
from admin.times import exact, relative, span, when
from hub.store.health import Standing
from hub.store.integrations import Integration
from hub.store.job import Job
from hub.store.plans import Plan
from hub.store.routes import Route
from hub.store.runs import Run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROUTE = Route(1, 1, "product", "erp_to_shop", True, "done", {}, {}, "", "all", [])
RUN = Run(1, 1, 1, "w", 1, "done", NOW, NOW, {"read": 1}, {}, "", [])
JOB = Job(1, 1, "changes", {}, 30, "sync now", "ann", NOW, None, "waiting", None, "", None, 0, False, "write", None)
WELL = Standing(1, "shop", None, "", None, 0, None, "")
HELD = Plan(7, 1, 1, "held", "open", "changes", NOW, "ann", {}, {}, ["Too much."], None, "")
IN_STEP = Facts(Integration(1, "acme", 1, 2, {}, {}), ROUTE, NOW, None, None, RUN, NOW, (), (WELL, WELL), None, 0, None)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "in step"),
        ({"last": None}, "new"),
        ({"failures": 3}, "failing"),
        ({"last": replace(RUN, state="aborted", error="boom")}, "failing"),
        ({"held": HELD, "failures": 3}, "held"),
        ({"jobs": (JOB,)}, "queued"),
        ({"jobs": (JOB, replace(JOB, state="running"))}, "running"),
        ({"jobs": (replace(JOB, state="split"),)}, "running"),
        ({"sides": (WELL, replace(WELL, down_since=NOW, down_why="no route")), "failures": 1}, "waiting"),
        ({"sides": (replace(WELL, refused_at=NOW, refused_why="wrong key"), WELL)}, "waiting"),
        ({"route": replace(ROUTE, paused_at=NOW, paused_by="bob")}, "paused"),
        ({"route": replace(ROUTE, initialization="none")}, "not initialised"),
        ({"route": replace(ROUTE, enabled=False), "failures": 1}, "off"),
        ({"route": replace(ROUTE, object="order", direction="shop_to_erp")}, "not initialised"),
        ({"route": replace(ROUTE, object="order"), "cut_over": NOW - timedelta(1)}, "in step"),
    ],
)
def test_the_word_for_how_a_route_stands(changed: dict[str, Any], state: str) -> None:
    assert card(replace(IN_STEP, **changed)).state == state


def test_a_held_run_says_what_would_have_happened_and_where_to_look() -> None:
    assert card(replace(IN_STEP, held=HELD)).why == "Nothing was written, and it waits for a decision: Too much."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_400, "1 d"),
        (14 * 86_400, "2 weeks"),
    ],
)
def test_distances_in_their_largest_unit(seconds: int, said: str) -> None:
    assert span(timedelta(seconds=seconds)) == said


def test_a_moment_is_written_by_the_clocks_of_a_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert exact(NOW, berlin) == "2026-11-21 13:00:00"
    assert exact(NOW, berlin, NOW) == "13:00:00"
    assert (relative(NOW, NOW), relative(NOW + timedelta(0, 90), NOW)) == ("now", "in 1 min")
    assert when(None, NOW, berlin, nothing="never") == "never"


def test_roles_in_their_order_and_integrations_that_are_open() -> None:
    assert [allowed("operator", act) for act in ("look", "act", "administer")] == [True, True, False]
    assert not allowed("king", "look")
    assert sees([], "acme")
    assert not sees(["zeta"], "acme")
