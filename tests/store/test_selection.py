from __future__ import annotations

import pytest

from hub.store.database import Database
from hub.store.selection import Selection
from tests.store.conftest import Clock


@pytest.fixture
def selection(database: Database, integration_id: int) -> Selection:
    return Selection(database, integration_id)


def records(*keys: str) -> list[tuple[str, str]]:
    return [(key, f"Item {key}") for key in keys]


def test_marking_answers_exactly_what_was_not_marked_before(selection: Selection, clock: Clock) -> None:
    assert selection.mark("product", records("B", "A"), "ann", clock()) == ["B", "A"]
    assert selection.mark("product", records("A", "C", "B", "C"), "bob", clock()) == ["C"]
    assert selection.marked("product", ["A", "B", "C", "D"]) == {"A", "B", "C"}


def test_what_is_marked_keeps_whoever_marked_it_first(selection: Selection, clock: Clock) -> None:
    began = clock()
    selection.mark("product", records("A"), "ann", began)
    selection.mark("product", records("A"), "bob", clock.advance(hours=1))
    (one,) = selection.page("product")
    assert (one.key, one.label, one.at, one.actor) == ("A", "Item A", began, "ann")


def test_unmarking_counts_what_was_marked(selection: Selection, clock: Clock) -> None:
    selection.mark("product", records("A", "B"), "ann", clock())
    assert selection.unmark("product", ["A", "X"]) == 1
    assert selection.marked("product", ["A", "B"]) == {"B"}


def test_objects_and_integrations_have_selections_of_their_own(
    selection: Selection, database: Database, integration_id: int, clock: Clock
) -> None:
    selection.mark("product", records("A"), "ann", clock())
    assert selection.marked("customer", ["A"]) == set()
    assert Selection(database, integration_id + 1).marked("product", ["A"]) == set()
    assert (selection.count("product"), selection.count("customer")) == (1, 0)


def test_a_selection_of_thousands_goes_page_by_page(selection: Selection, clock: Clock) -> None:
    keys = [f"I{number:05}" for number in range(2345)]
    assert len(selection.mark("product", records(*reversed(keys)), "ann", clock())) == 2345
    assert selection.count("product") == len(selection.marked("product", keys)) == 2345
    seen: list[str] = []
    while page := selection.page("product", seen[-1] if seen else "", 1000):
        seen += [one.key for one in page]
    assert seen == keys
    assert selection.unmark("product", keys) == 2345
