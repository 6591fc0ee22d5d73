"""The hub as a process of its own, and somebody who is signed in there and asks for page after page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from hub.demo.processes import stop

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_COOKIE = re.compile(r"^([^=]+)=([^;]*)")
#: Seconds in which it is up, and in which it ends.
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how many milliseconds until all of it was there."""

    status: int
    text: str
    took_ms: float
    location: str = ""


class Person:
    """A browser that asks for nothing but the page itself, over one connection."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._connection = HTTPConnection(self._host, timeout=PATIENCE)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path)

    def press(self, path: str, values: Mapping[str, str]) -> Answer:
        """Post a form of the console, with its token."""
        token = _TOKEN.search(self.get("/login").text or "") or _TOKEN.search(self.get("/").text)
        if token is None:
            raise RuntimeError("no page of the console has a token")
        return self._ask("POST", path, urlencode({"csrf_token": token[1], **values}))

    def sign_in(self, name: str, password: str) -> None:
        """Sign in; RuntimeError where that is refused."""
        if self.press("/login", {"name": name, "password": password}).status != 302:
            raise RuntimeError("The console lets nobody in.")

    def lines(self, path: str) -> int:
        """Ask for something long, and count its lines without keeping it; none where it is refused."""
        self._connection.request("GET", path, headers=self._headers())
        answer, count = self._connection.getresponse(), 0
        while part := answer.read(1 << 16):
            count += part.count(b"\n") if answer.status == 200 else 0
        return count

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}

    def _ask(self, method: str, path: str, body: str = "") -> Answer:
        headers = self._headers()
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self._connection.request(method, path, body or None, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        took = 1_000 * (time.perf_counter() - began)
        for line in answer.headers.get_all("Set-Cookie", []):
            if found := _COOKIE.match(line):
                self._cookies[found[1]] = found[2]
        return Answer(answer.status, text, took, answer.headers.get("Location", ""))


@dataclass(frozen=True, slots=True)
class Web:
    """A running `hub serve`."""

    address: str
    process: subprocess.Popen[bytes]

    def peak_mb(self) -> float:
        """The most memory it ever had, in MB."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8"))
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def serving(environment: Mapping[str, str], said: Path) -> Iterator[Web]:
    """`hub serve` with clock and workers; what it says is in a file."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "serve", "--port", "0"],
            env={**others, "PYTHONUNBUFFERED": "1", **environment},
            stdout=out,
            stderr=out,
        )
    try:
        yield Web(_address(process, said), process)
    finally:
        stop(process, PATIENCE)


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"http://[^ ]+:[0-9]+", said.read_text(encoding="utf-8")):
            return found[0]
        time.sleep(0.05)
    raise RuntimeError(f"The hub did not start:\n{said.read_text(encoding='utf-8')}")
