"""The same application behind its server: real cookies, real faults, other people's clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from hub.sandbox.clock import SandboxClock
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import Server, running
from tests.sandbox.sap_b1.scenario import line, order, scenario_world


@pytest.fixture
def server() -> Iterator[Server]:
    clock = SandboxClock()
    with running(SapB1Application(scenario_world(), now=clock.now), clock=clock) as server:
        yield server


@pytest.fixture
def session(server: Server) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        body = {"CompanyDB": "SBODEMO", "UserName": "hub", "Password": "sandbox"}
        assert session.post(f"{server.url}/b1s/v2/Login", json=body, timeout=5).status_code == 200
        yield session


def test_a_jar_of_cookies_is_all_a_client_needs(server: Server, session: requests.Session) -> None:
    assert set(session.cookies.keys()) == {"B1SESSION", "ROUTEID"}
    query = {"$filter": "ItemCode eq 'O''NEIL/1'", "$select": "ItemCode"}
    answer = session.get(f"{server.url}/b1s/v2/Items", params=query, timeout=5)
    assert [one["ItemCode"] for one in answer.json()["value"]] == ["O'NEIL/1"]
    made = session.post(f"{server.url}/b1s/v2/Orders", json=order(line("MUG")), timeout=5)
    assert session.get(made.headers["Location"], timeout=5).json()["DocEntry"] == 1
    assert session.post(f"{server.url}/b1s/v2/Orders(1)/Cancel", timeout=5).status_code == 204


def test_the_clock_of_the_server_ends_idle_sessions(server: Server, session: requests.Session) -> None:
    requests.post(f"{server.url}/control/clock", json={"advance_seconds": 1800}, timeout=5)
    assert session.get(f"{server.url}/b1s/v2/Items", timeout=5).status_code == 401


def test_a_fault_can_end_a_session_in_mid_run(server: Server, session: requests.Session) -> None:
    rule = {"kind": "session_expired", "every": 1, "times": 1, "operations": ["GET Items"]}
    requests.put(f"{server.url}/control/faults", json=[rule], timeout=5)
    answer = session.get(f"{server.url}/b1s/v2/Items", timeout=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "301")
    assert session.get(f"{server.url}/b1s/v2/Warehouses", timeout=5).status_code == 401


def test_an_order_can_be_stored_although_the_gateway_failed(server: Server, session: requests.Session) -> None:
    rule = {"kind": "stored_then_502", "every": 1, "times": 1, "operations": ["POST Orders"]}
    requests.put(f"{server.url}/control/faults", json=[rule], timeout=5)
    answer = session.post(f"{server.url}/b1s/v2/Orders", json=order(line("MUG")), timeout=5)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    orders: list[Any] = requests.get(f"{server.url}/control/state/orders", timeout=5).json()
    assert len(orders) == 1
    assert requests.get(f"{server.url}/control/counts", timeout=5).json()["POST Orders"] == 1


def test_a_late_order_lands_although_the_client_logged_out(server: Server, session: requests.Session) -> None:
    rule = {"kind": "late", "every": 1, "times": 1, "operations": ["POST Orders"], "seconds": [5, 5]}
    requests.put(f"{server.url}/control/faults", json=[rule], timeout=5)
    with pytest.raises(requests.ConnectionError):
        session.post(f"{server.url}/b1s/v2/Orders", json=order(line("MUG")), timeout=5)
    assert session.post(f"{server.url}/b1s/v2/Logout", timeout=5).status_code == 204
    assert requests.get(f"{server.url}/control/state/orders", timeout=5).json() == []
    requests.post(f"{server.url}/control/clock", json={"advance_seconds": 6}, timeout=5)
    assert requests.get(f"{server.url}/control/pending", timeout=5).json() == {"pending": 0}
    assert len(requests.get(f"{server.url}/control/state/orders", timeout=5).json()) == 1
    assert session.post(f"{server.url}/b1s/v2/Orders", json=order(line("MUG")), timeout=5).status_code == 401
