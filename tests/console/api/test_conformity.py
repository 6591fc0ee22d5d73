"""What the document says of answers and arguments is so, whatever is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import RAISE, Schema

from tests.console.api.conftest import Call, Office, calls_of

WORDS = ["", "x", "x" * 256, "0", "-1", "2147483648", "9223372036854775808", "1e3", "true", "null", "%", "'\"<&"]
WORDS += ["A..B", "a\0b", "\u00e9\U0001f600", "*", '"', "AND NOT (", "2026-11-21"]
WORDS += ["2026-11-21T12:00:00Z", "9999-12-31T23:59:59Z"]
VALUES: list[Any] = [*WORDS, None, 0, -1, 2**63, 1.5, True, [], {}, [None], ["x"], [{}], ["x" * 256], {"x": "y"}]


def answer_of(office: Office, name: str, status: int) -> Schema | None:
    """The schema that an endpoint promises for a status."""
    documented = office.app.view_functions[f"api.{name}"]._apidoc["response"]["responses"]  # type: ignore[attr-defined]
    found: Schema | None = documented[status][0].get("schema")
    return found


def parameters(office: Office, name: str) -> Iterator[tuple[str, str]]:
    """Place and name of each value that an endpoint takes besides its path."""
    arguments = office.app.view_functions[f"api.{name}"]._apidoc.get("arguments", {})  # type: ignore[attr-defined]
    for one in arguments.get("parameters", []):
        schema = one["schema"]() if isinstance(one["schema"], type) else one["schema"]
        for field, value in schema.fields.items():
            yield one["in"], value.data_key or field


def test_every_answer_has_the_form_that_is_promised(anywhere: Office) -> None:
    office, calls = anywhere, calls_of(anywhere)
    more_trouble(office)
    token, tried = office.token("administrator", sees_personal=True), 0
    last = ["cancel_job", "unlink", "remove_entry", "drop_held"]
    for name in sorted(calls, key=lambda name: name in last):
        what, body, query = calls[name]
        if name in ("resync_failures", "acknowledge_failures", "ignore_failures"):
            body = {**body, "expected": office.ok(calls["count_failures"][0], {"all": True}, token=token)["count"]}
        answer = office.call(what, body, token=token, **query)
        schema = answer_of(office, name, answer.status) if answer.status in (200, 202) else None
        if schema is not None:
            assert schema.load(answer.json, unknown=RAISE) is not None, name
            tried += 1
    assert tried > 30


def more_trouble(office: Office) -> None:
    """An order that fails, so that there are failures and messages with calls."""
    office.stage.shop.place_order(1004, [("NOPE", 1, "5.00")])
    office.stage.work("order")


def test_whatever_is_sent_the_hub_does_not_break(anywhere: Office) -> None:
    office, calls = anywhere, calls_of(anywhere)
    more_trouble(office)
    token, tried = office.token("administrator", sees_personal=True), 0
    for name, (what, body, query) in calls.items():
        for place, field in parameters(office, name):
            for value in WORDS if place == "query" else VALUES:
                answer = _sent(office, (what, body, query), place, {field: value}, token)
                assert answer.status < 500, f"{what} {place} {field}={value!r}: {answer.text}"
                schema = answer_of(office, name, answer.status)
                if schema is not None:
                    assert schema.load(answer.json, unknown=RAISE) is not None, answer.text
                tried += 1
    assert tried > 1000


def _sent(office: Office, call: Call, place: str, value: dict[str, Any], token: str) -> Any:
    what, body, query = call
    if place == "query":
        return office.call(what, body, token=token, **{**query, **value})
    return office.call(what, {**(body or {}), **value}, token=token, **query)


@pytest.mark.parametrize("word", WORDS)
def test_whatever_stands_in_a_path_the_hub_does_not_break(office: Office, word: str) -> None:
    token = office.token("administrator")
    for path in ("jobs/{}", "runs/{}/plan", "integrations/{}", "integrations/acme/maps/{}", "integrations/{}/links/1"):
        assert office.call(f"GET /{path.format(word)}", token=token).status in (404, 405, 422)
