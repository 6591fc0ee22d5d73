from __future__ import annotations

from datetime import timedelta

import pytest

from hub.store.commitments import Commitments
from hub.store.database import Database
from hub.store.link import Agreement, Kin, Link, Touch
from hub.store.links import Links
from tests.store.conftest import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def links(database: Database, integration_id: int) -> Links:
    return Links(database, integration_id, "erp")


def reserve(links: Links, clock: Clock, *codes: str, run: int = 1) -> dict[str, Link]:
    return links.reserve("variant", [(code, code) for code in codes], run, clock(), clock() + HOUR)


def agree(links: Links, link: Link, target_id: str, run: int = 1, **more: object) -> set[int]:
    agreement = Agreement(link.id, target_id, "digest", "version", {"price": "h"}, {"price": "h"}, **more)  # type: ignore[arg-type]
    return links.agree([agreement], run, "variant", lambda connection, ours: None).ours


def test_a_reservation_belongs_to_one_run_at_a_time(links: Links, clock: Clock) -> None:
    assert set(reserve(links, clock, "A", "B", run=1)) == {"A", "B"}
    assert set(reserve(links, clock, "B", "C", run=2)) == {"C"}
    links.release_all(1)
    assert set(reserve(links, clock, "B", run=2)) == {"B"}


def test_a_claim_whose_time_is_over_can_be_taken(links: Links, clock: Clock) -> None:
    reserve(links, clock, "A", run=1)
    clock.advance(hours=2)
    assert set(reserve(links, clock, "A", run=2)) == {"A"}


def test_what_was_agreed_is_read_back_by_the_sources_id(links: Links, clock: Clock) -> None:
    link = reserve(links, clock, "A")["A"]
    assert agree(links, link, "gid://1", message=9) == {link.id}
    found = links.of("variant", ["A", "B"])["A"]
    assert (found.state, found.target_id, found.digest, found.message) == ("linked", "gid://1", "digest", 9)
    assert found.source_base == {"price": "h"}
    assert links.targets("variant", ["A", "B"]) == {"A": "gid://1"}
    assert links.holders("variant", ["gid://1"]) == {"gid://1": "A"}


def test_a_run_that_lost_its_claim_cannot_write_the_link(links: Links, clock: Clock) -> None:
    link = reserve(links, clock, "A", run=1)["A"]
    clock.advance(hours=2)
    reserve(links, clock, "A", run=2)
    assert agree(links, link, "gid://1", run=1) == set()
    assert links.of("variant", ["A"])["A"].state == "reserved"


def test_the_other_side_sees_the_same_link(links: Links, database: Database, integration_id: int, clock: Clock) -> None:
    agree(links, reserve(links, clock, "A")["A"], "gid://1")
    shop = Links(database, integration_id, "shop")
    assert shop.targets("variant", ["gid://1"]) == {"gid://1": "A"}


def test_a_variant_is_claimed_through_its_product(links: Links, clock: Clock) -> None:
    made = reserve(links, clock, "A", "B")
    product = (Kin("product", None, "gid://p", parent=True),)
    for code in ("A", "B"):
        agree(links, made[code], f"gid://{code}", kin=product)
    assert links.claim([made["A"].id], 1, clock(), clock() + HOUR) == {made["A"].id}
    assert links.claim([made["B"].id], 2, clock(), clock() + HOUR) == set()
    agree(links, made["A"], "gid://A", run=1)
    assert links.claim([made["B"].id], 2, clock(), clock() + HOUR) == {made["B"].id}


def test_a_refused_create_leaves_no_reservation(links: Links, clock: Clock) -> None:
    link = reserve(links, clock, "A")["A"]
    links.drop_reservations([link.id], 1)
    assert links.of("variant", ["A"]) == {}


def test_an_unanswered_create_is_remembered(links: Links, clock: Clock) -> None:
    link = reserve(links, clock, "A")["A"]
    links.note_unknown([link.id], clock())
    assert links.of("variant", ["A"])["A"].unknown_since == clock()


def test_codes_that_differ_only_by_case_are_found_together(links: Links, clock: Clock) -> None:
    reserve(links, clock, "85123A")
    assert links.folded("variant", ["85123a"]) == {"85123a": ["85123A"]}


def test_a_digest_is_touched_only_where_nobody_writes(links: Links, clock: Clock) -> None:
    link = reserve(links, clock, "A")["A"]
    links.touch([Touch(link.id, "new", "v2")])
    assert links.of("variant", ["A"])["A"].digest == ""
    agree(links, link, "gid://1")
    links.touch([Touch(link.id, "new", "v2")])
    assert links.of("variant", ["A"])["A"].digest == "new"


def test_committed_units_are_replaced_whole_and_summed_by_place(database: Database, integration_id: int) -> None:
    book = Commitments(database, integration_id)
    book.replace({"o1": {("v", "l"): 3, ("w", "l"): 1}, "o2": {("v", "l"): 2}})
    book.replace({"o1": {("v", "l"): 1}})
    assert book.open_units(["v", "w"]) == {("v", "l"): 3}
    book.replace({"o1": {}, "o2": {}})
    assert book.open_units(["v"]) == {}
