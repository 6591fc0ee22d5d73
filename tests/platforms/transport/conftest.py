"""A small real HTTP server whose misbehaviour is written down before each test."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from hub.platforms.exchanges import Exchange
from hub.platforms.platform import Wiring
from hub.platforms.transport import Transport

#: What the server does with one request: the bytes to answer, or a function that is handed the socket.
Reply = bytes | Callable[[socket.socket], None]


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drop(connection: socket.socket) -> None:
    """Close without a word."""


def cut(connection: socket.socket) -> None:
    """Promise more than is sent."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"data":')


@dataclass
class Scripted:
    """Answers the n-th request with the n-th reply, and every later one with the last."""

    url: str
    listener: socket.socket
    replies: list[Reply] = field(default_factory=lambda: [answer()])
    requests: list[bytes] = field(default_factory=list)
    busiest: int = 0
    busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator[Scripted]:
        """A server on a free port."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            scripted = cls(f"http://127.0.0.1:{listener.getsockname()[1]}", listener)
            thread = threading.Thread(target=scripted.serve, daemon=True)
            thread.start()
            yield scripted
            # Closing a listening socket does not wake its accept(); shutting it down does.
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while request := _read_request(connection):
                with self._lock:
                    self.requests.append(request)
                    reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
                if not isinstance(reply, bytes):
                    reply(connection)
                    return
                connection.sendall(reply)

    def take(self, seconds: float) -> None:
        """Be busy with a request; it is over before the answer goes out, as with that the next one may come."""
        with self._lock:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        threading.Event().wait(seconds)
        with self._lock:
            self.busy -= 1


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted.running() as scripted:
        yield scripted


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.slept: list[float] = []
        self.total = 0.0

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.total += seconds
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def seen() -> list[Exchange]:
    """The exchanges that nobody collected."""
    return []


@pytest.fixture
def transport(server: Scripted, time: Time, seen: list[Exchange]) -> Iterator[Transport]:
    wiring = Wiring(clock=time.clock, sleep=time.sleep, sink=seen.append, random=Random(7), concurrency=2)
    transport = Transport("shop", server.url, wiring=wiring, connect_timeout=1, read_timeout=0.2)
    yield transport
    transport.close()
