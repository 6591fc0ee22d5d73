from __future__ import annotations

from hub.sync.seen import Seen


def test_what_was_taken_in_is_found_letter_for_letter() -> None:
    with Seen() as seen:
        seen.add(["MUG", "Tee", "MUG"])
        seen.add([])
        assert seen.among(["mug", "MUG", "TEE", "Tee", ""]) == {"MUG", "Tee"}
        assert len(seen) == 2


def test_many_are_asked_for_in_parts() -> None:
    with Seen() as seen:
        seen.add(str(number) for number in range(0, 4000, 2))
        assert seen.among(str(number) for number in range(2001)) == {str(number) for number in range(0, 2001, 2)}
