"""The web server of a sandbox: one process, one event loop, all state in memory.

Everything an application does it does in one synchronous call, so its state needs no locks.
What a request meets on its way (faults, latency) is decided here; the platform's rules live in the application.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import threading
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from hub.sandbox.clock import Pending, SandboxClock
from hub.sandbox.connection import Answer, Connection
from hub.sandbox.control import PREFIX, Control, Entry
from hub.sandbox.desk.origin import is_foreign
from hub.sandbox.desk.pages import Pages
from hub.sandbox.faults import Fault, Faults
from hub.sandbox.message import Application, Operation, Request, Response
from hub.sandbox.state import StateFile

__all__ = ["Application", "Operation", "Request", "Response", "SandboxClock", "Server", "running", "serve"]

log = logging.getLogger(__name__)

GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
#: These are decided before the platform sees the request.
UNDONE = frozenset({"throttled", "session_expired", "error_500", "html_502", "dropped"})


class Server:
    """Serves one application.

    `clock` must be the one whose `now` the application was given, or /control/clock moves nothing in it.
    `state`: a file that carries the state over a restart.
    """

    def __init__(
        self,
        application: Application,
        faults: Faults | None = None,
        *,
        latency_ms: float = 0,
        state: Path | None = None,
        clock: SandboxClock | None = None,
    ) -> None:
        self.application = application
        self.faults = faults or Faults()
        self.clock = clock or SandboxClock()
        self.url = ""
        self._latency = latency_ms / 1000
        self._pending = Pending(self.clock)
        self._control = Control(application, self.faults, self.clock, self._pending)
        self._pages = Pages(application)
        self._state = StateFile(state, application, self.clock) if state else None
        self._listening: asyncio.Server | None = None
        self._connections: set[Connection] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Restore the state, listen, and answer the port."""
        if self._state:
            self._state.load()
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            lambda: Connection(loop, self._serve, self._connections), host, port, backlog=256
        )
        port = int(self._listening.sockets[0].getsockname()[1])
        self.url = f"http://{host}:{port}"
        return port

    async def stop(self) -> None:
        """Stop listening and keep the state. Requests still on their way are lost, as in a power cut."""
        self._pending.drop()
        if self._listening:
            self._listening.close()
        for connection in list(self._connections):
            connection.close()
        if self._listening:
            await self._listening.wait_closed()
        if self._state:
            self._state.save()

    def run_forever(self, host: str = "127.0.0.1", port: int = 0, about: Mapping[str, Any] | None = None) -> None:
        """Serve until SIGTERM or SIGINT.

        One line of JSON on standard output says that it is ready: `name`, `url` and what `about` adds.
        """
        asyncio.run(serve([self], host, [port], about or {}))

    def _serve(self, request: Request) -> Answer | Awaitable[Answer]:
        """Answer at once where nothing has to be waited for."""
        if request.path.startswith(PREFIX):
            if is_foreign(request):
                return Response.json({"error": "the request was sent by a page of somebody else"}, 403)
            return self._by_hand(self._control.respond(request), request)
        if self._pages.answer_for(request.path):
            return self._by_hand(self._pages.respond(request), request)
        operation = self.application.operation(request)
        self._control.note(operation, request)
        entry = self._control.journal.open(operation.name, self.clock.now())
        fault = self.faults.pick(operation)
        if fault is None:
            since = asyncio.get_running_loop().time()
            answer = self._carry_out(request, operation, entry)
            if not self._latency:
                entry.status = answer.status
                return answer
            return self._held_back(answer, entry, since)
        entry.fault = fault.kind
        return self._struck(fault, request, operation, entry)

    def _by_hand(self, response: Response, request: Request) -> Response:
        """An answer that no fault strikes and no log counts."""
        if request.method != "GET":
            self._changed()
        return response

    async def _struck(self, fault: Fault, request: Request, operation: Operation, entry: Entry) -> Answer:
        return await self._held_back(
            await self._meet(fault, request, operation, entry), entry, asyncio.get_running_loop().time()
        )

    async def _held_back(self, answer: Answer, entry: Entry, since: float) -> Answer:
        """Let no answer out before the latency has passed."""
        left = since + self._latency - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.sleep(left)
        if answer is not None:
            entry.status = answer.status
        return answer

    async def _meet(self, fault: Fault, request: Request, operation: Operation, entry: Entry) -> Answer:
        """Let the request meet its fault; None = the connection is closed without an answer."""
        carry_out = partial(self._carry_out, request, operation, entry)
        kind = fault.kind
        if kind in UNDONE:
            return self._turned_away(kind, request)
        if kind == "late":
            self._pending.after(fault.first, carry_out)
            return None
        if kind == "delayed":
            answer = await self._pending.after(fault.first, carry_out)
            await asyncio.sleep(fault.second)
            return answer
        answer = carry_out()
        if kind == "slow":
            await asyncio.sleep(fault.first)
            return answer
        return Response.html(GATEWAY_PAGE, 502) if kind == "stored_then_502" else None

    def _turned_away(self, kind: str, request: Request) -> Answer:
        if kind == "dropped":
            return None
        if kind == "error_500":
            return Response.json({"errors": "Internal Server Error"}, 500)
        if kind == "html_502":
            return Response.html(GATEWAY_PAGE, 502)
        return self.application.refuse(kind, request)

    def _carry_out(self, request: Request, operation: Operation, entry: Entry) -> Response:
        try:
            response = self.application.respond(request)
        except Exception:
            log.exception("the sandbox %s failed at %s", self.application.name, operation.name)
            entry.fault = "crash"
            return Response.json({"errors": "the sandbox itself failed; its standard error says where"}, 500)
        entry.done = True
        if operation.writes:
            self._changed()
        return response

    def _changed(self) -> None:
        if self._state:
            self._state.changed()


async def serve(servers: Sequence[Server], host: str, ports: Sequence[int], about: Mapping[str, Any]) -> None:
    """Serve applications in one process until SIGTERM or SIGINT.

    One line of JSON says that all are ready: `name` and `url` of the first, all by name as `urls`, and `about`.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    for server, port in zip(servers, ports, strict=True):
        await server.start(host, port)
    urls = {server.application.name: server.url for server in servers}
    first = servers[0]
    sys.stdout.write(json.dumps({"name": first.application.name, "url": first.url, "urls": urls, **about}) + "\n")
    sys.stdout.flush()
    await stopped.wait()
    for server in servers:
        await server.stop()


@contextmanager
def running(application: Application, **options: Any) -> Iterator[Server]:
    """A server in a thread of its own, for tests: `with running(application, faults=...) as server: server.url`."""
    server = Server(application, **options)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=f"sandbox {application.name}", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
