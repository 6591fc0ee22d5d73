from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from sqlalchemy import text

from hub.store.adopting import Adopter, Adoption
from hub.store.database import Database
from hub.store.link import LINKS, Kin
from hub.store.link_list import LinkList
from hub.store.links import Links
from tests.store.conftest import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def adopter(database: Database, integration_id: int) -> Adopter:
    return Adopter(database, integration_id, "erp")


@pytest.fixture
def links(database: Database, integration_id: int) -> Links:
    return Links(database, integration_id, "erp")


def product(number: int) -> Kin:
    return Kin("product", None, f"gid://p/{number}", parent=True)


def test_adopted_records_are_linked_with_nothing_agreed_yet(adopter: Adopter, links: Links, clock: Clock) -> None:
    assert adopter.adopt("variant", [Adoption("Mug", "gid://v/1", "Mug")], clock()) == {}
    link = links.of("variant", ["Mug"])["Mug"]
    assert (link.state, link.target_id, link.digest, link.mapping_version) == ("linked", "gid://v/1", "", "")
    assert (dict(link.source_base), dict(link.target_base)) == ({}, {})
    assert links.folded("variant", ["MUG"]) == {"mug": ["Mug"]}


def test_variants_of_one_product_hang_on_one_link(
    adopter: Adopter, database: Database, integration_id: int, clock: Clock
) -> None:
    pairs = [Adoption("A", "gid://v/1", "A", product(1)), Adoption("B", "gid://v/2", "B", product(1))]
    assert adopter.adopt("variant", pairs, clock()) == {}
    assert adopter.adopt("variant", [Adoption("C", "gid://v/3", "C", product(1))], clock()) == {}
    listed = LinkList(database, integration_id)
    (parent,) = listed.select(kind="product")
    assert (parent.shop_id, parent.erp_id) == ("gid://p/1", None)
    assert [row.parent_id for row in listed.select(kind="variant")] == [parent.id] * 3


def test_seen_from_the_shop_the_same_links_come_about(
    database: Database, integration_id: int, links: Links, clock: Clock
) -> None:
    shop = Adopter(database, integration_id, "shop")
    pair = Adoption("gid://v/1", "Mug", "Mug", Kin("product", "gid://p/1", None, parent=True))
    assert shop.adopt("variant", [pair], clock()) == {}
    assert links.targets("variant", ["Mug"]) == {"Mug": "gid://v/1"}
    (parent,) = LinkList(database, integration_id).select(kind="product")
    assert parent.shop_id == "gid://p/1"
    assert links.folded("variant", ["mug"]) == {"mug": ["Mug"]}


def test_one_refused_pair_keeps_all_from_being_linked(adopter: Adopter, links: Links, clock: Clock) -> None:
    adopter.adopt("variant", [Adoption("A", "1")], clock())
    refused = adopter.adopt("variant", [Adoption("B", "2"), Adoption("A", "3"), Adoption("C", "1")], clock())
    assert {place: str(error) for place, error in refused.items()} == {
        1: "A and 1 are linked already.",
        2: "A and 1 are linked already.",
    }
    assert "hub links unlink" in refused[1].fix
    assert links.of("variant", ["B", "C"]) == {}


def test_the_others_are_linked_where_that_is_wanted(adopter: Adopter, links: Links, clock: Clock) -> None:
    adopter.adopt("variant", [Adoption("A", "1")], clock())
    pairs = [Adoption("B", "2"), Adoption("A", "3"), Adoption("C", "2"), Adoption("D", "4")]
    refused = adopter.adopt("variant", pairs, clock(), partial=True)
    assert {place: str(error) for place, error in refused.items()} == {
        1: "A and 1 are linked already.",
        2: "2 is named twice.",
    }
    assert links.targets("variant", ["A", "B", "C", "D"]) == {"A": "1", "B": "2", "D": "4"}


def test_a_reservation_that_nobody_holds_is_completed(adopter: Adopter, links: Links, clock: Clock) -> None:
    link = links.reserve("variant", [("A", "A")], 1, clock(), clock() + HOUR)["A"]
    links.note_unknown([link.id], clock())
    links.release([link.id], 1)
    assert adopter.adopt("variant", [Adoption("A", "1", "A", product(1))], clock()) == {}
    found = links.of("variant", ["A"])["A"]
    assert (found.id, found.state, found.target_id, found.unknown_since) == (link.id, "linked", "1", None)
    assert found.parent_id is not None


def test_reservations_of_both_sides_become_one_link(
    adopter: Adopter, links: Links, database: Database, integration_id: int, clock: Clock
) -> None:
    links.reserve("variant", [("A", "A")], 1, clock(), clock() + HOUR)
    Links(database, integration_id, "shop").reserve("variant", [("1", "A")], 2, clock(), clock() + HOUR)
    links.release_all(1)
    links.release_all(2)
    assert adopter.adopt("variant", [Adoption("A", "1")], clock()) == {}
    (row,) = LinkList(database, integration_id).select(kind="variant")
    assert (row.erp_id, row.shop_id, row.state) == ("A", "1", "linked")


def test_a_record_that_a_run_is_writing_is_left_alone(adopter: Adopter, links: Links, clock: Clock) -> None:
    links.reserve("variant", [("A", "A")], 1, clock(), clock() + HOUR)
    (error,) = adopter.adopt("variant", [Adoption("A", "1")], clock()).values()
    assert str(error) == "A run is writing this record."
    assert links.of("variant", ["A"])["A"].state == "reserved"
    clock.advance(hours=2)
    assert adopter.adopt("variant", [Adoption("A", "1")], clock()) == {}


def test_what_stands_against_pairs_is_told_without_linking_any(adopter: Adopter, links: Links, clock: Clock) -> None:
    adopter.adopt("variant", [Adoption("A", "1")], clock())
    found = adopter.against("variant", [Adoption("B", "2"), Adoption("B", "3"), Adoption("C", "1")], clock())
    assert {place: str(error) for place, error in found.items()} == {2: "A and 1 are linked already."}
    assert links.of("variant", ["B", "C"]) == {}


def test_thousands_are_linked_in_one_transaction(adopter: Adopter, links: Links, clock: Clock) -> None:
    pairs = [Adoption(f"I{n:05}", f"gid://v/{n}", f"I{n:05}", product(n // 2)) for n in range(2400)]
    assert adopter.adopt("variant", pairs, clock()) == {}
    assert len(links.targets("variant", [pair.source_id for pair in pairs])) == 2400


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("partial", [False, True])
def test_what_another_process_links_in_this_very_moment_is_refused(
    adopter: Adopter, links: Links, database: Database, integration_id: int, clock: Clock, partial: bool
) -> None:
    fresh = {"integration_id": integration_id, "kind": "variant", "state": "linked", "mapping_version": ""}
    empty = {"shop_digest": "", "erp_digest": "", "shop_base": {}, "erp_base": {}, "label": "", "fold": ""}
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :like")
    pairs = [Adoption("A", "1"), Adoption("B", "2")]
    with ThreadPoolExecutor(1) as pool, database.engine.connect() as other:
        other.execute(LINKS.insert().values({**fresh, **empty, "erp_id": "X", "shop_id": "1"}))
        refused = pool.submit(adopter.adopt, "variant", pairs, clock(), partial=partial)
        for _ in range(500):
            with database.read() as looking:
                if looking.scalar(waiting, {"like": "INSERT INTO link%"}):
                    break
            sleep(0.01)
        other.commit()
        errors = refused.result(10)
    assert {place: str(error) for place, error in errors.items()} == {
        0: "Another run has linked one of the two meanwhile."
    }
    assert links.targets("variant", ["A", "B", "X"]) == {"X": "1"} | ({"B": "2"} if partial else {})
