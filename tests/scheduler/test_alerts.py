from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from hub import covering
from hub.errors import ConfigurationError, PlatformUnavailable
from hub.store.alerts import Alerts
from hub.store.channels import Channel, Channels
from hub.store.connections import CONNECTIONS
from hub.store.failures import Trouble
from hub.store.job import JOBS, Request
from hub.store.runs import Tally
from hub.store.workers import WorkerProcess, Workers
from scheduler.alerting import duties, look
from scheduler.alerting.picture import picture
from scheduler.alerting.sending import MOST, Background, checked, deliver, message, post, shown
from tests.scheduler.listening import Hook, Mailbox, serving
from tests.sync.conftest import Stage, staged


@pytest.fixture
def stage(tmp_path: Path, url: str) -> Iterator[Stage]:
    """A hub on each kind of database; no summary disturbs it."""
    log = {"HUB_LOG_URL": f"sqlite:///{tmp_path / 'log.db'}"}
    with staged(tmp_path, HUB_DATABASE_URL=url, **log) as made:
        made.settings(alert_digest_hour=None)
        yield made


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serving(Hook()) as server:
        yield server


only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


def channel(stage: Stage, hook: Hook, name: str = "ops", *kinds: str) -> None:
    Channels(stage.hub.database, stage.hub.vault).save(name, hook.url, kinds)


def passed(stage: Stage, seconds: float = 20) -> int:
    """Time passes, and everything is looked at and told."""
    stage.clock.advance(seconds)
    look(stage.hub, stage.clock())
    return deliver(stage.hub, stage.clock())


def set_line(stage: Stage, name: str, **values: Any) -> None:
    with stage.hub.database.write() as connection:
        connection.execute(update(CONNECTIONS).where(CONNECTIONS.c.name == name).values(values))


def fail(stage: Stage, key: str, detail: str = "sku=A", times: int = 1) -> None:
    for _ in range(times):
        trouble = Trouble(key, key, "UNKNOWN_SKU", detail, "Create the item.", "text", False, None)
        stage.hub.failures.record(stage.route("order").id, [trouble], stage.clock())


def raised(stage: Stage) -> list[str]:
    return sorted(f"{alert.kind}: {alert.subject}" for alert in Alerts(stage.hub.database).newest())


def joined(name: str) -> None:
    """Wait for the thread of this name, if there is one."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(10)


# -- looking ----------------------------------------------------------------------------------------------------------


def test_everything_is_read_from_the_store(stage: Stage) -> None:
    hub, now = stage.hub, stage.clock()
    stage.erp.add_partner("C-GUEST")
    stage.all_routes()
    fail(stage, "1", times=5)
    Workers(hub.database).say(WorkerProcess("w", "local", 4, now, now, False))
    job = hub.jobs.put(Request(stage.route("order").id, "changes", "schedule", "clock"), now)
    set_line(stage, "erp", down_since=now, down_why="no answer")
    stage.clock.advance(5)
    seen = picture(hub, stage.clock())
    assert {seen.name(identity): reading.began for identity, reading in seen.readings.items()}.keys() == {
        f"acme {name}"
        for name in ("customer shop_to_erp", "product erp_to_shop", "order shop_to_erp", "inventory erp_to_shop")
    }
    assert [(one.state, one.cause, one.count) for one in seen.failures] == [("parked", "UNKNOWN_SKU", 1)]
    assert [(one.count, one.since) for one in seen.waits] == [(1, now)]
    assert {line.name: line.down_since for line in seen.lines.values()} == {"shop": None, "erp": now}
    assert "key" not in seen.lines[1].settings
    assert (len(seen.runs), seen.workers) == (4, 1)
    assert hub.jobs.get(job).state == "waiting"


def test_a_run_for_certain_records_does_not_tell_that_a_route_has_been_read(stage: Stage) -> None:
    stage.erp.add_item("MUG", "11.90")
    stage.work("product", "keys", "MUG")
    assert picture(stage.hub, stage.clock()).readings == {}
    stage.work("product", "initialize")
    assert len(picture(stage.hub, stage.clock()).readings) == 1


def test_runs_that_began_more_than_an_hour_ago_do_not_count(stage: Stage) -> None:
    stage.work("product", "initialize")
    stage.clock.advance(3000)
    stage.work("product")
    stage.clock.advance(601)
    assert len(picture(stage.hub, stage.clock()).runs) == 1


def test_a_look_at_coverage_does_not_thin_out_what_has_failed(stage: Stage) -> None:
    job = covering.look(stage.hub, stage.route("product"))
    stage.hub.worker().work_off(job)
    assert stage.hub.runs.of_job(job) is not None
    assert picture(stage.hub, stage.clock()).runs == []


def test_a_job_that_lost_its_worker_and_was_done_in_the_end_is_none(stage: Stage) -> None:
    hub, route = stage.hub, stage.route("product").id
    for state in ("done", "aborted"):
        job = hub.jobs.put(Request(route, "changes", "schedule", "clock", mode="preview"), stage.clock())
        run = hub.runs.start(job, route, "w", 1, stage.clock())
        hub.runs.finish(run, state, Tally(), stage.clock())  # type: ignore[arg-type]
        with hub.database.write() as connection:
            connection.execute(JOBS.update().where(JOBS.c.id == job).values(state="done", takeovers=11))
    (lost,) = picture(hub, stage.clock()).lost
    assert (lost.job_id, lost.takeovers, lost.given_up) == (job, 11, True)


def test_jobs_that_wait_for_their_time_or_whose_route_is_paused_are_not_waited_for(stage: Stage) -> None:
    hub = stage.hub
    job = hub.jobs.put(Request(stage.route("product").id, "changes", "schedule", "clock"), stage.clock())
    later = stage.clock() + timedelta(hours=1)
    with hub.database.write() as connection:
        connection.execute(JOBS.update().where(JOBS.c.id == job).values(not_before=later))
    assert picture(hub, stage.clock()).waits == []
    assert [one.since for one in picture(hub, later).waits] == [later]


# -- telling ----------------------------------------------------------------------------------------------------------


def test_an_alert_is_told_once_and_that_it_is_over_once(stage: Stage, hook: Hook) -> None:
    channel(stage, hook)
    set_line(stage, "erp", down_since=stage.clock(), down_why="ConnectTimeout")
    assert passed(stage) == 1
    assert [passed(stage) for _ in range(3)] == [0, 0, 0]
    set_line(stage, "erp", down_since=None, down_why="")
    assert [passed(stage), passed(stage)] == [1, 0]
    assert hook.titles == ["Integration hub: 1 new", "Integration hub: 1 over"]
    assert "[platform_down] erp has not answered since" in hook.got[0]["message"]
    assert "What to do: Nothing to mend" in hook.got[0]["message"]
    assert "[over: platform_down] erp, after 1 minutes" in hook.got[1]["message"]
    assert [one["type"] for one in hook.got] == ["warning", "success"]


def test_several_alerts_of_a_round_are_one_message(stage: Stage, hook: Hook) -> None:
    channel(stage, hook)
    fail(stage, "1", "sku=A")
    fail(stage, "2", "sku=B")
    set_line(stage, "shop", refused_at=stage.clock(), refused_why="401")
    assert passed(stage) == 1
    assert hook.titles == ["Integration hub: 3 new"]


def test_a_route_of_a_platform_that_is_down_is_told_by_the_platform_alone(stage: Stage, hook: Hook) -> None:
    channel(stage, hook)
    stage.all_routes()
    for name in ("customer", "product", "order", "inventory"):
        route = stage.route(name)
        stage.hub.routes.save(route.integration_id, name, route.direction, enabled=True, silence_minutes=30)
    stage.clock.advance(3600)
    set_line(stage, "erp", down_since=stage.clock(), down_why="no answer")
    assert passed(stage) == 1
    assert raised(stage) == ["platform_down: erp"]
    set_line(stage, "erp", down_since=None)
    passed(stage)
    assert raised(stage) == []
    passed(stage, 31 * 60)
    assert [one.split(":")[0] for one in raised(stage)] == ["silence"] * 4


@only_sqlite
def test_a_channel_that_fails_is_retried_with_distance_and_its_trouble_told_on_another(
    stage: Stage, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    channel(stage, hook)
    hook.status = 500
    with serving(Hook()) as other:
        channel(stage, other, "other")
        fail(stage, "1")
        passed(stage)
        assert other.titles == ["Integration hub: 1 new"]
        for seconds in (61, 121):
            passed(stage, seconds)
        passed(stage)
        assert "channel: ops" in raised(stage)
        assert "The channel ops cannot be told anything (3 tries)" in other.got[-1]["message"]
        hook.status = 200
        passed(stage, 241)
        assert [one["message"].count("channel ops") for one in hook.got] == [0]
        assert "UNKNOWN_SKU" in hook.got[0]["message"]
        passed(stage)
        assert "channel: ops" not in raised(stage)
    assert "open-sesame" not in caplog.text
    assert "The channel ops could not be told" in caplog.text


@only_sqlite
def test_a_channel_that_keeps_waiting_keeps_the_clock_from_nothing(stage: Stage, hook: Hook) -> None:
    channel(stage, hook)
    fail(stage, "1")
    (duty,) = duties(stage.hub)
    hook.open.clear()
    duty.act(stage.clock())
    joined("alerts-looking")
    fail(stage, "2", "sku=B")
    duty.act(stage.clock())
    joined("alerts-looking")
    assert hook.got == []
    assert raised(stage) == ["failures: acme UNKNOWN_SKU sku=A", "failures: acme UNKNOWN_SKU sku=B"]
    hook.open.set()
    joined("alerts-telling")
    assert hook.titles == ["Integration hub: 1 new"]
    duty.act(stage.clock())
    joined("alerts-looking")
    joined("alerts-telling")
    assert hook.titles == ["Integration hub: 1 new"] * 2


@only_sqlite
def test_a_round_that_fails_says_so_and_the_next_goes_on(
    stage: Stage, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    channel(stage, hook)
    fail(stage, "1")
    look(stage.hub, stage.clock())
    telling = Background("telling", lambda: deliver(stage.hub, stage.clock()))
    with stage.hub.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE channel RENAME TO gone")
    telling.nudge()
    assert telling.wait(10)
    assert "What is done beside the clock has failed: telling." in caplog.text
    with stage.hub.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO channel")
    telling.nudge()
    assert telling.wait(10)
    assert hook.titles == ["Integration hub: 1 new"]


def test_two_clocks_that_deliver_at_the_same_moment_tell_once(stage: Stage, hook: Hook) -> None:
    channel(stage, hook)
    fail(stage, "1")
    threads = [threading.Thread(target=passed, args=(stage, 0)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hook.titles == ["Integration hub: 1 new"]


@only_sqlite
def test_a_channel_is_told_only_of_the_kinds_it_wants(stage: Stage, hook: Hook) -> None:
    channel(stage, hook, "ops", "credentials")
    fail(stage, "1")
    assert passed(stage) == 0
    set_line(stage, "shop", refused_at=stage.clock(), refused_why="401")
    assert passed(stage) == 1
    assert "[credentials] shop" in hook.got[0]["message"]


@only_sqlite
def test_a_mail_is_sent(stage: Stage) -> None:
    with serving(Mailbox()) as mailbox:
        Channels(stage.hub.database, stage.hub.vault).save("mail", mailbox.url)
        fail(stage, "1")
        assert passed(stage) == 1
    (mail,) = mailbox.got
    assert "Subject: Integration hub: 1 new" in mail
    assert "ops@acme.example" in mail


# -- the daily summary ------------------------------------------------------------------------------------------------


def test_the_summary_is_sent_once_a_day_at_its_hour_in_the_zone_of_the_integration(stage: Stage, hook: Hook) -> None:
    channel(stage, hook)
    # It is 13:00 in Berlin, and 21:00 in Tokyo.
    stage.settings(alert_digest_hour=14)
    assert passed(stage) == 0
    stage.settings(zone="Asia/Tokyo")
    assert [passed(stage), passed(stage)] == [1, 0]
    assert hook.titles == ["Integration hub: acme 2026-11-21"]
    assert passed(stage, 12 * 3600) == 0
    assert passed(stage, 6 * 3600) == 1
    assert hook.titles[-1] == "Integration hub: acme 2026-11-22"


def test_the_summary_tells_runs_what_is_wrong_and_what_was_set_aside_long_ago(stage: Stage, hook: Hook) -> None:
    channel(stage, hook)
    stage.erp.add_item("MUG", "11.90")
    fail(stage, "1", times=5)
    stage.clock.advance(8 * 24 * 3600)
    stage.work("product", "initialize")
    stage.shop.down = PlatformUnavailable("no answer")
    stage.work("customer", "initialize")
    stage.settings(alert_digest_hour=7)
    passed(stage)
    text = next(one["message"] for one in hook.got if one["title"].startswith("Integration hub: acme"))
    assert "- product erp_to_shop: 1 run; 1 read: 1 created" in text
    assert "- customer shop_to_erp: 1 run, 1 aborted; 0 read" in text
    assert "- order shop_to_erp: no run" in text
    assert "Wrong now:\n" in text
    assert "Untouched for more than 7 days:\n- order shop_to_erp: 1 parked with UNKNOWN_SKU" in text


# -- what is sent -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mailtos://user:secret@smtp.acme.example?to=ops@acme.example", "mailtos://smtp.acme.example"),
        ("json://bot:secret@127.0.0.1:8080/path", "json://127.0.0.1"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack://…"),
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdn", "https://hooks.slack.com"),
        ("json://[broken", "json://…"),
    ],
)
def test_of_an_address_only_scheme_and_host_are_shown(url: str, told: str) -> None:
    assert shown(url) == told


def test_an_address_that_is_none_is_refused_without_being_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked("slack://hunter2")
    assert "hunter2" not in f"{caught.value} {caught.value.fix} {caught.value.detail}"


def test_the_reason_why_a_message_was_not_sent_holds_nothing_of_the_address(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = 403
    with caplog.at_level(logging.DEBUG, "apprise"):
        reason = post(Channel(1, "ops", hook.url, (), ()), "title", "body")
    assert "403" in reason
    assert "open-sesame" not in reason
    assert "open-sesame" not in caplog.text
    refused = post(Channel(1, "ops", "slack://hunter2", (), ()), "title", "body")
    assert refused
    assert "hunter2" not in refused


@only_sqlite
def test_many_alerts_are_counted_when_they_are_too_many_to_tell(stage: Stage) -> None:
    for _ in range(MOST + 2):
        set_line(stage, "erp", down_since=stage.clock())
        look(stage.hub, stage.clock())
        set_line(stage, "erp", down_since=None)
        look(stage.hub, stage.clock())
    alerts = Alerts(stage.hub.database).newest(cleared=True)
    title, body = message(alerts, [])
    assert title == f"Integration hub: {MOST + 2} new"
    assert body.endswith("And 2 more; see them all by `hub alerts list`.")
