from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from hub.errors import ConfigurationError
from hub.linking.importing import Checked, check, take
from hub.linking.proposing import Unlinked, proposals_of, unlinked
from hub.linking.scoring import Marks
from hub.linking.sheet import COLUMNS, Line, harmless, plain, read, sheet_row, write
from tests.linking.conftest import Scene


def lines(text: str) -> list[Line]:
    return list(read(io.StringIO(text, newline=""), "pairs.csv"))


def exported(scene: Scene) -> str:
    """The list as it is written out."""
    file = io.StringIO(newline="")
    with scene.pair() as pair:
        kept = proposals_of(pair, scene.stage.hub.database)
        rows = (
            sheet_row(record, kept.of([record.key]).get(record.key, ()), {})
            for part in unlinked(pair, scene.stage.hub.database, pair.label)
            for record in part
        )
        write(rows, file)
    return file.getvalue()


def checked(scene: Scene, rows: Sequence[tuple[str, str]], object_name: str = "product") -> Checked:
    given = [Line(number, *row) for number, row in enumerate(rows, 2)]
    with scene.pair(object_name) as pair:
        return check(pair, scene.stage.hub.database, given, scene.stage.clock())


def taken(scene: Scene, looked_through: Checked, *, skip_faulty: bool = False) -> list[str]:
    with scene.pair() as pair:
        return take(pair, scene.stage.hub.database, looked_through, scene.stage.clock(), skip_faulty=skip_faulty)


def complaints(looked_through: Checked) -> dict[int, str]:
    return {fault.line.number: str(fault.error) for fault in looked_through.faults}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_list_is_read_whatever_parts_its_columns(separator: str) -> None:
    text = "state,Target_ID,source_key\r\nunique,gid://1,MUG\r\n".replace(",", separator)
    assert lines(text) == [Line(2, "MUG", "gid://1")]


def test_rows_know_their_line_in_the_file() -> None:
    text = 'source_key,target_id\nA,1\n\n"B\nB",2\nC\n,3\n'
    assert lines(text) == [Line(2, "A", "1"), Line(4, "B\nB", "2"), Line(6, "C", ""), Line(7, "", "3")]


@pytest.mark.parametrize("text", ["", "key,target_id\nA,1\n", "\x00"])
def test_a_file_without_the_columns_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        lines(text)
    assert caught.value.fix


@pytest.mark.parametrize("text", ["=1+1", "+49", "-A", "@x", "\tx", "MUG", "", "'quoted"])
def test_what_looks_like_a_formula_comes_back_as_it_was(text: str) -> None:
    assert plain(harmless(text)) == text
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t"))


def test_a_rival_is_listed_and_not_filled_in(scene: Scene) -> None:
    scene.stage.erp.add_item("A")
    scene.stage.erp.add_item("B", title="=Bad")
    scene.stage.erp.add_item("=C")
    for code in ("A", "A", "=C"):
        scene.stage.shop.add_product(code)
    scene.propose()
    head, a, b, c = exported(scene).splitlines()
    assert head == ",".join(COLUMNS)
    candidates = "gid://shop/Variant/1 (100 sku) | gid://shop/Variant/2 (100 sku)"
    assert a == f"A,A,,,,,ambiguous,{candidates}"
    assert b == "B,B,,,,,,"
    assert c == "'=C,'=C,gid://shop/Variant/3,'=C,100,sku,unique,"


def test_names_that_the_store_does_not_know_are_put_in() -> None:
    row = sheet_row(Unlinked("gid://1", "gid://1", Marks()), [], {"gid://1": "ada@shop.example"})
    assert (row["source_key"], row["source_label"]) == ("gid://1", "ada@shop.example")


def test_a_list_comes_back_as_links(scene: Scene) -> None:
    stage = scene.stage
    for code in ("=C", "B"):
        stage.erp.add_item(code)
    stage.shop.add_product("=C")
    by_hand = stage.shop.add_product("ANOTHER")
    scene.propose()
    text = exported(scene).replace("B,B,,", f"B,B,{by_hand},")
    with scene.pair() as pair:
        found = check(pair, stage.hub.database, lines(text), stage.clock())
    assert (found.rows, found.empty, found.faults) == (2, 0, [])
    writes = stage.shop.writes()
    assert taken(scene, found) == ["=C", "B"]
    assert scene.links()["B"].shop_id == by_hand
    assert scene.links()["B"].parent_id is not None
    assert stage.shop.writes() == writes


def test_every_wrong_row_is_named_with_its_line_and_what_to_do(scene: Scene) -> None:
    stage = scene.stage
    for code in ("A", "B", "C", "D", "E"):
        stage.erp.add_item(code)
    ids = {code: stage.shop.add_product(f"S-{code}") for code in ("A", "B", "C", "D", "E")}
    taken(scene, checked(scene, [("A", ids["A"])]))
    rows = [
        ("B", ids["B"]),
        ("NOPE", ids["C"]),
        ("C", "gid://shop/Variant/99"),
        ("A", ids["D"]),
        ("D", ids["A"]),
        ("B", ids["E"]),
        ("E", ids["B"]),
        ("", ids["C"]),
        ("C", ""),
    ]
    found = checked(scene, rows)
    assert complaints(found) == {
        3: "The source has no record NOPE.",
        4: "The target has no record gid://shop/Variant/99.",
        5: f"A and {ids['A']} are linked already.",
        6: f"A and {ids['A']} are linked already.",
        7: "The list names this record in line 2 already.",
        8: "The list names this record in line 2 already.",
        9: "The row has no source_key.",
    }
    assert all(fault.error.fix for fault in found.faults)
    assert (found.rows, found.empty) == (8, 1)


def test_nothing_is_linked_while_a_row_is_wrong_unless_it_is_left_out(scene: Scene) -> None:
    scene.stage.erp.add_item("A")
    target = scene.stage.shop.add_product("S-A")
    found = checked(scene, [("A", target), ("NOPE", target)])
    assert taken(scene, found) == []
    assert scene.links() == {}
    assert taken(scene, found, skip_faulty=True) == ["A"]
    assert scene.links()["A"].shop_id == target


def test_what_is_linked_between_the_check_and_the_taking_is_a_fault_too(scene: Scene) -> None:
    for code in ("A", "B"):
        scene.stage.erp.add_item(code)
    ids = [scene.stage.shop.add_product(f"S-{number}") for number in range(2)]
    found = checked(scene, [("A", ids[0]), ("B", ids[1])])
    taken(scene, checked(scene, [("A", ids[0])]))
    assert taken(scene, found) == []
    assert complaints(found) == {2: f"A and {ids[0]} are linked already."}
    assert set(scene.links()) == {"A"}


def test_a_target_may_be_named_by_its_sku(scene: Scene) -> None:
    scene.stage.erp.add_item("A")
    scene.stage.erp.add_item("B")
    target = scene.stage.shop.add_product("OLD-7")
    for _ in range(2):
        scene.stage.shop.add_product("TWICE")
    found = checked(scene, [("A", "OLD-7"), ("B", "TWICE")])
    assert [adoption.target_id for _, adoption in found.good] == [target]
    assert complaints(found) == {3: "2 records of the target bear TWICE."}


def test_a_partner_may_be_named_by_its_address(scene: Scene) -> None:
    customer = scene.stage.shop.add_customer(1, "ada@home.example")
    scene.stage.erp.add_partner("V1", "ada@work.example")
    found = checked(scene, [(customer, "ada@work.example")], "customer")
    assert [(adoption.target_id, adoption.label) for _, adoption in found.good] == [("V1", "")]
