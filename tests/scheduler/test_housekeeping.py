"""Chores at quiet hours: when they are done, what they do, what is told of them, and doing them by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.errors import PlatformUnavailable
from hub.store.chores import Chore, Chores
from hub.store.job import BACKFILL
from hub.store.leases import Leases
from scheduler.chores import ACTOR
from scheduler.housekeeping import AGAIN, EVERY, LEASE_NAME, Housekeeper, duties, tasks
from tests.cli.conftest import FILE, Terminal, _terminal
from tests.fakes.platform import World
from tests.sync.conftest import Stage, staged

DAY = timedelta(days=1)
#: The stage begins at noon in UTC; quiet hours begin at two o'clock in Berlin.
FIRST_NIGHT = datetime(2026, 11, 22, 1, tzinfo=UTC)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as made:
        made.erp.add_partner("C-GUEST")
        made.erp.add_item("MUG")
        made.erp.set_stock("MUG", "01", "7")
        made.all_routes()
        yield made


@pytest.fixture
def keeper(stage: Stage) -> Housekeeper:
    """Somebody who has looked once, so that every chore is planned."""
    made = Housekeeper(stage.hub)
    assert made.due(stage.clock()) == []
    return made


def noted(stage: Stage, kind: str) -> Chore:
    found = Chores(stage.hub.database).all()
    return found[kind] if kind in found else found[f"{kind} {stage.integration_id}"]


def kinds(keeper: Housekeeper, now: datetime) -> list[str]:
    return [task.kind for task in keeper.due(now)]


ALL = ["open-orders", "comparison", "retention", "tidying"]


# -- when -----------------------------------------------------------------------------------------------------------


def test_every_chore_is_done_once_in_the_quiet_hours_of_a_day(stage: Stage, keeper: Housekeeper) -> None:
    assert kinds(keeper, FIRST_NIGHT - timedelta(seconds=1)) == []
    stage.clock.time = FIRST_NIGHT
    assert kinds(keeper, stage.clock()) == ALL
    assert keeper.work() == 4
    assert keeper.work() == 0
    assert {noted(stage, kind).next_at for kind in ALL} == {FIRST_NIGHT + DAY}
    assert all(noted(stage, kind).last_at is not None for kind in ALL)


def test_chores_that_were_missed_are_caught_up_once(stage: Stage, keeper: Housekeeper) -> None:
    stage.clock.time = FIRST_NIGHT + 3 * DAY + timedelta(hours=9)
    assert keeper.work() == 4
    assert keeper.work() == 0
    assert noted(stage, "retention").next_at == FIRST_NIGHT + 4 * DAY


def test_other_quiet_hours_count_from_the_next_look_on(stage: Stage, keeper: Housekeeper) -> None:
    stage.settings(quiet_hours="14:00-15:00", zone="America/New_York")
    assert kinds(keeper, stage.clock()) == []
    assert noted(stage, "retention").next_at == datetime(2026, 11, 21, 19, tzinfo=UTC)


def test_chores_of_an_integration_that_is_gone_are_struck_off(stage: Stage, keeper: Housekeeper) -> None:
    Chores(stage.hub.database).plan("retention 999", FIRST_NIGHT)
    keeper.due(stage.clock())
    assert "retention 999" not in Chores(stage.hub.database).all()


def test_one_process_keeps_house_at_a_time(stage: Stage, keeper: Housekeeper) -> None:
    stage.clock.time = FIRST_NIGHT
    leases = Leases(stage.hub.database)
    assert leases.take(LEASE_NAME, "another", stage.clock(), stage.clock() + DAY) is not None
    assert keeper.work() == 0
    leases.release(LEASE_NAME, "another", stage.clock() - timedelta(seconds=1))
    assert keeper.work() == 4
    assert leases.take(LEASE_NAME, "a third", stage.clock(), stage.clock() + DAY) is not None


def test_the_clock_looks_each_minute_and_does_not_wait_for_the_work(stage: Stage) -> None:
    (duty,) = duties(stage.hub)
    assert (duty.name, duty.every) == ("housekeeping", EVERY)
    duty.act(stage.clock())
    stage.clock.time = FIRST_NIGHT
    duty.act(stage.clock())
    for thread in threading.enumerate():
        if thread.name == "housekeeping":
            thread.join(20)
    assert noted(stage, "tidying").last_at is not None


def test_the_end_of_the_process_ends_the_work(stage: Stage) -> None:
    stopping = threading.Event()
    keeper = Housekeeper(stage.hub, stopping)
    keeper.due(stage.clock())
    stage.clock.time = FIRST_NIGHT
    stopping.set()
    assert keeper.work() == 0
    assert kinds(keeper, stage.clock()) == ALL


# -- what comes of them ---------------------------------------------------------------------------------------------


def test_what_was_done_is_told_in_words(stage: Stage, keeper: Housekeeper) -> None:
    stage.clock.time = FIRST_NIGHT
    keeper.work()
    assert noted(stage, "comparison").outcome == (
        "customer: 0 linked, all there. product: 1 linked, all there. inventory: 1 linked, all there."
    )
    assert noted(stage, "retention").outcome.startswith("Removed 0 messages, 0 exchanges")
    assert noted(stage, "open-orders").outcome == "0 open orders are read again by the next run."
    assert noted(stage, "tidying").outcome.startswith("Removed 0 bodies and 0 alerts; gave ")


def test_a_failure_is_told_and_tried_again_in_an_hour_while_the_others_go_on(stage: Stage, keeper: Housekeeper) -> None:
    stage.clock.time = FIRST_NIGHT
    stage.shop.down = PlatformUnavailable("The shop does not answer.")
    assert keeper.work() == 4
    chore = noted(stage, "comparison")
    assert chore.outcome.startswith("FAILED: PLATFORM_UNAVAILABLE: The shop does not answer. What to do: ")
    assert chore.next_at == FIRST_NIGHT + AGAIN
    # A look in between does not plan it anew.
    assert kinds(keeper, FIRST_NIGHT + AGAIN / 2) == []
    stage.shop.down = None
    stage.clock.time = FIRST_NIGHT + AGAIN
    assert keeper.work() == 1
    assert "all there" in noted(stage, "comparison").outcome
    assert noted(stage, "comparison").next_at == FIRST_NIGHT + DAY


def test_a_fault_of_our_own_is_told_too(stage: Stage, keeper: Housekeeper, caplog: pytest.LogCaptureFixture) -> None:
    stage.clock.time = FIRST_NIGHT
    stage.shop.tables["variants"] = None  # type: ignore[assignment]
    keeper.work()
    assert noted(stage, "comparison").outcome.startswith("FAILED: TypeError: ")
    assert "The chore comparison acme went wrong." in caplog.text


def test_what_cannot_be_true_is_a_warning(stage: Stage, keeper: Housekeeper) -> None:
    stage.clock.time = FIRST_NIGHT
    stage.shop.table("variants").clear()
    keeper.work()
    assert noted(stage, "comparison").outcome.startswith(
        "WARNING: product: The shop lists no variants at all, while 1 are linked. Nothing was changed;"
    )


# -- what they do ---------------------------------------------------------------------------------------------------


def test_open_orders_are_read_again_and_closed_ones_are_not(stage: Stage, keeper: Housekeeper) -> None:
    still_open = stage.shop.place_order(1001, [("MUG", 1, "10.00")])
    closed = stage.shop.place_order(1002, [("MUG", 1, "10.00")])
    order = stage.shop.table("orders")[closed]
    stage.shop.edit("orders", closed, lines=[{**line, "open_quantity": 0} for line in order["lines"]])
    stage.work("order")
    stage.clock.time = FIRST_NIGHT
    keeper.work()
    (job,) = stage.hub.jobs.unfinished([stage.route("order").id])
    assert (job.scope, job.priority, job.reason, job.actor) == ("keys", BACKFILL, "open orders", ACTOR)
    assert [key.key for key in stage.hub.jobs.keys(job.id)] == [still_open]


def test_a_change_of_an_order_that_was_missed_is_caught(stage: Stage, keeper: Housekeeper) -> None:
    order = stage.shop.place_order(1001, [("MUG", 1, "10.00")])
    stage.work("order")
    # Cancelled, without a stamp that anybody would follow.
    stage.shop.table("orders")[order] |= {"cancelled_at": "2026-11-21T20:00:00+00:00"}
    stage.work("order")
    (posted,) = stage.erp.table("orders").values()
    assert not posted["cancelled"]
    stage.clock.time = FIRST_NIGHT
    keeper.work()
    assert stage.hub.worker().work_off() is not None
    (posted,) = stage.erp.table("orders").values()
    assert posted["cancelled"]


def test_routes_that_are_switched_off_are_left_alone(stage: Stage, keeper: Housekeeper) -> None:
    stage.shop.place_order(1001, [("MUG", 1, "10.00")])
    stage.work("order")
    for route in stage.hub.routes.of(stage.integration_id):
        stage.hub.routes.save(stage.integration_id, route.object, route.direction, enabled=False)
    stage.clock.time = FIRST_NIGHT
    stage.shop.calls.clear()
    keeper.work()
    assert not stage.shop.calls
    assert noted(stage, "open-orders").outcome == "No route carries orders to the ERP, or it is paused."
    assert noted(stage, "comparison").outcome == "Nothing to compare: no route of masters or stock is at work."


def test_retention_goes_by_the_integrations_own_days_and_spares_what_is_open(stage: Stage, keeper: Housekeeper) -> None:
    stage.shop.place_order(1001, [("MUG", 1, "10.00")], gateway="klarna")
    stage.work("order")
    stage.settings(keep_days_done=10, keep_days_failed=20, keep_days_exchanges=5)
    stage.clock.time = FIRST_NIGHT + 30 * DAY
    assert stage.messages("product")
    keeper.work()
    left = [message for name in ("customer", "product", "order", "inventory") for message in stage.messages(name)]
    assert [(message.object, message.cause) for message in left] == [("order", "MISSING_MAPPING")]
    assert "created" in noted(stage, "retention").outcome
    # The newest run and job of each route stay.
    assert len(stage.hub.runs.newest([route.id for route in stage.hub.routes.of(stage.integration_id)], 99)) == 4


def test_what_is_left_at_the_end_of_the_quiet_hours_waits_for_the_next(stage: Stage, keeper: Housekeeper) -> None:
    stage.hub.sleep = lambda seconds: stage.clock.advance(3 * 3600)
    stage.clock.time = FIRST_NIGHT + 400 * DAY
    keeper.work()
    chore = noted(stage, "retention")
    assert chore.outcome.endswith("The rest follows in the next quiet hours.")
    stage.hub.sleep = stage.clock.advance
    stage.clock.time = chore.next_at or FIRST_NIGHT
    keeper.work()
    assert stage.messages("product") == []


# -- by hand --------------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    for made in _terminal(tmp_path, World()):
        made.ok("apply", str(made.file))
        made.world.erp.add_item("MUG", "11.90")
        made.ok("initialize", "acme", "product")
        yield made


def rows(terminal: Terminal, *words: str) -> dict[str, Any]:
    return {row["chore"]: row for row in terminal.json("housekeeping", *words)}


def test_the_list_shows_every_chore(terminal: Terminal) -> None:
    assert list(rows(terminal, "list")) == ALL
    terminal.ok("housekeeping", "run", "comparison")
    row = rows(terminal, "list")["comparison"]
    assert (row["integration"], row["outcome"]) == ("acme", "product: 1 linked, all there.")
    assert row["last"] < row["next"]
    assert "product: 1 linked, all there." in terminal.ok("housekeeping", "list", "--integration", "acme")


def test_all_chores_are_done_at_once_and_the_trail_tells_who_asked(terminal: Terminal) -> None:
    printed = terminal.ok("housekeeping", "run")
    assert [line.split(":")[0] for line in printed.splitlines()] == [
        "open-orders acme",
        "comparison acme",
        "retention acme",
        "tidying",
    ]
    act = terminal.acts()[-1]
    assert (act["action"], act["subject"], act["after"]) == ("housekeeping run", "all integrations", {"chore": "all"})


def test_one_chore_tells_its_figures(terminal: Terminal) -> None:
    (told,) = terminal.json("housekeeping", "run", "comparison", "--integration", "acme")
    (product,) = told["objects"]
    assert (told["chore"], told["integration"], told["warning"]) == ("comparison", "acme", False)
    assert (product["object"], product["linked"]) == ("product", 1)
    assert (product["missing_shop"], product["missing_erp"]) == (0, 0)


def test_a_warning_is_told_and_is_the_exit_status(terminal: Terminal) -> None:
    terminal.world.shop.table("variants").clear()
    printed = terminal.ok("housekeeping", "run", "comparison", status=1)
    assert printed.startswith("comparison acme: WARNING: product: The shop lists no variants at all")


def test_a_dry_run_says_what_would_go_and_removes_and_notes_nothing(terminal: Terminal) -> None:
    terminal.write(FILE.replace("settle_seconds: 0", "settle_seconds: 0\n  keep_days_done: 1"))
    terminal.ok("apply", str(terminal.file))
    with terminal.hub() as hub:
        hub.clock = lambda: datetime.now(UTC) + 2 * DAY
        retention = [one for one in tasks(hub) if one.kind == "retention"]
        ((task, report),) = Housekeeper(hub).run(retention, only_count=True)
    assert task.label == "retention acme"
    assert report.figures["messages"] == {"created": 1}
    assert report.text.startswith("Would remove 1 messages (1 created), ")
    assert rows(terminal, "list")["retention"]["last"] is None
    assert len(terminal.json("messages", "list")["messages"]) == 1


def test_a_dry_run_is_there_for_the_command_line_too(terminal: Terminal) -> None:
    (told,) = terminal.json("housekeeping", "run", "--dry-run")
    assert (told["chore"], told["messages"]) == ("retention", {})
    assert terminal.acts()[-1]["action"] != "housekeeping run"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("run", "comparison", "--dry-run"), "comparison has no dry run"),
        (("run", "tidying", "--integration", "acme"), "tidying belongs to no integration"),
        (("run", "--integration", "nobody"), "There is no integration named nobody"),
        (("list", "--integration", "nobody"), "There is no integration named nobody"),
    ],
)
def test_what_makes_no_sense_is_refused(terminal: Terminal, words: tuple[str, ...], why: str) -> None:
    assert why in terminal.fails("housekeeping", *words)


def test_nobody_keeps_house_twice_at_a_time(terminal: Terminal) -> None:
    with terminal.hub() as hub:
        Leases(hub.database).take(LEASE_NAME, "another", hub.clock(), hub.clock() + DAY)
    assert "Another process is keeping house" in terminal.fails("housekeeping", "run")
