"""Servers on the loopback that take what is sent to people: JSON over HTTP, and mail."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook(ThreadingHTTPServer):
    """Takes JSON, and answers with the status that it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        #: Set = answers; cleared = keeps everybody waiting.
        self.open = threading.Event()
        self.open.set()
        super().__init__(("127.0.0.1", 0), _Posted)

    @property
    def url(self) -> str:
        """Its address, with a secret in it."""
        return f"json://bot:open-sesame@127.0.0.1:{self.server_port}/alerts"

    @property
    def titles(self) -> list[str]:
        """Titles of what came."""
        return [one["title"] for one in self.got]


class _Posted(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.open.wait(10)
        if self.server.status == 200:
            self.server.got.append(body)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Mailbox(socketserver.ThreadingTCPServer):
    """Takes mail as the simplest of all mail servers does."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[str] = []
        super().__init__(("127.0.0.1", 0), _Mailed)

    @property
    def url(self) -> str:
        """Its address, with sender and receiver."""
        port = self.server_address[1]
        return f"mailto://127.0.0.1:{port}?from=hub@acme.example&to=ops@acme.example&mode=insecure"


class _Mailed(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline().strip().upper():
            if line.startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.got.append(b"".join(lines).decode())
            self.wfile.write(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 well\r\n")
            if line.startswith(b"QUIT"):
                return


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """A server at work."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
