"""What is too long for a sentence is counted."""

from __future__ import annotations

from hub.enumerating import first_of


def test_as_many_as_there_is_room_for_are_named_and_the_others_counted() -> None:
    assert first_of([], 2) == ""
    assert first_of(["a", "b"], 2) == "a, b"
    assert first_of(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert first_of(["a", "b", "c"], 2, between="; ") == "a; b and 1 more"
