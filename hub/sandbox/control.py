"""The control API that every sandbox has below /control/: what tests and benches ask and set."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter, process_time
from typing import Any

from hub.sandbox.clock import Pending, SandboxClock
from hub.sandbox.faults import Faults, Rule
from hub.sandbox.message import Application, Operation, Request, Response

PREFIX = "/control/"
#: So many of the last requests are kept.
LOG_LENGTH = 20_000


@dataclass(slots=True)
class Entry:
    """One request in the log. `status` is None where the client got no answer (yet)."""

    n: int
    operation: str
    at: datetime
    status: int | None = None
    fault: str | None = None
    #: Whether the platform has carried the request out.
    done: bool = False

    def to_json(self) -> dict[str, Any]:
        """The control API's form."""
        return {
            "n": self.n,
            "operation": self.operation,
            "status": self.status,
            "fault": self.fault,
            "done": self.done,
            "at": self.at.isoformat(),
        }


class Journal:
    """Counts by operation, and the last requests."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.entries: deque[Entry] = deque(maxlen=LOG_LENGTH)
        self._total = 0

    def open(self, operation: str, at: datetime) -> Entry:
        """Count a request and begin its entry."""
        self._total += 1
        self.counts[operation] += 1
        entry = Entry(self._total, operation, at)
        self.entries.append(entry)
        return entry


class Control:
    """Answers what is common to all sandboxes and hands the rest to the application."""

    def __init__(self, application: Application, faults: Faults, clock: SandboxClock, pending: Pending) -> None:
        self.journal = Journal()
        self._application = application
        self._faults = faults
        self._clock = clock
        self._pending = pending
        #: Operations whose requests are kept whole, and what was kept; None = no recording.
        self._recorded: tuple[frozenset[str], list[dict[str, Any]]] | None = None
        #: Processor time and time of day when the busy share was asked for last.
        self._asked = (process_time(), perf_counter())

    def respond(self, request: Request) -> Response:
        """Answer a request below /control/; 400 with a sentence where the body is not what is asked for."""
        topic = request.path.removeprefix(PREFIX).strip("/")
        handler = {
            "counts": self._counts,
            "faults": self._rules,
            "log": self._log,
            "pending": self._count_pending,
            "clock": self._time,
            "busy": self._busy,
            "recording": self._record,
        }.get(topic)
        if handler is None:
            return self._application.control(request)
        try:
            return handler(request)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return Response.json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _counts(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.journal.counts.clear()
        return Response.json(dict(sorted(self.journal.counts.items())))

    def _rules(self, request: Request) -> Response:
        if request.method == "PUT":
            self._faults.rules = [Rule.from_json(rule) for rule in request.json()]
        elif request.method == "DELETE":
            self._faults.rules = []
        return Response.json([rule.to_json() for rule in self._faults.rules])

    def _log(self, request: Request) -> Response:
        after = int(request.parameter("after", "0"))
        return Response.json([entry.to_json() for entry in self.journal.entries if entry.n > after])

    def _count_pending(self, request: Request) -> Response:
        return Response.json({"pending": len(self._pending)})

    def note(self, operation: Operation, request: Request) -> None:
        """Keep a request while its operation is recorded."""
        if self._recorded is not None and operation.name in self._recorded[0]:
            self._recorded[1].append(
                {
                    "operation": operation.name,
                    "method": request.method,
                    "path": request.raw_path,
                    "query": request.query,
                    "headers": {str(name): value for name, value in request.headers.items()},
                    "body": request.body.decode("utf-8", "replace"),
                }
            )

    def _record(self, request: Request) -> Response:
        """PUT {"operations": [...]} begins, GET tells what was kept so far, DELETE ends."""
        if request.method == "PUT":
            self._recorded = (frozenset(map(str, request.json()["operations"])), [])
        elif request.method == "DELETE":
            self._recorded = None
        return Response.json(self._recorded[1] if self._recorded is not None else [])

    def _busy(self, request: Request) -> Response:
        """Processor time of this process since this was asked last, and its share in the time that passed."""
        (used, at), self._asked = self._asked, (process_time(), perf_counter())
        cpu, wall = self._asked[0] - used, self._asked[1] - at
        return Response.json({"cpu_seconds": cpu, "seconds": wall, "busy": cpu / wall if wall else 0.0})

    def _time(self, request: Request) -> Response:
        if request.method == "POST":
            seconds = float(request.json()["advance_seconds"])
            if seconds < 0:
                raise ValueError("a clock only goes forward")
            self._clock.advance(seconds)
            self._pending.run_due()
        return Response.json({"now": self._clock.now(), "shift_seconds": self._clock.shift.total_seconds()})
