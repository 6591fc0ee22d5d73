"""`hub health`: what it says of a worker, the clock and the web of this machine, and that it changes nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.bootstrap import Hub
from hub.cli.app import hub as command
from hub.clock import now
from hub.config import from_environment
from hub.store.workers import GONE_AFTER, WorkerProcess
from scheduler import serving
from scheduler.cli.health import of_clock, of_worker
from scheduler.web import application
from tests.databases import new_hub

HERE = socket.gethostname()


@pytest.fixture
def environment(url: str, tmp_path: Path) -> dict[str, str]:
    return {"HUB_HOME": str(tmp_path), "HUB_DATABASE_URL": url, "HUB_LOG_URL": f"sqlite:///{tmp_path}/log.db"}


@pytest.fixture
def ask(environment: dict[str, str]) -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(command, ["health", *words], env=environment)


def at_work(name: str, ago: timedelta = timedelta()) -> WorkerProcess:
    return WorkerProcess(name, "local", 4, now() - timedelta(hours=1), now() - ago, stopping=False)


def with_hub(environment: dict[str, str], act: Callable[[Hub], None]) -> None:
    made = new_hub(from_environment(environment), actor="ann")
    try:
        act(made)
    finally:
        made.close()


def test_a_worker_is_well_as_long_as_it_says_so(environment: dict[str, str], ask: Callable[..., Result]) -> None:
    with_hub(environment, lambda hub: hub.workers.say(at_work(f"{HERE}:7:abcd")))
    well = ask("worker")
    assert (well.exit_code, well.stdout) == (0, f"At work on {HERE}: {HERE}:7:abcd.\n")
    with_hub(environment, lambda hub: hub.workers.say(at_work(f"{HERE}:7:abcd", GONE_AFTER + timedelta(seconds=1))))
    gone = ask("worker")
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert f"No worker of {HERE} has been heard of lately (0 on other machines)." in gone.stderr


def test_a_worker_of_another_machine_is_none_of_this_one() -> None:
    assert of_worker("a", [at_work("ab:7:abcd")]) == (
        False,
        "No worker of a has been heard of lately (1 on other machines).",
    )


def test_the_clock_is_well_as_long_as_one_is_at_work(environment: dict[str, str], ask: Callable[..., Result]) -> None:
    def take(hub: Hub) -> None:
        hub.leases.take("clock", f"{HERE}:8:abcd", now(), now() + timedelta(minutes=1))

    with_hub(environment, lambda hub: None)
    none = ask("clock")
    assert (none.exit_code, none.stderr) == (1, "No clock is at work: nothing begins by itself.\n")
    with_hub(environment, take)
    assert (ask("clock").exit_code, ask("clock").stdout) == (0, f"The clock is at work here: {HERE}:8:abcd.\n")
    with_hub(environment, lambda hub: hub.leases.release("clock", f"{HERE}:8:abcd", now()))
    assert ask("clock").exit_code == 1


def test_a_clock_that_stands_by_is_well(environment: dict[str, str]) -> None:
    def look(hub: Hub) -> None:
        held = hub.leases.take("clock", "other:8:abcd", now(), now() + timedelta(minutes=1))
        assert of_clock(HERE, held) == (
            True,
            "The clock is at work on another machine (other:8:abcd); one that is here stands by.",
        )

    with_hub(environment, look)


def test_a_store_that_is_not_there_is_not_made(environment: dict[str, str], ask: Callable[..., Result]) -> None:
    asked = ask("worker")
    assert asked.exit_code == 1
    assert "There is no store yet" in asked.stderr or "The store cannot be asked" in asked.stderr
    assert list(Path(environment["HUB_HOME"]).iterdir()) == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_web_is_well_as_long_as_it_answers(environment: dict[str, str], ask: Callable[..., Result]) -> None:
    made = new_hub(from_environment(environment), actor="ann")
    with serving.web(application(made), "127.0.0.1", 0) as address:
        assert (ask("web", "--url", address).exit_code, ask("web", "--url", address).stdout) == (
            0,
            f"{address} answers.\n",
        )
        made.close()
    gone = ask("web", "--url", address)
    assert gone.exit_code == 1
    assert f"{address} does not answer" in gone.stderr
