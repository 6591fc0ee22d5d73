"""Dockerfile and docker-compose.yml, read: Docker itself is not asked."""

from __future__ import annotations

import inspect
import re
from configparser import ConfigParser
from typing import Any

import pytest

from hub import config, logs
from scheduler.worker import GRACE
from tests.acceptance.compose import FILE, ROOT, VARIABLE, described, services
from tests.docs.test_pages import refusal

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
OURS = ("clock", "worker", "web")
#: What the example names, set or not.
VARIABLES = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
FILLED = {name: value or "secret" for name, value in VARIABLES.items()}


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def instructions() -> list[str]:
    """Lines of the Dockerfile, those that go on joined."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def test_the_file_has_a_database_a_broker_a_clock_two_workers_and_the_web() -> None:
    found = services(FILLED)
    assert set(found) == {"postgres", "redis", *OURS}
    assert [found[name].replicas for name in OURS] == [1, 2, 1]
    assert found["web"].command[:3] == ["serve", "--no-clock", "--no-worker"]


@pytest.mark.parametrize("name", [*OURS, "postgres", "redis"])
def test_every_service_is_watched_started_again_and_limited(name: str) -> None:
    entry: dict[str, Any] = described()["services"][name]
    assert entry["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= set(entry["healthcheck"])
    assert set(entry["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_the_hub_can_be_typed_and_its_health_is_asked_by_one(name: str) -> None:
    service = services(FILLED)[name]
    assert refusal(" ".join(service.command)) == ""
    assert service.health[:3] == ["CMD", "hub", "health"]
    assert refusal(" ".join(service.health[2:])) == ""


@pytest.mark.parametrize("name", OURS)
def test_a_process_of_the_hub_is_given_the_time_it_gives_its_work(name: str) -> None:
    entry = described()["services"][name]
    assert seconds(entry["stop_grace_period"]) > GRACE
    assert entry["cap_drop"] == ["ALL"]


def test_the_hub_is_told_only_settings_that_it_has() -> None:
    known = set(re.findall(r'"(HUB_\w+)"', inspect.getsource(config) + inspect.getsource(logs)))
    for name in OURS:
        environment = services(FILLED)[name].environment
        assert set(environment) <= known
        read = config.from_environment(environment)
        assert (read.engine, read.is_sqlite, read.keys) == ("celery", False, ("secret",))


def test_the_example_names_every_variable_of_the_file_and_no_other() -> None:
    assert set(VARIABLES) == {found[0] for found in VARIABLE.findall(FILE.read_text(encoding="utf-8"))}


def test_no_secret_stands_in_the_files_and_none_is_made_up() -> None:
    assert [VARIABLES[name] for name in ("POSTGRES_PASSWORD", "HUB_KEY")] == ["", ""]
    with pytest.raises(KeyError, match=r"HUB_KEY: see \.env\.example"):
        services({"POSTGRES_PASSWORD": "secret"})


def test_what_is_kept_lies_in_volumes_and_only_the_loopback_is_listened_on() -> None:
    read = described()
    mounted = {one.split(":")[0] for entry in read["services"].values() for one in entry.get("volumes", [])}
    assert mounted == set(read["volumes"])
    assert {name for name, entry in read["services"].items() if "ports" in entry} == {"web"}
    assert VARIABLES["HUB_WEB"].startswith("127.0.0.1:")


def test_the_image_is_installed_by_hashes_and_runs_as_nobody_in_particular() -> None:
    bases = [line.split()[1] for line in instructions() if line.startswith("FROM ")]
    assert {re.fullmatch(r"python:3\.\d+-slim", base) is not None for base in bases} == {True}
    installs = [line for line in instructions() if "pip install" in line]
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation ." in line for line in installs)
    assert "--require-hashes --requirement requirements/run.txt" in installs[0]
    assert "PIP_NO_CACHE_DIR=1" in DOCKERFILE
    assert [line for line in instructions() if line.startswith("USER ")] == ["USER hub"]
    assert not re.search(r"://|--index-url|--trusted-host", DOCKERFILE)


def test_the_image_has_a_health_check_and_a_command_that_can_be_typed() -> None:
    health, command = (
        re.findall(r'"([^"]+)"', next(line for line in instructions() if line.startswith(kind)))
        for kind in ("HEALTHCHECK", "CMD")
    )
    assert health[0] == "hub"
    assert refusal(" ".join(health[1:])) == ""
    assert refusal(" ".join(command)) == ""


def test_the_image_holds_every_package() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    packages = {line.split(".")[0] for line in setup["options.packages.find"]["include"].split()}
    copied = {line.split()[1] for line in instructions() if line.startswith("COPY ")}
    allowed = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()}
    assert packages <= copied
    assert packages <= allowed
