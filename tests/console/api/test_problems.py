from __future__ import annotations

import logging

import pytest

from admin.api.blueprint import PREFIX
from hub.store.runs import RUNS
from tests.console.api.conftest import Office

PRODUCT = "/integrations/acme/routes/product/erp_to_shop"


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("GET /nothing", 404),
        ("GET ", 404),
        ("GET /jobs/99999999999999999999", 404),
        ("GET /jobs/7", 404),
        ("GET /runs/7", 404),
        ("GET /runs/7/plan", 404),
        ("GET /messages/7", 404),
        ("GET /integrations/nobody", 404),
        ("GET /integrations/acme/routes/socks/erp_to_shop", 404),
        ("GET /integrations/acme/routes/product/shop_to_erp", 404),
        ("DELETE /integrations/acme/links/7", 404),
        ("DELETE /jobs", 405),
        ("GET /jobs/7/cancel", 405),
    ],
)
def test_what_is_not_there_is_told_as_a_problem(office: Office, what: str, status: int) -> None:
    answer = office.call(what, token=office.token("administrator"))
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json["status"] == status
    assert {"type", "title", "detail", "instance"} <= answer.json.keys()
    assert status != 405 or "Allow" in answer.headers


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("GET /messages", {"verdikt": "failed"}),
        ("GET /messages", {"verdict": "bad"}),
        ("GET /messages", {"since": "2026-11-21T12:00:00"}),
        ("GET /messages", {"since": "0001-01-01T00:00:00+14:00"}),
        ("GET /messages", {"until": "9999-12-31T23:59:59-14:00"}),
        ("GET /messages", {"run": "99999999999999999999"}),
        ("GET /messages", {"ident": "a\0b"}),
        ("GET /messages", {"text": ""}),
        ("GET /runs", {"object": "socks"}),
        ("GET /alerts", {"cleared": "perhaps"}),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(office: Office, what: str, query: dict[str, str]) -> None:
    assert office.refused(what, token=office.token("viewer"), **query)[0] == 422


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"keys": "MUG"}', "application/json", 422),
        (b'{"keys": [""]}', "application/json", 422),
        (b'{"key": ["MUG"]}', "application/json", 422),
        (b'{"keys": ["\\u0000"]}', "application/json", 422),
        (b'{"keys": ["\\ud800"]}', "application/json", 422),
        (b'{"full": 7}', "application/json", 422),
        (b'{"keys": ["MUG"]}', "text/plain", 415),
        (b'{"keys": ["MUG"]}', "", 415),
        (b" " * 2_000_001, "application/json", 413),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_and_nothing_is_done(
    office: Office, sent: bytes, kind: str, status: int
) -> None:
    office.stage.work("product", "initialize")
    headers = {"Authorization": f"Bearer {office.token('operator')}"}
    made = office.app.test_client().post(f"{PREFIX}{PRODUCT}/sync", data=sent, content_type=kind, headers=headers)
    assert (made.status_code, made.content_type) == (status, "application/problem+json"), made.text
    assert office.stage.hub.jobs.unfinished([office.stage.route("product").id]) == []


def test_the_reason_of_a_refusal_comes_with_where_it_stands(office: Office) -> None:
    answer = office.call("GET /runs", token=office.token("viewer"), limit="0", object="socks")
    assert answer.json["errors"]["query"].keys() == {"limit", "object"}
    answer = office.call(f"POST {PRODUCT}/sync", {}, token=office.token("operator"))
    assert (answer.json["cause"], answer.json["fix"]) == ("CONFIGURATION", "Run: hub initialize acme product")


def test_a_failure_inside_is_told_without_the_inside(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    token = office.token("viewer")
    with office.stage.hub.database.write() as connection:
        RUNS.drop(connection)
    with caplog.at_level(logging.ERROR):
        answer = office.call("GET /runs/1", token=token)
    assert (answer.status, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert "run" not in answer.json["detail"] and "sqlite" not in answer.text.lower() and "Traceback" not in answer.text
    assert "The API could not answer GET /api/v1/runs/1." in caplog.text


def test_trouble_of_a_platform_is_told_with_what_to_do(office: Office) -> None:
    stage = office.stage
    hours = [{"from": "00:00", "to": "23:59"}]
    known = stage.hub.connections.named("erp")
    stage.hub.connections.save("erp", known.platform, known.settings, known.secret, hours)
    answer = office.call(f"GET {PRODUCT}/selection", token=office.token("viewer"))
    assert (answer.status, answer.json["cause"]) == (409, "WRITES_STOPPED")
