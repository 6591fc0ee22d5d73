"""The systemd units: systemd's own opinion where it is there, and what every one of them has to say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scheduler.worker import GRACE
from tests.acceptance.compose import ROOT
from tests.docs.test_pages import refusal

FOLDER = ROOT / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
PROGRAM = "/opt/hub/bin/hub"
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
    "StateDirectoryMode": "0700",
}


def settings(unit: Path) -> dict[str, str]:
    """What stands in a unit, by name."""
    lines = [line for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_there_is_one_for_a_single_machine_and_one_for_each_process_of_many() -> None:
    assert [unit.name for unit in UNITS] == [
        "hub-clock.service",
        "hub-serve.service",
        "hub-web.service",
        "hub-worker@.service",
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_can_be_typed_and_is_started_again(unit: Path) -> None:
    said = settings(unit)
    program, _, words = said["ExecStart"].partition(" ")
    assert program == PROGRAM
    assert refusal(words) == ""
    assert (said["Restart"], said["User"], said["EnvironmentFile"]) == ("on-failure", "hub", "/etc/hub/hub.env")
    assert float(said["TimeoutStopSec"]) > GRACE
    # Only the process itself is told to end, and tells its own.
    assert (said["KillMode"], said["KillSignal"]) == ("mixed", "SIGTERM")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_gives_no_right_that_the_hub_does_not_need(unit: Path) -> None:
    said = settings(unit)
    assert {name: said[name] for name in HARDENED} == HARDENED


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_no_fault_with_a_unit(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        # What can be said without it is said above.
        return
    here = tmp_path / unit.name
    # The hub is not installed here; any program will do.
    here.write_text(unit.read_text(encoding="utf-8").replace(PROGRAM, str(shutil.which("true"))), encoding="utf-8")
    done = subprocess.run([program, "verify", "--man=no", str(here)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_example_of_the_environment_names_settings_only() -> None:
    lines = (FOLDER / "hub.env.example").read_text(encoding="utf-8").splitlines()
    names = [line.removeprefix("#").split("=")[0] for line in lines if "=" in line and not line.startswith("# ")]
    assert "HUB_HOME" in names
    assert all(name.startswith("HUB_") for name in names)
