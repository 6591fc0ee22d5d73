from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from hub.bootstrap import Hub
from hub.store.leases import Leases
from hub.store.workers import WorkerProcess, Workers
from scheduler.web import application
from tests.sync.conftest import Stage, staged

CONSOLE = EntryPoint("console", f"{__name__}:console", "hub.web")


def console(hub: Hub) -> Any:
    """A console that is no more than a greeting."""

    def serve(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [f"{hub.audit.actor} at {environment['PATH_INFO']}".encode()]

    return serve


@pytest.fixture
def stage(tmp_path: Path, url: str) -> Iterator[Stage]:
    with staged(tmp_path, HUB_DATABASE_URL=url, HUB_LOG_URL=f"sqlite:///{tmp_path / 'log.db'}") as made:
        yield made


def ask(hub: Hub, path: str, method: str = "GET", **more: Any) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of what the hub says, by the rules of WSGI."""
    environment: dict[str, Any] = {}
    setup_testing_defaults(environment)
    environment |= {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": ""}
    said: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
        said.extend((int(status.split(maxsplit=1)[0]), dict(headers)))
        return lambda body: None

    answer = validator(application(hub, **{"found": [], **more}))(environment, start)
    body = b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    return said[0], said[1], body.decode()


def work(stage: Stage, *, clock: bool = True, worker: bool = True) -> None:
    now = stage.clock()
    if clock:
        assert Leases(stage.hub.database).take("clock", "host:1", now, now + timedelta(seconds=12))
    if worker:
        Workers(stage.hub.database).say(WorkerProcess("w", "local", 4, now, now, False))


def test_a_process_whose_databases_answer_is_healthy(stage: Stage) -> None:
    status, headers, body = ask(stage.hub, "/healthz")
    assert (status, json.loads(body)) == (200, {"status": "ok", "reasons": []})
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_process_whose_database_is_broken_is_not(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.hub.log_database.dispose()
    (stage.hub.config.home.parent / "log.db").write_bytes(b"This is no database." * 100)
    for more in ("log.db-wal", "log.db-shm"):
        (stage.hub.config.home.parent / more).unlink(missing_ok=True)
    for path in ("/healthz", "/readyz"):
        status, _, body = ask(stage.hub, path)
        assert (status, json.loads(body)["reasons"]) == (503, ["The message log does not answer."])
    assert "The message log does not answer" in caplog.text


def test_a_hub_with_clock_and_worker_is_ready(stage: Stage) -> None:
    work(stage)
    assert ask(stage.hub, "/readyz")[0] == 200


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({"clock": False}, ["No clock is at work; start: hub serve, or hub clock"]),
        ({"worker": False}, ["No worker has been heard of; start: hub serve, or hub worker"]),
    ],
)
def test_a_hub_that_lacks_one_of_them_is_not_ready_and_says_why(
    stage: Stage, there: dict[str, bool], told: list[str]
) -> None:
    work(stage, **there)
    status, _, body = ask(stage.hub, "/readyz")
    assert (status, json.loads(body)["reasons"]) == (503, told)


def test_those_that_were_there_a_while_ago_do_not_count(stage: Stage) -> None:
    work(stage)
    stage.clock.advance(60)
    assert len(json.loads(ask(stage.hub, "/readyz")[2])["reasons"]) == 2


def test_a_worker_that_takes_no_more_jobs_does_not_count(stage: Stage) -> None:
    work(stage, worker=False)
    now = stage.clock()
    Workers(stage.hub.database).say(WorkerProcess("w", "local", 4, now, now, True))
    assert ask(stage.hub, "/readyz")[0] == 503


def test_a_schema_of_another_release_is_not_ready(stage: Stage) -> None:
    work(stage)
    with stage.hub.database.write() as connection:
        connection.exec_driver_sql("UPDATE store_version SET version_num = '0002'")
    reasons = json.loads(ask(stage.hub, "/readyz")[2])["reasons"]
    assert reasons == ["The store is not at this release's schema; run: hub db upgrade"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/", "/healthz/", "/../etc/passwd", "/\u00e4", "", "/metrics%00"])
def test_any_other_page_says_that_there_is_no_console(stage: Stage, path: str) -> None:
    status, _, body = ask(stage.hub, path.encode().decode("latin-1"))
    assert status == 404
    assert "it has no console here" in body


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_console_serves_everything_else(stage: Stage) -> None:
    assert ask(stage.hub, "/orders", "POST", found=[CONSOLE])[2] == "ann at /orders"
    assert json.loads(ask(stage.hub, "/healthz", found=[CONSOLE])[2])["status"] == "ok"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nothing"])
def test_nothing_can_be_sent_and_a_head_has_no_body(stage: Stage, path: str) -> None:
    status, headers, _ = ask(stage.hub, path, "POST")
    assert (status, headers["Allow"]) == (405, "GET, HEAD")
    _, headers, body = ask(stage.hub, path, "HEAD")
    assert body == ""
    assert int(headers["Content-Length"]) > 10


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/nothing"])
def test_every_answer_has_the_headers_that_keep_browsers_from_mischief(stage: Stage, path: str) -> None:
    headers = ask(stage.hub, path)[1]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_page_that_cannot_be_made_says_so_and_no_more(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with stage.hub.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE alert RENAME TO gone")
    status, _, body = ask(stage.hub, "/metrics")
    assert (status, json.loads(body)["reasons"]) == (503, ["This cannot be told now; the hub's log says why."])
    assert "no such table" in caplog.text
