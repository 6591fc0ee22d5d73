from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from hub.cli.demo import demo


def test_the_demo_ends_well_and_prints_totals_that_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    answer = CliRunner().invoke(demo, ["--once", "--json", "--size", "20"])
    assert answer.exit_code == 0, answer.output
    told = orjson.loads(answer.stdout.splitlines()[-1])
    assert told["ok"] is True
    assert (told["cured"], told["second_run_writes"]) == (True, 0)
    assert [row["object"] for row in told["routes"]] == ["customer", "product", "order", "inventory"]
    for row in told["routes"]:
        parts = ("created", "updated", "unchanged", "skipped", "failed")
        assert row["read"] == sum(row[part] for part in parts) > 0
    for compared in told["compared"].values():
        assert (compared["unexplained"], compared["doubled"], compared["different"]) == (0, 0, 0)
