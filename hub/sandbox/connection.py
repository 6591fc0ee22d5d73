"""HTTP/1.1 on one connection: requests are parsed by aiohttp's parser and answered one after the other.

aiohttp's own request handling costs a quarter of a millisecond a request, which is more than most answers take to make;
a sandbox must not be what a benchmark measures. So a request that needs no waiting is answered in the same turn of the
event loop in which its last byte came, without a task.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import StreamReader

from hub.sandbox.message import Request, Response

log = logging.getLogger(__name__)

#: What a request is answered with: an answer, None (the connection is closed without one), or either of them later.
Answer = Response | None
Handler = Callable[[Request], Answer | Awaitable[Answer]]

#: Bodies are read whole, so no amount of unread bytes stops the reading.
_NO_LIMIT = 1 << 30
_LONGEST_LINE = 1 << 16


class Connection(BaseProtocol):
    """One client's connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, handler: Handler, open_ones: set[Connection]) -> None:
        super().__init__(loop)
        self._parser = HttpRequestParser(
            self, loop, _NO_LIMIT, max_line_size=_LONGEST_LINE, max_field_size=_LONGEST_LINE, auto_decompress=False
        )
        self._handler = handler
        self._open_ones = open_ones
        self._waiting: deque[tuple[RawRequestMessage, StreamReader]] = deque()
        #: The answer that is being waited for; requests behind it wait as well.
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        super().connection_made(transport)
        self._open_ones.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client has gone; what it has asked for goes on."""
        super().connection_lost(exc)
        self._open_ones.discard(self)
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Take in bytes, and answer the requests that are complete by them."""
        assert self._parser is not None
        try:
            messages, _, _ = self._parser.feed_data(data)
        except HttpProcessingError as error:
            self._refuse(error)
            return
        for message, body in messages:
            if not body.is_eof() and message.headers.get("Expect", "").lower() == "100-continue":
                self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._waiting.append((message, body))
        self._go_on()

    def close(self) -> None:
        """Close the connection at once; requests on their way are lost."""
        if self._task is not None:
            self._task.cancel()
        if self.transport is not None:
            self.transport.abort()

    def _go_on(self) -> None:
        while self._task is None and self._waiting and self._waiting[0][1].is_eof():
            message, body = self._waiting.popleft()
            request = Request.make(message.method, message.path, message.headers, body.read_nowait(-1))
            answer = self._handler(request)
            if isinstance(answer, Response) or answer is None:
                self._answer(message, answer)
            else:
                self._task = asyncio.ensure_future(self._answer_later(message, answer))

    async def _answer_later(self, message: RawRequestMessage, awaited: Awaitable[Answer]) -> None:
        answer: Answer = None
        try:
            answer = await awaited
        except Exception:
            log.exception("the answer to %s %s could not be made", message.method, message.path)
        self._answer(message, answer)
        self._task = None
        self._go_on()

    def _answer(self, message: RawRequestMessage, answer: Answer) -> None:
        if answer is not None:
            self._send(_encode(answer, with_body=message.method != "HEAD", last=message.should_close))
        if (answer is None or message.should_close) and self.transport is not None:
            self.transport.close()

    def _refuse(self, error: HttpProcessingError) -> None:
        self._send(_encode(Response(400, str(error).encode(), {"Content-Type": "text/plain"}), last=True))
        if self.transport is not None:
            self.transport.close()

    def _send(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)


def _encode(answer: Response, *, with_body: bool = True, last: bool = False) -> bytes:
    lines = [_status_line(answer.status)]
    for name, value in answer.headers.items():
        lines += [f"{name}: {one}\r\n" for one in ([value] if isinstance(value, str) else value)]
    if answer.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(answer.body)}\r\n")
    if last:
        lines.append("Connection: close\r\n")
    lines.append(_date_line(int(time())))
    head = "".join(lines).encode("utf-8", "surrogateescape")
    return head + answer.body if with_body else head


@lru_cache(maxsize=128)
def _status_line(status: int) -> str:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"


@lru_cache(maxsize=2)
def _date_line(second: int) -> str:
    """The last line of the head, with the blank line behind it."""
    return f"Date: {formatdate(second, usegmt=True)}\r\n\r\n"
