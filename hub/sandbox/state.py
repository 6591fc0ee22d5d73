"""The file that carries a sandbox's state over a restart."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path

from hub.sandbox.clock import SandboxClock
from hub.sandbox.message import Application

#: A change is written when nothing has changed for so long...
SETTLED = 0.5
#: ...or at the latest so long after the first change that is not written yet.
AT_LATEST = 10.0


class StateFile:
    """One line of JSON about the sandbox, then the application's own dump; replaced as a whole or not at all."""

    def __init__(self, path: Path, application: Application, clock: SandboxClock) -> None:
        self._path = path
        self._application = application
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._unsaved_since: float | None = None

    def load(self) -> None:
        """Restore what the file holds, where there is one; raises ValueError for another sandbox's file."""
        if not self._path.exists():
            return
        head, _, dump = self._path.read_bytes().partition(b"\n")
        about = json.loads(head)
        if about["name"] != self._application.name:
            raise ValueError(f"{self._path} holds the state of {about['name']}, not of {self._application.name}")
        self._clock.shift = timedelta(seconds=about["shift_seconds"])
        self._application.restore(dump)

    def save(self) -> None:
        """Write the state now."""
        if self._timer:
            self._timer.cancel()
        self._timer = None
        self._unsaved_since = None
        about = {"name": self._application.name, "shift_seconds": self._clock.shift.total_seconds()}
        draft = self._path.with_name(self._path.name + ".new")
        with draft.open("wb") as file:
            file.write(json.dumps(about).encode() + b"\n" + self._application.dump())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def changed(self) -> None:
        """Note a change; it is written once the changes have settled."""
        loop = asyncio.get_running_loop()
        if self._unsaved_since is None:
            self._unsaved_since = loop.time()
        if self._timer:
            self._timer.cancel()
        wait = min(SETTLED, max(0.0, self._unsaved_since + AT_LATEST - loop.time()))
        self._timer = loop.call_later(wait, self.save)
