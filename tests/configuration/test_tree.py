from __future__ import annotations

import pytest

from hub.configuration.faults import Fault, FaultyFile, shown
from hub.configuration.tree import parse


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("01", "01"),
        ("NO", "NO"),
        ("on", "on"),
        ("2026-07", "2026-07"),
        ("2026-11-21", "2026-11-21"),
        ("0.10", "0.10"),
        ("1_000", "1_000"),
        ("'true'", "true"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("[a, 7]", ["a", "7"]),
        ("{a: {b: c}}", {"a": {"b": "c"}}),
    ],
)
def test_a_plain_value_is_the_text_that_was_written(written: str, meant: object) -> None:
    value, places = parse(f"key: {written}", "file")
    assert (value, places.faults) == ({"key": meant}, [])


def test_each_value_is_found_again_by_its_line_and_column() -> None:
    _, places = parse("a:\n  - {b: c}\n  - d\n", "file")
    assert places.positions["a", 0, "b"] == (2, 6)
    assert places.values["a", 0, "b"] == (2, 9)
    assert places.positions["a", 1] == (3, 5)


def test_what_is_missing_is_reported_where_it_should_stand() -> None:
    _, places = parse("a:\n  b: c\n", "file")
    places.fault(("a", "x", "y"), "Missing.", "Add it.")
    assert places.faults == [Fault(1, 1, "a.x.y", "Missing.", "Add it.")]


def test_a_path_reads_like_a_program_would_write_it() -> None:
    assert shown(("maps", "location", 1, "erp")) == "maps.location[1].erp"


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: [", 1, 5, "no YAML"),
        ("a:\n\tb: 1", 2, 1, "not with tabs"),
        ("a: 1\nb: *b", 2, 4, "no alias"),
        ("a: 1\nb: &b [1]", 2, 4, "no anchor"),
        ("a: &a [1]\n" + "".join(f"{x}: &{x} [*a, *a]\n" for x in "bcdefghij"), 1, 4, "no anchor"),
        ("[" * 3_000, 1, 21, "too deep"),
        ("a: " + "x" * 1_000_000, 1, 1, "too large"),
        ("a: 1\n---\nb: 2", 2, 1, "no YAML"),
        ("a: \x07", 1, 1, "UTF-8"),
    ],
)
def test_what_is_no_yaml_is_said_with_its_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(FaultyFile, match=words) as caught:
        parse(text, "file")
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [(line, column)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\n\na: 3", 3, "first in line 1"),
        ("a: 1\n? [x, y]\n: 2", 1, "line 2 is no text"),
        ("a: !secret x", 1, "tag !secret"),
    ],
)
def test_what_yaml_allows_and_we_do_not_is_a_fault(text: str, line: int, words: str) -> None:
    value, places = parse(text, "file")
    assert set(value) == {"a"}
    assert [(fault.line, words in fault.text) for fault in places.faults] == [(line, True)]


def test_a_tag_of_a_programming_language_makes_nothing_but_plain_values() -> None:
    value, _ = parse("a: !!python/object/apply:os.system [echo]", "file")
    assert value == {"a": ["echo"]}
