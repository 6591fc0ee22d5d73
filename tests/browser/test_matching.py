"""Records that both sides have already are linked before the first load."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from hub.sandbox.world.model import Item
from tests.acceptance import company
from tests.acceptance.stage import between
from tests.browser.conftest import Scene, console_of


@pytest.fixture
def full(tmp_path: Path, browser: Browser) -> Iterator[Scene]:
    """Two systems that are full already, tied together and not loaded."""
    world = company.world()
    for number in range(3):
        world.items.append(Item(f"BAG-{number}", f"Bag {number}", Decimal(5), in_shop=True, stock={"01": Decimal(1)}))
    with between(tmp_path / "home", world) as stage, console_of(stage, browser) as scene:
        stage.configure()
        stage.set_up_erp()
        yield scene


def test_pairs_are_found_accepted_in_bulk_and_the_rest_comes_by_a_list(full: Scene, tmp_path: Path) -> None:
    operator = full.visitor("operator")
    page = operator.go("/matching/")
    page.get_by_role("link", name="Product ERP → shop").click()
    page.get_by_role("button", name="Find pairs").click()
    expect(page.get_by_role("region", name="Search for pairs")).to_contain_text("done")
    expect(page.get_by_role("link", name="Unique 7")).to_be_visible()
    page.get_by_role("checkbox", name="Tick MUG").check()
    page.get_by_role("button", name="Accept those that are ticked").click()
    expect(page.get_by_role("region", name="Linking of proposals")).to_contain_text("1 linked")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    file = tmp_path / "pairs.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert "MUG" not in {row["source_key"] for row in rows}
    lines = [f"{row['source_key']},{row['target_id']}" for row in rows if row["target_id"]]
    file.write_text("\n".join(["source_key,target_id", *lines, "NOTHING,TEE-M"]), encoding="utf-8")
    page.get_by_label("Filled-in list").set_input_files(file)
    page.get_by_role("button", name="Upload and validate").click()
    expect(page.get_by_role("rowheader", name=f"row {len(lines) + 2}")).to_be_visible()
    assert len(full.stage.links("variant")) == 1
    page.get_by_role("button", name=f"Link the {len(lines)} that are right").click()
    expect(page.get_by_role("region", name="Linking of a list")).to_contain_text(f"{len(lines)} linked")
    assert {"MUG", "TEE-M", "BAG-0"} <= {link.erp_id for link in full.stage.links("variant")}
