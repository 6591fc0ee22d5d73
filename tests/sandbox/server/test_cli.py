"""The command `sandbox`: real processes, told apart by what they serve."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from hub.sandbox.cli import sandbox
from hub.sandbox.start import Settings, build_world

PRODUCTS = "StockCode,Description,MedianPrice\nMUG,A mug,2.55\n"
CUSTOMERS = "CustomerID,Countries,FirstDate\n1,EIRE,2010-12-01 08:26:00\n"
LINES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,MUG,A mug,6,2010-12-01 08:26:00,2.55,1,EIRE\n"
    "C536366,MUG,A mug,-1,2010-12-02 08:26:00,2.55,1,EIRE\n"
)
REPORT = {"invoices": 2, "orders": 1, "refunds": 1, "not_loadable": {}, "unmatched_lines": {}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    for name, text in (("products", PRODUCTS), ("customers", CUSTOMERS), ("lines", LINES)):
        (path / f"{name}.csv").write_text(text)
    return path


@contextmanager
def process(*arguments: str) -> Iterator[dict[str, Any]]:
    """Run the command, yield the line it says it is ready with, and stop it."""
    command = [sys.executable, "-c", "from hub.sandbox.cli import sandbox; sandbox()", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as running:
        assert running.stdout is not None
        try:
            yield json.loads(running.stdout.readline())
        finally:
            running.terminate()
            assert running.wait(10) == 0


@pytest.mark.parametrize("name", ["shopify", "sap-b1"])
def test_a_sandbox_says_where_it_is_and_what_it_loaded(name: str, folder: Path) -> None:
    with process(name, "--data", str(folder), "--faults", "error_500=1@nothing") as ready:
        assert (ready["name"], ready["loaded"]) == (name, REPORT)
        [rule] = requests.get(f"{ready['url']}/control/faults", timeout=5).json()
        assert (rule["kind"], rule["operations"]) == ("error_500", ["nothing"])


@pytest.mark.parametrize("name", ["shopify", "sap-b1"])
def test_a_made_up_world_keeps_its_state_through_a_restart(name: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with process(name, "--size", "1", "--state", str(state)) as ready:
        assert "loaded" not in ready
        requests.post(f"{ready['url']}/control/clock", json={"advance_seconds": 90}, timeout=5)
    with process(name, "--size", "1", "--state", str(state)) as ready:
        assert requests.get(f"{ready['url']}/control/clock", timeout=5).json()["shift_seconds"] == 90


def test_a_pair_serves_shop_and_erp_in_one_process_from_one_world() -> None:
    with process("pair", "--items", "3", "--points-per-second", "50", "--bucket", "700") as ready:
        urls = ready["urls"]
        assert urls.keys() == {"shopify", "sap-b1"}
        assert ready["url"] == urls["shopify"]
        variants = requests.get(f"{urls['shopify']}/control/state/variants?fields=sku", timeout=5).json()
        items = requests.get(f"{urls['sap-b1']}/control/state/items?fields=ItemCode", timeout=5).json()
        points = requests.get(f"{urls['shopify']}/control/points", timeout=5).json()
    codes = ["PLAIN-0000000", "PLAIN-0000001", "PLAIN-0000002"]
    assert [one["sku"] for one in variants] == codes
    assert [one["ItemCode"] for one in items] == codes
    assert (points["maximum"], points["restore_rate"], points["available"]) == (700, 50, 700)


def test_a_pair_keeps_no_state(tmp_path: Path) -> None:
    result = CliRunner().invoke(sandbox, ["pair", "--state", str(tmp_path / "state")])
    assert result.exit_code == 2
    assert "A pair keeps no state" in result.output


@pytest.mark.parametrize(("place", "where"), [("erp", (2, 0)), ("shop", (0, 2)), ("both", (2, 2))])
def test_plain_items_are_where_they_are_wanted(place: Any, where: tuple[int, int]) -> None:
    settings = Settings("", 0, None, 1, 1, None, 0, [], None, items=2, items_in=place)
    world, _ = build_world(settings)
    assert (sum(one.in_erp for one in world.items), sum(one.in_shop for one in world.items)) == where
    assert (world.customers, world.orders) == ([], [])


def test_a_made_up_world_can_be_of_another_month() -> None:
    settings = Settings("", 0, None, 1, 1, datetime(2030, 1, 1), 0, [], None)
    world, _ = build_world(settings)
    newest = world.orders[-1].created_at
    assert datetime(2029, 12, 30, tzinfo=UTC) < newest < datetime(2030, 1, 1, tzinfo=UTC)


def test_the_report_of_a_folder_can_be_had_alone(folder: Path) -> None:
    result = CliRunner().invoke(sandbox, ["data", str(folder)])
    assert (result.exit_code, json.loads(result.output)) == (0, REPORT)


def test_a_folder_that_cannot_be_loaded_is_refused_with_the_place(folder: Path) -> None:
    (folder / "lines.csv").write_text(LINES + "1,MUG\n")
    result = CliRunner().invoke(sandbox, ["data", str(folder)])
    assert result.exit_code == 1
    assert "lines.csv, line 4" in result.output


def test_text_that_is_no_fault_is_refused_with_the_words_that_are_wrong() -> None:
    result = CliRunner().invoke(sandbox, ["shopify", "--faults", "storm=0.5"])
    assert result.exit_code == 2
    assert "there is no fault 'storm'" in result.output
