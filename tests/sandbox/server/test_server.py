"""The server over real HTTP: what an application is handed, and what the control API says about it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from hub.sandbox.clock import SandboxClock
from hub.sandbox.server import Request, Response, Server, running


def test_the_application_sees_the_path_decoded_and_as_it_was_sent(echo: Any) -> None:
    with running(echo) as server:
        answer = requests.get(f"{server.url}/Items('A%2FB')?$filter=a%20eq%20'x%2B1'&empty=", timeout=5).json()
    assert answer["path"] == "/Items('A/B')"
    assert answer["raw_path"] == "/Items('A%2FB')"
    assert answer["query"] == [["$filter", "a eq 'x+1'"], ["empty", ""]]


def test_a_body_of_many_megabytes_is_taken(echo: Any) -> None:
    with running(echo) as server:
        requests.post(f"{server.url}/notes", data=b"x" * 5_000_000, timeout=10)
    assert len(echo.notes[0]) == 5_000_000


def test_a_header_with_several_values_is_sent_several_times(echo: Any) -> None:
    with running(echo) as server:
        answer = requests.get(f"{server.url}/", timeout=5)
    assert (answer.status_code, answer.cookies.get_dict()) == (201, {"a": "1", "b": "2"})


def test_a_connection_is_kept_for_the_next_request(echo: Any) -> None:
    with running(echo) as server:
        connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=5)
        connection.connect()
        connection.auto_open = 0
        for _ in range(2):
            connection.request("GET", "/")
            assert connection.getresponse().read()
        connection.close()


def test_decimals_are_written_and_read_as_numbers_with_all_their_digits() -> None:
    response = Response.json({"price": Decimal("30.6000000000000001"), "units": [Decimal(3)]})
    assert response.body == b'{"price":30.6000000000000001,"units":[3]}'
    request = Request.make("POST", "/", body=response.body)
    assert request.json() == {"price": Decimal("30.6000000000000001"), "units": [3]}


def test_a_request_knows_its_cookies_and_where_it_was_sent() -> None:
    request = Request.make("GET", "/x", {"cookie": "B1SESSION=abc; ROUTEID=.node1", "host": "127.0.0.1:50000"})
    assert request.cookies == {"B1SESSION": "abc", "ROUTEID": ".node1"}
    assert request.origin == "http://127.0.0.1:50000"
    assert Request.make("GET", "/x?a=1&a=2").parameter("a") == "1"


def test_requests_are_counted_by_operation_and_the_counts_can_be_cleared(echo: Any) -> None:
    with running(echo) as server:
        for path in ("/a", "/a", "/b"):
            requests.get(server.url + path, timeout=5)
        counts = f"{server.url}/control/counts"
        assert requests.get(counts, timeout=5).json() == {"GET /a": 2, "GET /b": 1}
        assert requests.delete(counts, timeout=5).json() == {}


def test_the_log_lists_what_came_after_a_number(echo: Any) -> None:
    with running(echo) as server:
        requests.get(f"{server.url}/a", timeout=5)
        requests.post(f"{server.url}/b", data="x", timeout=5)
        entries = requests.get(f"{server.url}/control/log?after=1", timeout=5).json()
    [entry] = entries
    assert datetime.fromisoformat(entry.pop("at")).tzinfo is not None
    assert entry == {"n": 2, "operation": "POST /b", "status": 201, "fault": None, "done": True}


def test_the_clock_of_the_application_can_be_advanced_but_not_turned_back(echo: Any, clock: SandboxClock) -> None:
    with running(echo, clock=clock) as server:
        before = datetime.fromisoformat(requests.get(f"{server.url}/", timeout=5).json()["at"])
        url = f"{server.url}/control/clock"
        assert requests.post(url, json={"advance_seconds": 3600}, timeout=5).json()["shift_seconds"] == 3600
        after = datetime.fromisoformat(requests.get(f"{server.url}/", timeout=5).json()["at"])
        assert requests.post(url, json={"advance_seconds": -1}, timeout=5).status_code == 400
    assert timedelta(hours=1) <= after - before < timedelta(hours=1, minutes=1)


def test_other_control_paths_belong_to_the_application_and_are_not_counted(echo: Any) -> None:
    with running(echo) as server:
        requests.post(f"{server.url}/notes", data="one", timeout=5)
        assert requests.get(f"{server.url}/control/state/notes", timeout=5).json() == ["one"]
        assert requests.get(f"{server.url}/control/unknown", timeout=5).status_code == 404
        assert requests.get(f"{server.url}/control/counts", timeout=5).json() == {"POST /notes": 1}


def test_a_mistake_in_the_application_is_a_500_and_stands_in_the_log(
    echo: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with running(echo) as server:
        assert requests.get(f"{server.url}/broken", timeout=5).status_code == 500
        [entry] = requests.get(f"{server.url}/control/log", timeout=5).json()
    assert (entry["fault"], entry["done"]) == ("crash", False)
    assert "a mistake in the application" in caplog.text


def test_latency_is_added_to_every_answer(echo: Any) -> None:
    with running(echo, latency_ms=120) as server:
        start = time.monotonic()
        requests.get(f"{server.url}/", timeout=5)
    assert time.monotonic() - start >= 0.12


def test_the_state_outlives_a_restart(
    echo: Any, another: Callable[[], Any], clock: SandboxClock, tmp_path: Path
) -> None:
    file = tmp_path / "echo.state"
    with running(echo, state=file, clock=clock) as server:
        requests.post(f"{server.url}/notes", data="kept", timeout=5)
        requests.post(f"{server.url}/control/clock", json={"advance_seconds": 60}, timeout=5)
    later, later_clock = another(), SandboxClock()
    with running(later, state=file, clock=later_clock):
        assert (later.notes, later_clock.shift) == (["kept"], timedelta(seconds=60))


def test_a_change_is_written_soon_after_it_settles(echo: Any, tmp_path: Path) -> None:
    file = tmp_path / "echo.state"
    with running(echo, state=file) as server:
        requests.post(f"{server.url}/notes", data="kept", timeout=5)
        deadline = time.monotonic() + 5
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert json.loads(file.read_bytes().splitlines()[1]) == ["kept"]


def test_the_state_of_another_platform_is_refused(echo: Any, tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text('{"name": "sap-b1", "shift_seconds": 0}\n[]')
    with pytest.raises(ValueError, match="holds the state of sap-b1, not of echo"):
        asyncio.run(Server(echo, state=file).start())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_says_where_it_is_and_keeps_its_state_when_it_is_told_to_stop(
    number: signal.Signals, tmp_path: Path
) -> None:
    file = tmp_path / "echo.state"
    here = Path(__file__).parent
    program = (
        "import importlib.util, sys, pathlib\n"
        f"spec = importlib.util.spec_from_file_location('echo', {str(here / 'conftest.py')!r})\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "from hub.sandbox.server import Server, SandboxClock\n"
        f"Server(module.Echo(SandboxClock().now), state=pathlib.Path({str(file)!r})).run_forever()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(here.parents[2])}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["name"] == "echo"
        requests.post(f"{ready['url']}/notes", data="kept", timeout=5)
        process.send_signal(number)
        assert process.wait(10) == 0
    assert json.loads(file.read_bytes().splitlines()[1]) == ["kept"]


def test_how_busy_the_process_was_since_it_was_asked_last(echo: Any) -> None:
    with running(echo) as server:
        requests.get(f"{server.url}/control/busy", timeout=5)
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
        said = requests.get(f"{server.url}/control/busy", timeout=5).json()
        time.sleep(0.2)
        idle = requests.get(f"{server.url}/control/busy", timeout=5).json()
    # The server runs in this very process, so the work above is counted as its own.
    assert said["cpu_seconds"] >= 0.1
    assert said["busy"] == pytest.approx(said["cpu_seconds"] / said["seconds"])
    assert idle["cpu_seconds"] < 0.1 < idle["seconds"]


def test_requests_of_a_recorded_operation_are_kept_whole(echo: Any) -> None:
    with running(echo) as server:
        recording = f"{server.url}/control/recording"
        requests.post(f"{server.url}/notes", data="before", timeout=5)
        requests.put(recording, json={"operations": ["POST /notes"]}, timeout=5)
        requests.post(f"{server.url}/notes?a=%2B&a=1", data="kept", headers={"X-Mine": "1"}, timeout=5)
        requests.get(f"{server.url}/notes", timeout=5)
        [kept] = requests.get(recording, timeout=5).json()
        assert requests.delete(recording, timeout=5).json() == []
    headers = {name.lower(): value for name, value in kept.pop("headers").items()}
    assert headers["x-mine"] == "1"
    query = [["a", "+"], ["a", "1"]]
    assert kept == {"operation": "POST /notes", "method": "POST", "path": "/notes", "query": query, "body": "kept"}


def raw(server: Server, *pieces: bytes, pause: float = 0.05) -> bytes:
    """What a connection answers to bytes sent in pieces, until it is closed or nothing comes any more."""
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=0.4) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        answered = b""
        with contextlib.suppress(TimeoutError):
            while received := connection.recv(65536):
                answered += received
        return answered


HEAD = b"Host: x\r\nContent-Length: 4\r\n"


def test_a_request_may_come_in_pieces_or_in_chunks(echo: Any) -> None:
    with running(echo) as server:
        raw(server, b"POST /notes HT", b"TP/1.1\r\n" + HEAD + b"\r\non", b"e1")
        chunked = b"POST /notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        raw(server, chunked + b"2\r\ntw\r\n", b"1\r\no\r\n0\r\n\r\n")
    assert echo.notes == ["one1", "two"]


def test_several_requests_sent_at_once_are_answered_in_their_order(echo: Any) -> None:
    with running(echo, latency_ms=20) as server:
        answered = raw(server, b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(3)))
    places = [answered.index(b'"path":"/%d"' % number) for number in range(3)]
    assert places == sorted(places)
    assert answered.count(b"HTTP/1.1 201 Created\r\n") == 3


def test_a_client_that_asks_whether_to_go_on_is_told_so(echo: Any) -> None:
    with running(echo) as server:
        answered = raw(server, b"POST /notes HTTP/1.1\r\nExpect: 100-continue\r\n" + HEAD + b"\r\n", b"body")
    assert answered.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n")


def test_a_connection_is_closed_when_the_client_wants_it(echo: Any) -> None:
    with running(echo) as server:
        answered = raw(server, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", pause=0)
    head, _, body = answered.partition(b"\r\n\r\n")
    assert b"Connection: close" in head
    assert b"Content-Length: " in head
    assert body == b""


def test_what_is_no_http_is_refused(echo: Any) -> None:
    with running(echo) as server:
        assert raw(server, b"what?\r\n\r\n").startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert requests.get(f"{server.url}/", timeout=5).status_code == 201
