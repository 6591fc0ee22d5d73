"""The two sandboxes as processes of their own, and their control APIs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from hub.clock import now, sleep
from hub.errors import ConfigurationError
from hub.platforms.call import Call
from hub.platforms.platform import Wiring
from hub.platforms.transport import Transport

#: Seconds a sandbox may take to stop.
PATIENCE = 10
#: Where in its folder the demo's hub writes what it does.
LOG = "hub.log"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox."""

    name: str
    url: str
    #: What it said when it was ready: with `--data` the loader's report.
    hello: dict[str, Any]
    process: subprocess.Popen[bytes]

    @property
    def desk(self) -> str:
        """Where people play shopkeeper or clerk."""
        return f"{self.url}/edit"

    def ask(self, path: str, *, method: str = "GET", body: Any = None) -> Any:
        """Ask the control API (`/control/…`); ConfigurationError with its words where it refuses."""
        transport = Transport(
            f"control of {self.name}", self.url, wiring=Wiring(clock=now, sleep=sleep), read_timeout=120
        )
        call = Call(
            operation="control",
            method=method,
            path=f"/control/{path}",
            headers={"Content-Type": "application/json"},
            body=b"" if body is None else orjson.dumps(body),
            writes=method != "GET",
        )
        answer = transport.send(call)
        transport.close()
        if answer.status >= 400:
            raise ConfigurationError(f"The sandbox {self.name} refused {path}: {answer.body[:300]!r}")
        return answer.json()


def _launch(name: str, options: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "hub", "sandbox", name, *options], stdout=subprocess.PIPE)


def _ready(name: str, process: subprocess.Popen[bytes]) -> Sandbox:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ConfigurationError(
            f"The sandbox {name} did not start (status {process.wait()}).",
            fix="Its own words stand above. The sandboxes need the extra `sandbox` to be installed.",
        )
    hello = orjson.loads(line)
    return Sandbox(name, hello["url"], hello, process)


def stop(process: subprocess.Popen[bytes], patience: float = PATIENCE) -> None:
    """Tell a process to end, and make it end where it takes more seconds than that."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def both(
    options: Sequence[str], shop_options: Sequence[str] = (), erp_options: Sequence[str] = ()
) -> Iterator[tuple[Sandbox, Sandbox]]:
    """Shop and ERP, filled from the same world; they load side by side and are stopped at the end."""
    with ExitStack() as stack:
        launched = {}
        for name, own in (("shopify", shop_options), ("sap-b1", erp_options)):
            launched[name] = _launch(name, [*options, *own])
            stack.callback(stop, launched[name])
        shop, erp = (_ready(name, process) for name, process in launched.items())
        yield shop, erp


@contextmanager
def empty_pair() -> Iterator[tuple[Sandbox, Sandbox]]:
    """A shop and an ERP without a single record, in one process."""
    process = _launch("pair", ["--items", "0"])
    try:
        first = _ready("pair", process)
        urls: dict[str, str] = first.hello["urls"]
        yield (
            Sandbox("empty shop", urls["shopify"], first.hello, process),
            Sandbox("empty ERP", urls["sap-b1"], first.hello, process),
        )
    finally:
        stop(process)


def _alone(home: Path) -> dict[str, str]:
    """Whatever hub the person has besides, the demo's is by itself."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return {**others, "HUB_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def add_person(home: Path, name: str, role: str, password: str) -> None:
    """Somebody who may sign in to the console, made as an administrator makes one: by the command."""
    command = [sys.executable, "-m", "hub", "users", "add", name, "--role", role, "--password-stdin"]
    if role == "administrator":
        command.append("--personal")
    done = subprocess.run(
        command, input=f"{password}\n".encode(), stdout=subprocess.DEVNULL, env=_alone(home), check=False
    )
    if done.returncode:
        raise ConfigurationError(f"The user {name} could not be made (status {done.returncode}).")


@dataclass(frozen=True, slots=True)
class Console:
    """The hub's own process with its address."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def serving(home: Path) -> Iterator[Console]:
    """The hub itself as a process, as `hub serve` starts it; its own log goes to a file, so that the story is read."""
    command = [sys.executable, "-m", "hub", "serve", "--port", "0"]
    log = home / LOG
    with log.open("wb") as words:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, env=_alone(home))
    try:
        assert process.stdout is not None
        found = re.search(rb"http://[^ ]+:[0-9]+", process.stdout.readline())
        if found is None:
            raise ConfigurationError(
                f"The hub did not start (status {process.wait()}).", fix=f"Its words are in {log}."
            )
        yield Console(found[0].decode(), process)
    finally:
        stop(process)
