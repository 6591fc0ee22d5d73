"""Whoever tests an address reads no more of what is behind it than that it is no shop."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import PlatformUnavailable
from hub.platforms.call import Answer, Call
from hub.platforms.shopify import answers


@pytest.mark.parametrize(
    "payload",
    [
        {"error": "inner words, as they come"},
        {"error": {"inner": "words"}},
        {"errors": {"inner": "words"}},
        {"errors": [{"inner": "words"}, {"message": {"inner": 1}}, 7]},
        {"error_description": "inner words"},
        ["inner words"],
        None,
    ],
)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404])
def test_of_an_answer_that_is_not_the_platforms_no_word_is_shown(payload: Any, status: int) -> None:
    said = str(answers.refusal(status, payload, "https://shop.example"))
    assert ("inner" in said, "shop.example" in said) == (False, True)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"errors": "Invalid API key"}, "Invalid API key"),
        ({"errors": [{"message": "No access."}]}, "No access."),
        ({"error": "invalid_request", "error_description": "No such app."}, "No such app."),
        ({"error": "invalid_client"}, "invalid_client"),
    ],
)
def test_the_platforms_own_words_are_shown(payload: Any, words: str) -> None:
    assert words in str(answers.refusal(401, payload, "https://shop.example"))


def test_what_is_no_json_is_told_by_its_status_alone() -> None:
    with pytest.raises(PlatformUnavailable, match="status 200") as caught:
        Answer(Call("shop", "POST", "/"), 200, {"Content-Type": "text/html"}, b"inner words").json()
    assert "inner" not in f"{caught.value} {caught.value.detail}"
