from __future__ import annotations

import contextvars
import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from hub import logs
from hub.cli.app import hub as command
from hub.errors import ConfigurationError
from tests.sync.conftest import staged

log = logging.getLogger("hub.somewhere")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Lines(io.StringIO):
    """What was logged."""

    def configure(self, **environment: str) -> Lines:
        logs.configure(environment, "info", self)
        return self

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def only(self) -> dict[str, Any]:
        (line,) = self.all()
        return line


@pytest.fixture
def lines() -> Lines:
    return Lines().configure()


def test_a_line_of_any_module_is_structured(lines: Lines) -> None:
    log.info("Read %s of %s.", 3, 7)
    line = lines.only()
    assert (line["event"], line["level"], line["logger"]) == ("Read 3 of 7.", "info", "hub.somewhere")
    assert line["timestamp"].endswith("Z")


def test_a_structured_logger_writes_to_the_same_place(lines: Lines) -> None:
    structlog.get_logger("hub.other").info("read", pages=3)
    assert (lines.only()["event"], lines.only()["pages"]) == ("read", 3)


def test_ids_are_on_every_line_inside_and_on_none_after_it(lines: Lines) -> None:
    with logs.bound(run=7, job=3, route=1), logs.bound(messages=[11, 12]):
        log.info("inside")
    log.info("outside")
    inside, outside = lines.all()
    assert (inside["run"], inside["job"], inside["route"], inside["messages"]) == (7, 3, 1, [11, 12])
    assert outside.keys().isdisjoint({"run", "job", "route", "messages"})


def test_a_thread_started_in_a_copy_of_the_context_bears_its_ids(lines: Lines) -> None:
    with logs.bound(run=7):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(log.info, "from a thread"))
        thread.start()
        thread.join()
    assert lines.only()["run"] == 7


SECRETS = ("shpat_0123456789abcdef", "hunter2", "B1-session-1")
PERSONS = ("ada@shop.example", "Byron", "Main Street 5")


def test_no_secret_and_no_personal_data_reach_a_line(lines: Lines) -> None:
    log.warning("Calling with X-Shopify-Access-Token: %s", SECRETS[0])
    log.warning("Refused: %s", {"Password": SECRETS[1], "CardName": PERSONS[1]})
    log.warning('answered {"SessionId": "%s", "email": "%s"}', SECRETS[2], PERSONS[0])
    log.warning("Unknown customer %s", PERSONS[0])
    structlog.get_logger().warning("sent", password=SECRETS[1], lastName=PERSONS[1], body={"Street": PERSONS[2]})
    log.warning("with more", extra={"token": SECRETS[0], "persons": [PERSONS[0]]})
    written = lines.getvalue()
    assert len(lines.all()) == 6
    assert [text for text in (*SECRETS, *PERSONS) if text in written] == []


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_neither_secrets_nor_the_values_of_variables(form: str) -> None:
    lines = Lines().configure(HUB_LOG_FORMAT=form)
    password = SECRETS[1]
    try:
        raise ValueError(f"password={password} of ada@shop.example")
    except ValueError:
        log.exception("It broke.")
    written = lines.getvalue()
    assert "Traceback" in written
    assert "ValueError" in written
    assert [text for text in (*SECRETS, *PERSONS) if text in written] == []


def test_people_get_lines_to_read() -> None:
    lines = Lines().configure(HUB_LOG_FORMAT="console")
    with logs.bound(run=7):
        log.info("Read 3.")
    assert "Read 3." in lines.getvalue()
    assert "run=7" in lines.getvalue()
    assert not lines.getvalue().startswith("{")


def test_the_level_is_that_of_the_environment() -> None:
    lines = Lines().configure(HUB_LOG_LEVEL="error")
    log.warning("not this")
    log.error("this")
    assert lines.only()["event"] == "this"


def test_details_never_include_statements_and_addresses_of_libraries() -> None:
    lines = Lines().configure(HUB_LOG_LEVEL="debug")
    logging.getLogger("sqlalchemy.engine.Engine").info("INSERT ... %s", "Byron")
    logging.getLogger("urllib3.connectionpool").debug("GET /orders?email=x")
    log.debug("ours")
    assert lines.only()["event"] == "ours"


def test_configuring_twice_writes_each_line_once(lines: Lines) -> None:
    logs.configure({}, "info", lines)
    log.info("once")
    assert lines.only()["event"] == "once"


@pytest.mark.parametrize("name", ["HUB_LOG_LEVEL", "HUB_LOG_FORMAT"])
def test_a_word_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}=loud: write"):
        logs.configure({name: "loud"})


def test_what_is_logged_in_a_run_bears_its_ids_in_every_thread(lines: Lines, tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        stage.erp.add_item("MUG", "11.90")
        stage.shop.pause = lambda: log.info("The shop is being called.")
        run = stage.work("product", "initialize")
        ids = {"run": run.id, "job": run.job_id, "route": run.route_id, "integration": stage.integration_id}
        (message,) = stage.messages("product")
    called = [line for line in lines.all() if line["event"] == "The shop is being called."]
    assert [{name: line[name] for name in ids} for line in called] == [ids] * len(called)
    assert [message.id] in [line.get("messages") for line in called]
    (ended,) = [line for line in lines.all() if line["event"].startswith("The run has ended")]
    assert ended["run"] == run.id


def test_a_record_that_fails_is_logged_by_its_message_and_without_its_name(lines: Lines, tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        stage.shop.place_order(1001, [("NO-SUCH-MUG", 1, "5.00")], email="ada@shop.example")
        stage.work("order")
        (message,) = stage.messages("order")
    (failed,) = [line for line in lines.all() if line["event"].startswith("A record has failed")]
    assert (failed["event"], failed["messages"]) == (f"A record has failed: {message.cause}.", [message.id])
    assert "ada@" not in lines.getvalue()


def test_a_command_logs_on_stderr_and_prints_what_it_always_printed(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["runs"], env={"HUB_HOME": str(tmp_path), "HUB_LOG_LEVEL": "loud"})
    assert (result.exit_code, result.stdout) == (3, "")
    assert "HUB_LOG_LEVEL=loud: write debug" in result.stderr
    result = CliRunner().invoke(command, ["runs"], env={"HUB_HOME": str(tmp_path), "HUB_LOG_LEVEL": "debug"})
    assert (result.exit_code, result.stdout) == (0, "No runs yet.\n")
