"""Several machines on one store, and sandboxes that count what they are asked at the same time."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from hub.sandbox.connection import Answer
from hub.sandbox.message import Application, Request
from hub.sandbox.server import Server
from hub.store.connections import Connections
from hub.store.database import Database
from hub.store.vault import Vault
from tests.store.conftest import KEY, database, vault

__all__ = ["database", "vault"]

ROOT = Path(__file__).parents[2]


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Time:
    """The store's clock and everybody's; it moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOON

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def connection_id(database: Database, vault: Vault) -> int:
    return Connections(database, vault).save("one", "shopify", {"token": "secret"}, frozenset({"token"}))


@contextmanager
def counting_writes(database: Database) -> Iterator[list[str]]:
    """The statements that write, as they are made."""
    seen: list[str] = []

    def note(door: Any, cursor: Any, text: str, *more: Any) -> None:
        if text.split(maxsplit=1)[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            seen.append(text)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


class Counted(Server):
    """A sandbox that knows how many requests it was busy with at the same time."""

    def __init__(self, application: Application, **options: Any) -> None:
        super().__init__(application, **options)
        self.busy = self.busiest = 0

    def _serve(self, request: Request) -> Answer | Awaitable[Answer]:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        answer = super()._serve(request)
        if isawaitable(answer):
            return self._until_answered(answer)
        self.busy -= 1
        return answer

    async def _until_answered(self, answer: Awaitable[Answer]) -> Answer:
        try:
            return await answer
        finally:
            self.busy -= 1


@contextmanager
def counted(application: Application, **options: Any) -> Iterator[Counted]:
    """Such a sandbox in a thread of its own."""
    server = Counted(application, **options)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
        yield server
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@dataclass
class Machines:
    """Processes that all work on one connection."""

    database: str
    connection: int
    platform: str
    settings: dict[str, Any]
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, count: int, *, rows: list[int], seconds: float, threads: int, shared: bool = True) -> None:
        """Start so many, and let them begin together."""
        given = {
            "database": self.database,
            "key": KEY,
            "connection": self.connection,
            "platform": self.platform,
            "settings": self.settings,
            "rows": rows,
            "seconds": seconds,
            "threads": threads,
            "shared": shared,
        }
        command = [sys.executable, "-m", "tests.sharing.worker", json.dumps(given)]
        fresh = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]
        self.processes += fresh
        for process in fresh:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in fresh:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()

    def results(self) -> list[dict[str, Any]]:
        """What each tells at its end; one that was killed tells nothing."""
        told = []
        for process in self.processes:
            out, _ = process.communicate(timeout=60)
            if process.returncode == 0:
                told.append(json.loads(out))
        return told

    def end(self) -> None:
        """Nobody is left behind."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
