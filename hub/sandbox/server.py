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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.web_request import BaseRequest
from multidict import CIMultiDict

from hub.sandbox.clock import Pending, SandboxClock
from hub.sandbox.control import PREFIX, Control, Entry
from hub.sandbox.faults import Fault, Faults
from hub.sandbox.message import Application, Operation, Request, Response
from hub.sandbox.state import StateFile

__all__ = ["Application", "Operation", "Request", "Response", "SandboxClock", "Server", "running"]

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
        self._state = StateFile(state, application, self.clock) if state else None
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Restore the state, listen, and answer the port."""
        if self._state:
            self._state.load()
        self._runner = web.ServerRunner(web.Server(self._serve), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        port = int(self._runner.addresses[0][1])
        self.url = f"http://{host}:{port}"
        return port

    async def stop(self) -> None:
        """Stop listening and keep the state. Requests still on their way are lost, as in a power cut."""
        self._pending.drop()
        if self._runner:
            await self._runner.cleanup()
        if self._state:
            self._state.save()

    def run_forever(self, host: str = "127.0.0.1", port: int = 0, about: Mapping[str, Any] | None = None) -> None:
        """Serve until SIGTERM or SIGINT.

        One line of JSON on standard output says that it is ready: `name`, `url` and what `about` adds.
        """
        asyncio.run(self._run_until_signal(host, port, about or {}))

    async def _run_until_signal(self, host: str, port: int, about: Mapping[str, Any]) -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await self.start(host, port)
        sys.stdout.write(json.dumps({"name": self.application.name, "url": self.url, **about}) + "\n")
        sys.stdout.flush()
        await stopped.wait()
        await self.stop()

    async def _serve(self, native: BaseRequest) -> web.StreamResponse:
        try:
            request = await _read(native)
        except ConnectionError:
            # The client was gone before it had said all: there is nothing to do, and nobody to answer.
            return web.Response()
        if request.path.startswith(PREFIX):
            response = self._control.respond(request)
            if request.method != "GET":
                self._changed()
            return _native(response)
        operation = self.application.operation(request)
        entry = self._control.journal.open(operation.name, self.clock.now())
        fault = self.faults.pick(operation)
        entry.fault = fault.kind if fault else None
        answer = await self._meet(fault, request, operation, entry)
        if self._latency:
            await asyncio.sleep(self._latency)
        if answer is None:
            # Nothing can be written any more; aiohttp notices the closed connection by itself.
            if native.transport is not None:
                native.transport.close()
            return web.Response()
        entry.status = answer.status
        return _native(answer)

    async def _meet(self, fault: Fault | None, request: Request, operation: Operation, entry: Entry) -> Response | None:
        """Let the request meet its fault; None = the connection is closed without an answer."""
        carry_out = partial(self._carry_out, request, operation, entry)
        kind = fault.kind if fault else ""
        if fault is None:
            return carry_out()
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

    def _turned_away(self, kind: str, request: Request) -> Response | None:
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


async def _read(native: BaseRequest) -> Request:
    # The stream is read directly: `native.read()` refuses bodies above a megabyte, and uploads are larger.
    body = await native.content.read()
    return Request.make(native.method, native.raw_path, native.headers, body)


def _native(response: Response) -> web.Response:
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in response.headers.items():
        for one in [value] if isinstance(value, str) else value:
            headers.add(name, one)
    return web.Response(status=response.status, body=response.body, headers=headers)


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
