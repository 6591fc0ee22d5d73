"""Log-in, cookies, idle sessions, letter case, dead nodes."""

from __future__ import annotations

import pytest

from hub.sandbox.message import Request
from tests.sandbox.sap_b1.scenario import Client, Clock, answer_of


def test_a_login_answers_the_session_and_sets_both_cookies(stranger: Client) -> None:
    answer = stranger.login()
    assert answer.status == 200
    assert answer.json["SessionTimeout"] == 30
    first, second = answer.headers["Set-Cookie"]
    assert first == f"B1SESSION={answer.json['SessionId']};HttpOnly;"
    assert second.startswith("ROUTEID=.node")
    assert second.endswith("; path=/b1s")


def test_without_a_session_every_request_is_401_301(stranger: Client) -> None:
    answer = stranger.get("Items")
    assert (answer.status, answer.code) == (401, "301")


def test_v1_tells_the_same_with_a_number_and_a_message_object(stranger: Client) -> None:
    stranger.version = 1
    error = stranger.get("Items").json["error"]
    assert error["code"] == 301
    assert error["message"]["lang"] == "en-us"
    assert error["message"]["value"]


def test_a_login_in_the_wrong_letter_case_is_no_login(stranger: Client) -> None:
    answer = stranger.post("login", {"CompanyDB": "SBODEMO", "UserName": "hub", "Password": "sandbox"})
    assert (answer.status, answer.code) == (401, "301")
    assert stranger.control("GET", "state/sessions")["logins"] == 0


def test_an_entity_set_in_the_wrong_letter_case_is_unknown(client: Client) -> None:
    answer = client.get("items")
    assert (answer.status, answer.code) == (400, "-1000")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [({"Password": "guess"}, 401, "-304"), ({"UserName": "who"}, 401, "-304"), ({"CompanyDB": "OTHER"}, 401, "-5027")],
)
def test_wrong_credentials_are_refused(stranger: Client, wrong: dict[str, str], status: int, code: str) -> None:
    answer = stranger.login(**wrong)
    assert (answer.status, answer.code) == (status, code)
    assert stranger.control("GET", "state/sessions")["refused"] == 1


def test_a_session_ends_after_its_idle_time_and_not_before(client: Client, clock: Clock) -> None:
    clock.pass_by(minutes=29)
    assert client.get("Items").status == 200
    clock.pass_by(minutes=29, seconds=59)
    assert client.get("Items").status == 200
    clock.pass_by(minutes=30)
    assert client.get("Items").status == 401


def test_after_logout_the_session_is_gone(client: Client) -> None:
    assert client.post("Logout").status == 204
    assert client.get("Items").status == 401
    assert client.post("Logout").status == 401


def test_a_session_serves_both_versions(client: Client) -> None:
    assert client.get("/b1s/v1/Items").status == 200


def test_sessions_are_counted(stranger: Client) -> None:
    for _ in range(3):
        stranger.login()
    sessions = stranger.control("GET", "state/sessions")
    assert (sessions["logins"], sessions["most_at_once"], len(sessions["open"])) == (3, 3, 3)


def test_sessions_can_be_killed_from_outside(client: Client) -> None:
    assert client.control("DELETE", "sessions") == {"ended": 1}
    assert client.get("Items").status == 401


def test_the_fault_of_an_expired_session_forgets_it(client: Client) -> None:
    request = Request.make("GET", "/b1s/v2/Items", {"Cookie": client.cookie})
    answer = answer_of(client.application.refuse("session_expired", request))
    assert (answer.status, answer.code) == (401, "301")
    assert client.get("Items").status == 401


def test_an_overloaded_node_answers_a_page_and_not_json(client: Client) -> None:
    answer = answer_of(client.application.refuse("throttled", Request.make("GET", "/b1s/v2/Items")))
    assert answer.status == 503
    assert answer.text.startswith("<!DOCTYPE HTML")


def test_a_dead_node_is_left_by_logging_in_without_its_cookie(client: Client) -> None:
    node = client.cookie.rpartition("ROUTEID=")[2]
    client.control("POST", "sessions", {"dead_nodes": [node]})
    answer = client.get("Items")
    assert answer.status == 502
    assert "<html>" in answer.text
    without_node = client.cookie.partition(";")[0]
    assert client.get("Items", Cookie=without_node).status == 200
    client.cookie = ""
    assert client.login().status == 200
    assert node not in client.cookie
    assert client.get("Items").status == 200


def test_ping_needs_no_session(stranger: Client) -> None:
    assert stranger.get("/ping/").text == "pong"
    assert stranger.get("/ping/load-balancer").text == "pong"
