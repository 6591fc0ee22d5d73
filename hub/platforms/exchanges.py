"""HTTP calls as the message log wants them, and who is collecting them.

The transport is the only one who makes an `Exchange`. Whoever wants to know which calls an action made wraps it in
`collecting()`; a call that nobody collects goes to the sink of the connection (log-in, reads of unchanged records).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """One HTTP call, answered or not. Bodies are as sent and received; the ledger redacts and encrypts them."""

    connection: str
    #: Name of what was asked, in the platform's words ("productSet", "POST Orders").
    operation: str
    method: str
    #: Path without the query.
    path: str
    query: str
    started_at: datetime
    duration_ms: int
    #: None = no answer came.
    status: int | None
    request_headers: dict[str, str] = field(default_factory=dict)
    request: bytes = b""
    response: bytes = b""
    #: Why there is no answer, in the transport's words.
    error: str = ""
    idempotency_key: str = ""
    #: True: the call may change something on the platform.
    writes: bool = False


_collector: ContextVar[list[Exchange] | None] = ContextVar("collector", default=None)


@contextmanager
def collecting() -> Iterator[list[Exchange]]:
    """Collect the exchanges made inside, in order, in this thread."""
    exchanges: list[Exchange] = []
    token = _collector.set(exchanges)
    try:
        yield exchanges
    finally:
        _collector.reset(token)


def collected(exchange: Exchange) -> bool:
    """Hand an exchange to whoever is collecting; False = nobody is."""
    exchanges = _collector.get()
    if exchanges is None:
        return False
    exchanges.append(exchange)
    return True
