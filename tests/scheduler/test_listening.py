"""The web server of `hub serve`: where it listens, and how it ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from typing import Any

import pytest
import requests

from scheduler import serving


def hello(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def test_a_name_of_several_addresses_is_listened_on_at_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def resolved(host: Any, *given: Any, **more: Any) -> Any:
        hosts = ("127.0.0.1", "127.0.0.2") if host == "somewhere" else (host,)
        return [one for each in hosts for one in real(each, *given, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with socket.create_server(("127.0.0.3", 0)) as free:
        port = free.getsockname()[1]
    with serving.web(hello, "somewhere", port) as address:
        assert address in (f"http://127.0.0.1:{port}", f"http://127.0.0.2:{port}")
        for host in ("127.0.0.1", "127.0.0.2"):
            assert requests.get(f"http://{host}:{port}/", timeout=5).text == "hello"


def test_it_ends_at_once_although_a_browser_keeps_its_connection() -> None:
    with requests.Session() as browser:
        with serving.web(hello, "127.0.0.1", 0) as address:
            assert browser.get(address, timeout=5).text == "hello"
            (loop,) = [one for one in threading.enumerate() if one.name == "web"]
        assert not loop.is_alive()
