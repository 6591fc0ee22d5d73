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


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox."""

    name: str
    url: str
    #: What it said when it was ready: with `--data` the loader's report.
    hello: dict[str, Any]
    process: subprocess.Popen[bytes]

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


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
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
            stack.callback(_stop, launched[name])
        shop, erp = (_ready(name, process) for name, process in launched.items())
        yield shop, erp


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The hub itself as a process, as `hub serve` starts it; gives its address."""
    # Whatever hub the person has besides, this one is by itself.
    others = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = {**others, "HUB_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "hub", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    try:
        assert process.stdout is not None
        found = re.search(rb"http://[^ ]+:[0-9]+", process.stdout.readline())
        if found is None:
            raise ConfigurationError(f"The hub did not start (status {process.wait()}).", fix="Its words stand above.")
        yield found[0].decode()
    finally:
        _stop(process)
