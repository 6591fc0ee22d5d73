from __future__ import annotations

import pytest

from hub.store.adopting import Adopter, Adoption
from hub.store.database import Database
from hub.store.proposals import Pairing, Proposals
from hub.store.routes import Routes
from tests.store.conftest import Clock


@pytest.fixture
def proposals(database: Database, integration_id: int, route_id: int) -> Proposals:
    return Proposals(database, route_id, integration_id, "variant", "erp")


def pairing(source: str, target: str, score: int = 100) -> Pairing:
    return Pairing(source, f"Item {source}", target, f"Variant {target}", score, "sku")


def states(proposals: Proposals) -> dict[tuple[str, str], str]:
    return {(row.source_key, row.target_id): row.state for row in proposals.page()}


def test_states_tell_who_has_a_rival(proposals: Proposals, clock: Clock) -> None:
    pairs = (("A", "1"), ("B", "2"), ("B", "3"), ("C", "4"), ("D", "4"))
    proposals.put([pairing(*pair) for pair in pairs], clock())
    counts = proposals.settle(clock())
    assert states(proposals) == {
        ("A", "1"): "unique",
        ("B", "2"): "ambiguous",
        ("B", "3"): "ambiguous",
        ("C", "4"): "duplicate",
        ("D", "4"): "duplicate",
    }
    assert counts == {"unique": 1, "ambiguous": 2, "duplicate": 2, "accepted": 0}


def test_what_is_linked_is_told_apart(
    proposals: Proposals, database: Database, integration_id: int, clock: Clock
) -> None:
    proposals.put([pairing("A", "1"), pairing("B", "2"), pairing("C", "3")], clock())
    adopter = Adopter(database, integration_id, "erp")
    assert adopter.adopt("variant", [Adoption("X", "1"), Adoption("B", "9")], clock()) == {}
    proposals.settle(clock())
    assert states(proposals) == {("A", "1"): "duplicate", ("C", "3"): "unique"}


def test_a_new_search_replaces_what_an_older_one_proposed(proposals: Proposals, clock: Clock) -> None:
    proposals.put([pairing("A", "1", 70), pairing("A", "2")], clock())
    proposals.settle(clock())
    later = clock.advance(hours=1)
    proposals.put([pairing("A", "1", 100)], later)
    proposals.settle(later)
    (row,) = proposals.page()
    assert (row.target_id, row.score, row.state) == ("1", 100, "unique")


def test_what_was_accepted_stays_and_stands_in_nobodys_way(proposals: Proposals, clock: Clock) -> None:
    proposals.put([pairing("A", "1"), pairing("B", "1")], clock())
    proposals.settle(clock())
    (first, _) = proposals.page()
    proposals.accept([first.id])
    assert proposals.classify() == {"unique": 1, "ambiguous": 0, "duplicate": 0, "accepted": 1}
    later = clock.advance(hours=1)
    assert proposals.settle(later) == {"unique": 0, "ambiguous": 0, "duplicate": 0, "accepted": 1}


def test_proposals_are_looked_through_by_state_score_and_number(proposals: Proposals, clock: Clock) -> None:
    proposals.put([pairing(f"I{number:03}", str(number), number % 100) for number in range(700)], clock())
    proposals.settle(clock())
    assert len(proposals.page(limit=1000)) == 700
    first = proposals.page(limit=500)
    assert [row.id for row in proposals.page(after=first[-1].id, limit=500)] == sorted(
        {row.id for row in proposals.page(limit=1000)} - {row.id for row in first}
    )
    assert {row.score for row in proposals.page(least=98, limit=1000)} == {98, 99}
    assert proposals.page(states=["ambiguous"]) == []
    assert len(proposals.page(ids=[row.id for row in first], limit=1000)) == 500


def test_candidates_of_a_record_come_best_first(proposals: Proposals, clock: Clock) -> None:
    proposals.put([pairing("A", "1", 70), pairing("A", "2", 100), pairing("B", "3")], clock())
    proposals.settle(clock())
    found = proposals.of(["A", "Z"])
    assert {key: [row.target_id for row in rows] for key, rows in found.items()} == {"A": ["2", "1"]}


def test_a_route_sees_its_own_proposals_only(
    proposals: Proposals, database: Database, integration_id: int, clock: Clock
) -> None:
    proposals.put([pairing("A", "1")], clock())
    other = Routes(database).save(integration_id, "product", "shop_to_erp", enabled=True)
    others = Proposals(database, other, integration_id, "variant", "shop")
    assert others.settle(clock.advance(hours=1))["unique"] == 0
    assert (others.page(), len(proposals.page())) == ([], 1)
