"""HTTP calls as the message log wants them, and who is collecting them.

The transport is the only one who makes an `Exchange`. Whoever wants to know which calls an action made wraps it in
`collecting()`; a call that nobody collects goes to the sink of the connection (log-in, reads of unchanged records).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from message_log.entries import Exchange

__all__ = ["Exchange", "collected", "collecting"]

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
