"""Every kind of fault, as a client over real HTTP meets it and as the application's state shows it."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from hub.sandbox.clock import SandboxClock
from hub.sandbox.faults import KINDS, Faults, Rule, parse_faults
from hub.sandbox.server import Operation, Server, running

WRITE = Operation("POST Orders", writes=True)
READ = Operation("GET Orders")


def every_time(kind: str, **options: Any) -> Faults:
    return Faults([Rule(kind, share=1, **options)])


def post(server: Server, body: str = "one") -> requests.Response:
    return requests.post(f"{server.url}/notes", data=body, timeout=5)


def pending(server: Server) -> int:
    return int(requests.get(f"{server.url}/control/pending", timeout=5).json()["pending"])


def last_entry(server: Server) -> dict[str, Any]:
    entry: dict[str, Any] = requests.get(f"{server.url}/control/log", timeout=5).json()[-1]
    return entry


def test_throttled_is_said_in_the_platforms_own_form_and_nothing_is_done(echo: Any) -> None:
    with running(echo, faults=every_time("throttled")) as server:
        answer = post(server)
    assert (answer.status_code, answer.json()) == (429, {"code": "throttled"})
    assert echo.notes == []


def test_a_mistake_in_a_refusal_is_logged_and_leaves_nobody_waiting(
    echo: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with running(echo, faults=every_time("throttled")) as server:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}/broken", timeout=5)
        assert post(server).status_code == 429
    assert "a mistake in a refusal" in caplog.text


def test_an_expired_session_is_forgotten_by_the_application_and_nothing_is_done(echo: Any) -> None:
    with running(echo, faults=every_time("session_expired")) as server:
        assert post(server).status_code == 401
    assert (echo.expired, echo.notes) == (1, [])


def test_error_500_does_nothing(echo: Any) -> None:
    with running(echo, faults=every_time("error_500")) as server:
        assert post(server).status_code == 500
    assert echo.notes == []


def test_html_502_is_a_page_and_does_nothing(echo: Any) -> None:
    with running(echo, faults=every_time("html_502")) as server:
        answer = post(server)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert echo.notes == []


def test_slow_is_done_and_answered_late(echo: Any) -> None:
    with running(echo, faults=every_time("slow", seconds=(0.15, 0.15))) as server:
        start = time.monotonic()
        assert post(server).status_code == 201
    assert time.monotonic() - start >= 0.15
    assert echo.notes == ["one"]


def test_dropped_closes_the_connection_before_anything_is_done(echo: Any) -> None:
    with running(echo, faults=every_time("dropped")) as server, pytest.raises(requests.ConnectionError):
        post(server)
    assert echo.notes == []


def test_stored_then_dropped_is_done_without_an_answer(echo: Any) -> None:
    with running(echo, faults=every_time("stored_then_dropped")) as server:
        with pytest.raises(requests.ConnectionError):
            post(server)
        entry = last_entry(server)
    assert echo.notes == ["one"]
    assert (entry["done"], entry["status"], entry["fault"]) == (True, None, "stored_then_dropped")


def test_stored_then_502_is_done_and_answered_by_a_page(echo: Any) -> None:
    with running(echo, faults=every_time("stored_then_502")) as server:
        assert post(server).status_code == 502
    assert echo.notes == ["one"]


def test_late_drops_the_answer_and_the_write_lands_afterwards(echo: Any, clock: SandboxClock) -> None:
    with running(echo, faults=every_time("late"), clock=clock) as server:
        with pytest.raises(requests.ConnectionError):
            post(server)
        assert (pending(server), echo.notes) == (1, [])
        requests.post(f"{server.url}/control/clock", json={"advance_seconds": 4.9}, timeout=5)
        assert (pending(server), echo.notes) == (1, [])
        requests.post(f"{server.url}/control/clock", json={"advance_seconds": 15.1}, timeout=5)
        assert (pending(server), echo.notes) == (0, ["one"])
        assert last_entry(server)["done"]


def test_late_needs_no_push_of_the_clock(echo: Any) -> None:
    with running(echo, faults=every_time("late", seconds=(0.1, 0.2))) as server:
        with pytest.raises(requests.ConnectionError):
            post(server)
        deadline = time.monotonic() + 5
        while pending(server) and time.monotonic() < deadline:
            time.sleep(0.02)
    assert echo.notes == ["one"]


def test_delayed_is_carried_out_and_answered_after_a_wait_each(echo: Any) -> None:
    with running(echo, faults=every_time("delayed", seconds=(0.1, 0.1))) as server:
        start = time.monotonic()
        assert post(server).status_code == 201
    assert time.monotonic() - start >= 0.2
    assert echo.notes == ["one"]


def test_a_delayed_write_lands_though_its_client_has_gone(echo: Any) -> None:
    with running(echo, faults=every_time("delayed", seconds=(0.3, 0.3))) as server:
        with pytest.raises(requests.Timeout):
            requests.post(f"{server.url}/notes", data="one", timeout=0.1)
        assert (pending(server), echo.notes) == (1, [])
        requests.post(f"{server.url}/control/clock", json={"advance_seconds": 1}, timeout=5)
        assert (pending(server), echo.notes) == (0, ["one"])


@pytest.mark.parametrize("kind", ["stored_then_dropped", "stored_then_502", "late"])
def test_a_read_that_meets_a_fault_of_writes_is_dropped(kind: str, echo: Any) -> None:
    with running(echo, faults=every_time(kind)) as server:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}/notes", timeout=5)
        assert (last_entry(server)["fault"], pending(server)) == ("dropped", 0)


def test_a_file_meets_faults_of_the_connection_but_no_refusal(echo: Any) -> None:
    with running(echo, faults=every_time("throttled")) as server:
        assert requests.get(f"{server.url}/files/1", timeout=5).status_code == 201
    with running(echo, faults=every_time("html_502")) as server:
        assert requests.get(f"{server.url}/files/1", timeout=5).status_code == 502


def test_a_dropped_request_leaves_the_server_ready_for_the_next(echo: Any) -> None:
    with running(echo, faults=every_time("dropped", times=1)) as server, requests.Session() as session:
        with pytest.raises(requests.ConnectionError):
            session.post(f"{server.url}/notes", data="one", timeout=5)
        session.post(f"{server.url}/notes", data="two", timeout=5)
    assert echo.notes == ["two"]


def test_rules_are_switched_over_http_and_say_how_often_they_hit(echo: Any) -> None:
    with running(echo) as server:
        url = f"{server.url}/control/faults"
        requests.put(url, json=[{"kind": "error_500", "share": 1, "times": 2, "operations": ["POST *"]}], timeout=5)
        assert [post(server).status_code for _ in range(3)] == [500, 500, 201]
        [rule] = requests.get(url, timeout=5).json()
        assert (rule["kind"], rule["hits"]) == ("error_500", 2)
        assert requests.delete(url, timeout=5).json() == []


@pytest.mark.parametrize(
    "rules",
    [
        [{"kind": "earthquake", "share": 1}],
        [{"kind": "dropped"}],
        [{"kind": "dropped", "share": 2}],
        [{"kind": "dropped", "share": 0.5, "every": 2}],
        [{"kind": "late", "share": 1, "seconds": [5, 1]}],
        [{"kind": "late", "share": 1, "tmes": 1}],
        [{"share": 1}],
        ["dropped"],
        7,
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_the_old_ones_stay(rules: Any, echo: Any) -> None:
    with running(echo, faults=every_time("dropped")) as server:
        answer = requests.put(f"{server.url}/control/faults", json=rules, timeout=5)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])
        assert len(requests.get(f"{server.url}/control/faults", timeout=5).json()) == 1


def test_the_same_seed_gives_the_same_faults() -> None:
    def picks(seed: int) -> list[Any]:
        faults = Faults([Rule("late", share=0.3), Rule("slow", share=0.3)], seed=seed)
        return [faults.pick(WRITE) for _ in range(200)]

    assert picks(7) == picks(7) != picks(8)


def test_what_makes_a_session_meets_no_expired_one() -> None:
    faults = every_time("session_expired")
    assert (faults.pick(Operation("login")), faults.pick(Operation("access_token"))) == (None, None)
    assert faults.pick(READ) is not None


def test_a_share_is_kept_and_delays_lie_in_their_range() -> None:
    faults = Faults([Rule("late", share=0.1)], seed=1)
    hits = [fault for fault in (faults.pick(WRITE) for _ in range(5000)) if fault]
    assert 400 < len(hits) < 600
    assert all(5 <= hit.first <= 20 for hit in hits)


def test_every_third_matching_request_is_hit() -> None:
    faults = Faults([Rule("dropped", every=3, operations=("POST *",))])
    hits = []
    for _ in range(6):
        assert faults.pick(READ) is None
        hits.append(faults.pick(WRITE) is not None)
    assert hits == [False, False, True, False, False, True]


def test_reads_and_writes_may_stand_for_all_operations_of_the_sort() -> None:
    faults = Faults([Rule("dropped", share=1, operations=("writes",))])
    assert (faults.pick(READ), faults.pick(WRITE) is None) == (None, False)


def test_faults_can_be_written_in_a_line_of_text() -> None:
    assert parse_faults("late=0.1:5-20, throttled=0.05@products,dropped=every3#2@POST Orders|writes,slow=1:0.5") == [
        Rule("late", share=0.1, seconds=(5, 20)),
        Rule("throttled", share=0.05, operations=("products",)),
        Rule("dropped", every=3, times=2, operations=("POST Orders", "writes")),
        Rule("slow", share=1, seconds=(0.5, 0.5)),
    ]
    assert parse_faults("") == []


@pytest.mark.parametrize("text", ["late", "late=", "late=x", "storm=0.1", "late=2", "late=0.1:9-5"])
def test_text_that_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"late|storm"):
        parse_faults(text)


def test_a_rule_survives_its_json_form() -> None:
    rules = [Rule(kind, share=0.5, operations=("a*",), times=3, seconds=(1, 2)) for kind in KINDS]
    assert [Rule.from_json(rule.to_json()) for rule in rules] == rules
