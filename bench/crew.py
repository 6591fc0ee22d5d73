"""The processes of a hub, started as an operator starts them, and struck as machines strike them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

#: Seconds a process may take to end after SIGTERM: what is under way has 10.
PATIENCE = 25
#: Lines of a process's own words that are repeated when it has ended by itself.
LINES = 12
HUB = (sys.executable, "-m", "hub")


@dataclass(slots=True)
class Member:
    """One place in the crew: `worker-2` stays `worker-2` whichever process fills it."""

    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes]
    stopped: bool = False


@dataclass(slots=True)
class Crew:
    """All processes of one hub. Each is a session of its own, so that what it has started is struck with it."""

    folder: Path
    environment: Mapping[str, str]
    command: Sequence[str] = HUB
    members: dict[str, Member] = field(default_factory=dict)
    #: What ended by itself, which none should: (name, status).
    ended: list[tuple[str, int]] = field(default_factory=list)

    def start(self, name: str, *arguments: str) -> None:
        """Fill a place with a new process; what it says is added to `NAME.log`."""
        with self._log(name).open("ab") as said:
            process = subprocess.Popen(
                [*self.command, *arguments],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.members[name] = Member(name, arguments, process)

    def kill(self, name: str) -> None:
        """`kill -9` at once, with no chance to tidy up, and a new process in its place."""
        member = self.members[name]
        self._signal(member, signal.SIGKILL)
        member.process.wait()
        self.start(name, *member.arguments)

    def stop(self, name: str) -> None:
        """Let it stand still, as a machine does that swaps, or a virtual one that is moved."""
        self._signal(self.members[name], signal.SIGSTOP)
        self.members[name].stopped = True

    def carry_on(self, name: str) -> None:
        """Let it go on from where it was stopped."""
        self._signal(self.members[name], signal.SIGCONT)
        self.members[name].stopped = False

    def look(self) -> None:
        """Note who has ended by himself, and fill the place, as a service manager would."""
        for member in list(self.members.values()):
            status = member.process.poll()
            if status is not None:
                self._signal(member, signal.SIGKILL)
                self.ended.append((member.name, status))
                self.start(member.name, *member.arguments)

    def dismiss(self) -> list[tuple[str, int]]:
        """End all with SIGTERM; answers those that did not end well by it (name, status)."""
        for member in self.members.values():
            if member.stopped:
                self.carry_on(member.name)
            self._signal(member, signal.SIGTERM)
        unwell = []
        for member in self.members.values():
            try:
                status = member.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                status = -signal.SIGKILL
            # Whatever it has left behind goes with it.
            self._signal(member, signal.SIGKILL)
            member.process.wait()
            if status:
                unwell.append((member.name, status))
        self.members.clear()
        return unwell

    def last_words(self, name: str) -> str:
        """The end of what a member has said."""
        lines = self._log(name).read_text("utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-LINES:])

    def all_words(self) -> str:
        """The end of what each of them has said."""
        return "\n".join(f"  {name}:\n{self.last_words(name)}" for name in self.members)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    @staticmethod
    def _signal(member: Member, number: int) -> None:
        # Its session has its own number: it reaches the children, too, and may be gone already.
        with suppress(ProcessLookupError):
            os.killpg(member.process.pid, number)


@contextmanager
def crew(folder: Path, environment: Mapping[str, str], command: Sequence[str] = HUB) -> Iterator[Crew]:
    """An empty crew; whoever is in it at the end is dismissed."""
    made = Crew(folder, environment, command)
    try:
        yield made
    finally:
        made.dismiss()
