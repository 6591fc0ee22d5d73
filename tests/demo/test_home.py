"""The demo's folder: a hub that somebody works with is never deleted for it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from hub.bootstrap import build
from hub.cli.app import hub
from hub.config import from_environment


def test_a_demo_deletes_no_hub_that_is_not_its_own(tmp_path: Path) -> None:
    build(from_environment({"HUB_HOME": str(tmp_path)}), actor="ann").close()
    key = (tmp_path / "hub.key").read_text()
    refused = CliRunner().invoke(hub, ["demo", "--once"], env={"HUB_HOME": str(tmp_path)})
    assert refused.exit_code == 3
    assert "holds a hub that is no demo" in refused.stderr
    assert (tmp_path / "hub.key").read_text() == key
