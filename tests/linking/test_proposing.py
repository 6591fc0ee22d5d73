from __future__ import annotations

import tracemalloc

import pytest

from hub.errors import AmbiguousMatch, ConfigurationError, PlatformUnavailable, RecordVanished, TargetVanished
from hub.linking.accepting import Chosen
from hub.linking.proposing import propose
from tests.fakes.side import unavailable
from tests.linking.conftest import Scene
from tests.sync.conftest import counts


def found(scene: Scene, object_name: str = "product") -> dict[tuple[str, str], tuple[int, str, str]]:
    return {(row.source_key, row.target_id): (row.score, row.reason, row.state) for row in scene.proposals(object_name)}


def test_pairs_are_proposed_with_what_they_share(scene: Scene) -> None:
    erp, shop = scene.stage.erp, scene.stage.shop
    for code, barcode in (("MUG", "40"), ("CUP", "41"), ("TEE", "42"), ("CAP", "")):
        erp.add_item(code, barcode=barcode)
    same = shop.add_product("MUG", barcode="40")
    case = shop.add_product("cup")
    other = shop.add_product("T-SHIRT", barcode="42")
    done = scene.propose()
    assert found(scene) == {
        ("MUG", same): (100, "sku+barcode", "unique"),
        ("CUP", case): (80, "sku", "unique"),
        ("TEE", other): (70, "barcode", "unique"),
    }
    assert (done.read, done.linked, done.matched) == (4, 0, 3)
    assert done.states == {"unique": 3, "ambiguous": 0, "duplicate": 0, "accepted": 0}


def test_rivals_are_told_apart(scene: Scene) -> None:
    erp, shop = scene.stage.erp, scene.stage.shop
    for code in ("A", "B", "C", "D"):
        erp.add_item(code, barcode="9" if code in "CD" else "")
    erp.add_item("E")
    shop.add_product("A")
    shop.add_product("A")
    shop.add_product("X", barcode="9")
    shop.add_product("E")
    scene.propose()
    states = {(source, score, state) for (source, _), (score, _, state) in found(scene).items()}
    assert states == {
        ("A", 100, "ambiguous"),
        ("C", 70, "duplicate"),
        ("D", 70, "duplicate"),
        ("E", 100, "unique"),
    }


def test_what_is_linked_already_is_not_proposed(scene: Scene) -> None:
    scene.stage.erp.add_item("MUG")
    scene.stage.shop.add_product("MUG")
    scene.stage.work("product", "initialize")
    scene.stage.erp.add_item("CUP", barcode="7")
    scene.stage.shop.edit("variants", scene.links()["MUG"].shop_id or "", barcode="7")
    done = scene.propose()
    assert (done.read, done.linked) == (2, 1)
    # The variant belongs to another item: nobody is asked to believe that it is this one as well.
    assert [(row.source_key, row.state) for row in scene.proposals()] == [("CUP", "duplicate")]


def test_a_variant_without_a_sku_is_found_by_its_barcode(scene: Scene) -> None:
    scene.stage.erp.add_item("MUG", barcode="40")
    scene.stage.shop.add_product("", barcode="40")
    scene.propose()
    assert [(row.score, row.reason) for row in scene.proposals()] == [(70, "barcode")]


def test_an_item_that_cannot_be_understood_is_counted_and_left_out(scene: Scene) -> None:
    scene.stage.erp.add_item("X" * 51)
    scene.stage.shop.add_product("X" * 51)
    done = scene.propose()
    assert (done.read, done.faulty, done.matched) == (1, 1, 0)


def test_customers_are_proposed_by_address_and_telephone_and_their_names_are_not_kept(scene: Scene) -> None:
    erp, shop = scene.stage.erp, scene.stage.shop
    ada = shop.add_customer(1, "ada@shop.example")
    bob = shop.add_customer(2, "", phone="+4930555")
    shop.add_customer(3, "eve@shop.example")
    erp.add_partner("V1", "ADA@shop.example")
    erp.add_partner("V2", phone="+4930555")
    erp.add_partner("V3", "eve@shop.example", cross_reference="gid://shop/Customer/99")
    scene.propose("customer")
    kept = {(row.source_label, row.target_label, row.score, row.reason) for row in scene.proposals("customer")}
    assert kept == {(ada, "V1", 100, "e-mail"), (bob, "V2", 60, "phone")}


def test_a_search_that_is_broken_off_takes_nothing_away(scene: Scene) -> None:
    for code in ("A", "B"):
        scene.stage.erp.add_item(code)
        scene.stage.shop.add_product(code)
    scene.propose()
    scene.stage.shop.down = unavailable()
    with pytest.raises(PlatformUnavailable):
        scene.propose()
    assert len(scene.proposals()) == 2
    scene.stage.shop.down = None
    scene.stage.shop.edit("variants", scene.stage.shop.variant("B")["id"], code="OTHER")
    scene.propose()
    assert [row.source_key for row in scene.proposals()] == ["A"]


def test_accepting_links_without_a_write_and_the_next_run_compares(scene: Scene) -> None:
    stage = scene.stage
    for code in ("MUG", "CUP"):
        stage.erp.add_item(code, "12.00")
        stage.shop.add_product(code, "10.00")
    scene.propose()
    writes = stage.shop.writes()
    done = scene.accept(Chosen())
    assert (done.linked, done.refused, done.jobs) == (2, [], set())
    assert stage.shop.writes() == writes
    assert {row.state for row in scene.proposals()} == {"accepted"}
    assert counts(stage.work("product", "initialize")) == {"read": 2, "updated": 2}
    assert stage.shop.variant("MUG")["price"] == "12.00"
    assert len(stage.shop.table("variants")) == 2


def test_on_a_route_that_runs_already_exactly_the_linked_ones_are_queued(scene: Scene) -> None:
    stage = scene.stage
    stage.work("product", "initialize")
    for code in ("MUG", "CUP"):
        stage.erp.add_item(code, "12.00")
    stage.shop.add_product("MUG", "10.00")
    scene.propose()
    (job,) = scene.accept(Chosen()).jobs
    assert [(key.key, key.reason, key.actor) for key in stage.hub.jobs.keys(job)] == [("MUG", "linked", "ann")]


def test_the_variant_hangs_on_its_product(scene: Scene) -> None:
    scene.stage.erp.add_item("MUG")
    scene.stage.shop.add_product("MUG")
    scene.propose()
    scene.accept(Chosen())
    (product,) = scene.links("product").values()
    assert product.shop_id == scene.stage.shop.variant("MUG")["product"]
    assert scene.links()["MUG"].parent_id == product.id


def test_in_bulk_only_pairs_without_a_rival_are_linked_from_a_score_on(scene: Scene) -> None:
    erp, shop = scene.stage.erp, scene.stage.shop
    for code, barcode in (("A", ""), ("B", "42"), ("C", "")):
        erp.add_item(code, barcode=barcode)
    for code, barcode in (("A", ""), ("A", ""), ("X", "42"), ("C", "")):
        shop.add_product(code, barcode=barcode)
    scene.propose()
    assert scene.accept(Chosen(least=80)).linked == 1
    assert set(scene.links()) == {"C"}
    assert scene.accept(Chosen()).linked == 1
    assert set(scene.links()) == {"B", "C"}


def test_a_person_may_choose_among_rivals(scene: Scene) -> None:
    scene.stage.erp.add_item("A")
    first, second = scene.stage.shop.add_product("A"), scene.stage.shop.add_product("A")
    scene.propose()
    chosen = next(row for row in scene.proposals() if row.target_id == second)
    assert scene.accept(Chosen(ids=(chosen.id,))).linked == 1
    assert scene.links()["A"].shop_id == second != first
    # What was proposed beside it is decided with it.
    assert [row.state for row in scene.proposals()] == ["accepted"]


def test_what_is_linked_or_gone_meanwhile_is_refused_with_the_reason(scene: Scene) -> None:
    erp, shop = scene.stage.erp, scene.stage.shop
    for code in ("A", "B", "C", "D"):
        erp.add_item(code)
        shop.add_product(code)
    scene.propose()
    scene.stage.work("product", "keys", "A")
    del erp.table("items")["B"]
    del shop.table("variants")[shop.variant("C")["id"]]
    done = scene.accept(Chosen())
    assert {row.source_key: type(error) for row, error in done.refused} == {
        "A": AmbiguousMatch,
        "B": RecordVanished,
        "C": TargetVanished,
    }
    assert (done.linked, set(scene.links())) == (1, {"A", "D"})


def test_a_source_that_cannot_be_read_in_full_says_so(scene: Scene) -> None:
    with scene.pair() as pair:
        pair.source.sources = ()
        with pytest.raises(ConfigurationError, match="read in full"):
            next(propose(pair, scene.stage.hub.database, scene.stage.clock()))


def test_memory_stays_flat_however_many_records_are_looked_through(scene: Scene) -> None:
    for number in range(4000):
        scene.stage.erp.add_item(f"N{number:05}")
    for number in range(0, 4000, 40):
        scene.stage.shop.add_product(f"N{number:05}")
    with scene.pair() as pair:
        progress = propose(pair, scene.stage.hub.database, scene.stage.clock())
        done = next(progress)
        tracemalloc.start()
        for _ in progress:
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (done.read, done.matched) == (4000, 100)
    assert peak < 3_000_000
