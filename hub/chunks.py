"""Long lists in parts: a statement takes only so many parameters, and a call only so many records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

#: Parameters of one statement.
PARAMETERS = 500


def chunks(values: Iterable[T], size: int = PARAMETERS) -> Iterator[list[T]]:
    """The values in their order, in lists of at most `size`; nothing more than one list is held."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
