"""Watching a hub process from outside, so that it can be killed at a certain point of its work."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench.control import Control

#: What is counted: requests that a platform has seen, or commits of one of the hub's databases.
Kind = Literal["calls", "commits"]
DATABASES = ("hub.db", "log.db")


@dataclass(frozen=True, slots=True)
class Point:
    """When to kill: at the n-th event of a kind after the start, and a moment later."""

    kind: Kind
    nth: int
    #: Seconds; lets a write that has been seen come to its storing, or its answer to its way back.
    later: float = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.nth} + {self.later:.2f} s"


@dataclass(slots=True)
class Commits:
    """Counts the commits of others in a hub's databases, by the counter that SQLite itself keeps."""

    connections: list[sqlite3.Connection]
    _last: list[int] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self._last = self._versions()

    def look(self) -> int:
        """How many there have been by now. Commits between two looks at one database count as one."""
        versions = self._versions()
        self.count += sum(new != old for new, old in zip(versions, self._last, strict=True))
        self._last = versions
        return self.count

    def _versions(self) -> list[int]:
        return [int(one.execute("PRAGMA data_version").fetchone()[0]) for one in self.connections]


@contextmanager
def commits_of(home: Path) -> Iterator[Commits]:
    """A counter of the commits in a hub's databases."""
    with ExitStack() as stack:
        yield Commits([stack.enter_context(opened(home / name)) for name in DATABASES])


def opened(database: Path) -> closing[sqlite3.Connection]:
    """A database of the hub, to be looked at only."""
    return closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30))


def open_messages(home: Path) -> int:
    """Messages without a verdict: writes that a hub was about to send, had sent, or had not yet booked."""
    with opened(home / "log.db") as log:
        return int(log.execute("SELECT count(*) FROM message WHERE verdict IS NULL").fetchone()[0])


def kill_at(point: Point, process: subprocess.Popen[bytes], home: Path, sides: tuple[Control, ...]) -> bool:
    """Kill a process (SIGKILL) when the point is reached; False: it came to its end before that."""
    before = sum(side.requests() for side in sides)
    with commits_of(home) as commits:
        count = commits.look if point.kind == "commits" else lambda: sum(side.requests() for side in sides) - before
        reached = _reached(point.nth, process, count, 0.0005 if point.kind == "commits" else 0.004)
    if reached and point.later:
        time.sleep(point.later)
    alive = process.poll() is None
    if alive:
        process.kill()
    process.communicate()
    return alive and reached


def _reached(nth: int, process: subprocess.Popen[bytes], count: Callable[[], int], pause: float) -> bool:
    while process.poll() is None:
        if count() >= nth:
            return True
        time.sleep(pause)
    return False


def measure_run(process: subprocess.Popen[bytes], home: Path, sides: tuple[Control, ...]) -> dict[Kind, int]:
    """Let a process come to its end; answers how many events of each kind there were."""
    before = sum(side.requests() for side in sides)
    with commits_of(home) as commits:
        while process.poll() is None:
            commits.look()
            time.sleep(0.0005)
        count = commits.look()
    return {"calls": sum(side.requests() for side in sides) - before, "commits": count}
