"""What every test may ask for, and the doors that stay closed."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from tests.databases import schema
from tests.services import missing

# How long an example takes says nothing where several processes share the machine.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


class Compiled(BytecodeCache):
    """Templates that were compiled once: nearly every test of the console makes an application of its own."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {"bytecode_cache": Compiled()}

_compile = Rule._compile_builder
_built: dict[tuple[str, ...], Any] = {}


def _compiled_once(self: Rule, append_unknown: bool = True) -> Any:
    """The rules of addresses likewise: what builds one follows from how it reads alone."""
    reads = (self.rule, repr(self._trace), repr(self.defaults), str(append_unknown))
    if reads not in _built:
        _built[reads] = _compile(self, append_unknown)
    return _built[reads]


Rule._compile_builder = _compiled_once  # type: ignore[method-assign]
# A process of the suite holds half a million objects that never become garbage: looked through seldom.
gc.set_threshold(20_000, 20, 50)

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of published schemas, captures and real data (HUB_REFERENCE)."""
    setting = os.environ.get("HUB_REFERENCE")
    if not setting:
        missing("A test against the published reference", "HUB_REFERENCE")
    path = Path(str(setting)).resolve()
    assert path.is_dir(), f"HUB_REFERENCE={setting}: there is no such folder"
    return path


def postgresql_url() -> str:
    """The PostgreSQL of the machine, or the reason why there is none."""
    url = os.environ.get("HUB_TEST_POSTGRESQL")
    if not url:
        missing("A test on PostgreSQL", "HUB_TEST_POSTGRESQL")
    return str(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, on each kind; `parametrize("url", ["sqlite"], indirect=True)` asks for one only."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    with schema(postgresql_url()) as made:
        yield made


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails by name instead of hanging or leaking."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to connect to {address[0]}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests have found out that people want to read (`record_property("report", text)`)."""
    for result in ("passed", "failed"):
        for report in terminalreporter.getreports(result):
            for name, told in getattr(report, "user_properties", ()):
                if name == "report":
                    terminalreporter.write_sep("-", report.nodeid.rpartition("::")[2])
                    terminalreporter.write_line(str(told))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Under HUB_TEST_STRICT=1 nothing is skipped, whatever the way."""
    report = yield
    if report.skipped and os.environ.get("HUB_TEST_STRICT") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under HUB_TEST_STRICT=1: {report.longrepr}"
    return report
