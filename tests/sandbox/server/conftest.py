"""The smallest application there is, behind the real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from hub.sandbox.clock import SandboxClock
from hub.sandbox.desk.desk import Desk
from hub.sandbox.server import Operation, Request, Response


class Echo:
    """Keeps what is posted to it, answers what it was asked, and expires its session when told."""

    name = "echo"

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.notes: list[str] = []
        self.expired = 0

    def operation(self, request: Request) -> Operation:
        if request.path.startswith("/files/"):
            return Operation("file", file=True)
        return Operation(f"{request.method} {request.path}", writes=request.method != "GET")

    def respond(self, request: Request) -> Response:
        if request.path == "/broken":
            raise RuntimeError("a mistake in the application")
        if request.method == "POST":
            self.notes.append(request.body.decode())
        answer = {"path": request.path, "raw_path": request.raw_path, "query": request.query, "at": self.now()}
        return Response.json(answer, 201, {"Set-Cookie": ["a=1", "b=2"]})

    def refuse(self, kind: str, request: Request) -> Response:
        if request.path == "/broken":
            raise RuntimeError("a mistake in a refusal")
        if kind == "session_expired":
            self.expired += 1
            return Response.json({"code": 301}, 401)
        return Response.json({"code": kind}, 429)

    def control(self, request: Request) -> Response:
        if request.path == "/control/state/notes":
            return Response.json(self.notes)
        return Response.json({"error": "no such path"}, 404)

    def desk(self) -> Desk:
        return Desk("Echo", "There is nothing on it.")

    def dump(self) -> bytes:
        return json.dumps(self.notes).encode()

    def restore(self, state: bytes) -> None:
        notes: list[Any] = json.loads(state)
        self.notes = notes


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock()


@pytest.fixture
def echo(clock: SandboxClock) -> Echo:
    return Echo(clock.now)


@pytest.fixture
def another(clock: SandboxClock) -> Callable[[], Echo]:
    """Makes the application of a later process."""
    return lambda: Echo(clock.now)
