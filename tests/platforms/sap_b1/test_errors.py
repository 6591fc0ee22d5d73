"""A refusal is classified by status and code, in whatever shape it comes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hub import errors as hub_errors
from hub.platforms.call import Answer, Call
from hub.platforms.sap_b1 import errors


def answered(status: int, body: Any, kind: str = "application/json") -> Answer:
    """An answer to a POST of an order."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(Call("POST Orders", "POST", "/b1s/v2/Orders", writes=True), status, {"Content-Type": kind}, raw)


MESSAGE = "Dieser Eintrag existiert bereits"
SHAPES = [
    {"error": {"code": -2035, "message": {"lang": "de", "value": MESSAGE}}},
    {"error": {"code": "-2035", "message": MESSAGE, "details": [{"code": "", "message": ""}]}},
    {"error": {"code": "-2035", "message": {"lang": "de", "value": MESSAGE}}},
    {"error": {"code": -2035, "message": MESSAGE}},
]


@pytest.mark.parametrize("body", SHAPES)
def test_all_four_shapes_say_the_same(body: Any) -> None:
    assert errors.refusal(answered(400, body)) == errors.Refusal(400, "-2035", MESSAGE)
    assert isinstance(errors.error_of(answered(400, body)), errors.AlreadyThere)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "301", hub_errors.PlatformRefused),
        (404, "-2028", hub_errors.TargetVanished),
        (400, "-2028", errors.DraftOrUnknownCode),
        (400, "1320000140", errors.AlreadyThere),
        (412, "-2039", hub_errors.Changed),
        (400, "-2039", hub_errors.Changed),
        (400, "-10", hub_errors.RejectedByTarget),
        (400, "-5006", hub_errors.RejectedByTarget),
        (400, "1000042", hub_errors.RejectedByTarget),
        (400, "-1000", errors.UnknownName),
        (400, "1250000128", errors.NoState),
        (403, "-6006", errors.Unpermitted),
        (400, "-4013", hub_errors.PostingPeriodClosed),
        (400, "-4006", hub_errors.MissingExchangeRate),
    ],
)
def test_codes_have_their_classes(status: int, code: str, kind: type[Exception]) -> None:
    error = errors.error_of(answered(status, {"error": {"code": code, "message": "x"}}))
    assert type(error) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, errors.UnknownName),
        (403, errors.Unpermitted),
        (404, errors.UnknownName),
        (413, hub_errors.InvalidRecord),
        (501, hub_errors.PlatformUnavailable),
    ],
)
def test_a_page_of_a_proxy_is_classified_by_its_status(status: int, kind: type[Exception]) -> None:
    error = errors.error_of(answered(status, b"<html><h1>Proxy Error</h1></html>", "text/html"))
    assert type(error) is kind
    assert "text/html" in str(error)


@pytest.mark.parametrize("body", [b"[]", b'{"error": "words"}', b""])
def test_a_body_of_another_kind_is_no_crash(body: bytes) -> None:
    assert errors.refusal(answered(400, body)).code == ""


def test_the_erps_own_words_are_shown_and_group_the_failure() -> None:
    error = errors.error_of(answered(400, {"error": {"code": "-5002", "message": "Nur mit Projekt"}}))
    assert "Nur mit Projekt" in str(error)
    assert error.detail == "-5002: Nur mit Projekt"


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "SECRET", "message": "inner words"}},
        {"error": {"code": -1, "message": {"value": {"inner": "words"}}}},
        {"error": "inner words"},
        {"inner": "words"},
        ["inner words"],
    ],
)
def test_of_an_answer_that_is_not_the_service_layers_no_word_is_shown(body: Any) -> None:
    found = errors.error_of(answered(403, body))
    told = f"{found} {found.detail}"
    assert ("inner" in told, "SECRET" in told, "403" in str(found)) == (False, False, True)
