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
KINDS: tuple[Kind, ...] = ("calls", "commits")
DATABASES = ("hub.db", "log.db")
#: Seconds between two looks at a database, and between two questions to the platforms.
PAUSE, ASKING_PAUSE = 0.001, 0.006


@dataclass(frozen=True, slots=True)
class Point:
    """When to kill: at the n-th event of a kind, and a moment later.

    `writing`: counted from the first open message on, instead of from the start of the process.
    """

    kind: Kind
    nth: int
    #: Seconds; lets a write that has been seen come to its storing, or its answer to its way back.
    later: float = 0
    writing: bool = False

    def __str__(self) -> str:
        since = " since the first message" if self.writing else ""
        return f"{self.kind} {self.nth}{since} + {self.later:.1f} s"


@dataclass(frozen=True, slots=True)
class Length:
    """How many events of each kind an undisturbed run has, by its parts."""

    #: Before the first message is open, while there are open ones, and after the last was closed.
    before: dict[Kind, int]
    writing: dict[Kind, int]
    after: dict[Kind, int]

    def point(self, kind: Kind, share: float, later: float, *, delayed: bool) -> Point:
        """The point so far (0 to 1) into a run: while messages are open, or (not delayed) also before and after.

        A quarter of the points that are not delayed lies before, half of them while there are open messages.
        """
        before, writing, after = self.before[kind], self.writing[kind], self.after[kind]
        if delayed:
            return Point(kind, 1 + int(share * writing), later, True)
        if share < 0.25:
            return Point(kind, 1 + int(share * 4 * before))
        if share < 0.75:
            return Point(kind, 1 + int((share - 0.25) * 2 * writing), writing=True)
        return Point(kind, 1 + writing + int((share - 0.75) * 4 * after), writing=True)


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


def open_messages(home: Path, after: int = 0) -> int:
    """Messages (with higher ids than `after`) without a verdict: writes about to be sent, sent, or not yet booked."""
    with opened(home / "log.db") as log:
        return _open_in(log, after)


def _open_in(log: sqlite3.Connection, after: int) -> int:
    query = "SELECT count(*) FROM message WHERE verdict IS NULL AND id > ?"
    return int(log.execute(query, (after,)).fetchone()[0])


def _newest(log: sqlite3.Connection) -> int:
    return int(log.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0])


@dataclass(slots=True)
class Watch:
    """Follows one process of a hub: what it has asked of the platforms, and what it has committed."""

    process: subprocess.Popen[bytes]
    sides: tuple[Control, ...]
    commits: Commits
    log: sqlite3.Connection
    #: Requests, and the newest message, from before the process was started.
    requests: int
    newest: int

    @classmethod
    @contextmanager
    def on(cls, process: subprocess.Popen[bytes], home: Path, sides: tuple[Control, ...]) -> Iterator[Watch]:
        """Watch a process that was started just now."""
        with commits_of(home) as commits, opened(home / "log.db") as log:
            yield cls(process, sides, commits, log, sum(side.requests() for side in sides), _newest(log))

    def count(self, kind: Kind) -> int:
        """Events of a kind so far."""
        return self.commits.look() if kind == "commits" else sum(side.requests() for side in self.sides) - self.requests

    def counts(self) -> dict[Kind, int]:
        """Events of both kinds so far."""
        return {"calls": self.count("calls"), "commits": self.count("commits")}

    def until(self, reached: Callable[[], bool], pause: float = PAUSE) -> bool:
        """Wait until something holds; False: the process came to its end before."""
        while self.process.poll() is None:
            if reached():
                return True
            time.sleep(pause)
        return False

    def open_messages(self) -> int:
        """Messages that this process has open."""
        return _open_in(self.log, self.newest)

    def until_writing(self) -> bool:
        """Wait for the first open message."""
        return self.until(lambda: self.open_messages() > 0)


def kill_at(point: Point, process: subprocess.Popen[bytes], home: Path, sides: tuple[Control, ...]) -> int | None:
    """Kill a process (SIGKILL) when the point is reached; answers how many messages it had open.

    None: it came to its end before that.
    """
    with Watch.on(process, home, sides) as watch:
        reached = not point.writing or watch.until_writing()
        start = watch.count(point.kind) if point.writing else 0
        pause = PAUSE if point.kind == "commits" else ASKING_PAUSE
        reached = reached and watch.until(lambda: watch.count(point.kind) >= start + point.nth, pause)
        if reached and point.later:
            time.sleep(point.later)
        alive = process.poll() is None
        if alive:
            process.kill()
        process.communicate()
        return watch.open_messages() if alive and reached else None


def length_of(process: subprocess.Popen[bytes], home: Path, sides: tuple[Control, ...]) -> Length:
    """Let a process come to its end, and count its events."""
    with Watch.on(process, home, sides) as watch:
        watch.until_writing()
        first = last = watch.counts()
        while process.poll() is None:
            counts = watch.counts()
            last = counts if watch.open_messages() else last
            time.sleep(ASKING_PAUSE)
        end = watch.counts()
    return Length(
        first,
        {kind: last[kind] - first[kind] for kind in KINDS},
        {kind: end[kind] - last[kind] for kind in KINDS},
    )
