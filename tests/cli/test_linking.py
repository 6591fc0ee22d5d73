from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal


@pytest.fixture
def both(terminal: Terminal) -> Terminal:
    """Both systems hold records already: MUG and CUP are there once, TEE twice in the shop, CAP under another name."""
    for code in ("CUP", "TEE", "CAP"):
        terminal.world.erp.add_item(code)
    for code in ("MUG", "cup", "TEE", "TEE", "KAPPE"):
        terminal.world.shop.add_product(code)
    return terminal


def test_a_search_says_what_it_found_and_what_comes_next(both: Terminal) -> None:
    said = both.ok("links", "propose", "acme", "product")
    assert said == (
        "4 read: 0 linked already, 3 with a candidate.\n"
        "Proposals: 2 unique, 2 ambiguous, 0 duplicate.\n"
        "Next: hub links proposals acme product, then hub links accept acme product\n"
    )
    assert both.acts()[-1]["action"] == "links propose"
    assert both.json("links", "list", "acme") == []
    assert both.json("links", "propose", "acme", "product")["states"]["unique"] == 2


def test_proposals_are_looked_through(both: Terminal) -> None:
    assert "hub links propose acme product" in both.ok("links", "proposals", "acme", "product")
    both.ok("links", "propose", "acme", "product")
    found = both.json("links", "proposals", "acme", "product")
    assert [(row["source_key"], row["score"], row["state"]) for row in found] == [
        ("MUG", 100, "unique"),
        ("CUP", 80, "unique"),
        ("TEE", 100, "ambiguous"),
        ("TEE", 100, "ambiguous"),
    ]
    assert len(both.json("links", "proposals", "acme", "product", "--state", "ambiguous")) == 2
    assert len(both.json("links", "proposals", "acme", "product", "--min-score", "100")) == 3
    first = both.ok("links", "proposals", "acme", "product", "--limit", "1")
    assert first.endswith(f"More: add --after {found[0]['id']}\n")


def test_accepting_links_and_says_what_compares_them(both: Terminal) -> None:
    both.ok("links", "propose", "acme", "product")
    writes = both.world.shop.writes()
    said = both.ok("links", "accept", "acme", "product", "--all-unique")
    assert said == ("2 linked. The next run compares both sides: hub initialize acme product --direction erp_to_shop\n")
    assert both.world.shop.writes() == writes
    linked = both.json("links", "list", "acme", "--kind", "variant")
    assert {(row["erp_id"], row["shop_id"]) for row in linked} == {
        ("MUG", "gid://shop/Variant/1"),
        ("CUP", "gid://shop/Variant/2"),
    }
    act = both.acts()[-1]
    assert (act["action"], act["after"]["linked"]) == ("links accept", 2)
    assert both.ok("links", "accept", "acme", "product", "--min-score", "0") == "0 linked.\n"


def test_one_of_several_is_accepted_by_its_number(both: Terminal) -> None:
    both.ok("links", "propose", "acme", "product")
    *_, last = both.json("links", "proposals", "acme", "product", "--state", "ambiguous")
    assert both.json("links", "accept", "acme", "product", "--id", str(last["id"]))["linked"] == 1
    assert both.json("links", "list", "acme", "--id", "TEE")[0]["shop_id"] == last["target_id"]
    assert "There is no open proposal 999" in both.fails("links", "accept", "acme", "product", "--id", "999")
    assert "There is no open proposal" in both.fails("links", "accept", "acme", "product", "--id", str(last["id"]))


@pytest.mark.parametrize("words", [(), ("--id", "1", "--all-unique"), ("--id", "1", "--min-score", "5")])
def test_what_is_accepted_has_to_be_said(both: Terminal, words: tuple[str, ...]) -> None:
    assert "Which proposals?" in both.fails("links", "accept", "acme", "product", *words)


def test_what_is_gone_meanwhile_is_refused_and_the_rest_is_linked(both: Terminal) -> None:
    both.ok("links", "propose", "acme", "product")
    del both.world.erp.table("items")["CUP"]
    said = both.ok("links", "accept", "acme", "product", "--all-unique", status=1)
    assert said.startswith("1 linked.")
    assert "The source has no record CUP." in said
    assert [row["erp_id"] for row in both.json("links", "list", "acme", "--kind", "variant")] == ["MUG"]


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def fill_in(file: Path, **targets: str) -> None:
    """Fill in targets as somebody at a table program would."""
    rows = [{**row, "target_id": targets.get(row["source_key"], row["target_id"])} for row in rows_of(file)]
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def test_a_list_goes_out_is_filled_in_and_comes_back(both: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    both.ok("links", "propose", "acme", "product")
    said = both.ok("links", "export", "acme", "product", str(file))
    assert said.startswith(f"4 rows written to {file}.")
    assert [(row["source_key"], row["target_id"], row["score"]) for row in rows_of(file)] == [
        ("MUG", "gid://shop/Variant/1", "100"),
        ("CUP", "gid://shop/Variant/2", "80"),
        ("TEE", "", ""),
        ("CAP", "", ""),
    ]
    fill_in(file, CAP="KAPPE")
    checked = both.ok("links", "import", "acme", "product", str(file), "--validate")
    assert checked == "3 pairs, 1 without a target: 0 wrong.\nNothing was linked: the list was only looked through.\n"
    assert both.json("links", "list", "acme") == []
    assert "3 linked." in both.ok("links", "import", "acme", "product", str(file))
    linked = {row["erp_id"]: row["shop_id"] for row in both.json("links", "list", "acme", "--kind", "variant")}
    assert linked["CAP"] == both.world.shop.variant("KAPPE")["id"]
    assert both.acts()[-1]["after"] == {"rows": 3, "linked": 3, "faulty": 0}


def test_wrong_rows_are_named_and_nothing_is_linked_unless_they_are_left_out(both: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    both.ok("links", "propose", "acme", "product")
    both.ok("links", "export", "acme", "product", str(file))
    fill_in(file, CAP="gid://shop/Variant/99", TEE="TEE")
    said = both.ok("links", "import", "acme", "product", str(file), status=1)
    assert "2 records of the target bear TEE." in said
    assert "The target has no record gid://shop/Variant/99." in said
    assert said.endswith("4 pairs: 2 wrong.\nNothing was linked. Mend these rows, or leave them out: --skip-faulty.\n")
    assert both.json("links", "list", "acme") == []
    done = both.json("links", "import", "acme", "product", str(file), "--skip-faulty", status=1)
    assert (done["rows"], done["linked"], [fault["line"] for fault in done["faults"]]) == (4, 2, [4, 5])
    again = both.json("links", "import", "acme", "product", str(file), "--validate", status=1)
    assert [fault["what"].endswith("are linked already.") for fault in again["faults"]] == [True, True, False, False]


def test_only_csv_files_are_taken(both: Terminal, tmp_path: Path) -> None:
    assert "is no CSV file" in both.fails("links", "export", "acme", "product", str(tmp_path / "pairs.xlsx"))
    other = tmp_path / "pairs.csv"
    other.write_bytes(b"source_key,target_id\n\xff\xfe,1\n")
    missing = str(tmp_path / "missing.csv")
    assert "cannot be read: No such file" in both.fails("links", "import", "acme", "product", missing)
    assert "is no UTF-8 text" in both.fails("links", "import", "acme", "product", str(other))


def test_customers_are_named_only_for_whoever_asks_and_that_is_noted(terminal: Terminal, tmp_path: Path) -> None:
    customer = terminal.world.shop.add_customer(1, "ada@shop.example")
    terminal.world.erp.add_partner("V1", "ada@shop.example")
    terminal.ok("links", "propose", "acme", "customer")
    (masked,) = terminal.json("links", "proposals", "acme", "customer")
    assert (masked["source_label"], masked["target_label"]) == (customer, "V1")
    (shown,) = terminal.json("links", "proposals", "acme", "customer", "--personal")
    assert shown["source_label"] == "ada@shop.example"
    assert terminal.acts()[-1]["action"] == "show personal data"
    file = tmp_path / "people.csv"
    terminal.ok("links", "export", "acme", "customer", str(file))
    assert "ada" not in file.read_text(encoding="utf-8")
    terminal.ok("links", "export", "acme", "customer", str(file), "--personal")
    assert rows_of(file)[0]["source_label"] == "ada@shop.example"
    assert [act["action"] for act in terminal.acts()][-2:] == ["show personal data", "links export"]


def test_coverage_counts_every_record_once(both: Terminal) -> None:
    both.ok("links", "propose", "acme", "product")
    both.ok("links", "accept", "acme", "product", "--all-unique")
    both.world.erp.add_item("FREE", "0")
    found = both.json("coverage", "acme", "product")
    assert found == {
        "read": 5,
        "classes": {"connected": 2, "syncable": 2, "warning": 1, "error": 0, "ignored": 0},
        "reasons": {
            "connected": {"": 2},
            "syncable": {"": 2},
            "warning": {"ZERO_PRICE": 1},
            "error": {},
            "ignored": {},
        },
    }
    assert both.ok("coverage", "acme", "product").endswith("5 read.\n")


def test_coverage_lists_a_class_with_the_reason_of_each(both: Terminal) -> None:
    both.world.erp.add_item("FREE", "0")
    both.world.erp.add_item("LOT", kind="batch")
    rows = both.json("coverage", "acme", "product", "--list", "warning")
    assert [(row["key"], row["reason"]) for row in rows] == [("FREE", "ZERO_PRICE"), ("LOT", "BATCH_OR_SERIAL")]
    assert both.ok("coverage", "acme", "product", "--list", "ignored") == "No record is in the class ignored.\n"
    assert len(both.ok("coverage", "acme", "product", "--list", "syncable").splitlines()) == 5


def test_coverage_names_customers_only_for_whoever_asks(terminal: Terminal) -> None:
    customer = terminal.world.shop.add_customer(1, "ada@shop.example")
    (masked,) = terminal.json("coverage", "acme", "customer", "--list", "syncable")
    (shown,) = terminal.json("coverage", "acme", "customer", "--list", "syncable", "--personal")
    assert (masked["label"], shown["label"]) == (customer, "ada@shop.example")
    assert terminal.acts()[-1]["action"] == "show personal data"
