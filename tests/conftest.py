"""What every test may ask for, and the doors that stay closed."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.services import missing

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


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails by name instead of hanging or leaking."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to connect to {address[0]}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
