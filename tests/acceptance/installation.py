"""An installation as its operator has it: commands and processes of the hub with an environment of their own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, make_url, text

from hub.bootstrap import Hub, build
from hub.cli.app import hub as hub_command
from hub.config import from_environment
from hub.sandbox.clock import SandboxClock
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import running
from hub.sandbox.shopify.application import ShopifyApplication
from hub.store.schedules import Move
from tests.acceptance import company
from tests.acceptance.sandboxes import Erp, Shop
from tests.acceptance.stage import ROUTES, Stage
from tests.conftest import postgresql_url
from tests.services import missing

#: Seconds that anything may take on a busy machine.
PATIENCE = 60
#: Seconds in which every process of the hub has ended once it was told to.
ENDS_WITHIN = 15
#: Short, so that nobody waits long for what was not answered. The lease is longer than a read and five seconds.
READ_TIMEOUT, SETTLE, LEASE = 4, 1, 12
#: Of the tests; what it opens is thrown away.
KEY = "dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE="


def until(reached: Callable[[], bool], what: str, left: Callable[[], object] = str) -> None:
    """Wait for what other processes do; `left` tells what is still to come, where it does not happen."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            pytest.fail(f"it did not happen within {PATIENCE} seconds: {what} {left()}")
        time.sleep(0.2)


@dataclass
class Process:
    """A running process of the hub, with what it says in a file."""

    popen: subprocess.Popen[bytes]
    said_in: Path

    def said(self) -> str:
        """What it has said so far, on stdout and stderr."""
        return self.said_in.read_text(encoding="utf-8")

    def until_said(self, pattern: str) -> str:
        """Wait for words of this pattern; answers them."""
        until(lambda: bool(re.search(pattern, self.said())) or self.popen.poll() is not None, pattern)
        found = re.search(pattern, self.said())
        assert found, f"it ended with {self.popen.returncode}:\n{self.said()}"
        return found[0]

    def address(self) -> str:
        """Where its web is."""
        return self.until_said(r"http://[\w.]+:[0-9]+")

    def tell_to_end(self) -> None:
        """What systemd and Docker send first."""
        self.popen.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Wait until it has ended; its exit status."""
        try:
            return self.popen.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            pytest.fail(f"it goes on {ENDS_WITHIN} seconds after it was told to end:\n{self.said()}")

    def end(self) -> int:
        """Tell it to end, and wait until it has; its exit status."""
        self.tell_to_end()
        return self.ended()


@dataclass
class Installation:
    """One hub: where its data lies, and what its processes find in their environment."""

    home: Path
    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)

    def start(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Process:
        """Start a process that runs on."""
        said_in = self.home / f"process-{len(self.processes)}.log"
        with said_in.open("wb") as said:
            popen = subprocess.Popen(
                [sys.executable, "-m", "hub", *command], env=self._all(environment), stdout=said, stderr=said
            )
        self.processes.append(Process(popen, said_in))
        return self.processes[-1]

    def run(self, *command: str, environment: Mapping[str, str] | None = None) -> Result:
        """Call a command; an exception that no command should let out is raised."""
        result = CliRunner().invoke(hub_command, command, env=dict(environment or self.environment))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def ok(self, *command: str) -> str:
        """What a command prints that ends well."""
        done = self.run(*command)
        assert done.exit_code == 0, f"{done.exit_code}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """Its store, to look into."""
        with closing(build(from_environment(self.environment), actor="ann")) as made:
            yield made

    def kill(self) -> None:
        """End what is left."""
        for process in self.processes:
            if process.popen.poll() is None:
                process.popen.kill()
                process.popen.wait()

    def _all(self, environment: Mapping[str, str] | None) -> dict[str, str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        return {**outside, "PYTHONUNBUFFERED": "1", **(self.environment if environment is None else environment)}


@contextmanager
def installed(home: Path, url: str = "", **more: str) -> Iterator[Installation]:
    """An installation with its data in a folder, or in a database; its processes are gone afterwards."""
    home.mkdir(exist_ok=True)
    environment = {"HUB_HOME": str(home), "HUB_DATABASE_URL": url, "HUB_LEASE_SECONDS": str(LEASE), "HUB_KEY": KEY}
    made = Installation(home, environment | more)
    try:
        yield made
    finally:
        made.kill()


# -- what stands around it --------------------------------------------------------------------------------------------


@contextmanager
def database() -> Iterator[str]:
    """A PostgreSQL database of its own."""
    name = f"hub_{uuid.uuid4().hex[:12]}"
    server = create_engine(postgresql_url(), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(postgresql_url()).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The machine's Redis, or one that is started for the test."""
    given = os.environ.get("HUB_TEST_REDIS")
    program = shutil.which("redis-server")
    if given:
        yield given
        return
    if program is None:
        missing("A test with Celery", "HUB_TEST_REDIS")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as said:
        popen = subprocess.Popen([program, *options], stdout=said, stderr=said)
    try:
        until(lambda: _listens(port), "Redis listens")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        popen.kill()
        popen.wait()


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def sides() -> Iterator[tuple[Shop, Erp, SandboxClock]]:
    """Shop and ERP of the scenarios' company, by the real time."""
    clock = SandboxClock()
    world = company.world()
    shop_application = ShopifyApplication(world, now=clock.now)
    erp_application = SapB1Application(world, now=clock.now)
    with running(shop_application, clock=clock) as shop, running(erp_application, clock=clock) as erp:
        yield Shop(shop.url), Erp(erp.url), clock


def staged(hub: Hub, sides: tuple[Shop, Erp, SandboxClock]) -> Stage:
    """The scene with this hub in the middle, configured as an operator would; nothing is loaded yet."""
    shop, erp, clock = sides
    stage = Stage(hub, shop, erp, clock)
    configure(stage)
    stage.set_up_erp()
    return stage


def configure(stage: Stage) -> None:
    """Apply the integration's file, with schedules and short waits."""
    file = yaml.safe_load(company.file(order_cut_over="2020-01-01T00:00:00+01:00", settle_seconds=SETTLE))
    for route in file["routes"]:
        route["schedule"] = {"every": "12h"}
    for side in ("shop", "erp"):
        file[side]["settings"]["read_timeout"] = READ_TIMEOUT
    stage.apply(yaml.safe_dump(file))


def load(stage: Stage) -> None:
    """The first load, as `hub initialize` does it."""
    for name in ("customer", "product", "inventory"):
        assert not stage.run(name, "initialize").counts["failed"]


def schedule(place: Installation) -> None:
    """Have all routes run by themselves, where they do not yet."""
    for name in ROUTES:
        assert "every 12 hours" in place.ok("schedule", company.NAME, name, "every", "12h")


def come_due(stage: Stage, *names: str) -> None:
    """The minute of these routes has come: nobody wants to wait for it. The clock takes it from here."""
    routes = [stage.route(name) for name in names or ROUTES]
    due = stage.hub.clock() - timedelta(seconds=1)
    stage.hub.schedules.advance([Move(route.id, due, company.SETTINGS["zone"]) for route in routes])


def buy(stage: Stage, *names: str) -> None:
    """A new customer for each of these orders."""
    for name in names:
        email = f"buyer{name.strip('#')}@example.com"
        buyer = {"first_name": "Nora", "last_name": f"Neu {name}", "email": email}
        stage.shop.order(name, customer=buyer, lines=[{"sku": "MUG", "quantity": 1}])


def posted(stage: Stage) -> set[str]:
    """The orders that the ERP has, as they are called in the shop."""
    return {row["NumAtCard"] for row in stage.erp.ask("state/orders") if row.get("NumAtCard")}


def until_settled(stage: Stage, reached: Callable[[], bool], what: str) -> None:
    """Wait until something is so, and nothing waits any more for the clock, for a worker, or for time to pass.

    A record that two routes wanted to write at one moment is written by one of them; the other looks again in a minute,
    and nobody here waits for that.
    """
    until(lambda: reached() and not _left(stage), what, lambda: _left(stage))


def _left(stage: Stage) -> list[str]:
    routes = [stage.route(name).id for name in ROUTES]
    due = stage.hub.schedules.due_integrations(stage.hub.clock())
    failures = stage.hub.failures.select(routes)
    waits = [one for one in failures if one.state == "waiting" and one.cause != "CHANGED_MEANWHILE"]
    return [
        *(f"{count} schedules are due" for _, count in due),
        *(f"job {job.id} of route {job.route_id} is {job.state}" for job in stage.hub.jobs.unfinished(routes)),
        *(f"{one.label}: {one.text} (tried again at {one.next_try})" for one in waits),
    ]


def page(address: str, path: str) -> tuple[int, Any]:
    """Status and content of a page of the web."""
    answer = requests.get(f"{address}{path}", timeout=PATIENCE)
    return answer.status_code, answer.json()
