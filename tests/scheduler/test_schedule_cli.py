from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.schedule import daily, every
from hub.store.job import Request
from hub.store.leases import Leases
from hub.store.runs import Tally
from hub.triggers import upcoming
from scheduler.clockwork import Clockwork
from tests.cli.conftest import FILE, Terminal, scenes, terminal  # noqa: F401 - fixtures of the command line

BERLIN = ZoneInfo("Europe/Berlin")
TWICE_A_WEEK = {"weekly": {"days": ["monday", "friday"], "at": "02:30"}}
HOURLY_BY_DAY = {"every": "1 hour", "from": "08:00", "to": "20:00"}
BY_DAY = ("--from", "08:00", "--to", "20:00")
OTHER = FILE.replace("name: acme\n", "name: list\n", 1)


@pytest.fixture
def armed(terminal: Terminal) -> Terminal:  # noqa: F811
    """Customers are loaded and a clock is at work."""
    with terminal.hub() as hub:
        route = hub.routes.find(hub.integrations.named("acme").id, "customer")
        hub.routes.set_initialization(route.id, "done")
        Leases(hub.database).take("clock", "test", hub.clock(), hub.clock() + timedelta(hours=1))
    return terminal


def test_it_answers_with_the_next_five_runs_in_the_integrations_zone(armed: Terminal) -> None:
    said = armed.ok("schedule", "acme", "customer", "daily", "04:30").splitlines()
    assert said[:2] == ["acme customer shop_to_erp: daily 04:30 (Europe/Berlin)", "Next runs:"]
    assert len(said) == 7
    assert all(" 04:30 (UTC+0" in line for line in said[2:])
    told = armed.json("schedule", "acme", "customer", "daily", "04:30")
    moments = [datetime.fromisoformat(run["at"]) for run in told["next"]]
    assert moments == [run.at for run in upcoming(daily("04:30"), BERLIN, moments[0] - timedelta(hours=1), 5)]
    assert (told["armed"], told["waits_for"], told["next_run_at"]) == (True, "", told["next"][0]["at"])
    assert (told["schedule"], told["before"], told["clock_is_running"]) == ({"daily": "04:30"},) * 2 + (True,)


def test_days_are_pointed_out_on_which_the_clocks_change_its_time(armed: Terminal) -> None:
    said = armed.ok("schedule", "acme", "customer", "daily", "02:30")
    assert said.count("The clocks go forward: 02:30 is skipped, so it runs at 03:00.") == 1
    assert said.count("The clocks go back: 02:30 comes twice, and it runs the first time.") == 1
    told = armed.json("schedule", "acme", "customer", "daily", "02:30")
    notes = [run["note"] for run in (*told["next"], *told["days_that_differ"]) if run["note"]]
    assert len(notes) == 2


@pytest.mark.parametrize(
    ("words", "stored", "shown"),
    [
        (["weekly", "monday,friday", "02:30"], TWICE_A_WEEK, "weekly monday, friday 02:30"),
        (["weekly", "Friday", "monday", "02:30"], TWICE_A_WEEK, "weekly monday, friday 02:30"),
        (["every", "15m"], {"every": "15 minutes"}, "every 15 minutes"),
        (["every", "15", "minutes"], {"every": "15 minutes"}, "every 15 minutes"),
        (["every", "120m"], {"every": "2 hours"}, "every 2 hours"),
        (["every", "1h", *BY_DAY], HOURLY_BY_DAY, "every 1 hour from 08:00 to 20:00"),
        (["never"], "never", "never"),
    ],
)
def test_every_kind_can_be_typed(armed: Terminal, words: list[str], stored: object, shown: str) -> None:
    assert armed.ok("schedule", "acme", "customer", *words).startswith(f"acme customer shop_to_erp: {shown} (")
    assert armed.json("schedule", "set", "acme", "customer", *words)["schedule"] == stored


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["daily"], "A daily schedule has one time."),
        (["daily", "2:30"], "2:30: Not a time of the day: 02:00 and 23:30 are."),
        (["daily", "24:00"], "Not a time of the day"),
        (["daily", "02:30", "03:30"], "one time"),
        (["weekly", "02:30"], "A weekly schedule has days and a time."),
        (["weekly", "monday"], "A weekly schedule has days and a time."),
        (["weekly", "mon", "02:30"], "mon is no day of the week."),
        (["every"], "Every how many minutes or hours?"),
        (["every", "soon"], "soon is no distance of time."),
        (["every", "0m"], "at least 1 minute"),
        (["every", "25h"], "at most 24 hours"),
        (["every", "15m", "--from", "08:00"], "Hours have a beginning and an end."),
        (["every", "15m", "--from", "08:00", "--to", "08:00"], "It ends when it begins."),
        (["every", "12h", "--from", "08:00", "--to", "11:00"], "never falls between 08:00 and 11:00"),
        (["daily", "02:30", "--from", "08:00"], "daily has no hours."),
        (["never", "02:30"], "never has no time."),
    ],
)
def test_what_is_no_schedule_is_refused_and_nothing_is_stored(armed: Terminal, words: list[str], what: str) -> None:
    said = armed.fails("schedule", "acme", "customer", *words)
    assert what in said
    assert "What to do: " in said
    with armed.hub() as hub:
        assert hub.schedules.of(hub.integrations.named("acme").id) == {}


def test_a_schedule_may_be_saved_before_it_is_armed_and_says_what_arms_it(terminal: Terminal) -> None:  # noqa: F811
    said = terminal.ok("schedule", "acme", "product", "every", "15m")
    assert "Next runs, once it is armed:" in said
    assert "Not armed yet: is armed by: hub initialize acme product --direction erp_to_shop\n" in said
    assert "No clock is running" in said
    told = terminal.json("schedule", "acme", "product", "every", "15m")
    assert (told["armed"], told["next_run_at"], len(told["next"])) == (False, None, 5)
    with terminal.hub() as hub:
        hub.routes.set_initialization(hub.routes.find(hub.integrations.named("acme").id, "product").id, "running")
    said = terminal.ok("schedule", "acme", "product", "every", "20m")
    assert "its first load has begun and is not done" in said


def test_orders_begin_at_their_cut_over(terminal: Terminal) -> None:  # noqa: F811
    assert terminal.json("schedule", "acme", "order", "every", "1h")["armed"]
    coming = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    terminal.ok("apply", terminal.write(FILE.replace("2026-11-01T00:00:00+01:00", coming.isoformat())))
    told = terminal.json("schedule", "acme", "order", "every", "1h")
    assert not told["armed"]
    assert told["waits_for"].startswith(f"is armed by the cut-over at {coming.astimezone(BERLIN):%Y-%m-%d %H:%M}")
    first = datetime.fromisoformat(told["next_run_at"])
    assert told["next"][0]["at"] == told["next_run_at"]
    assert coming <= first <= coming + timedelta(hours=1)


def test_a_route_that_is_off_may_be_given_a_schedule(terminal: Terminal) -> None:  # noqa: F811
    customers = "object: customer, direction: shop_to_erp"
    terminal.ok("apply", terminal.write(FILE.replace(customers, f"{customers}, enabled: false")))
    assert "the route is switched off" in terminal.ok("schedule", "acme", "customer", "daily", "02:30")
    assert "No enabled route carries" in terminal.fails(
        "schedule", "acme", "customer", "daily", "02:30", "--direction", "erp_to_shop"
    )


def test_the_list_shows_the_next_and_the_last_run_to_the_second(armed: Terminal) -> None:
    begun = datetime(2026, 11, 20, 1, 30, 7, tzinfo=UTC)
    with armed.hub() as hub:
        route = hub.routes.find(hub.integrations.named("acme").id, "customer")
        for number, mode in enumerate(("write", "preview")):
            job = hub.jobs.put(Request(route.id, "changes", "test", "bob", mode=mode), begun)  # type: ignore[arg-type]
            run = hub.runs.start(job, route.id, "w", 1, begun + timedelta(hours=number))
            hub.runs.finish(run, "held", Tally(), begun + timedelta(hours=number, seconds=3))
    armed.ok("schedule", "acme", "customer", "every", "15m", "--from", "08:00", "--to", "20:00")
    rows = {row["route"]: row for row in armed.json("schedule", "list", "acme")}
    row = rows["customer shop_to_erp"]
    moment = datetime.fromisoformat(row["next_run_at"])
    assert moment == upcoming(every("15m", "08:00", "20:00"), BERLIN, datetime.now(UTC), 1)[0].at
    assert row["last_run"] == {
        "id": 1,
        "state": "held",
        "started_at": "2026-11-20T02:30:07+01:00",
        "ended_at": "2026-11-20T02:30:10+01:00",
    }
    assert rows["product erp_to_shop"]["schedule"] == "never"
    said = armed.ok("schedule", "list")
    assert f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}" in said
    assert "2026-11-20 02:30:07  held" in said
    assert "No clock is running" not in said


def test_what_the_clock_has_planned_is_what_the_list_shows(armed: Terminal) -> None:
    armed.ok("schedule", "acme", "customer", "daily", "02:30")
    with armed.hub() as hub:
        due = hub.clock() + timedelta(days=1)
        clockwork = Clockwork(hub, "test")
        assert clockwork.tick(due) == 1
        planned = hub.schedules.of(hub.integrations.named("acme").id)
        (stored,) = planned.values()
    row = armed.json("schedule", "list", "acme")[0]
    assert datetime.fromisoformat(row["next_run_at"]) == stored.next_run_at


def test_a_paused_route_goes_on_planning_and_says_so(armed: Terminal) -> None:
    armed.ok("schedule", "acme", "customer", "daily", "02:30")
    with armed.hub() as hub, hub.database.write() as connection:
        connection.exec_driver_sql("update route set paused_at = '2026-11-21 12:00:00', paused_by = 'bob'")
    assert "paused by bob: its jobs wait" in armed.ok("schedule", "list", "acme")
    assert "The route is paused by bob" in armed.ok("schedule", "acme", "customer", "daily", "02:30")
    row = armed.json("schedule", "list", "acme")[0]
    assert (row["paused"], row["armed"], row["next_run_at"] is None) == (True, True, False)


def test_every_change_is_in_the_trail_once(armed: Terminal) -> None:
    for words in (["daily", "02:30"], ["daily", "02:30"], ["every", "15m"], ["never"]):
        armed.ok("schedule", "acme", "customer", *words)
    acts = [act for act in armed.acts() if act["action"] == "schedule"]
    assert [(act["subject"], act["before"], act["after"]) for act in acts] == [
        ("acme customer shop_to_erp", {"schedule": None}, {"schedule": "daily 02:30"}),
        ("acme customer shop_to_erp", {"schedule": "daily 02:30"}, {"schedule": "every 15 minutes"}),
        ("acme customer shop_to_erp", {"schedule": "every 15 minutes"}, {"schedule": "never"}),
    ]
    assert armed.ok("schedule", "acme", "customer", "daily", "02:30").splitlines()[1] == "It was: never"


def test_an_integration_called_list_is_reached_by_the_long_form(terminal: Terminal) -> None:  # noqa: F811
    terminal.ok("apply", terminal.write(OTHER))
    assert terminal.json("schedule", "set", "list", "order", "daily", "02:30")["integration"] == "list"
    rows = terminal.json("schedule", "list", "list")
    assert {row["integration"] for row in rows} == {"list"}


def test_an_unknown_integration_is_refused(terminal: Terminal) -> None:  # noqa: F811
    assert "There is no integration named nobody" in terminal.fails("schedule", "nobody", "order", "daily", "02:30")
    assert "There is no integration named nobody" in terminal.fails("schedule", "list", "nobody")
