"""Keeps Python's cyclic collector from walking over millions of records that never become garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: From so many tracked objects on a shop counts as large.
LARGE = 200_000


@contextmanager
def filling() -> Iterator[None]:
    """While a shop is filled nothing is collected; a large one is set aside for good afterwards.

    Setting aside (`gc.freeze`) only concerns cycles: records are still freed when nobody refers to them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > LARGE:
            gc.freeze()
        if was_enabled:
            gc.enable()
