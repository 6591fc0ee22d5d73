"""A few reads at the same time, where one would only wait for the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
#: At the same time, at most: the connection's other work goes on meanwhile.
MOST = 4


def side_by_side(call: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """What a call answers to each part, in their order; the first error is raised once all have ended."""
    if len(parts) < 2:
        return [call(part) for part in parts]
    with ThreadPoolExecutor(min(MOST, len(parts)), thread_name_prefix="side-by-side") as pool:
        calls = [pool.submit(copy_context().run, call, part) for part in parts]
    return [one.result() for one in calls]
